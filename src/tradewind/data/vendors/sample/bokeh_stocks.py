"""``bokeh_sampledata``: AAPL, FB, GOOG, IBM, MSFT, daily, 2000-03 to 2013-03 (public domain, Quandl WIKI).

Prices are as traded; the adjusted close beside them tells the splits and dividends (AAPL 2:1 on 2000-06-21
and 2005-02-28, MSFT 2:1 on 2003-02-18 and 3 USD on 2004-11-15). Its constant factors (AAPL 0.13, GOOG 0.50)
come from splits of 2014, after the last row: knowledge of the future, which is left out.
"""

from functools import cache, partial
from typing import TYPE_CHECKING

from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.adjustment import actions_from_adjusted_close
from tradewind.data.calendars import stamp_days
from tradewind.data.raw import RawBars
from tradewind.data.vendors.sample.series import SampleSeries, package_file

if TYPE_CHECKING:
    import polars as pl

PACKAGE = "bokeh_sampledata"


@cache
def _table() -> "pl.DataFrame":
    import polars as pl

    path = package_file(PACKAGE, "_data", "stocks.csv.gz")
    return pl.read_csv(path, schema_overrides={"Volume": pl.Float64}).with_columns(
        day=pl.col("Date").str.to_date().to_physical().cast(pl.Int64)
    )


def load(symbol: str) -> RawBars:
    """All rows of a stock as traded, stamped by the exchange's close of their date."""
    import polars as pl

    rows = _table().filter(pl.col("Ticker") == symbol)
    day = rows["day"].to_numpy()
    source = f"sample:{PACKAGE}"
    close = rows["Close"].to_numpy()
    return RawBars(
        instrument_id=symbol,
        timeframe="1d",
        ts_event=stamp_days("XNYS", day),
        open=rows["Open"].to_numpy(),
        high=rows["High"].to_numpy(),
        low=rows["Low"].to_numpy(),
        close=close,
        volume=rows["Volume"].to_numpy(),
        source=source,
        calendar="XNYS",
        actions=actions_from_adjusted_close(
            symbol,
            day * NS_PER_DAY,
            close,
            rows["Adj Close"].to_numpy(),
            source,
            dividend_on_ex_close=True,
        ),
    )


SERIES = tuple(
    SampleSeries(symbol, "1d", PACKAGE, partial(load, symbol))
    for symbol in ("AAPL", "FB", "GOOG", "IBM", "MSFT")
)
