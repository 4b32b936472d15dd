"""Puts the API together: one journal, its session, its page, and the other sessions for reading."""

import contextlib
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from tradewind.api import problems, schemas
from tradewind.api.access import Access
from tradewind.api.command_routes import OpenInbox, Seal, command_routes
from tradewind.api.health_routes import CheckHealth, health_routes
from tradewind.api.journal_access import JournalAccess, access_to
from tradewind.api.origins import check_hosts
from tradewind.api.other_sessions import ListSessions, OtherSessions, add_other_sessions, list_routes
from tradewind.api.page import BUILT_PAGE, add_page
from tradewind.api.reading import Reading
from tradewind.api.request_limits import RequestLimits
from tradewind.api.stream import Pace
from tradewind.api.tokens import check_token
from tradewind.core.clock import Clock, WallClock
from tradewind.core.version import VERSION

_OTHERS_POLL_S = 0.5
"""Seconds between looks at a journal that is not the served one."""


@dataclass(frozen=True)
class Parts:
    """What the API is made of.

    Attributes
    ----------
    journal
        Ways into the journal that is served.
    health
        The deep check: a mapping with ``status`` (``ok``, ``warning``, ``error``) and whatever else it found.
    open_inbox
        Opens the inbox for commands; None where none may be given.
    seal
        Seals the name of whoever gives a command; None where no name can be taken.
    list_sessions
        All sessions, for choosing one.
    locate
        Ways into another session's journal by its name; JournalError where there is none.
    token
        Bearer token; empty where none is configured. ConfigError for one that can be guessed.
    hosts
        Names besides loopback under which the server is reached.
    """

    journal: JournalAccess
    health: CheckHealth
    list_sessions: ListSessions
    locate: Callable[[str], JournalAccess]
    open_inbox: OpenInbox | None = None
    seal: Seal | None = None
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
    home: Path | None = None,
    takes_commands: bool = False,
    token: str = "",
    hosts: Collection[str] = (),
    poll_s: float = 0.1,
) -> FastAPI:
    """The API over a journal file, which need not be there yet; with ``takes_commands`` into its inbox.

    The other sessions of the folder ``home`` can be listed and read; without one, those beside the journal's
    own folder.
    """
    from tradewind.app.home import Home
    from tradewind.app.session.listing import list_sessions, other_journal
    from tradewind.app.session.operators import seal_operator
    from tradewind.journal.opening import open_inbox

    house = Home(journal_path.parent.parent if home is None else home)
    return build_app(
        Parts(
            journal=access_to(journal_path),
            health=health,
            list_sessions=lambda: list_sessions(house, journal_path),
            locate=lambda name: access_to(other_journal(house, name)),
            open_inbox=(lambda: open_inbox(journal_path)) if takes_commands else None,
            seal=partial(seal_operator, journal_path),
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
    reading = Reading(parts.journal, parts.clock, parts.pace, parts.poll_s)
    follower, workers = reading.follower, reading.workers
    others = OtherSessions(
        lambda name: Reading(parts.locate(name), parts.clock, parts.pace, max(parts.poll_s, _OTHERS_POLL_S))
    )

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        reading.start()
        try:
            yield
        finally:
            await others.close()
            await reading.close()

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
        *reading.routers,
        command_routes(follower, parts.open_inbox, parts.seal, parts.clock, workers),
        health_routes(follower, parts.health, parts.clock, workers),
        list_routes(parts.list_sessions, workers),
    ):
        app.include_router(router, prefix="/api/v1")
    add_other_sessions(app, others)
    add_page(app, parts.static_dir)
    problems.install(app)
    schemas.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5)
    app.add_middleware(RequestLimits)
    app.add_middleware(Access, token=parts.token, hosts=tuple(parts.hosts))
    return app
