"""Repair: every change to a row is asked for by a plan and written down with its old and its new value.

Nothing here uses a later row to change an earlier one, so a repaired series is still point in time. (What
needs the future is in :mod:`tradewind.data.display`, whose result is of another type.) Known splits and
dividends change no row either: prices stay as traded, see :mod:`tradewind.data.adjustment`.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.market import Timeframe
from tradewind.core.panel import BAR_COLUMNS, Bools, Floats, Ints
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.adjustment import CorporateAction, split
from tradewind.data.calendars import expected_closes
from tradewind.data.quality.finding import Finding
from tradewind.data.quality.inspection import complete_rows
from tradewind.data.raw import PRICES, RawBars
from tradewind.data.winsorise import WinsoriseRule, winsorised_close


@dataclass(frozen=True)
class Repair:
    """One change: the bar's time, what was done, to which column (``row``: the whole row), why, old and new.

    A value that is not there is NaN; for a row that was dropped, moved or added it is the close.
    """

    ts_event: int
    what: str
    column: str
    why: str
    old: float
    new: float


@dataclass(frozen=True)
class RepairPlan:
    """What may be changed. The defaults make rows usable and invent nothing."""

    drop_incomplete: bool = True
    drop_partial: bool = True
    """Intraday rows off their calendar's grid: they were still being made."""
    sort: bool = True
    drop_duplicates: bool = True
    """Of rows with one time the last one given is kept: it is the correction."""
    fit_range: bool = True
    """Widen high and low so that they hold open and close."""
    zero_negative_volume: bool = True
    fill_forward_bars: int = 0
    """Fill at most so many expected bars in a row with the close before them and no volume."""
    winsorise: WinsoriseRule | None = None
    accepted: tuple[CorporateAction, ...] = ()
    """Splits that the prices show, the provider does not name, and a person accepts."""


@dataclass(frozen=True)
class Repaired:
    """Rows that can become bars, and every step that led to them, in order."""

    raw: RawBars
    repairs: tuple[Repair, ...]


def repair(raw: RawBars, plan: RepairPlan, calendar: str = "") -> Repaired:
    """Carry out ``plan``, in the order of its fields; ``calendar`` is used where the rows name none."""
    calendar = raw.calendar or calendar
    done: list[Repair] = []
    if plan.drop_incomplete:
        raw = _keep(raw, complete_rows(raw), "drop_incomplete", "a price is missing or not positive", done)
    if plan.drop_partial and calendar:
        raw = _keep(raw, ~partial_rows(raw, calendar), "drop_partial", "the bar was still being made", done)
    if plan.sort:
        raw = _in_order(raw, done)
    if plan.drop_duplicates:
        raw = _keep(raw, ~_repeated(raw.ts_event), "drop_duplicate", "a later row has the same time", done)
    if plan.fit_range and raw.has_ohlc:
        raw = _fit_range(raw, done)
    if plan.zero_negative_volume:
        raw = _change(raw, "volume", np.maximum(raw.volume, 0.0), "zero_volume", "volume was negative", done)
    if plan.fill_forward_bars and calendar:
        raw = _fill_forward(raw, calendar, plan.fill_forward_bars, done)
    if plan.winsorise is not None:
        raw = _winsorise(raw, plan.winsorise, done)
    for action in plan.accepted:
        raw = _accept(raw, action, done)
    return Repaired(raw, tuple(done))


def accepted_split(instrument_id: str, suspicion: Finding) -> CorporateAction:
    """A suspected split as an action in force from its bar on.

    Raises
    ------
    DataError
        The finding is not of the rule ``suspected_split``.
    """
    if suspicion.rule != "suspected_split":
        message = f"A finding of the rule {suspicion.rule!r} is no split."
        raise DataError(message, "Accept findings of suspected_split.")
    return split(instrument_id, suspicion.ts_event, 1.0 / suspicion.value, "accepted")


def partial_rows(raw: RawBars, calendar: str) -> Bools:
    """Intraday rows at a time that is neither on the timeframe's grid nor a time of the calendar."""
    length = Timeframe(raw.timeframe).length_ns
    if length >= NS_PER_DAY or not len(raw):
        return np.zeros(len(raw), dtype=np.bool_)
    expected = expected_closes(calendar, raw.timeframe, int(raw.ts_event.min()), int(raw.ts_event.max()) + 1)
    partial: Bools = ~np.isin(raw.ts_event, expected) & (raw.ts_event % length != 0)
    return partial


