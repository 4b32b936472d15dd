"""The other sessions of the home: a list of them all, and each one for reading under its name.

``/api/v1/sessions/NAME/...`` answers what ``/api/v1/...`` answers for the served journal; it takes no
command.
A few are open at a time; the one that nobody has asked for longest makes room.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from fastapi import APIRouter, FastAPI
from fastapi.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tradewind.api import answered
from tradewind.api.answers import fresh_answer
from tradewind.api.problems import ProblemError, send_problem, without_folders
from tradewind.api.reading import Reading, reading_app
from tradewind.api.schemas import described
from tradewind.api.workers import Workers, busy
from tradewind.core.errors import JournalError
from tradewind.views.session.summary import SessionSummary

MOST_OPEN = 4
ListSessions = Callable[[], tuple[list[SessionSummary], int]]
"""Sessions, newest first, and how many older ones are left out."""
OpenSession = Callable[[str], Reading]
"""A journal by its name, not followed yet; JournalError where there is none."""


@dataclass
class _Open:
    reading: Reading
    app: ASGIApp
    users: int = 0
    asked_s: float = 0.0


class OtherSessions:
    """An ASGI app that gives each call to the session it names.

    Parameters
    ----------
    open_session
        Opens a journal of the home by its name.
    most
        How many are open at once. While all of them have readers, whoever asks for another is told to come
        again.
    """

    def __init__(self, open_session: OpenSession, most: int = MOST_OPEN) -> None:
        self._open_session = open_session
        self._most = most
        self._open: dict[str, _Open] = {}
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for the session that the path names."""
        below: str = scope["path"].removeprefix(scope.get("root_path", ""))
        name = below.strip("/").partition("/")[0]
        try:
            async with self._one_at_a_time:
                found = await self._session(name)
                found.users += 1
        except JournalError as error:
            await send_problem(
                ProblemError(404, without_folders(error.message), error.next_step), scope, receive, send
            )
            return
        except ProblemError as refused:
            await send_problem(refused, scope, receive, send)
            return
        try:
            await found.app({**scope, "root_path": f"{scope['root_path']}/{name}"}, receive, send)
        finally:
            found.users -= 1
            found.asked_s = time.monotonic()

    async def close(self) -> None:
        """Let go of all."""
        for name in list(self._open):
            await self._open.pop(name).reading.close()

    async def _session(self, name: str) -> _Open:
        known = self._open.get(name)
        if known is not None and not known.reading.ended:
            return known
        reading = self._open_session(name)
        if known is not None:  # Another journal took its place: begin anew with that one.
            await self._open.pop(name).reading.close()
        elif len(self._open) >= self._most:
            await self._make_room()
        reading.start()
        self._open[name] = _Open(reading, reading_app(reading))
        return self._open[name]

    async def _make_room(self) -> None:
        idle = [name for name, one in self._open.items() if not one.users]
        if not idle:
            message = f"{len(self._open)} other sessions are being read already."
            raise busy(message, retry_after_s=10)
        oldest = min(idle, key=lambda name: self._open[name].asked_s)
        await self._open.pop(oldest).reading.close()


def list_routes(list_sessions: ListSessions, workers: Workers) -> APIRouter:
    """The route that lists the sessions; who asks meanwhile shares the look at the journals."""
    router = APIRouter()
    shared = workers.shared("list of the sessions", list_sessions)

    @router.get("/sessions", responses=described(answered.SessionsBody), response_class=Response)
    async def sessions() -> Response:
        """The journals of the home, newest first; each can be read under ``/sessions/NAME/``."""
        found, older = await shared.result()
        items = [msgspec.structs.replace(one, problem=without_folders(one.problem)) for one in found]
        return fresh_answer(answered.SessionsBody(items=items, older=older))

    return router


def add_other_sessions(app: FastAPI, others: OtherSessions) -> None:
    """Mount them below the list."""
    app.mount("/api/v1/sessions", others)
