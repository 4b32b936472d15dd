"""Splits and dividends that a file tells of, and prices put on the basis on which they were traded.

Prices as in the file are kept and actions go beside them. What a file adjusted for both is stored as
adjusted, without actions, since they would be counted twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tradewind.core.panel import Floats, Ints
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.adjustment import (
    DIVIDEND,
    DOUBTFUL,
    SPLIT,
    CorporateAction,
    actions_from_adjusted_close,
    split,
)
from tradewind.data.importing.options import FileBasis

PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True)
class OnBasis:
    """Figures of one series on the basis that is stored. ``actions`` is None where the file tells of none."""

    figures: Mapping[str, Floats]
    adjusted: bool
    actions: tuple[CorporateAction, ...] | None
    basis: FileBasis
    notes: tuple[str, ...] = ()
    adjusted_close: Floats | None = None
    """The file's own, where its dividends are there too: evidence for the quality rules."""


def on_basis(
    symbol: str,
    days: Ints,
    lines: Ints,
    figures: Mapping[str, Floats],
    told: FileBasis | None,
    source: str,
) -> OnBasis:
    """The basis, by what is told and by the columns that there are; rows oldest first.

    ``days`` are the rows' dates (days since 1970), from the start of which their actions are in force.
    """
    beside = sorted({"adjusted_close", "dividend", "split"} & set(figures))
    if "close" not in figures:
        lone = {"close": figures["adjusted_close"]} | _volume(figures)
        note = (
            ("only adjusted closes are there, so open, high and low are not used",)
            if "open" in figures
            else ()
        )
        return OnBasis(lone, True, None, FileBasis.ADJUSTED, note)
    plain = {name: values for name, values in figures.items() if name in PRICES} | _volume(figures)
    if told is FileBasis.ADJUSTED:
        words = f"{', '.join(beside)} not kept: the prices are adjusted for them already"
        return OnBasis(plain, True, None, told, (words,) if beside else ())
    if {"dividend", "split"} & set(beside):
        return _from_columns(symbol, days, lines, figures, plain, told or FileBasis.TRADED, source)
    if "adjusted_close" in beside:
        return _from_adjusted_close(symbol, days, figures, plain, told or FileBasis.TRADED, source)
    note = (
        ()
        if told is not None
        else ("prices taken as traded: the file does not say whether they are adjusted",)
    )
    return OnBasis(plain, False, None, told or FileBasis.TRADED, note)


def _from_columns(
    symbol: str,
    days: Ints,
    lines: Ints,
    figures: Mapping[str, Floats],
    plain: dict[str, Floats],
    basis: FileBasis,
    source: str,
) -> OnBasis:
    rows = len(days)
    ratio = np.nan_to_num(figures.get("split", np.zeros(rows)))
    dividend = np.nan_to_num(figures.get("dividend", np.zeros(rows)))
    splits = np.flatnonzero((ratio != 0.0) & (ratio != 1.0))
    later = _later_splits(ratio, splits, rows)
    told = figures["adjusted_close"] * later if "adjusted_close" in figures else None
    notes: tuple[str, ...] = ()
    if basis is FileBasis.SPLIT_ADJUSTED:
        plain = {name: values * later if name in PRICES else values / later for name, values in plain.items()}
        notes = (
            "prices put back on the share count of their day by the file's own splits",
            "a split after the file's last row is not known",
        )
    else:
        later = np.ones(rows)
    found = [split(symbol, int(days[row]) * NS_PER_DAY, float(ratio[row]), source) for row in splits]
    for row in (np.flatnonzero(dividend[1:] > 0.0) + 1).tolist():
        paid = float(dividend[row] * later[row])
        per_old, before = paid * _split_on(ratio, row), float(plain["close"][row - 1])
        factor, kind = 1.0 - per_old / before, DIVIDEND
        if not factor > 0.0:  # one impossible amount does not cost the whole file: it is kept and named
            day = np.datetime64(int(days[row]), "D")
            notes += (f"line {int(lines[row])}: the dividend of {paid:g} on {day} is more than the price",)
            factor, kind = 1.0, DOUBTFUL
        found.append(CorporateAction(symbol, int(days[row]) * NS_PER_DAY, kind, factor, paid, source))
    found.sort(key=lambda action: (action.ex_ns, action.kind != SPLIT))
    return OnBasis(plain, False, tuple(found), FileBasis.TRADED, notes, told)


def _from_adjusted_close(
    symbol: str,
    days: Ints,
    figures: Mapping[str, Floats],
    plain: dict[str, Floats],
    basis: FileBasis,
    source: str,
) -> OnBasis:
    close, adjusted = figures["close"], figures["adjusted_close"]
    told = (close > 0.0) & (adjusted > 0.0)  # what is not is left to the quality rules
    found = actions_from_adjusted_close(symbol, days[told] * NS_PER_DAY, close[told], adjusted[told], source)
    splits = sum(action.kind == SPLIT for action in found)
    notes: list[str] = []
    if basis is FileBasis.SPLIT_ADJUSTED and splits:
        basis = FileBasis.TRADED
        notes.append("the close has splits in it, so it is as traded")
    elif basis is FileBasis.SPLIT_ADJUSTED:
        notes.append(
            "the close is on the share count of the day on which the file was made; its splits are not known"
        )
    return OnBasis(plain, False, found, basis, tuple(notes))


def _later_splits(ratio: Floats, splits: Ints, rows: int) -> Floats:
    """New shares for one old by all splits after each row, (R,)."""
    steps = np.ones(rows)
    steps[splits] = ratio[splits]
    tail: Floats = np.append(np.cumprod(steps[::-1])[::-1][1:], 1.0)
    return tail


def _split_on(ratio: Floats, row: int) -> float:
    """A dividend on the day of a split is paid on the new shares, the close before it is of an old one."""
    value = float(ratio[row])
    return value if value not in (0.0, 1.0) else 1.0


def _volume(figures: Mapping[str, Floats]) -> dict[str, Floats]:
    return {"volume": figures["volume"]} if "volume" in figures else {}
