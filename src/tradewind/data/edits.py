"""Changes that a person has accepted, made to what is read and never to what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from tradewind.core.panel import BAR_COLUMNS, BarColumns
from tradewind.data.adjustment import SPLIT, CorporateAction, split
from tradewind.data.raw import PRICES, RawBars

SCALE, ACTION, DROP_BEFORE = "scale", "action", "drop_before"

Bars = TypeVar("Bars", BarColumns, RawBars)


@dataclass(frozen=True)
class Edit:
    """One change, with what was and what will be.

    ``scale``: the prices ``columns`` of the bars with ``first_ns <= ts_event <= last_ns`` times
    ``price_times``, their volume times ``volume_times``. ``action``: the action of ``action_kind`` that is in
    force from ``first_ns`` (none: empty kind) is replaced by one of ``new_kind`` from ``last_ns`` (none:
    empty kind) with ``price_factor``. ``drop_before``: bars before ``first_ns`` are left out. ``old`` and
    ``new`` are the first close, the amount of the dividend or the ratio of the split; NaN for none.
    """

    kind: str
    first_ns: int
    last_ns: int
    old: float
    new: float
    columns: tuple[str, ...] = ()
    price_times: float = 1.0
    volume_times: float = 1.0
    action_kind: str = ""
    new_kind: str = ""
    price_factor: float = 1.0


def edit_bars(bars: Bars, edits: Sequence[Edit]) -> Bars:
    """The bars with the edits made; high and low are widened to hold open and close where prices changed."""
    for edit in edits:
        if edit.kind == DROP_BEFORE:
            bars = _rows(bars, bars.ts_event >= edit.first_ns)
        elif edit.kind == SCALE:
            bars = _scaled(bars, edit)
    return bars


def edit_actions(
    instrument_id: str, actions: Sequence[CorporateAction], edits: Sequence[Edit]
) -> tuple[CorporateAction, ...]:
    """The actions with the edits made, oldest first, splits before dividends."""
    kept = list(actions)
    for edit in edits:
        if edit.kind != ACTION:
            continue
        kept = [a for a in kept if (a.ex_ns, a.kind) != (edit.first_ns, edit.action_kind)]
        if edit.new_kind == SPLIT:
            kept.append(split(instrument_id, edit.last_ns, edit.new, "accepted"))
        elif edit.new_kind:
            kept.append(
                CorporateAction(
                    instrument_id, edit.last_ns, edit.new_kind, edit.price_factor, edit.new, "accepted"
                )
            )
    return tuple(sorted(kept, key=lambda a: (a.ex_ns, a.kind != SPLIT)))


def edit_raw(raw: RawBars, edits: Sequence[Edit]) -> RawBars:
    """Rows and their actions with the edits made, to be judged anew."""
    if not edits:
        return raw
    edited = edit_bars(raw, edits)
    adds = any(edit.kind == ACTION for edit in edits)
    if raw.actions is None and not adds:
        return edited
    return replace(edited, actions=edit_actions(raw.instrument_id, raw.actions or (), edits))


def _scaled(bars: Bars, edit: Edit) -> Bars:
    inside = (bars.ts_event >= edit.first_ns) & (bars.ts_event <= edit.last_ns)
    if not inside.any():
        return bars
    chosen = edit.columns if bars.has_ohlc else PRICES
    columns: dict[str, Any] = {
        name: np.where(inside, getattr(bars, name) * edit.price_times, getattr(bars, name)) for name in chosen
    }
    if bars.has_ohlc:
        four = {name: columns.get(name, getattr(bars, name)) for name in PRICES}
        columns["high"] = np.where(inside, np.max(list(four.values()), axis=0), four["high"])
        columns["low"] = np.where(inside, np.min(list(four.values()), axis=0), four["low"])
    columns["volume"] = np.where(inside, bars.volume * edit.volume_times, bars.volume)
    told = getattr(bars, "adjusted_close", None)
    if told is not None and "close" in columns:
        columns["adjusted_close"] = np.where(inside, told * edit.price_times, told)
    return _marked(replace(bars, **columns))


def _rows(bars: Bars, mask: "np.typing.NDArray[np.bool_]") -> Bars:
    if mask.all():
        return bars
    if isinstance(bars, RawBars):
        return bars.take(mask)
    columns: dict[str, Any] = {name: getattr(bars, name)[mask] for name in ("ts_event", *BAR_COLUMNS)}
    return _marked(replace(bars, **columns))


def _marked(bars: Bars) -> Bars:
    return replace(bars, repaired=True) if isinstance(bars, BarColumns) else bars
