"""What a delisting paid, as the end of a history that research learns from and is judged by.

A history that stops at its last close leaves out what holders then got: a model that buys what falls would be
judged as if bankruptcies had not happened (Shumway, "The Delisting Bias in CRSP Data", 1997).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tradewind.app.market.history import known_income
from tradewind.core.accounts import CorporateAction
from tradewind.core.instruments import Instrument
from tradewind.core.market import Timeframe
from tradewind.core.panel import BarColumns, Floats
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.calendars import expected_closes
from tradewind.data.history import LoadedSeries
from tradewind.data.reference.endings import ending_of
from tradewind.data.reference.facts import ENDS, Fact, FactKind, read_facts
from tradewind.store.tables import Tables


def learning_bars(
    series: Mapping[str, LoadedSeries],
    instruments: Mapping[str, Instrument],
    tables: Tables,
    horizon_bars: int,
    end_ns: int,
) -> tuple[list[BarColumns], dict[str, Floats]]:
    """Bars of all ``instruments``, ended where a delisting was known, and the income going into them."""
    ended = {
        name: with_payout(series[name], read_facts(tables, name), instrument, horizon_bars, end_ns)
        for name, instrument in instruments.items()
    }
    income = {name: ended[name][1] for name in known_income(series, instruments)}
    return [bars for bars, _ in ended.values()], income


def with_payout(
    loaded: LoadedSeries, facts: Sequence[Fact], instrument: Instrument, horizon_bars: int, end_ns: int
) -> tuple[BarColumns, Floats]:
    """Bars for learning and the income going into each, ended by what a known delisting paid.

    The payout stands as ``horizon_bars`` bars without volume at the next closes of its calendar once it is
    known, so that every label that reaches over the end has it. Nothing paid is one tick, as a return of
    -100 % has no logarithm. Bars after the end are another company's and are left out. A series stays as it
    is without an end that was known before ``end_ns``, where it was listed again, and where its source
    adjusted its prices (what it paid is on another basis).
    """
    bars, income = loaded.bars, loaded.income
    facts = [fact for fact in facts if fact.known_ns < end_ns]
    end = ending_of(facts, instrument, loaded.as_stored)
    if end is None or end.ts_event >= end_ns or loaded.as_stored.adjusted:
        return bars, income
    if any(fact.kind is FactKind.LISTED and fact.effective_ns >= end.ts_event for fact in facts):
        return bars, income
    kept = bars.ts_event <= end.ts_event
    before = bars.between(0, end.ts_event + 1)
    reach_ns = horizon_bars * Timeframe(bars.timeframe).length_ns * 6 + 30 * NS_PER_DAY
    told_ns = max(fact.known_ns for fact in facts if fact.kind in ENDS)
    known_ns = max(end.ts_event, told_ns)
    due = expected_closes(loaded.calendar, bars.timeframe, known_ns, known_ns + reach_ns)
    due = due[due > before.ts_event[-1]][:horizon_bars]
    worth = _worth(end, float(loaded.as_stored.between(0, end.ts_event + 1).close[-1]))
    paid = np.full(len(due), max(worth, instrument.tick_float))
    columns: dict[str, Any] = {
        name: np.append(getattr(before, name), paid) for name in ("open", "high", "low", "close")
    }
    columns |= {"ts_event": np.append(before.ts_event, due), "volume": np.append(before.volume, 0.0 * paid)}
    ended = replace(before, **columns)
    return ended, np.append(income[kept], np.zeros(len(due)))


def _worth(end: CorporateAction, last_close: float) -> float:
    """What an end gave for a unit; shares whose price nobody says count as the last close."""
    if not end.into:
        return float(end.amount)
    if not end.into_price:
        return last_close
    return float(end.amount) + float(end.into_price) * end.numerator / end.denominator
