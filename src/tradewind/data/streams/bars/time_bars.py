"""A bar for each interval of UTC in which something was traded."""

from tradewind.core.timestamps import NS_PER_S
from tradewind.data.streams.bars.rules import TimeRule
from tradewind.data.streams.bars.tick_rule import TickRule
from tradewind.data.streams.bars.trade_bar import Growing, TradeBar, growing_from
from tradewind.data.streams.ticks import Trade


class TimeBars:
    """Bars of any number of instruments.

    One is closed by the first trade of a later interval, or by :meth:`close_until`. A trade that belongs into
    a bar that is closed is counted in ``late`` and left out.
    """

    def __init__(self, rule: TimeRule) -> None:
        self.rule, self.late = rule, 0
        self._length_ns = rule.length_s * NS_PER_S
        self._signs = TickRule()
        self._growing: dict[str, Growing] = {}
        self._closed_ns: dict[str, int] = {}

    def take(self, trade: Trade) -> list[TradeBar]:
        """Bars that are closed with this trade: one or none."""
        instrument_id, found = trade.instrument_id, []
        sign = self._signs.sign(trade)
        start_ns = trade.ts_event - trade.ts_event % self._length_ns
        growing = self._growing.get(instrument_id)
        if growing is not None and start_ns > growing.ts_open:
            found.append(self._close(instrument_id, growing, trade.ts_recv))
            growing = None
        begun_ns = growing.ts_open if growing is not None else self._closed_ns.get(instrument_id, start_ns)
        if start_ns < begun_ns:
            self.late += 1
            return found
        if growing is None:
            growing = self._growing[instrument_id] = growing_from(trade, start_ns)
        growing.add(trade, sign)
        return found

    def close_until(self, now_ns: int) -> list[TradeBar]:
        """Bars whose interval is over by the clock."""
        over = [(name, one) for name, one in self._growing.items() if one.ts_open + self._length_ns <= now_ns]
        return [self._close(instrument_id, growing, now_ns) for instrument_id, growing in over]

    def _close(self, instrument_id: str, growing: Growing, ts_recv: int) -> TradeBar:
        end_ns = self._closed_ns[instrument_id] = growing.ts_open + self._length_ns
        del self._growing[instrument_id]
        return growing.closed(instrument_id, self.rule.text, end_ns, ts_recv)
