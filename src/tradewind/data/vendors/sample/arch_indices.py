"""``arch``: S&P 500 and NASDAQ Composite, daily 1999-2018 (Yahoo), and the VIX close 2014-2019 (FRED VIXCLS).

The VIX file has a row for every weekday; holidays hold a dot, which becomes a missing value here.
"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.core.panel import Ints
from tradewind.data.calendars import stamp_days
from tradewind.data.raw import RawBars
from tradewind.data.vendors.sample.series import SampleSeries, nothing, package_file

if TYPE_CHECKING:
    import polars as pl

PACKAGE = "arch"
_FILES = {"SPX": "sp500", "COMP": "nasdaq"}


def _days(rows: "pl.DataFrame") -> Ints:
    import polars as pl

    days: Ints = rows["Date"].str.to_date("%m/%d/%Y").to_physical().cast(pl.Int64).to_numpy()
    return days


def _path(name: str) -> Path:
    return package_file(PACKAGE, "data", name, f"{name}.csv.gz")


def load_index(symbol: str) -> RawBars:
    """Open, high, low, close and volume of an index."""
    import polars as pl

    rows = pl.read_csv(_path(_FILES[symbol]), schema_overrides={"Volume": pl.Float64})
    return RawBars(
        instrument_id=symbol,
        timeframe="1d",
        ts_event=stamp_days("XNYS", _days(rows)),
        open=rows["Open"].to_numpy(),
        high=rows["High"].to_numpy(),
        low=rows["Low"].to_numpy(),
        close=rows["Close"].to_numpy(),
        volume=rows["Volume"].to_numpy(),
        source=f"sample:{PACKAGE}",
        calendar="XNYS",
    )


def load_vix() -> RawBars:
    """Closes alone, known 15 minutes after the stock exchange's close."""
    import polars as pl

    rows = pl.read_csv(_path("vix"), null_values=["."], schema_overrides={"vix": pl.Float64})
    close = rows["vix"].fill_null(float("nan")).to_numpy()
    return RawBars(
        instrument_id="VIX",
        timeframe="1d",
        ts_event=stamp_days("VIX", _days(rows)),
        open=close,
        high=close,
        low=close,
        close=close,
        volume=nothing(len(close)),
        source=f"sample:{PACKAGE}",
        calendar="VIX",
        has_ohlc=False,
        has_volume=False,
    )


SERIES = (
    *(SampleSeries(symbol, "1d", PACKAGE, partial(load_index, symbol)) for symbol in _FILES),
    SampleSeries("VIX", "1d", PACKAGE, load_vix),
)
