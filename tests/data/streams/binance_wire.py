"""Binance's combined streams, in the shape of the recorded frames (cryptofeed's raw frames, 2021)."""

import json

from wire_vendors import FIRST, Vendor, at

MS = 10**6


class BinanceFeed:
    def __init__(self) -> None:
        self.update = 0

    async def greet(self, socket) -> None:
        assert socket.request.path.startswith("/stream?streams=")

    def bar(self, symbol, minute) -> list[bytes]:
        opened = 100.0 + minute
        kline = {
            "t": at(minute - 1) // MS,
            "T": at(minute) // MS - 1,
            "s": symbol,
            "i": "1m",
            "f": 1,
            "L": 2,
            "o": f"{opened:.8f}",
            "c": f"{opened + 0.5:.8f}",
            "h": f"{opened + 1:.8f}",
            "l": f"{opened - 1:.8f}",
            "v": "3.25000000",
            "n": 4,
        }
        return [
            self._frame(symbol, "kline_1m", {"e": "kline", "E": at(minute) // MS, "k": kline | {"x": closed}})
            for closed in (False, True)
        ]

    def quote(self, symbol, minute, bid, ask) -> list[bytes]:
        self.update += 1
        data = {"u": self.update, "b": f"{bid:.8f}", "B": "1.0", "a": f"{ask:.8f}", "A": "2.0"}
        return [self._frame(symbol, "bookTicker", data)]

    def trade(self, symbol, number) -> list[bytes]:
        time = at(FIRST - 0.5) // MS
        data = {
            "e": "trade",
            "E": time,
            "t": number,
            "p": "100.5",
            "q": "2.0",
            "T": time,
            "m": True,
            "M": True,
        }
        return [self._frame(symbol, "trade", data)]

    def _frame(self, symbol, stream, data) -> bytes:
        return json.dumps({"stream": f"{symbol.lower()}@{stream}", "data": {"s": symbol} | data}).encode()


VENDOR = Vendor(
    symbols={"BTC/USDT.BINANCE": "BTCUSDT", "ETH/USDT.BINANCE": "ETHUSDT"},
    open_feed=BinanceFeed,
    trades=("kline", "trade"),
    path="/stream",
)
