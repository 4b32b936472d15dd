"""Binance's streams: prices for everyone, and what becomes of the account for whoever has a key.

``/ws/NAME`` and ``/stream?streams=A/B`` tell prices (``btcusdt@trade``, ``@aggTrade``, ``@bookTicker``,
``@kline_1m``) and take ``SUBSCRIBE`` and ``UNSUBSCRIBE``. The account is told under a listen key, or on
``/ws-api/v3`` after a signed ``userDataStream.subscribe.signature``.
"""

import asyncio
import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tradewind.execution.venue_server.binance import events
from tradewind.execution.venue_server.binance.asking import (
    BinanceError,
    Door,
    Params,
    server_ms,
    wire,
)
from tradewind.execution.venue_server.faults.streams import FaultyOutbox
from tradewind.execution.venue_server.orders import Change
from tradewind.execution.venue_server.tape import BarDone, Shown, Step
from tradewind.execution.venue_server.venue import LocalVenue

PUSHED = ("trade", "aggTrade", "bookTicker")
UNKNOWN_KEY = "This listenKey does not exist."
Wrap = Callable[[str, dict[str, Any]], dict[str, Any]]


class Streams:
    """The streams of a rehearsal, and the listen keys that open the account's."""

    def __init__(self, venue: LocalVenue, door: Door) -> None:
        self._venue, self._door = venue, door
        self._key = ""

    def routes(self) -> Sequence[BaseRoute]:
        """Every way."""
        way = "/api/v3/userDataStream"
        return [
            self._door.keyed(way, "POST", self.open_key),
            self._door.keyed(way, "PUT", self.keep_key),
            self._door.keyed(way, "DELETE", self.close_key),
            WebSocketRoute("/ws", self.raw),
            WebSocketRoute("/ws/{names:path}", self.raw),
            WebSocketRoute("/stream", self.combined),
            WebSocketRoute("/ws-api/v3", self.calls),
        ]

    # Listen keys -----------------------------------------------------------------------------

    async def open_key(self, params: Params, request: Request) -> object:
        """The listen key: the same until it is closed or the server ends."""
        self._key = self._key or secrets.token_hex(32)
        return {"listenKey": self._key}

    async def keep_key(self, params: Params, request: Request) -> object:
        """It is still wanted."""
        self._require_key(params)
        return {}

    async def close_key(self, params: Params, request: Request) -> object:
        """It is not wanted any more."""
        self._require_key(params)
        self._key = ""
        return {}

    def _require_key(self, params: Params) -> None:
        if not self._is_key(params.get("listenKey", "")):
            raise BinanceError(-1125, UNKNOWN_KEY)

    def _is_key(self, word: str) -> bool:
        return self._key != "" and secrets.compare_digest(word.encode(), self._key.encode())

    # Connections -----------------------------------------------------------------------------

    async def raw(self, socket: WebSocket) -> None:
        """Events as they are."""
        names = str(socket.path_params.get("names", "")).split("/")
        await self._serve(socket, names, lambda name, event: event, self._manage)

    async def combined(self, socket: WebSocket) -> None:
        """Events with the name of their stream."""
        names = socket.query_params.get("streams", "").split("/")
        await self._serve(socket, names, lambda name, event: {"stream": name, "data": event}, self._manage)

    async def calls(self, socket: WebSocket) -> None:
        """Calls of the socket API, and the account's events after the right one."""
        await self._serve(socket, [], lambda name, event: {"subscriptionId": 0, "event": event}, self._call)

    async def _serve(
        self,
        socket: WebSocket,
        names: Iterable[str],
        wrap: Wrap,
        answer: Callable[[dict[str, Any], set[str]], dict[str, Any]],
    ) -> None:
        await socket.accept()
        box, wanted = FaultyOutbox(self._venue.faults), {name for name in names if name}
        ended = self._venue.listen(lambda changes, steps: box.tell(self._told(wanted, wrap, changes, steps)))
        sending = asyncio.create_task(_send_all(socket, box))
        try:
            while True:
                asked = json.loads(await socket.receive_text())
                if not isinstance(asked, dict):
                    break
                box.put([json.dumps(answer(asked, wanted)).encode()])
        except (WebSocketDisconnect, ValueError, KeyError):
            pass  # it has gone, or speaks another language: the connection is over
        finally:
            ended()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    def _manage(self, asked: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
        names = [str(name) for name in asked.get("params") or []]
        if asked.get("method") == "SUBSCRIBE":
            wanted.update(names)
        elif asked.get("method") == "UNSUBSCRIBE":
            wanted.difference_update(names)
        elif asked.get("method") == "LIST_SUBSCRIPTIONS":
            return {"result": sorted(wanted), "id": asked.get("id")}
        else:
            return {"error": {"code": 2, "msg": "Invalid request: unknown method"}, "id": asked.get("id")}
        return {"result": None, "id": asked.get("id")}

    def _call(self, asked: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
        told: dict[str, Any] = {"id": asked.get("id"), "status": 200, "result": {}, "rateLimits": []}
        try:
            method = asked.get("method")
            if method == "userDataStream.subscribe.signature":
                self._door.check_call(asked.get("params") or {})
                self._key = self._key or secrets.token_hex(32)
                wanted.add(self._key)
                told["result"] = {"subscriptionId": 0}
            elif method == "userDataStream.unsubscribe":
                wanted.clear()
            elif method == "time":
                told["result"] = {"serverTime": server_ms(self._venue)}
            elif method != "ping":
                raise BinanceError(-1000, f"This rehearsal has no {method}.", 404)
        except BinanceError as error:
            told |= {"status": error.status, "error": {"code": error.code, "msg": error.message}}
            del told["result"]
        return told

    # What is told ----------------------------------------------------------------------------

    def _told(
        self, wanted: set[str], wrap: Wrap, changes: Sequence[Change], steps: Sequence[Step]
    ) -> list[bytes]:
        found = list(self._of_prices(wanted, steps))
        account = next((name for name in wanted if self._is_key(name)), None)
        if account is not None:
            reports = [events.report(self._venue.desk, change) for change in changes]
            found += [(account, one) for one in reports if one is not None]
            if any(reports):
                found.append((account, events.balances(self._venue.desk)))
        return [json.dumps(wrap(name, event)).encode() for name, event in found]

    def _of_prices(self, wanted: set[str], steps: Sequence[Step]) -> Iterable[tuple[str, dict[str, Any]]]:
        desk = self._venue.desk
        if not any("@" in name for name in wanted):
            return
        for number, step in enumerate(steps, desk.position - len(steps)):
            if isinstance(step, Shown):
                symbol = wire(desk.listings[step.instrument_id]).lower()
                told = events.shown_events(desk, step, number)
                yield from (
                    (f"{symbol}@{kind}", told[kind]) for kind in PUSHED if f"{symbol}@{kind}" in wanted
                )
            elif isinstance(step, BarDone):
                symbol = wire(desk.listings[step.bar.instrument_id]).lower()
                name = f"{symbol}@kline_{desk.tape.timeframe}"
                if name in wanted:
                    yield name, events.bar_event(desk, step)


async def _send_all(socket: WebSocket, box: FaultyOutbox) -> None:
    while (message := await box.next()) is not None:
        await socket.send_text(message.decode())
    await socket.close()
