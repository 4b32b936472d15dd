"""Alpaca's stream of trade updates: what becomes of orders, told as it happens.

Source: https://docs.alpaca.markets/docs/websocket-streaming. Frames are binary, as on Alpaca's own stream. A
listener hears what happens from its ``listen`` on; what it missed it asks the REST ways for.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tradewind.execution.venue_server.access import Credentials
from tradewind.execution.venue_server.alpaca import answers
from tradewind.execution.venue_server.desk import Desk
from tradewind.execution.venue_server.faults.streams import FaultyOutbox
from tradewind.execution.venue_server.orders import Change
from tradewind.execution.venue_server.outbox import Outbox
from tradewind.execution.venue_server.venue import LocalVenue

TRADE_UPDATES = "trade_updates"
UNSAID = ("held",)
"""Alpaca says nothing of a leg until it works."""


class TradeUpdates:
    """The way ``/stream``."""

    def __init__(self, venue: LocalVenue, credentials: Credentials) -> None:
        self._venue, self._credentials = venue, credentials

    def routes(self) -> list[WebSocketRoute]:
        """The one way."""
        return [WebSocketRoute("/stream", self.serve)]

    async def serve(self, socket: WebSocket) -> None:
        """One connection: authorise, listen, tell."""
        await socket.accept()
        box = FaultyOutbox(self._venue.faults)
        ended: list[Callable[[], None]] = []
        sending = asyncio.create_task(_send_all(socket, box))
        try:
            allowed = False
            while True:
                asked = await _next(socket)
                allowed = allowed or self._may(asked)
                box.put([_encode(self._answer(asked, allowed))])
                if allowed and asked.get("action") == "listen" and not ended and _streams(asked):
                    ended.append(self._venue.listen(lambda changes, _: box.tell(self._told(changes))))
        except (WebSocketDisconnect, ValueError):
            pass  # it has gone, or speaks another language: the connection is over
        finally:
            for end in ended:
                end()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    def _may(self, asked: dict[str, Any]) -> bool:
        given = asked.get("data") or {}
        key = given.get("key_id") or asked.get("key") or ""
        secret = given.get("secret_key") or asked.get("secret") or ""
        return self._credentials.match(str(key), str(secret))

    def _answer(self, asked: dict[str, Any], allowed: bool) -> dict[str, Any]:
        action = asked.get("action")
        if not allowed or action in ("authenticate", "auth"):
            status = "authorized" if allowed else "unauthorized"
            return {"stream": "authorization", "data": {"status": status, "action": str(action)}}
        if action == "listen":
            return {"stream": "listening", "data": {"streams": _streams(asked)}}
        return {"stream": "error", "data": {"error": f"unknown action {action!r}"}}

    def _told(self, changes: list[Change]) -> list[bytes]:
        return [_encode(update(self._venue.desk, one)) for one in changes if one.event not in UNSAID]


def update(desk: Desk, change: Change) -> dict[str, Any]:
    """One trade update, with the order as it was at that moment."""
    told: dict[str, Any] = {
        "event": change.event,
        "timestamp": answers.moment(change.ts_ns),
        "order": answers.order(desk, change.order, nested=True),
    }
    fill = change.fill
    if fill is not None:
        listing = desk.listings[change.order.asked.instrument_id]
        told |= {
            "execution_id": answers.execution_id(desk, fill),
            "price": answers.text(listing.price(fill.price_ticks)),
            "qty": answers.quantity(fill.lots),
            "position_qty": answers.quantity(fill.position_lots),
        }
    return {"stream": TRADE_UPDATES, "data": told}


def _streams(asked: dict[str, Any]) -> list[str]:
    wanted = (asked.get("data") or {}).get("streams") or []
    return [name for name in wanted if name == TRADE_UPDATES]


def _encode(told: dict[str, Any]) -> bytes:
    return json.dumps(told).encode()


async def _next(socket: WebSocket) -> dict[str, Any]:
    received = await socket.receive()
    if received["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(received.get("code") or 1000)
    asked = json.loads(received.get("text") or received.get("bytes") or b"")
    if not isinstance(asked, dict):
        message = "a message is no object"
        raise ValueError(message)  # noqa: TRY004 - as where it is no JSON
    return asked


async def _send_all(socket: WebSocket, box: Outbox) -> None:
    while (message := await box.next()) is not None:
        await socket.send_bytes(message)
    await socket.close()
