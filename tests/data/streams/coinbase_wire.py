"""Coinbase's Advanced Trade feed, from its documentation and the payloads in Nautilus's tests of it."""

import asyncio
import json
from contextlib import suppress

from wire_vendors import FIRST, Vendor, at, iso

SECOND = 10**9


class CoinbaseFeed:
    def __init__(self) -> None:
        self.number = -1
        self.asked: list[dict] = []

    async def greet(self, socket) -> None:
        """It waits five seconds for the first subscription; each is answered with all that there are."""
        held: dict[str, list[str]] = {}
        with suppress(TimeoutError):
            while True:
                async with asyncio.timeout(0.05 if held else 5.0):
                    asked = json.loads(await socket.recv())
                self.asked.append(asked)
                assert asked["type"] == "subscribe"
                held[asked["channel"]] = asked.get("product_ids", [])
                await socket.send(self.frame("subscriptions", at(FIRST - 1), [{"subscriptions": dict(held)}]))
        assert "heartbeats" in held

    def bar(self, symbol, minute) -> list[bytes]:
        opened, begin = 100.0 + minute, at(minute - 1)
        prices = (opened, opened + 1, opened - 1, opened + 0.5)
        rows = [
            self.row(symbol, 4 * minute + nth, price, 0.8125, begin + (nth * 19 + 1) * SECOND)
            for nth, price in enumerate(prices)
        ]
        return [
            self.trades(rows[:1]),
            self.trades(rows[3:0:-1]),  # newest first
            self.beat(at(minute) + 2 * SECOND),
        ]

    def quote(self, symbol, minute, bid, ask) -> list[bytes]:
        row = {
            "type": "ticker",
            "product_id": symbol,
            "price": f"{bid}",
            "volume_24_h": "15328.12345678",
            "best_bid": f"{bid}",
            "best_bid_quantity": "1.0",
            "best_ask": f"{ask}",
            "best_ask_quantity": "2.0",
        }
        return [self.frame("ticker", at(minute), [{"type": "update", "tickers": [row]}])]

    def trade(self, symbol, number) -> list[bytes]:
        return [self.trades([self.row(symbol, number, 100.5, 2.0, at(FIRST - 0.5))])]

    def row(self, symbol, number, price, size, time) -> dict:
        return {
            "trade_id": str(number),
            "product_id": symbol,
            "price": f"{price}",
            "size": f"{size}",
            "side": "BUY",
            "time": iso(time),
        }

    def trades(self, rows, kind="update") -> bytes:
        time = max(row["time"] for row in rows)
        return self.frame("market_trades", time, [{"type": kind, "trades": rows}])

    def beat(self, time) -> bytes:
        event = {"current_time": iso(time).replace("T", " "), "heartbeat_counter": self.number}
        return self.frame("heartbeats", time, [event])

    def frame(self, channel, time, events) -> bytes:
        self.number += 1
        said = {
            "channel": channel,
            "client_id": "",
            "timestamp": time if isinstance(time, str) else iso(time),
            "sequence_num": self.number,
            "events": events,
        }
        return json.dumps(said).encode()


def _trades(**changes) -> bytes:
    row = CoinbaseFeed().row("BTC-USD", 1, 100.0, 1.0, at(FIRST)) | changes
    return CoinbaseFeed().trades([row])


VENDOR = Vendor(
    symbols={"BTC/USD.COINBASE": "BTC-USD", "ETH/USD.COINBASE": "ETH-USD"},
    open_feed=CoinbaseFeed,
    trades=("market_trades",),
    malformed=(
        _trades(price="0"),
        _trades(price="NaN"),
        _trades(size="-1"),
        _trades(side="HOLD"),
        _trades(time="yesterday"),
        _trades(time="2024-03-01T15:00:00"),
        b'{"channel":"market_trades","sequence_num":1,"events":[]}',
        b'{"channel":"market_trades","timestamp":"2024-03-01T15:00:00Z","events":[]}',
    ),
)
