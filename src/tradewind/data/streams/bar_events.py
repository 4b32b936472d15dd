"""Bars that were fetched as columns, as the events of a stream."""

from collections.abc import Callable

from tradewind.core.market import Bar
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.vocabulary import PriceBasis

FetchBars = Callable[[BarRequest], BarColumns]
"""A source of history's ``bars``: what a stream missed is asked of it, in a thread."""


def bars_as_events(found: BarColumns, now_ns: int) -> list[Bar]:
    """One event a row on the columns' own basis, received now, and never before the bar's own end."""
    basis = PriceBasis.ADJUSTED if found.adjusted else PriceBasis.TRADED
    columns = (found.ts_event, found.open, found.high, found.low, found.close, found.volume)
    return [
        Bar(
            ts_event=ts,
            instrument_id=found.instrument_id,
            open=open_,
            high=high,
            low=low,
            close=close,
            volume=volume,
            timeframe=found.timeframe,
            ts_recv=max(now_ns, ts),
            basis=basis,
        )
        for ts, open_, high, low, close, volume in zip(*(c.tolist() for c in columns), strict=True)
    ]
