"""History and factors as data frames: bars of the sample out to Polars, one's own pandas frame in.

Run it: ``python examples/history_and_factors.py``. It needs the ``sample`` extra and no network.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from tradewind.app.config import DateWindow, load_config
from tradewind.app.market.history import load_series
from tradewind.app.market.workspace import open_workspace
from tradewind.core.errors import DataError
from tradewind.core.panel import BarColumns, panel_from_bars
from tradewind.factors.cube import FactorCube
from tradewind.factors.engine import compute

FACTORS = ("ret_1", "rsi_14", "ema_50", "atr_pct_14", "rsi_14.lag5")


def bars_to_polars(bars: BarColumns) -> pl.DataFrame:
    """Bars with aware UTC times; a bar is stamped by its close."""
    columns = {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")}
    time = pl.Series(bars.ts_event).cast(pl.Datetime("ns", "UTC"))
    return pl.DataFrame({"instrument_id": [bars.instrument_id] * len(bars), "time": time, **columns})


def bars_from_pandas(frame: pd.DataFrame, instrument_id: str, timeframe: str = "1d") -> BarColumns:
    """A frame with an aware, rising index of closing times and the columns of a bar."""
    if frame.index.tz is None:
        message = f"The times of {instrument_id} name no zone."
        raise DataError(message, 'Say which it is: frame.tz_localize("America/New_York") or whatever it was.')
    stamps = frame.index.tz_convert("UTC").as_unit("ns").asi8
    columns = {name: frame[name].to_numpy(np.float64) for name in ("open", "high", "low", "close", "volume")}
    return BarColumns(
        instrument_id=instrument_id, timeframe=timeframe, ts_event=stamps, source="my frame", **columns
    )


def factors_to_polars(cube: FactorCube) -> pl.DataFrame:
    """One row a time and instrument; a factor without a value yet is null."""
    frames = [
        pl.DataFrame(
            {
                "instrument_id": [instrument_id] * len(cube.ts_event),
                "time": pl.Series(cube.ts_event).cast(pl.Datetime("ns", "UTC")),
                **{name: cube.column(name)[:, i] for name in cube.names},
            },
            nan_to_null=True,
        )
        for i, instrument_id in enumerate(cube.instrument_ids)
    ]
    return pl.concat(frames)


def main(start: str = "2010-01-01") -> None:
    """Load, show, compute; then the same from a pandas frame, which must give the same numbers."""
    with tempfile.TemporaryDirectory() as home:
        config = load_config(None, home=Path(home))
        window = DateWindow(start=start, end="2013-03-02")
        loaded = load_series(open_workspace(config), ["AAPL", "MSFT"], window)
    apple = loaded["AAPL.XNAS"]
    print(bars_to_polars(apple.bars).tail(3))
    print(f"quality {apple.score.overall:.1f} of 100, {len(apple.findings)} findings")

    cube = compute(panel_from_bars([series.bars for series in loaded.values()]), FACTORS)
    print(factors_to_polars(cube).tail(3))

    mine = bars_to_polars(apple.bars).to_pandas().set_index("time")
    again = compute(panel_from_bars([bars_from_pandas(mine, "AAPL.XNAS")]), FACTORS)
    same = all(
        np.array_equal(again.column(name)[:, 0], cube.column(name)[:, 0], equal_nan=True) for name in FACTORS
    )
    print(f"{len(apple.bars)} bars, {len(FACTORS)} factors, the same from a pandas frame: {same}")


if __name__ == "__main__":
    main(*sys.argv[1:])
