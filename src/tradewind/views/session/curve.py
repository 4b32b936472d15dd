"""Equity over time in bounded memory: too long a curve loses every second point, never the newest."""

from dataclasses import dataclass

from tradewind.core.timestamps import iso
from tradewind.views.amounts import cash_text
from tradewind.views.rows import CurvePoint


@dataclass(frozen=True)
class _Mark:
    seq: int
    ts_ns: int
    equity_e8: int
    drawdown_pct: float


class EquityCurve:
    """Marks of the account. The deepest drawdown is exact, whatever points were thinned out.

    How far the account lies below its peak is what the session itself recorded with each mark (see
    ``drawdown_pct`` of :class:`~tradewind.core.decisions.AccountMarked`): worked out once, shown everywhere.
    """

    def __init__(self, seq: int, ts_ns: int, start_e8: int, longest: int) -> None:
        self._longest = longest
        self._stride = 1
        self._kept: list[_Mark] = [_Mark(seq, ts_ns, start_e8, 0.0)]
        self._tail: _Mark | None = None
        self._since_kept = 0
        self._thinned_at = seq
        self.drawdown_pct = 0.0
        self.max_drawdown_pct = 0.0

    def mark(self, seq: int, ts_ns: int, equity_e8: int, drawdown_pct: float) -> None:
        """Enter the account's equity after record ``seq``, and how far it lies below its peak."""
        self.drawdown_pct = drawdown_pct
        self.max_drawdown_pct = max(self.max_drawdown_pct, self.drawdown_pct)
        point = _Mark(seq, ts_ns, equity_e8, self.drawdown_pct)
        self._since_kept += 1
        if self._since_kept < self._stride:
            self._tail = point
            return
        self._kept.append(point)
        self._tail, self._since_kept = None, 0
        if len(self._kept) > self._longest:
            self._kept = self._kept[::2]
            self._stride *= 2
            self._thinned_at = seq

    def after(self, since: int) -> tuple[int, list[CurvePoint]]:
        """``(curve_after, points)``: what a reader who knows all up to ``since`` drops and then adds."""
        marks = [*self._kept, self._tail] if self._tail else self._kept
        if since < self._thinned_at:
            return 0, [_point(mark) for mark in marks]
        known = max((mark.seq for mark in marks if mark.seq <= since), default=0)
        return known, [_point(mark) for mark in marks if mark.seq > since]


def _point(mark: _Mark) -> CurvePoint:
    return CurvePoint(
        seq=mark.seq,
        ts=iso(mark.ts_ns),
        equity=cash_text(mark.equity_e8),
        drawdown_pct=round(mark.drawdown_pct, 6),
    )
