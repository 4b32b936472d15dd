"""What people can tell a running session: kill it, or arm a breaker again.

A command is left in the journal's inbox; whoever owns the journal takes it from there and records it. The
``Idempotency-Key`` makes a call that is sent twice count once. It is kept in memory, so after a restart of
this server a repeated call becomes a second command, which changes nothing more: both verbs may be repeated.
"""

import asyncio
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

import msgspec
from fastapi import APIRouter, Header, Path
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator

from tradewind.api.answered import CommandBody, CommandStatus
from tradewind.api.answers import JSON
from tradewind.api.follower import Follower
from tradewind.api.problems import ProblemError, without_folders
from tradewind.api.schemas import described
from tradewind.api.workers import Workers
from tradewind.core.clock import Clock
from tradewind.core.errors import JournalError
from tradewind.core.events import Command, Sealed

_KEYS_KEPT = 1_000
_encode = msgspec.json.Encoder().encode


class CommandInbox(Protocol):
    """Where commands are left for the owner of the journal."""

    def put(self, command: Command) -> int:
        """Leave a command and return its id."""
        ...

    def seq_of(self, entry: int) -> int | None:
        """The record that the command became, None while it waits."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class CommandRequest(BaseModel):
    """``kill`` takes ``freeze`` or ``liquidate``; ``rearm`` takes the key of a tripped breaker.

    ``operator`` is who gives the command, where the call says so. The record keeps it sealed.
    """

    model_config = ConfigDict(extra="forbid")

    verb: Literal["kill", "rearm"]
    argument: str = Field(min_length=1, max_length=200)
    operator: str = Field(default="", max_length=100, pattern=r"^(\S(.*\S)?)?$")

    @field_validator("operator")
    @classmethod
    def _can_be_typed(cls, name: str) -> str:
        """A name that no command line can hold could never be erased; one with escapes drives a terminal."""
        if not name.isprintable():
            raise ValueError("a name may hold no control characters")
        return name


@dataclass(frozen=True)
class _Given:
    request: CommandRequest
    body: CommandBody


IdempotencyKey = Annotated[
    str, Header(min_length=8, max_length=200, description="A new random text for each command.")
]
OpenInbox = Callable[[], CommandInbox]
Seal = Callable[[str], Sealed]


def command_routes(
    follower: Follower, open_inbox: OpenInbox | None, seal: Seal | None, clock: Clock, workers: Workers
) -> APIRouter:
    """Routes that leave commands; without an inbox they say so."""
    router = APIRouter()
    given: dict[str, _Given] = {}
    one_at_a_time = asyncio.Lock()

    @router.post(
        "/commands",
        status_code=202,
        responses=described(CommandBody, 400, 409, status=202),
        response_class=Response,
    )
    async def command(wish: CommandRequest, idempotency_key: IdempotencyKey) -> Response:
        """Leave a command for the running session."""
        async with one_at_a_time:
            known = given.get(idempotency_key)
            if known is None:
                _check(wish, follower)
                entry = await workers.commands.run(_put, _need(open_inbox), seal, wish, clock.now_ns())
                body = CommandBody(id=entry, verb=wish.verb, argument=wish.argument)
                known = given[idempotency_key] = _Given(wish, body)
                if len(given) > _KEYS_KEPT:
                    del given[next(iter(given))]
        if known.request != wish:
            message = f"The idempotency key {idempotency_key!r} was used for another command."
            raise ProblemError(409, message, "Use a new key for each command.")
        return Response(_encode(known.body), 202, media_type=JSON)

    @router.get("/commands/{entry}", responses=described(CommandStatus, 404), response_class=Response)
    async def command_status(entry: Annotated[int, Path(ge=1, le=2**63 - 1)]) -> Response:
        """Whether a command is in the journal yet, and as which record."""
        seq = await workers.reads.run(_seq_of, _need(open_inbox), entry)
        return Response(_encode(CommandStatus(id=entry, seq=seq)), media_type=JSON)

    return router


def _require_running(follower: Follower) -> None:
    """Refuse where the session is known to have ended: the command would wait for nobody.

    Where the journal cannot be read just now nothing is known, and the command is taken.
    """
    if follower.problem() is not None or not follower.caught_up.is_set():
        return
    session = follower.whole().session
    if session is not None and session.phase == "ended":
        why = f": {session.end_reason}" if session.end_reason else ""
        message = (
            f"The session {session.session_id} ended at {session.ended}{why}, so nobody hears a command."
        )
        raise ProblemError(409, message.rstrip("."), "Begin it again first, where it is one that goes on.")


def _check(wish: CommandRequest, follower: Follower) -> None:
    if wish.verb == "kill" and wish.argument not in ("freeze", "liquidate"):
        raise ProblemError(
            422, f"The kill switch does not know {wish.argument!r}.", "Use freeze or liquidate."
        )
    _require_running(follower)
    if wish.verb == "rearm":
        follower.check()  # What is tripped must be known; the kill switch asks for nothing.
        tripped = [row.key for row in follower.whole().breakers if row.state == "tripped"]
        if wish.argument not in tripped:
            known = ", ".join(tripped) or "none"
            raise ProblemError(409, f"No breaker {wish.argument!r} is tripped.", f"Tripped are: {known}.")


def _need(open_inbox: OpenInbox | None) -> OpenInbox:
    if open_inbox is None:
        raise ProblemError(
            503, "This server has no inbox for commands.", "Start it with one to give commands."
        )
    return open_inbox


def _put(open_inbox: OpenInbox, seal: Seal | None, wish: CommandRequest, now_ns: int) -> int:
    try:
        # The name is sealed before it is put: the inbox is a file too.
        operator = _sealed(seal, wish.operator) if wish.operator else None
        with closing(open_inbox()) as inbox:
            return inbox.put(
                Command(ts_event=now_ns, verb=wish.verb, argument=wish.argument, operator=operator)
            )
    except JournalError as error:
        message, next_step = without_folders(error.message), without_folders(error.next_step)
        raise ProblemError(503, message, next_step, {"Retry-After": "2"}) from error


def _sealed(seal: Seal | None, name: str) -> Sealed:
    if seal is None:
        raise ProblemError(503, "This server cannot seal a name.", "Give the command without operator.")
    return seal(name)


def _seq_of(open_inbox: OpenInbox, entry: int) -> int | None:
    with closing(open_inbox()) as inbox:
        return inbox.seq_of(entry)
