"""``gym_anytrading``: EUR/USD by the hour, ask side, 2017 (Dukascopy).

The file stamps hours by their beginning as day.month.year in UTC: the week begins at 22:00 in winter and
21:00 in summer, which is 17:00 in New York. Read as month.day, as its own package does, the rows come out of
order. Volume is what that one venue offered: a share of the market, not its total.
"""

import numpy as np

from tradewind.core.timestamps import NS_PER_HOUR
from tradewind.data.raw import RawBars
from tradewind.data.vendors.sample.series import SampleSeries, package_file

PACKAGE = "gym_anytrading"


def load() -> RawBars:
    """Hours of the currency week, known at their end."""
    import polars as pl

    rows = pl.read_csv(package_file(PACKAGE, "datasets", "data", "FOREX_EURUSD_1H_ASK.csv"))
    opened = rows["Time"].str.to_datetime("%d.%m.%Y %H:%M:%S%.3f", time_unit="ns")
    return RawBars(
        instrument_id="EUR/USD",
        timeframe="1h",
        ts_event=opened.to_physical().to_numpy().astype(np.int64) + NS_PER_HOUR,
        open=rows["Open"].to_numpy(),
        high=rows["High"].to_numpy(),
        low=rows["Low"].to_numpy(),
        close=rows["Close"].to_numpy(),
        volume=rows["Volume"].to_numpy(),
        source=f"sample:{PACKAGE}",
        calendar="24/5",
    )


SERIES = (SampleSeries("EUR/USD", "1h", PACKAGE, load),)
