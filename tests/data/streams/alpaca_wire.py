"""Alpaca's feed of US stocks, from its documentation ("WebSocket Stream", "Real-time Stock Data")."""

import json

from wire_vendors import FIRST, Vendor, at, iso

KEY, SECRET = "AK-that-must-not-show", "SECRET-that-must-not-show"


class AlpacaFeed:
    def __init__(self) -> None:
        self.asked: list[dict] = []

    async def greet(self, socket) -> None:
        await self.say(socket, {"T": "success", "msg": "connected"})
        if not await self.admit(socket):
            await socket.close()
            return
        asked = json.loads(await socket.recv())
        self.asked.append(asked)
        assert asked.pop("action") == "subscribe"
        whole = {
            "T": "subscription",
            "trades": [],
            "quotes": [],
            "bars": [],
            "updatedBars": [],
            "dailyBars": [],
        }
        along = {"corrections": asked.get("trades", []), "cancelErrors": asked.get("trades", [])}
        await self.say(socket, whole | asked | along)

    async def admit(self, socket) -> bool:
        asked = json.loads(await socket.recv())
        if asked != {"action": "auth", "key": KEY, "secret": SECRET}:
            await self.say(socket, {"T": "error", "code": 402, "msg": "auth failed"})
            return False
        await self.say(socket, {"T": "success", "msg": "authenticated"})
        return True

    async def say(self, socket, message) -> None:
        await socket.send(json.dumps([message]))

    def bar(self, symbol, minute, kind="b", **changes) -> list[bytes]:
        opened = 100.0 + minute
        row = {
            "T": kind,
            "S": symbol,
            "o": opened,
            "h": opened + 1,
            "l": opened - 1,
            "c": opened + 0.5,
            "v": 3.25,
            "t": iso(at(minute - 1)).replace(".000000000", ""),
            "n": 4,
            "vw": opened,
        }
        return [json.dumps([row | changes]).encode()]

    def quote(self, symbol, minute, bid, ask) -> list[bytes]:
        row = {
            "T": "q",
            "S": symbol,
            "ax": "U",
            "ap": ask,
            "as": 1,
            "bx": "Q",
            "bp": bid,
            "bs": 4,
            "t": iso(at(minute)),
            "c": ["R"],
            "z": "C",
        }
        return [json.dumps([row]).encode()]

    def trade(self, symbol, number) -> list[bytes]:
        row = {
            "T": "t",
            "i": number,
            "S": symbol,
            "x": "D",
            "p": 100.5,
            "s": 2,
            "t": iso(at(FIRST - 0.5)),
            "c": ["@", "I"],
            "z": "C",
        }
        return [json.dumps([row]).encode()]


def _bar(**changes) -> bytes:
    return AlpacaFeed().bar("AAPL", FIRST, **changes)[0]


VENDOR = Vendor(
    symbols={"AAPL.XNAS": "AAPL", "MSFT.XNAS": "MSFT"},
    open_feed=AlpacaFeed,
    trades=("bars", "trades"),
    keys={"api_key": KEY, "api_secret": SECRET},
    path="/v2/iex",
    says_side=False,
    malformed=(
        b'{"T":"b","S":"AAPL"}',
        b'[{"T":"zz","S":"AAPL"}]',
        _bar(o=0),
        _bar(h=1.0),
        _bar(v=-1),
        _bar(t="2024-03-01T15:00:30Z"),
        _bar(t="2024-03-01T15:00:00"),
    ),
)
