"""Puts the API together: one journal, its session, its page."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from fastapi import APIRouter, FastAPI
from fastapi.responses import Response
from starlette.middleware.gzip import GZipMiddleware

from tradewind import __version__
from tradewind.api import problems, schemas
from tradewind.api.answers import JSON
from tradewind.api.command_routes import OpenInbox, command_routes
from tradewind.api.follower import Follower
from tradewind.api.gate import Gate
from tradewind.api.page import BUILT_PAGE, add_page
from tradewind.api.record_routes import Verified, Verify, record_routes
from tradewind.api.session_routes import session_routes
from tradewind.api.stream import Pace, stream_routes
from tradewind.core.clock import Clock, WallClock
from tradewind.views.look_back import KindReader

Health = Callable[[], Mapping[str, object]]


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
    token
        Bearer token; empty where none is configured.
    hosts
        Names besides loopback under which the server is reached.
    """

    open_reader: Callable[[], KindReader]
    verify: Verify
    health: Health
    open_inbox: OpenInbox | None = None
    static_dir: Path = BUILT_PAGE
    token: str = ""
    hosts: Iterable[str] = ()
    clock: Clock = field(default_factory=WallClock)
    poll_s: float = 0.1
    pace: Pace = field(default_factory=Pace)


def create_app(
    journal_path: Path,
    static_dir: Path = BUILT_PAGE,
    *,
    health: Health,
    inbox_path: Path | None = None,
    token: str = "",
    hosts: Iterable[str] = (),
    poll_s: float = 0.1,
) -> FastAPI:
    """The API over a journal file, which need not be there yet."""
    from tradewind.journal.audit import verify_file
    from tradewind.journal.opening import open_inbox, open_reader

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
            open_inbox=None if inbox_path is None else lambda: open_inbox(journal_path),
            static_dir=static_dir,
            token=token,
            hosts=hosts,
            poll_s=poll_s,
        )
    )


def build_app(parts: Parts) -> FastAPI:
    """The API from its parts."""
    follower = Follower(parts.open_reader, parts.poll_s)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        following = asyncio.create_task(follower.run())
        yield
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following

    app = FastAPI(
        title="Tradewind",
        version=__version__,
        description="One trading session, its journal, and commands to it. Money is exact decimal text.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.follower = follower
    for router in (
        session_routes(follower),
        record_routes(follower, parts.verify),
        command_routes(follower, parts.open_inbox, parts.clock, parts.token),
        stream_routes(follower, parts.pace),
        _health_routes(follower, parts.health),
    ):
        app.include_router(router, prefix="/api/v1")
    add_page(app, parts.static_dir)
    problems.install(app)
    schemas.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5)
    app.add_middleware(Gate, token=parts.token, hosts=tuple(parts.hosts))
    return app


def _health_routes(follower: Follower, health: Health) -> APIRouter:
    router = APIRouter()

    @router.get("/health")
    async def deep() -> Response:
        """The deep check, and how far the journal has been read."""
        found = dict(await asyncio.to_thread(health))
        status = "error" if follower.fault else str(found.get("status", "ok"))
        journal = {
            "seq": follower.view.seq,
            "fault": follower.fault,
            "caught_up": follower.caught_up.is_set(),
        }
        body = msgspec.json.encode({**found, "status": status, "journal": journal})
        return Response(body, 200 if status != "error" else 503, media_type=JSON)

    @router.get("/health/live")
    async def live() -> Response:
        """The server answers."""
        return Response(b'{"status":"ok"}', media_type=JSON)

    return router
