"""Puts the API together: one journal, its session, its page."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from tradewind.api import problems, schemas
from tradewind.api.access import Access
from tradewind.api.command_routes import OpenInbox, Seal, command_routes
from tradewind.api.follower import Follower, Identity, OpenReader
from tradewind.api.health_routes import CheckHealth, health_routes
from tradewind.api.origins import check_hosts
from tradewind.api.page import BUILT_PAGE, add_page
from tradewind.api.record_routes import CheckIndexes, Verified, Verify, record_routes, verify_routes
from tradewind.api.request_limits import RequestLimits
from tradewind.api.session_routes import session_routes
from tradewind.api.stream import Pace, stream_routes
from tradewind.api.tokens import check_token
from tradewind.api.workers import Workers
from tradewind.core.clock import Clock, WallClock
from tradewind.core.journal_ports import SealedNames
from tradewind.core.version import VERSION


@dataclass(frozen=True)
class Parts:
    """What the API is made of.

    Attributes
    ----------
    open_reader
        Opens the journal; JournalError while there is none.
    verify
        Checks the whole journal.
    health
        The deep check: a mapping with ``status`` (``ok``, ``warning``, ``error``) and whatever else it found.
    open_inbox
        Opens the inbox for commands; None where none may be given.
    seal
        Seals the name of whoever gives a command; None where no name can be taken.
    names
        Who is behind a sealed name; None where there are no keys.
    identity
        What tells the journal from another one put in its place; None while there is none.
    check_indexes
        Whether the journal's indexes name all that its records hold; asked before anything is looked up.
    token
        Bearer token; empty where none is configured. ConfigError for one that can be guessed.
    hosts
        Names besides loopback under which the server is reached.
    """

    open_reader: OpenReader
    verify: Verify
    health: CheckHealth
    open_inbox: OpenInbox | None = None
    seal: Seal | None = None
    names: SealedNames | None = None
    identity: Identity = lambda: True
    check_indexes: CheckIndexes = lambda: None
    static_dir: Path = BUILT_PAGE
    token: str = ""
    hosts: Collection[str] = ()
    clock: Clock = field(default_factory=WallClock)
    poll_s: float = 0.1
    pace: Pace = field(default_factory=Pace)


def create_app(
    journal_path: Path,
    static_dir: Path = BUILT_PAGE,
    *,
    health: CheckHealth,
    takes_commands: bool = False,
    token: str = "",
    hosts: Collection[str] = (),
    poll_s: float = 0.1,
) -> FastAPI:
    """The API over a journal file, which need not be there yet; with ``takes_commands`` into its inbox."""
    from tradewind.app.session.operators import seal_operator
    from tradewind.journal.audit import verify_file
    from tradewind.journal.index_check import require_indexes
    from tradewind.journal.opening import open_inbox, open_names, open_reader

    def verify() -> Verified:
        report = verify_file(journal_path)
        return Verified(
            records=report.records,
            first_ts=report.first_ts,
            last_ts=report.last_ts,
            root_hash=report.root_hash,
        )

    return build_app(
        Parts(
            open_reader=lambda: open_reader(journal_path),
            verify=verify,
            health=health,
            identity=lambda: _identity(journal_path),
            check_indexes=partial(require_indexes, journal_path),
            open_inbox=(lambda: open_inbox(journal_path)) if takes_commands else None,
            seal=partial(seal_operator, journal_path),
            names=open_names(journal_path),
            static_dir=static_dir,
            token=token,
            hosts=hosts,
            poll_s=poll_s,
        )
    )


def build_app(parts: Parts) -> FastAPI:
    """The API from its parts."""
    check_token(parts.token)
    check_hosts(parts.hosts)
    workers = Workers()
    follower = Follower(
        parts.open_reader,
        parts.poll_s,
        pool=workers.following,
        identity=parts.identity,
        names=parts.names,
    )

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with workers:
            following = asyncio.create_task(follower.run())
            following.add_done_callback(follower.ended)
            yield
            following.cancel()
            await asyncio.wait([following])
            if parts.names is not None:
                parts.names.close()

    app = FastAPI(
        title="Tradewind",
        version=VERSION,
        description="One trading session, its journal, and commands to it. Money is exact decimal text.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.follower = follower
    for router in (
        session_routes(follower),
        record_routes(follower, workers.reads, parts.check_indexes),
        verify_routes(follower, parts.verify, parts.clock, workers),
        command_routes(follower, parts.open_inbox, parts.seal, parts.clock, workers),
        stream_routes(follower, parts.pace),
        health_routes(follower, parts.health, parts.clock, workers),
    ):
        app.include_router(router, prefix="/api/v1")
    add_page(app, parts.static_dir)
    problems.install(app)
    schemas.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5)
    app.add_middleware(RequestLimits)
    app.add_middleware(Access, token=parts.token, hosts=tuple(parts.hosts))
    return app


def _identity(journal: Path) -> tuple[int, int] | None:
    """The file behind the name: another one under the same name differs."""
    try:
        found = journal.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
