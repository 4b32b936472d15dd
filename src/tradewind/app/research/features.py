"""From bars to learning rows: one panel a calendar, factors over each, rows of all laid side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.core.instruments import Instrument
from tradewind.core.panel import BarColumns, Floats, Samples
from tradewind.data.alignment import PanelGroup, group_by_calendar
from tradewind.factors.engine import compute
from tradewind.factors.samples import join_samples, make_samples
from tradewind.factors.sets import MODEL_SET


@dataclass(frozen=True)
class Features:
    """Rows to learn from, with what the account would have paid.

    ``opens`` (T, N) on the cube's times are the prices at which a decision can first be filled, ``income``
    (T, N) what one unit was paid in dividends going into each bar. ``absent`` names, by instrument, the
    factors that it cannot have because it lacks their inputs.
    """

    samples: Samples
    opens: Floats
    income: Floats
    absent: dict[str, tuple[str, ...]]


def build_features(
    bars: Sequence[BarColumns],
    instruments: Mapping[str, Instrument],
    horizon_bars: int,
    references: Mapping[str, BarColumns],
    names: Sequence[str],
    income: Mapping[str, Floats] | None = None,
) -> Features:
    """Factors and labels of all instruments, each on its own calendar.

    ``income`` gives, by instrument, what one unit was paid going into each of its bars; who is not in it has
    labels of the price only.
    """
    calendars = {name: instrument.calendar for name, instrument in instruments.items()}
    parts: list[Samples] = []
    opens: list[Floats] = []
    paid: list[Floats] = []
    absent: dict[str, tuple[str, ...]] = {}
    for group in group_by_calendar(bars, calendars):
        cube = compute(group.panel, names, references=references)
        absent |= {name: tuple(cube.absent.get(name, ())) for name in group.instrument_ids}
        known = _on_panel(group, bars, income or {})
        parts.append(make_samples(group.panel, cube, names, horizon_bars, income=known))
        opens.append(group.panel.columns["open"])
        none = np.zeros(len(group.panel.ts_event))
        paid.append(np.column_stack([known.get(symbol, none) for symbol in group.instrument_ids]))
    return Features(join_samples(parts), _corner_to_corner(opens), _corner_to_corner(paid), absent)


def _on_panel(
    group: PanelGroup, bars: Sequence[BarColumns], income: Mapping[str, Floats]
) -> dict[str, Floats]:
    """Income by bar laid onto the times of the group's panel, (T,) by instrument."""
    laid: dict[str, Floats] = {}
    for one in bars:
        if one.instrument_id in group.instrument_ids and one.instrument_id in income:
            column = np.zeros(len(group.panel.ts_event))
            column[np.searchsorted(group.panel.ts_event, one.ts_event)] = income[one.instrument_id]
            laid[one.instrument_id] = column
    return laid


def _corner_to_corner(parts: Sequence[Floats]) -> Floats:
    """Parts as ``join_samples`` lays the cubes: each its own rows and columns, NaN elsewhere."""
    laid = np.full((sum(map(len, parts)), sum(part.shape[1] for part in parts)), np.nan)
    row = column = 0
    for part in parts:
        laid[row : row + len(part), column : column + part.shape[1]] = part
        row, column = row + len(part), column + part.shape[1]
    return laid


def for_learning(samples: Samples, names: Sequence[str] = MODEL_SET) -> Samples:
    """The rows with scale-free columns alone: what a model learned at a price of 100 must hold at 300."""
    kept = [k for k, name in enumerate(samples.names) if name in set(names)]
    return Samples(
        cube=np.ascontiguousarray(samples.cube[:, :, kept]),
        t=samples.t,
        i=samples.i,
        ts_event=samples.ts_event,
        label_return=samples.label_return,
        label_end=samples.label_end,
        weight=samples.weight,
        names=tuple(samples.names[k] for k in kept),
        instrument_ids=samples.instrument_ids,
        horizon_bars=samples.horizon_bars,
        total_return=samples.total_return,
    )


def between(samples: Samples, start_ns: int, end_ns: int) -> Samples:
    """Rows known in ``start_ns <= ts_event < end_ns`` whose labels are known before ``end_ns`` as well."""
    keep = (samples.ts_event >= start_ns) & (samples.ts_event < end_ns) & (samples.label_end < end_ns)
    return samples.take(keep)


def common_names(samples: Samples, absent: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Factors that at least one instrument can have."""
    everywhere = set.intersection(*(set(names) for names in absent.values())) if absent else set()
    return tuple(name for name in samples.names if name not in everywhere)
