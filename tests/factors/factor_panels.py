"""Seeded panels and references for the tests of factors."""

import numpy as np

from tradewind.core.panel import BAR_COLUMNS, BarColumns, Panel
from tradewind.core.timestamps import NS_PER_DAY, parse_ns


def made_panel(length: int, instruments: int, seed: int = 11) -> Panel:
    rng = np.random.default_rng(seed)
    shape = (length, instruments)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0002, 0.015, shape), axis=0))
    open_ = np.vstack([close[:1], close[:-1]]) * np.exp(rng.normal(0.0, 0.004, shape))
    wide = np.abs(rng.normal(0.0, 0.006, (2, *shape)))
    return Panel(
        ts_event=parse_ns("2015-01-01T21:00:00+00:00") + NS_PER_DAY * np.arange(length, dtype=np.int64),
        instrument_ids=tuple(f"S{i}" for i in range(instruments)),
        columns={
            "open": open_,
            "high": np.maximum(open_, close) * (1.0 + wide[0]),
            "low": np.minimum(open_, close) * (1.0 - wide[1]),
            "close": close,
            "volume": rng.lognormal(13.0, 0.4, shape),
        },
    )


def bars_of(panel: Panel, i: int) -> BarColumns:
    rows = np.isfinite(panel.columns["close"][:, i])
    columns = {name: panel.columns[name][rows, i] for name in BAR_COLUMNS}
    return BarColumns(
        instrument_id=panel.instrument_ids[i], timeframe="1d", ts_event=panel.ts_event[rows], **columns
    )


def references_of(panel: Panel) -> dict[str, BarColumns]:
    return {role: bars_of(panel, i) for i, role in enumerate(("spy", "btc", "dxy"))}


def with_holes(panel: Panel, seed: int = 3) -> Panel:
    """Instruments of different calendars: one listed late, one that ends early, one with gaps."""
    rng = np.random.default_rng(seed)
    T, _ = panel.shape
    absent = np.zeros(panel.shape, dtype=bool)
    absent[: T // 5, 0] = True
    absent[T - T // 6 :, 1] = True
    absent[:, 2] = rng.random(T) < 0.3
    absent[-1, 2] = False
    columns = {name: np.where(absent, np.nan, values) for name, values in panel.columns.items()}
    return Panel(panel.ts_event, panel.instrument_ids, columns, panel.missing)
