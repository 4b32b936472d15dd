"""Learning rows from a panel and its factors: features as of t, label over the bars after t.

A label is what a holding earns, as a session books it: the price's move and the dividends in between.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from tradewind.core.errors import ConfigError
from tradewind.core.panel import Floats, Ints, Panel, Samples
from tradewind.factors.cube import FactorCube


def make_samples(
    panel: Panel,
    cube: FactorCube,
    names: Sequence[str],
    horizon_bars: int,
    instrument_ids: Sequence[str] | None = None,
    *,
    income: Mapping[str, Floats] | None = None,
) -> Samples:
    """One row for each bar of each instrument.

    ``income`` gives, by instrument, what one unit was paid in dividends going into each time of the panel
    (T,), on the basis of the panel's prices; who is not in it pays none, or nobody knows.

    The label of a bar is the total return over the next ``horizon_bars`` bars of the same instrument: the
    close then, with all that was paid going into one of those bars, over the close now, less 1. The
    last ``horizon_bars`` bars have no label yet (NaN) and end at the largest time there is. A row's weight
    is its average uniqueness (Lopez de Prado, 2018): the mean, over the bars that its label spans, of one
    over the number of labels that span the bar; scaled to mean 1.

    Raises
    ------
    ConfigError
        The horizon is under 1, an instrument is not in the panel, or the cube is of another panel.
    """
    if horizon_bars < 1:
        message = f"The horizon is {horizon_bars} bars."
        raise ConfigError(message, "Give at least 1.")
    if cube.instrument_ids != panel.instrument_ids or not np.array_equal(cube.ts_event, panel.ts_event):
        message = "The factors were computed over another panel than the one given."
        raise ConfigError(message, "Compute the factors over this panel.")
    chosen = tuple(instrument_ids) if instrument_ids is not None else panel.instrument_ids
    unknown = [instrument_id for instrument_id in chosen if instrument_id not in panel.instrument_ids]
    if unknown:
        message = f"The panel has no {', '.join(unknown)}."
        raise ConfigError(message, f"It has {', '.join(panel.instrument_ids)}.")
    values = np.empty((len(panel.ts_event), len(chosen), len(names)))
    places = [panel.instrument_ids.index(instrument_id) for instrument_id in chosen]
    for k, name in enumerate(names):
        values[:, :, k] = cube.column(name)[:, places]
    close = panel.columns["close"][:, places]
    known = income or {}
    none = np.zeros(len(panel.ts_event))
    paid = np.column_stack([known.get(instrument_id, none) for instrument_id in chosen])
    rows = _rows(panel.ts_event, close, paid, horizon_bars)
    total_return = tuple(instrument_id for instrument_id in chosen if instrument_id in known)
    return _sorted(*rows, values, tuple(names), chosen, horizon_bars, total_return)


def join_samples(parts: Sequence[Samples]) -> Samples:
    """Stack samples of several calendars into one.

    The parts' cubes are laid corner to corner: instruments of a part get columns of their own and its times
    get rows of their own, and everything else is NaN. Time index ``t`` is thus a place in the row's own
    calendar: looking back never crosses into another, and looking across the instruments at ``t`` finds
    only those of the same calendar, never another one's value of another day. Rows are sorted by
    ``ts_event``, then instrument.

    Raises
    ------
    ConfigError
        There is no part, the parts have other factors or horizons, or an instrument comes twice.
    """
    if not parts:
        raise ConfigError("There are no samples to join.", "Give at least one part.")
    if len({part.names for part in parts}) > 1 or len({part.horizon_bars for part in parts}) > 1:
        message = "The samples to join have different factors or horizons."
        raise ConfigError(message, "Make them with the same names and horizon_bars.")
    instrument_ids = tuple(instrument_id for part in parts for instrument_id in part.instrument_ids)
    if len(set(instrument_ids)) != len(instrument_ids):
        message = f"An instrument comes in two parts: {', '.join(sorted(instrument_ids))}."
        raise ConfigError(message, "Give each instrument one calendar.")
    below = np.cumsum([0, *(part.cube.shape[0] for part in parts)])
    shifts = np.cumsum([0, *(len(part.instrument_ids) for part in parts)])
    cube = np.full((below[-1], len(instrument_ids), len(parts[0].names)), np.nan)
    for part, top, shift in zip(parts, below, shifts, strict=False):
        cube[top : top + part.cube.shape[0], shift : shift + len(part.instrument_ids)] = part.cube
    return _sorted(
        np.concatenate([part.t + top for part, top in zip(parts, below, strict=False)]),
        np.concatenate([part.i + shift for part, shift in zip(parts, shifts, strict=False)]),
        np.concatenate([part.ts_event for part in parts]),
        np.concatenate([part.label_return for part in parts]),
        np.concatenate([part.label_end for part in parts]),
        np.concatenate([part.weight for part in parts]),
        cube,
        parts[0].names,
        instrument_ids,
        parts[0].horizon_bars,
        tuple(instrument_id for part in parts for instrument_id in part.total_return),
    )


def _rows(
    ts_event: Ints, close: Floats, paid: Floats, horizon: int
) -> tuple[Ints, Ints, Ints, Floats, Ints, Floats]:
    never = np.iinfo(np.int64).max
    parts: list[tuple[Ints, ...]] = []
    labels, weights = [], []
    for i in range(close.shape[1]):
        rows = np.flatnonzero(np.isfinite(close[:, i])).astype(np.int64)
        price = close[rows, i]
        label = np.full(len(rows), np.nan)
        end = np.full(len(rows), never, dtype=np.int64)
        if len(rows) > horizon:
            received = np.cumsum(paid[:, i])[
                rows
            ]  # going into a bar that the instrument lacks: into its next
            earned = price[horizon:] + (received[horizon:] - received[:-horizon])
            label[:-horizon] = earned / price[:-horizon] - 1.0
            end[:-horizon] = ts_event[rows[horizon:]]
        parts.append((rows, np.full(len(rows), i, dtype=np.int64), ts_event[rows], end))
        labels.append(label)
        weights.append(_uniqueness(len(rows), horizon))
    t, index, ts, end = (np.concatenate(column) for column in zip(*parts, strict=True))
    weight = np.concatenate(weights)
    return t, index, ts, np.concatenate(labels), end, weight / weight.mean() if len(weight) else weight


def _uniqueness(length: int, horizon: int) -> Floats:
    """Average uniqueness of each bar's label, which spans the next ``horizon`` bars."""
    starts = np.arange(length)
    bars = np.arange(length + horizon)
    # Bar b is spanned by the labels that start at b - horizon .. b - 1 and exist.
    count = np.minimum(bars, length) - np.maximum(bars - horizon, 0)
    inverse = np.concatenate([[0.0], np.cumsum(1.0 / np.maximum(count, 1))])
    unique: Floats = (inverse[starts + horizon + 1] - inverse[starts + 1]) / horizon
    return unique


def _sorted(
    t: Ints,
    i: Ints,
    ts_event: Ints,
    label_return: Floats,
    label_end: Ints,
    weight: Floats,
    cube: Floats,
    names: tuple[str, ...],
    instrument_ids: tuple[str, ...],
    horizon_bars: int,
    total_return: tuple[str, ...],
) -> Samples:
    order = np.lexsort((i, ts_event))
    return Samples(
        cube=cube,
        t=t[order],
        i=i[order],
        ts_event=ts_event[order],
        label_return=label_return[order],
        label_end=label_end[order],
        weight=weight[order] / weight.mean() if len(weight) else weight,
        names=names,
        instrument_ids=instrument_ids,
        horizon_bars=horizon_bars,
        total_return=total_return,
    )
