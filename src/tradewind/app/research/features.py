"""From bars to learning rows: one panel a calendar, factors over each, rows of all laid side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.core.instruments import Instrument
from tradewind.core.panel import BarColumns, Floats, Samples
from tradewind.data.alignment import group_by_calendar
from tradewind.factors.engine import compute
from tradewind.factors.samples import join_samples, make_samples
from tradewind.factors.sets import MODEL_SET


@dataclass(frozen=True)
class Features:
    """Rows to learn from, with what the account would have paid.

    ``opens`` (T, N) on the cube's times are the prices at which a decision can first be filled. ``absent``
    names, by instrument, the factors that it cannot have because it lacks their inputs.
    """

    samples: Samples
    opens: Floats
    absent: dict[str, tuple[str, ...]]


def build_features(
    bars: Sequence[BarColumns],
    instruments: Mapping[str, Instrument],
    horizon_bars: int,
    references: Mapping[str, BarColumns],
    names: Sequence[str],
) -> Features:
    """Factors and labels of all instruments, each on its own calendar."""
    calendars = {name: instrument.calendar for name, instrument in instruments.items()}
    parts: list[Samples] = []
    opens: list[Floats] = []
    absent: dict[str, tuple[str, ...]] = {}
    for group in group_by_calendar(bars, calendars):
        cube = compute(group.panel, names, references=references)
        absent |= {name: tuple(cube.absent.get(name, ())) for name in group.instrument_ids}
        parts.append(make_samples(group.panel, cube, names, horizon_bars))
        opens.append(group.panel.columns["open"])
    side_by_side = np.full((sum(map(len, opens)), sum(part.shape[1] for part in opens)), np.nan)
    row = column = 0
    for part in opens:  # corner to corner, as join_samples lays the cubes
        side_by_side[row : row + len(part), column : column + part.shape[1]] = part
        row, column = row + len(part), column + part.shape[1]
    return Features(join_samples(parts), side_by_side, absent)


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
    )


def between(samples: Samples, start_ns: int, end_ns: int) -> Samples:
    """Rows known in ``start_ns <= ts_event < end_ns`` whose labels are known before ``end_ns`` as well."""
    keep = (samples.ts_event >= start_ns) & (samples.ts_event < end_ns) & (samples.label_end < end_ns)
    return samples.take(keep)


def common_names(samples: Samples, absent: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Factors that at least one instrument can have."""
    everywhere = set.intersection(*(set(names) for names in absent.values())) if absent else set()
    return tuple(name for name in samples.names if name not in everywhere)
