"""Sources that do what a test says, and bars that follow one another."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import numpy as np

from tradewind.core.errors import DataError, NoDataError
from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, Event, Quote
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_S

MINUTE_NS = 60 * NS_PER_S
FIRST_NS = 1_700_000_040 * NS_PER_S
BTC = "BTC/USDT.BINANCE"


def bar(number: int, close: float = 0.0, name: str = BTC) -> Bar:
    """The bar of a minute; its price is the market's for that minute unless one is said."""
    price = close or 100.0 + number % 7
    return Bar(
        ts_event=FIRST_NS + number * MINUTE_NS,
        instrument_id=name,
        open=price,
        high=price,
        low=price,
        close=price,
        volume=1.0,
        timeframe="1m",
    )


def quote(number: int) -> Quote:
    return Quote(ts_event=FIRST_NS + number, instrument_id=BTC, bid=99.0, ask=101.0)


def status(source: str, word: str) -> FeedStatus:
    return FeedStatus(ts_event=FIRST_NS, feed=source, status=word, detail=f"{source} {word}")


class Scripted:
    """A stream that says what it is told to; an error put in ends it, and it can be started again."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.put: asyncio.Queue[Event | Exception] = asyncio.Queue()
        self.starts = 0

    async def stream(self, symbols: Sequence[str], timeframe: str) -> AsyncIterator[Event]:
        self.starts += 1
        while True:
            said = await self.put.get()
            if isinstance(said, Exception):
                raise said
            yield said


class Archive:
    """What a source's history would answer: every minute's bar up to the one that is made now."""

    def __init__(self) -> None:
        self.made = 0
        self.asked: list[BarRequest] = []
        self.error: DataError | None = None

    def __call__(self, request: BarRequest) -> BarColumns:
        self.asked.append(request)
        if self.error is not None:
            raise self.error
        found = [bar(number) for number in range(self.made)]
        found = [one for one in found if request.start_ns <= one.ts_event < request.end_ns]
        if not found:
            raise NoDataError("No bar in that span.", "Ask for another.")
        prices = np.array([one.close for one in found])
        return BarColumns(
            instrument_id=request.instrument_id,
            timeframe="1m",
            ts_event=np.array([one.ts_event for one in found], dtype=np.int64),
            open=prices,
            high=prices,
            low=prices,
            close=prices,
            volume=np.ones(len(found)),
        )
