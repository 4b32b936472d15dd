"""Bars of a live feed out of its numbered trades; one that may lack a trade is said to be missed, never made.

Trades of an instrument are numbered one by one. So a bar is whole when the last trade before it, and every
one in it, were seen; it is then what the exchange itself computes. A bar closes with the first trade of a
later one, or by the exchange's own clock, ``grace_ns`` after its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tradewind.core.market import Bar, Timeframe
from tradewind.data.streams.ticks import Trade
from tradewind.data.streams.wire import Forming, Item, Missed, NoBars


@dataclass
class _Line:
    """One instrument. ``start_ns`` is the bar that is being made, 0 while there is none."""

    last_id: int
    last_start_ns: int
    """Interval of the last trade."""
    sure: bool = False
    """Whether every trade since the interval began is in the bar that is being made."""
    start_ns: int = 0
    vouched_ns: int = 0
    """End of the last bar that was made whole, 0 where the last one was missed."""
    cut: bool = False
    """Something was lost that may have been a trade; the next one's number will tell."""
    open: float = 0.0
    high: float = 0.0
    low: float = 0.0
    close: float = 0.0
    volume: float = 0.0


class TradeBars:
    """Bars of one timeframe up to a day, on the grid of UTC."""

    def __init__(self, frame: Timeframe, grace_ns: int) -> None:
        self.frame, self.length_ns, self.grace_ns = frame, frame.length_ns, grace_ns
        self._lines: dict[str, _Line] = {}
        self._due_ns = 0

    def begin(self, trades: Sequence[Trade]) -> list[Item]:
        """Trades before those that the feed brings, at least one, of one instrument and in order: nothing
        comes of them but the bar that goes on.
        """
        for trade in trades:
            self._take(trade, [])
        line = self._lines[trades[0].instrument_id]
        line.vouched_ns = 0
        return [Forming(trades[0].instrument_id, line.start_ns)]

    def last_id(self, instrument_id: str) -> int | None:
        """Number of the last trade taken, None before the first."""
        line = self._lines.get(instrument_id)
        return line.last_id if line is not None else None

    def take(self, trade: Trade) -> list[Item]:
        """What follows from a trade; one that was taken before, or comes late, changes nothing."""
        items: list[Item] = []
        self._take(trade, items)
        return items

    def close_until(self, now_ns: int) -> list[Item]:
        """What follows from the exchange's clock."""
        if now_ns < self._due_ns:
            return []
        items: list[Item] = []
        ends = []
        for instrument_id, line in self._lines.items():
            if not line.start_ns:
                continue
            end_ns = line.start_ns + self.length_ns + self.grace_ns
            if end_ns <= now_ns:
                items.append(self._closed(instrument_id, line, line.sure and not line.cut, now_ns))
            else:
                ends.append(end_ns)
        self._due_ns = min(ends, default=now_ns + self.length_ns)
        return items

    def cut(self) -> None:
        """Messages were lost; each instrument's next trade tells whether one of its own was among them."""
        for line in self._lines.values():
            line.cut = True

    def mend(self, instrument_id: str) -> None:
        """The vendor's newest trades are all known: nothing of this instrument was lost."""
        line = self._lines.get(instrument_id)
        if line is not None:
            line.cut = False

    def _take(self, trade: Trade, items: list[Item]) -> None:
        start_ns = trade.ts_event - trade.ts_event % self.length_ns
        line = self._lines.get(trade.instrument_id)
        if line is None:
            line = self._lines[trade.instrument_id] = _Line(trade.trade_id - 1, start_ns)
        if trade.trade_id <= line.last_id:
            return
        follows = trade.trade_id == line.last_id + 1
        later = start_ns > line.last_start_ns
        line.last_id, line.cut = trade.trade_id, False
        # One that lies before the bar that is being made belongs into another, and that one is gone.
        line.sure = line.sure and follows and start_ns >= line.start_ns
        if later:
            if line.start_ns:
                items.append(self._closed(trade.instrument_id, line, line.sure, trade.ts_recv))
            # The trade before it lies in an earlier interval, so none of this one can have been missed.
            line.sure = follows
        if not line.start_ns and start_ns + self.length_ns > line.vouched_ns:
            self._open(trade, line, start_ns, items)
        elif line.start_ns == start_ns:
            line.high, line.low = max(line.high, trade.price), min(line.low, trade.price)
            line.close = trade.price
            line.volume += trade.quantity
        line.last_start_ns = max(line.last_start_ns, start_ns)

    def _open(self, trade: Trade, line: _Line, start_ns: int, items: list[Item]) -> None:
        if line.vouched_ns and line.sure and line.vouched_ns < start_ns:
            items.append(NoBars(trade.instrument_id, line.vouched_ns, start_ns))
        items.append(Forming(trade.instrument_id, start_ns))
        line.start_ns = start_ns
        line.open = line.high = line.low = line.close = trade.price
        line.volume = trade.quantity
        end_ns = start_ns + self.length_ns + self.grace_ns
        self._due_ns = min(self._due_ns, end_ns)

    def _closed(self, instrument_id: str, line: _Line, whole: bool, ts_recv: int) -> Item:
        end_ns = line.start_ns + self.length_ns
        opened_ns, line.start_ns, line.sure = line.start_ns, 0, False
        line.vouched_ns = end_ns if whole else 0
        if not whole:
            return Missed(instrument_id)
        return Bar(
            ts_event=end_ns,
            instrument_id=instrument_id,
            open=line.open,
            high=line.high,
            low=line.low,
            close=line.close,
            volume=line.volume,
            timeframe=self.frame.value,
            ts_recv=max(ts_recv, end_ns),
            ts_open=opened_ns,
        )
