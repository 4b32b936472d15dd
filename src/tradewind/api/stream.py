"""The live stream: a snapshot, then what changed, over one WebSocket.

``/api/v1/stream?since=<seq>&session=<id>`` resumes after record ``since`` of that session; without them, or
where the session is another one by now, it begins with a snapshot. Every message is a
:class:`~tradewind.views.rows.Changes`, or ``{"kind": "heartbeat", "seq": n}`` when nothing happened for a
while. A reader that is slow is sent nothing while the last message is on its way; the next one then holds
all that changed meanwhile. One that takes nothing for too long is let go.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass

import msgspec
from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from tradewind.api.follower import Follower
from tradewind.api.problems import ProblemError, send_problem
from tradewind.api.workers import busy

MOST_STREAMS = 64
MOST_STREAMS_OF_ONE = 16
GONE_WITHIN_S = 1.0
_encode = msgspec.json.Encoder().encode
TRY_AGAIN_LATER = 1013


@dataclass(frozen=True)
class Pace:
    """Seconds: shortest between messages, longest silence, and longest wait for a slow reader."""

    between_s: float = 0.1
    heartbeat_s: float = 10.0
    patience_s: float = 15.0


def stream_routes(follower: Follower, pace: Pace) -> APIRouter:
    """The stream's one route."""
    router = APIRouter()
    open_now: Counter[str] = Counter()

    @router.websocket("/stream")
    async def stream(socket: WebSocket) -> None:
        peer = socket.client.host if socket.client else ""
        refused = follower.problem() or _too_many(open_now, peer)
        if refused is not None:
            await send_problem(refused, socket.scope, socket.receive, socket.send)
            return
        open_now[peer] += 1
        try:
            await serve(socket)
        finally:
            open_now.subtract([peer])
            if not open_now[peer]:
                del open_now[peer]

    async def serve(socket: WebSocket) -> None:
        await socket.accept(subprotocol=_protocol(socket))
        sending = asyncio.create_task(_send_all(socket, follower, pace))
        leaving = asyncio.create_task(_until_gone(socket))
        await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        if sending.done() and isinstance(sending.exception(), RuntimeError):
            # The server ended a line that sent nonsense, and nothing goes out on it: receiving says so too.
            await asyncio.wait((leaving,), timeout=GONE_WITHIN_S)
        gone = leaving.done()
        for task in (sending, leaving):
            task.cancel()
        said = await asyncio.gather(sending, leaving, return_exceptions=True)
        for fault in said:
            if isinstance(fault, Exception) and not (gone and fault is said[0]):
                raise fault

    return router


def _too_many(open_now: Counter[str], peer: str) -> ProblemError | None:
    if open_now[peer] >= MOST_STREAMS_OF_ONE:
        return busy(f"{open_now[peer]} streams are open for you already.", retry_after_s=10)
    if open_now.total() >= MOST_STREAMS:
        return busy(f"{open_now.total()} streams are open already.", retry_after_s=10)
    return None


async def _send_all(socket: WebSocket, follower: Follower, pace: Pace) -> None:
    await follower.caught_up.wait()
    sent = _resume_from(socket, follower)
    first = True
    try:
        while True:
            if (fault := follower.problem()) is not None:
                await socket.close(TRY_AGAIN_LATER, fault.detail[:100])
                return
            if first or follower.view.seq != sent:
                seq, frame = follower.view.seq, follower.frame(sent)
                await asyncio.wait_for(socket.send_text(frame.decode()), pace.patience_s)
                sent, first = seq, False
                await asyncio.sleep(pace.between_s)
            elif not await follower.wait_beyond(sent, pace.heartbeat_s):
                beat = _encode({"kind": "heartbeat", "seq": sent})
                await asyncio.wait_for(socket.send_text(beat.decode()), pace.patience_s)
    except TimeoutError:
        await socket.close(TRY_AGAIN_LATER, "Too slow: nothing was taken for a while.")
    except WebSocketDisconnect:
        return


async def _until_gone(socket: WebSocket) -> None:
    """Wait for the reader to leave; what it says is not listened to."""
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return


def _resume_from(socket: WebSocket, follower: Follower) -> int:
    since = socket.query_params.get("since", "")
    same = socket.query_params.get("session", "") == follower.view.session_id
    # One beyond the journal's end is answered with a snapshot, as one of another session is.
    return int(since) if since.isascii() and since.isdecimal() and len(since) < 19 and same else 0


def _protocol(socket: WebSocket) -> str | None:
    """The token's subprotocol is repeated back, as the handshake asks; it was checked before."""
    offered = socket.scope.get("subprotocols") or []
    return offered[0] if offered else None
