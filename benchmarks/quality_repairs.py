"""Repairs that follow from the findings, all accepted, against the archive's corrected partners."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.quality_archive import Pair, Series, differs
from tradewind.core.panel import Bools, Floats
from tradewind.data.adjustment import DIVIDEND, DOUBTFUL, price_factors
from tradewind.data.cases import cases_of
from tradewind.data.edits import edit_raw
from tradewind.data.quality.inspect_bars import find_all
from tradewind.data.quality.inspection import prepare
from tradewind.data.raw import RawBars

_FOREVER = 2**63 - 1
_LIKE = 5e-3
_CLOSE_TO_FAULT = 1e-3


@dataclass
class Kept:
    """How many faulty values are the partner's after the repair, and how many sound ones are not."""

    at_fault: int = 0
    put_right: int = 0
    sound: int = 0
    spoilt: int = 0

    def add(self, bad: Floats, repaired: Floats, fixed: Floats, tolerance: float = _LIKE) -> None:
        """Count one column of one series."""
        before, after = differs(bad, fixed, tolerance), differs(repaired, fixed, tolerance)
        known: Bools = np.isfinite(fixed)
        self.at_fault += int((before & known).sum())
        self.put_right += int((before & ~after & known).sum())
        self.sound += int((~before & known).sum())
        self.spoilt += int((~before & after & known).sum())


def measure_repairs(pairs: Sequence[Pair]) -> dict[str, Kept]:
    """Closes, dividends and adjusted closes of all series that have a partner."""
    kept = {"close": Kept(), "dividend": Kept(), "adjusted close, as a return": Kept()}
    for pair in pairs:
        if pair.fixed is None:
            continue
        bad, fixed = pair.bad, pair.fixed
        repaired = repaired_of(bad)
        kept["close"].add(bad.raw.close, repaired.close, fixed.raw.close)
        amounts = [dividends_of(raw) for raw in (bad.raw, repaired, fixed.raw)]
        days = sorted({day for found in amounts for day in found})
        if days:
            before, after, true = (np.array([found.get(day, 0.0) for day in days]) for found in amounts)
            kept["dividend"].add(before, after, true)
        if "1wk" not in bad.name:
            told, made, true = _steps(bad.told), _adjusted_steps(repaired), _steps(fixed.told)
            kept["adjusted close, as a return"].add(told, made, true, _CLOSE_TO_FAULT)
    return kept


def repaired_of(series: Series) -> RawBars:
    """The series with every repair that a finding proposes."""
    seen = prepare(series.raw, "")
    edits = [case.edit for case in cases_of(seen, find_all(seen, ("isolation_forest", "suspected_split")))]
    return edit_raw(series.raw, [edit for edit in edits if edit is not None])


def dividends_of(raw: RawBars) -> dict[int, float]:
    """Amounts by the row into which they are paid."""
    paid: dict[int, float] = {}
    for action in raw.actions or ():
        if action.kind in (DIVIDEND, DOUBTFUL):
            row = int(np.searchsorted(raw.ts_event, action.ex_ns))
            paid[row] = paid.get(row, 0.0) + action.value
    return paid


def _steps(told: Floats) -> Floats:
    """Growth from row to row, 1.0 at first."""
    with np.errstate(invalid="ignore", divide="ignore"):
        growth: Floats = np.append(1.0, told[1:] / told[:-1])
    return growth


def _adjusted_steps(raw: RawBars) -> Floats:
    return _steps(raw.close * price_factors(raw.actions or (), raw.ts_event, _FOREVER))
