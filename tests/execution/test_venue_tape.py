"""Recorded bars as quotes: nothing beyond the bar, nothing before its time, nothing outside trading hours."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rehearsing import AAPL, BITCOIN, OPEN_NS, minute_bars

from tradewind.core.errors import ConfigError, DataError
from tradewind.core.panel import BarColumns
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_MINUTE
from tradewind.data.calendars import trading_calendars
from tradewind.execution.venue_server.listing import list_instruments
from tradewind.execution.venue_server.tape import BarDone, DayDone, Shown, make_tape

CALENDARS = trading_calendars({"XNYS"}, OPEN_NS - 10**16, OPEN_NS + 10**16)
LISTINGS = list_instruments([AAPL, BITCOIN])


def of(bars: BarColumns, start_ns: int = OPEN_NS - 1):
    return make_tape({bars.instrument_id: bars}, LISTINGS, CALENDARS, start_ns)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(1.0, 500.0), min_size=1, max_size=30))
def test_a_bar_is_shown_by_its_own_prices_and_known_at_its_close(closes):
    bars = minute_bars(AAPL.id, closes, 4_000.0)
    seen: list[Shown] = []
    done = 0
    for step in of(bars).steps:
        if isinstance(step, Shown):
            assert step.bid_ticks < step.ask_ticks
            assert step.bid_ticks <= step.last_ticks <= step.ask_ticks
            seen.append(step)
        elif isinstance(step, BarDone):
            row = {name: getattr(bars, name)[done] * 100 for name in ("open", "high", "low", "close")}
            assert step.ts_ns == bars.ts_event[done] == step.bar.ts_event
            assert len(seen) == 4
            assert all(bars.ts_event[done] - NS_PER_MINUTE <= one.ts_ns < step.ts_ns for one in seen)
            assert [one.ts_ns for one in seen] == sorted(one.ts_ns for one in seen)
            lasts = [one.last_ticks for one in seen]
            assert abs(lasts[0] - row["open"]) <= 0.51
            assert abs(lasts[3] - row["close"]) <= 0.51
            assert abs(max(lasts) - row["high"]) <= 0.51
            assert abs(min(lasts) - row["low"]) <= 0.51
            assert {one.size_lots for one in seen} == {100 * 10**8}
            seen, done = [], done + 1
    assert done == len(bars)


def test_history_ends_where_the_tape_begins():
    bars = minute_bars(AAPL.id, [100.0] * 6, 4_000.0)
    tape = of(bars, OPEN_NS + 2 * NS_PER_MINUTE)
    assert [bar.ts_event for bar in tape.history[AAPL.id]] == list(bars.ts_event[:2])
    assert min(step.ts_ns for step in tape.steps) >= bars.ts_event[1]
    assert tape.digest != of(bars, OPEN_NS + 3 * NS_PER_MINUTE).digest
    assert tape.digest == of(bars, OPEN_NS + 2 * NS_PER_MINUTE).digest


def test_daily_bars_are_shown_in_the_hours_of_their_day():
    closes = OPEN_NS + int(6.5 * 60) * NS_PER_MINUTE + NS_PER_DAY * np.arange(3, dtype=np.int64)
    ones = np.full(3, 100.0)
    bars = BarColumns(AAPL.id, "1d", closes, ones, ones + 1, ones - 1, ones, ones * 1_000)
    steps = of(bars).steps
    calendar = CALENDARS["XNYS"]
    assert all(calendar.is_open(step.ts_ns) for step in steps if isinstance(step, Shown))
    assert [step.ts_ns for step in steps if isinstance(step, DayDone)] == list(closes)


def test_what_is_no_price_and_what_cannot_be_listed_is_refused():
    bars = minute_bars(AAPL.id, [100.0, float("nan"), 100.0], 1.0)
    with pytest.raises(DataError, match="a price that is none"):
        of(bars)
    with pytest.raises(DataError, match="no bar after"):
        of(minute_bars(AAPL.id, [100.0], 1.0), OPEN_NS + NS_PER_DAY)
    with pytest.raises(ConfigError, match="is no share"):
        list_instruments([msgspec.structs.replace(AAPL, tradable=False)])
    with pytest.raises(ConfigError, match="given twice"):
        list_instruments([AAPL, msgspec.structs.replace(AAPL, venue="XNYS")])
    ether = msgspec.structs.replace(BITCOIN, symbol="ETH/BTC", quote_currency="BTC")
    with pytest.raises(ConfigError, match="both money and merchandise"):
        list_instruments([BITCOIN, ether])
    with pytest.raises(ConfigError, match="trades nothing else"):
        list_instruments([AAPL], coins_alone=True)
