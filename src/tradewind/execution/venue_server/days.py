"""Days made of a rehearsal's shorter bars, for clients that ask for both; today counts so far."""

from collections.abc import Iterable, Sequence

from tradewind.core.market import Bar, Timeframe
from tradewind.core.trading_calendar import TradingCalendar


def days_of(bars: Iterable[Bar], calendar: TradingCalendar) -> list[Bar]:
    """One bar a trading day out of bars within days, oldest first; each is stamped by the day's close."""
    found: list[Bar] = []
    inside: list[Bar] = []
    close_ns = 0
    for bar in bars:
        ends_ns = calendar.session_bounds(bar.ts_event)[1]
        if inside and ends_ns != close_ns:
            found.append(_day(inside, close_ns))
            inside = []
        close_ns = ends_ns
        inside.append(bar)
    if inside:
        found.append(_day(inside, close_ns))
    return found


def _day(inside: Sequence[Bar], close_ns: int) -> Bar:
    return Bar(
        ts_event=close_ns,
        instrument_id=inside[0].instrument_id,
        open=inside[0].open,
        high=max(bar.high for bar in inside),
        low=min(bar.low for bar in inside),
        close=inside[-1].close,
        volume=sum(bar.volume for bar in inside),
        timeframe=Timeframe.D1.value,
    )
