"""Bars on the basis after splits, and factors of a whole history as they stood at each moment of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tradewind.app.research.features import build_features
from tradewind.core.accounts import CorporateAction, price_factor
from tradewind.core.instruments import Instrument
from tradewind.core.panel import BarColumns, Samples
from tradewind.core.vocabulary import ActionKind


def after_splits(bars: BarColumns, actions: Sequence[CorporateAction]) -> BarColumns:
    """The bars with all before each split brought to the prices after it; dividends change nothing."""
    for action in actions:
        if action.kind is not ActionKind.SPLIT or action.instrument_id != bars.instrument_id:
            continue
        factor = np.where(bars.ts_event < action.ts_event, price_factor(action), 1.0)
        bars = replace(
            bars,
            open=bars.open * factor,
            high=bars.high * factor,
            low=bars.low * factor,
            close=bars.close * factor,
            volume=bars.volume / factor,
        )
    return bars


def features_as_then(
    bars: Sequence[BarColumns],
    instruments: Mapping[str, Instrument],
    names: Sequence[str],
    actions: Sequence[CorporateAction],
) -> Samples:
    """Rows over all bars, each as it stood at its own moment: a row before a split knows nothing of it.

    They are not for learning: their labels are over one bar, and run across splits.
    """
    splits = [action for action in actions if action.kind is ActionKind.SPLIT]
    samples = build_features(bars, instruments, 1, {}, names).samples
    if not splits:
        return samples
    cube = samples.cube.copy()
    times = np.zeros(len(cube), dtype=np.int64)
    times[samples.t] = samples.ts_event
    for moment in sorted({split.ts_event for split in splits}):
        known = [split for split in splits if split.ts_event <= moment]
        adjusted = [after_splits(b, known) for b in bars]
        later = build_features(adjusted, instruments, 1, {}, names).samples
        cube[times >= moment] = later.cube[times >= moment]
    return replace(samples, cube=cube)
