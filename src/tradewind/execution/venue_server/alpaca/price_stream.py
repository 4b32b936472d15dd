"""Alpaca's streams of market data: quotes, trades and closed bars as the tape plays.

Source: https://docs.alpaca.markets/docs/streaming-market-data. Frames are msgpack where the client asks
for it by its ``Content-Type``, as alpaca-py does, else JSON.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tradewind.core.timestamps import from_ns
from tradewind.execution.venue_server.access import Credentials
from tradewind.execution.venue_server.alpaca.answers import moment
from tradewind.execution.venue_server.alpaca.price_facts import (
    bar_facts,
    began_ns,
    quote_facts,
    trade_facts,
)
from tradewind.execution.venue_server.faults.streams import FaultyOutbox
from tradewind.execution.venue_server.tape import BarDone, Shown, Step
from tradewind.execution.venue_server.venue import LocalVenue

CHANNELS = ("trades", "quotes", "bars")
STOCKS, COINS = ("/v2/iex", "/v2/sip"), ("/v1beta3/crypto/us",)
Wanted = dict[str, set[str]]


class PriceStreams:
    """The ways of the market data streams."""

    def __init__(self, venue: LocalVenue, credentials: Credentials) -> None:
        self._venue, self._credentials = venue, credentials

    def routes(self) -> list[WebSocketRoute]:
        """Shares and coins, each by its own ways."""
        return [WebSocketRoute(path, self.serve) for path in (*STOCKS, *COINS)]

    async def serve(self, socket: WebSocket) -> None:
        """One connection: authorise, subscribe, tell."""
        await socket.accept()
        packed = socket.headers.get("content-type") == "application/msgpack"
        coins = socket.url.path in COINS
        box, wanted = FaultyOutbox(self._venue.faults), {channel: set[str]() for channel in CHANNELS}
        box.put([_encode([{"T": "success", "msg": "connected"}], packed)])
        ended = self._venue.listen(lambda _, steps: box.tell(self._told(wanted, steps, coins, packed)))
        sending = asyncio.create_task(_send_all(socket, box, packed))
        allowed = False
        try:
            while True:
                asked = await _next(socket)
                if asked.get("action") == "auth":
                    pair = str(asked.get("key", "")), str(asked.get("secret", ""))
                    allowed = self._credentials.match(*pair)
                box.put([_encode([self._answer(asked, allowed, wanted)], packed)])
        except (WebSocketDisconnect, msgspec.MsgspecError):
            pass  # it has gone, or speaks another language: the connection is over
        finally:
            ended()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    def _answer(self, asked: dict[str, Any], allowed: bool, wanted: Wanted) -> dict[str, Any]:
        action = asked.get("action")
        if action == "auth":
            if allowed:
                return {"T": "success", "msg": "authenticated"}
            return {"T": "error", "code": 402, "msg": "auth failed"}
        if not allowed:
            return {"T": "error", "code": 401, "msg": "not authenticated"}
        if action not in ("subscribe", "unsubscribe"):
            return {"T": "error", "code": 400, "msg": "invalid syntax"}
        for channel, symbols in wanted.items():
            given = {str(symbol) for symbol in asked.get(channel) or []}
            (symbols.update if action == "subscribe" else symbols.difference_update)(given)
        return {"T": "subscription", **{channel: sorted(symbols) for channel, symbols in wanted.items()}}

    def _told(self, wanted: Wanted, steps: Sequence[Step], coins: bool, packed: bool) -> list[bytes]:
        found = self._events(wanted, steps, coins)
        told = [one | {"t": from_ns(at) if packed else moment(at)} for at, one in found]
        return [_encode([one], packed) for one in told]

    def _events(
        self, wanted: Wanted, steps: Sequence[Step], coins: bool
    ) -> Iterable[tuple[int, dict[str, Any]]]:
        desk = self._venue.desk
        for number, step in enumerate(steps, desk.position - len(steps)):
            if not isinstance(step, Shown | BarDone):
                continue
            listing = desk.listings[
                step.bar.instrument_id if isinstance(step, BarDone) else step.instrument_id
            ]
            symbol = listing.instrument.symbol
            if listing.is_coin != coins:
                continue
            if isinstance(step, BarDone):
                if _wants(wanted, "bars", symbol):
                    yield began_ns(desk, step.bar), {"T": "b", "S": symbol, **bar_facts(step.bar)}
                continue
            if _wants(wanted, "quotes", symbol):
                facts = quote_facts(listing, step, step.size_lots, step.size_lots)
                yield step.ts_ns, {"T": "q", "S": symbol, **facts}
            if _wants(wanted, "trades", symbol):
                yield step.ts_ns, {"T": "t", "S": symbol, **trade_facts(listing, step, number)}


def _wants(wanted: Wanted, channel: str, symbol: str) -> bool:
    return symbol in wanted[channel] or "*" in wanted[channel]


def _encode(told: list[dict[str, Any]], packed: bool) -> bytes:
    return msgspec.msgpack.encode(told) if packed else msgspec.json.encode(told)


async def _next(socket: WebSocket) -> dict[str, Any]:
    received = await socket.receive()
    if received["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(received.get("code") or 1000)
    if received.get("text") is not None:
        return msgspec.json.decode(received["text"], type=dict[str, Any])
    return msgspec.msgpack.decode(received.get("bytes") or b"", type=dict[str, Any])


async def _send_all(socket: WebSocket, box: FaultyOutbox, packed: bool) -> None:
    while (message := await box.next()) is not None:
        await (socket.send_bytes(message) if packed else socket.send_text(message.decode()))
    await socket.close()
