"""Seeded, made-up bars and rows for questions to plug-ins; nothing here says anything about a market."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from tradewind.core.panel import BAR_COLUMNS, BarColumns, Panel, Samples, panel_from_bars
from tradewind.core.timestamps import NS_PER_DAY, parse_ns
from tradewind.factors.engine import compute
from tradewind.factors.samples import make_samples

LENGTH = 420
HORIZON = 5
ROLES = ("spy", "btc", "dxy")


def bars(instrument_id: str, seed: int, length: int = LENGTH) -> BarColumns:
    """A random walk of daily bars."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0003, 0.015, length)))
    opens = np.concatenate([[100.0], close[:-1]]) * np.exp(rng.normal(0.0, 0.003, length))
    wide = np.abs(rng.normal(0.0, 0.006, (2, length)))
    days = NS_PER_DAY * np.arange(length, dtype=np.int64)
    return BarColumns(
        instrument_id=instrument_id,
        timeframe="1d",
        ts_event=parse_ns("2020-01-01T21:00:00+00:00") + days,
        open=opens,
        high=np.maximum(opens, close) * (1.0 + wide[0]),
        low=np.minimum(opens, close) * (1.0 - wide[1]),
        close=close,
        volume=rng.lognormal(13.0, 0.4, length),
        source="made up",
        synthetic=True,
    )


def panel(seed: int, length: int = LENGTH) -> Panel:
    """Three instruments."""
    return panel_from_bars([bars(f"S{i}.MADE", 100 * seed + i, length) for i in range(3)])


def references(seed: int, length: int = LENGTH) -> dict[str, BarColumns]:
    """A series for each role that factors across assets name."""
    return {role: bars(role, 100 * seed + 50 + k, length) for k, role in enumerate(ROLES)}


@lru_cache(maxsize=4)
def samples(names: tuple[str, ...], seed: int) -> Samples:
    """Rows of factors with labels."""
    made = panel(seed)
    cube = compute(made, names, threads=1, references=references(seed))
    return make_samples(made, cube, names, HORIZON)


def faulty(seed: int, rows: Sequence[int] = (50, 51, 120, 200)) -> BarColumns:
    """Bars with a jump, a stale stretch and a high under its low."""
    made = bars("FAULTY.MADE", seed)
    columns = {name: getattr(made, name).copy() for name in BAR_COLUMNS}
    columns["close"][rows[0]] *= 10.0
    columns["high"][rows[1]] = columns["low"][rows[1]] * 0.9
    for name in columns:
        columns[name][rows[2] : rows[2] + 8] = columns[name][rows[2]]
    columns["volume"][rows[3]] = -1.0
    return BarColumns(made.instrument_id, made.timeframe, made.ts_event, **columns, synthetic=True)