def _keep(raw: RawBars, mask: Bools, what: str, why: str, done: list[Repair]) -> RawBars:
    if mask.all():
        return raw
    nan = float("nan")
    done += [
        Repair(int(raw.ts_event[row]), what, "row", why, float(raw.close[row]), nan)
        for row in np.flatnonzero(~mask)
    ]
    return raw.take(mask)


def _in_order(raw: RawBars, done: list[Repair]) -> RawBars:
    steps = np.diff(raw.ts_event)
    if np.all(steps >= 0):
        return raw
    if np.all(steps <= 0):  # newest first: one habit of the source, not one fault a row
        first = int(raw.ts_event[0])
        done.append(Repair(first, "reverse", "row", "rows were newest first", float("nan"), float("nan")))
    else:
        for row in np.flatnonzero(raw.ts_event < np.maximum.accumulate(raw.ts_event)):
            close = float(raw.close[row])
            done.append(Repair(int(raw.ts_event[row]), "sort", "row", "came after a later row", close, close))
    return raw.take(np.argsort(raw.ts_event, kind="stable"))


def _repeated(ts_event: Ints) -> Bools:
    again = np.zeros(len(ts_event), dtype=np.bool_)
    again[:-1] = ts_event[1:] == ts_event[:-1]
    return again


def _fit_range(raw: RawBars, done: list[Repair]) -> RawBars:
    highest = np.max([raw.high, raw.open, raw.close], axis=0)
    lowest = np.min([raw.low, raw.open, raw.close], axis=0)
    raw = _change(raw, "high", highest, "fit_range", "open or close lay above", done)
    return _change(raw, "low", lowest, "fit_range", "open or close lay below", done)


def _change(raw: RawBars, column: str, values: Floats, what: str, why: str, done: list[Repair]) -> RawBars:
    old: Floats = getattr(raw, column)
    with np.errstate(invalid="ignore"):
        changed = np.flatnonzero((old != values) & ~(np.isnan(old) & np.isnan(values)))
    if not len(changed):
        return raw
    done += [
        Repair(int(raw.ts_event[row]), what, column, why, float(old[row]), float(values[row]))
        for row in changed
    ]
    columns: dict[str, Any] = {column: values}
    return replace(raw, **columns)


def _fill_forward(raw: RawBars, calendar: str, most: int, done: list[Repair]) -> RawBars:
    if not len(raw):
        return raw
    expected = expected_closes(calendar, raw.timeframe, int(raw.ts_event[0]), int(raw.ts_event[-1]))
    missing = np.setdiff1d(expected, raw.ts_event)
    before = np.searchsorted(raw.ts_event, missing) - 1
    # Rank of each missing time among those that share the same last row: only the first `most` are filled.
    rank = np.arange(len(missing)) - np.searchsorted(before, before)
    missing, before = missing[rank < most], before[rank < most]
    close = raw.close[before]
    for ts_event, value in zip(missing.tolist(), close.tolist(), strict=True):
        done.append(
            Repair(ts_event, "fill_forward", "row", "the calendar expects a bar", float("nan"), value)
        )
    order = np.argsort(np.concatenate([raw.ts_event, missing]), kind="stable")
    added = dict.fromkeys(PRICES, close) | {"ts_event": missing, "volume": np.zeros(len(missing))}
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(raw, name), added[name]])[order] for name in ("ts_event", *BAR_COLUMNS)
    }
    return replace(raw, **columns)


def _accept(raw: RawBars, action: CorporateAction, done: list[Repair]) -> RawBars:
    """Add the action; the prices stay as traded and are adjusted by it when they are read."""
    before = raw.close[raw.ts_event < action.ex_ns]
    old = float(before[-1]) if len(before) else float("nan")
    why = f"{action.value:g} new for one old, {action.source}"
    done.append(Repair(action.ex_ns, "accept_split", "row", why, old, old * action.price_factor))
    return replace(raw, actions=(*(raw.actions or ()), action))


def _winsorise(raw: RawBars, rule: WinsoriseRule, done: list[Repair]) -> RawBars:
    """Pull in the close; open, high and low of the bar move with it."""
    close = winsorised_close(raw.close, rule)
    factor = close / raw.close
    why = f"its return lay outside {rule.limit:g} {rule.method} of the {rule.window} bars before"
    for name in PRICES:
        scaled = np.where(factor == 1.0, getattr(raw, name), getattr(raw, name) * factor)
        raw = _change(raw, name, scaled, "winsorise", why, done)
    return raw
