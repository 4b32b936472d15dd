"""A stream made of a source that is only asked: every bar once, in order, whatever the source does."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from tradewind.core.errors import ConfigError, NetworkError, NoDataError, TradewindError, UnknownSymbolError
from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, Event, PriceBasis
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import parse_ns
from tradewind.data.calendars import expected_closes
from tradewind.data.policy.call_budget import PER_DAY, PER_MINUTE, CallLimit
from tradewind.data.streams.polling import PolledStream, PollSettings, poll_shortfall

MINUTE_NS = 60_000_000_000
COIN, STOCK = "BTC/USDT.BINANCE", "MSFT.XNAS"
FAST = PollSettings(delay_s=0.5, again_s=10.0, asks=3, longest_wait_s=60.0)


for calendar in ("24/7", "XNYS"):  # the first use takes its time, and the clocks run
    expected_closes(
        calendar, "1m", parse_ns("2024-04-19T00:00:00+00:00"), parse_ns("2024-05-05T00:00:00+00:00")
    )


@dataclass
class FastClock:
    base_ns: int
    speed: float = 600.0
    began: float = field(default_factory=time.monotonic)

    def now_ns(self) -> int:
        return self.base_ns + int((time.monotonic() - self.began) * self.speed * 1e9)


class Market:
    """Has each minute's bar ``late_s`` after its close; fails where a test says so."""

    def __init__(self, clock: FastClock, late_s: float = 0.0) -> None:
        self.clock, self.late_ns = clock, int(late_s * 1e9)
        self.fails: Callable[[int], TradewindError | None] = lambda asks: None
        self.asked: list[BarRequest] = []
        self.adjusted = False

    def __call__(self, request: BarRequest) -> BarColumns:
        self.asked.append(request)
        if (error := self.fails(len(self.asked))) is not None:
            raise error
        last = min((self.clock.now_ns() - self.late_ns) // MINUTE_NS, (request.end_ns - 1) // MINUTE_NS)
        minutes = np.arange(-(-request.start_ns // MINUTE_NS), last + 1, dtype=np.int64)
        if not len(minutes):
            raise NoDataError("Nothing closed yet.", "Ask again.")
        price = 100.0 + minutes % 7
        return BarColumns(
            instrument_id=request.instrument_id,
            timeframe="1m",
            ts_event=minutes * MINUTE_NS,
            open=price,
            high=price,
            low=price,
            close=price,
            volume=np.ones(len(minutes)),
            adjusted=self.adjusted,
        )


async def heard(stream: PolledStream, names: list[str], enough: Callable[[list[Event]], bool]) -> list[Event]:
    out: list[Event] = []
    async with asyncio.timeout(20):
        events = stream.stream(names, "1m")
        async for event in events:
            out.append(event)
            if enough(out):
                break
        await events.aclose()
    return out


def minutes_of(out: list[Event], name: str) -> list[int]:
    return [e.ts_event // MINUTE_NS for e in out if isinstance(e, Bar) and e.instrument_id == name]


def count(kind: type, many: int) -> Callable[[list[Event]], bool]:
    return lambda out: sum(isinstance(event, kind) for event in out) >= many


@pytest.mark.parametrize("late_s", [0.0, 15.0, 130.0])
async def test_every_bar_comes_once_and_in_order_however_late_the_source_has_it(late_s: float) -> None:
    clock = FastClock(parse_ns("2024-05-04T10:00:30+00:00"))
    market = Market(clock, late_s)
    begun = clock.now_ns() // MINUTE_NS
    names = [COIN, "ETH/USDT.BINANCE"]
    stream = PolledStream(
        "asked", market, dict.fromkeys(names, "24/7"), since={COIN: (begun - 5) * MINUTE_NS}, settings=FAST,
        clock=clock,
    )  # fmt: skip
    out = await heard(stream, names, count(Bar, 25))
    coin, other = (minutes_of(out, name) for name in names)
    assert coin[0] == begun - 4, "what closed since the last known bar comes first"
    assert other[0] > begun
    assert [np.diff(line).tolist() for line in (coin, other)] == [
        [1] * (len(coin) - 1),
        [1] * (len(other) - 1),
    ]
    assert all(bar.ts_recv >= bar.ts_event for bar in out if isinstance(bar, Bar))
    assert [event.status for event in out if isinstance(event, FeedStatus)] == ["connected"]


async def test_a_source_that_fails_for_a_while_says_so_once_and_nothing_is_missing() -> None:
    clock = FastClock(parse_ns("2024-05-04T10:00:30+00:00"))
    market = Market(clock)
    market.fails = lambda asks: NetworkError("No route.", "Wait.") if 4 <= asks < 9 else None
    stream = PolledStream("asked", market, {COIN: "24/7"}, settings=FAST, clock=clock)
    out = await heard(stream, [COIN], count(Bar, 12))
    assert [e.status for e in out if isinstance(e, FeedStatus)] == ["connected", "lost", "connected"]
    assert np.diff(minutes_of(out, COIN)).tolist() == [1] * 11


async def test_what_no_waiting_mends_ends_it() -> None:
    clock = FastClock(parse_ns("2024-05-04T10:00:30+00:00"))
    market = Market(clock)
    market.fails = lambda asks: UnknownSymbolError("No such pair.", "Name another.")
    stream = PolledStream("asked", market, {COIN: "24/7"}, settings=FAST, clock=clock)
    with pytest.raises(UnknownSymbolError, match="No such pair"):
        await heard(stream, [COIN], count(Bar, 1))
    with pytest.raises(ConfigError, match=r"no calendar of MSFT\.XNAS"):
        await heard(stream, [STOCK], count(Bar, 1))


async def test_a_closed_market_is_not_asked() -> None:
    clock = FastClock(parse_ns("2024-05-04T10:00:30+00:00"))  # a Saturday
    market = Market(clock, late_s=1e9)
    stream = PolledStream("asked", market, {STOCK: "XNYS"}, settings=FAST, clock=clock)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.6):  # six hours of it
            await heard(stream, [STOCK], count(Bar, 1))
    assert len(market.asked) <= FAST.asks


async def test_adjusted_prices_are_called_so() -> None:
    clock = FastClock(parse_ns("2024-05-04T10:00:30+00:00"))
    market = Market(clock)
    market.adjusted = True
    out = await heard(
        PolledStream("a", market, {COIN: "24/7"}, settings=FAST, clock=clock), [COIN], count(Bar, 1)
    )
    assert [event.basis for event in out if isinstance(event, Bar)] == [PriceBasis.ADJUSTED]


@pytest.mark.parametrize(
    ("limits", "instruments", "timeframe", "slow"),
    [
        ((CallLimit(8, PER_MINUTE), CallLimit(800, PER_DAY)), 1, "1m", "800 calls in 86400 s"),
        ((CallLimit(8, PER_MINUTE),), 3, "1m", "8 calls in 60 s, and 3 instruments of 1m bars can take 9"),
        ((CallLimit(8, PER_MINUTE),), 2, "1m", ""),
        ((CallLimit(8, PER_MINUTE), CallLimit(800, PER_DAY)), 2, "1h", ""),
        ((), 500, "1m", ""),
    ],
)  # fmt: skip
def test_who_may_not_be_asked_often_enough_is_told_so(
    limits: tuple[CallLimit, ...], instruments: int, timeframe: str, slow: str
) -> None:
    said = poll_shortfall(limits, instruments, timeframe)
    assert (slow in said) if slow else not said
