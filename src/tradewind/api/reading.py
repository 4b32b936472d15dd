"""What can be read of one journal: its follower, its threads and the routes over them."""

import asyncio

from fastapi import APIRouter, FastAPI

from tradewind.api import problems
from tradewind.api.follower import Follower
from tradewind.api.history_routes import history_routes
from tradewind.api.journal_access import JournalAccess
from tradewind.api.record_routes import record_routes, verify_routes
from tradewind.api.session_routes import session_routes
from tradewind.api.stream import Pace, stream_routes
from tradewind.api.workers import Workers
from tradewind.core.clock import Clock


class Reading:
    """One journal that is followed and read, with threads of its own.

    ``routers`` answer for it; where they are mounted, that no command reaches it is sure, since none of them
    takes one.
    """

    def __init__(self, journal: JournalAccess, clock: Clock, pace: Pace, poll_s: float) -> None:
        self.workers = Workers()
        self.follower = Follower(
            journal.open_reader,
            poll_s,
            pool=self.workers.following,
            identity=journal.identity,
            names=journal.names,
        )
        self._names = journal.names
        self._following: asyncio.Task[None] | None = None
        self.routers: tuple[APIRouter, ...] = (
            session_routes(self.follower),
            record_routes(self.follower, self.workers.reads, journal.check_indexes),
            verify_routes(self.follower, journal.verify, clock, self.workers),
            history_routes(self.follower, self.workers),
            stream_routes(self.follower, pace),
        )

    @property
    def ended(self) -> bool:
        """Whether the journal is not followed any more, because another took its place."""
        return self._following is not None and self._following.done()

    def start(self) -> None:
        """Begin to follow."""
        self._following = asyncio.create_task(self.follower.run())
        self._following.add_done_callback(self.follower.ended)

    async def close(self) -> None:
        """Stop following, and let go of the journal and the threads."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])
        self.workers.close()
        if self._names is not None:
            self._names.close()


def reading_app(reading: Reading) -> FastAPI:
    """The routes of a journal as an app of their own, to be mounted behind the checks of the main one."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    for router in reading.routers:
        app.include_router(router)
    problems.install(app)
    return app
