"""A panel as the bar events that it would have come as."""

from collections.abc import Mapping, Sequence

import numpy as np

from tradewind.core.market import Bar
from tradewind.core.panel import BAR_COLUMNS, BarColumns, Panel


def bars_in_order(
    panel: Panel, references: Mapping[str, BarColumns], begin_ns: int, timeframe: str = "1d"
) -> list[Bar]:
    """All bars of a panel, and of the references under the instruments that they are keyed by, by time.

    Those before ``begin_ns`` are marked as warm-up. A column that an instrument lacks is 0.
    """
    bars: list[Bar] = []
    for i, instrument_id in enumerate(panel.instrument_ids):
        rows = np.flatnonzero(np.isfinite(panel.columns["close"][:, i]))
        columns = [
            np.nan_to_num(panel.columns[name][rows, i]).tolist()
            if name in panel.columns
            else [0.0] * len(rows)
            for name in BAR_COLUMNS
        ]
        bars += _bars(instrument_id, panel.ts_event[rows].tolist(), columns, begin_ns, timeframe)
    for instrument_id, reference in references.items():
        columns = [getattr(reference, name).tolist() for name in BAR_COLUMNS]
        bars += _bars(instrument_id, reference.ts_event.tolist(), columns, begin_ns, timeframe)
    return sorted(bars, key=lambda bar: bar.ts_event)


def _bars(
    instrument_id: str,
    times: Sequence[int],
    columns: Sequence[Sequence[float]],
    begin_ns: int,
    timeframe: str,
) -> list[Bar]:
    return [
        Bar(
            ts_event=moment,
            instrument_id=instrument_id,
            open=open_,
            high=high,
            low=low,
            close=close,
            volume=volume,
            timeframe=timeframe,
            warmup=moment < begin_ns,
        )
        for moment, open_, high, low, close, volume in zip(times, *columns, strict=True)
    ]
