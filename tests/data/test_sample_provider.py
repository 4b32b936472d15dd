"""The bundled sample against copies of the same data from elsewhere and against published values."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tradewind.core.errors import NoDataError, RegistryError, UnknownSymbolError
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_MINUTE, iso, parse_ns
from tradewind.data.catalogue import sample_instruments
from tradewind.data.registry import PROVIDERS
from tradewind.data.vendors.sample.history import SERIES, SampleProvider
from tradewind.data.vendors.sample.series import package_file


def ask(
    instrument_id: str, timeframe: str = "1d", start: str = "1990-01-01", end: str = "2030-01-01"
) -> BarRequest:
    return BarRequest(instrument_id, timeframe, parse_ns(start), parse_ns(end))


def bars(
    instrument_id: str, timeframe: str = "1d", start: str = "1990-01-01", end: str = "2030-01-01"
) -> BarColumns:
    return SampleProvider().bars(ask(instrument_id, timeframe, start, end))


def close_on(series: BarColumns, day: str) -> float:
    stamps = [iso(int(ts))[:10] for ts in series.ts_event]
    return float(series.close[stamps.index(day)])


def test_registered_under_its_name_and_complete() -> None:
    assert PROVIDERS.get("sample") is SampleProvider
    assert set(SampleProvider().symbols()) == {one.symbol for one in sample_instruments().values()}


@pytest.mark.parametrize("series", SERIES, ids=lambda s: f"{s.symbol}-{s.timeframe}-{s.package}")
def test_every_series_gives_bars_in_order(series: object) -> None:
    made = bars(series.symbol, series.timeframe)  # type: ignore[attr-defined]
    assert len(made) > 100
    assert np.all(np.diff(made.ts_event) > 0)
    assert np.all(made.close > 0)
    assert np.all(made.high >= np.maximum(made.open, made.close) * (1 - 1e-12))
    assert np.all(made.low <= np.minimum(made.open, made.close) * (1 + 1e-12))
    assert made.source.startswith("sample:")
    assert not made.synthetic


def test_apple_as_traded_equals_the_shared_copy(shared_data: Path) -> None:
    copy = pl.read_csv(shared_data / "stocks_small" / "bokeh_WIKI_stocks.csv.gz")
    apple = copy.filter(pl.col("Ticker") == "AAPL")
    raw = SampleProvider().raw_bars(ask("AAPL"))
    assert raw.close.tolist() == apple["Close"].to_list()
    assert [iso(int(ts))[:10] for ts in raw.ts_event] == apple["Date"].to_list()


def test_apple_is_whole_over_its_split() -> None:
    apple = bars("AAPL", start="2005-02-01", end="2005-04-01")
    assert apple.adjusted
    assert np.max(np.abs(np.diff(np.log(apple.close)))) < 0.06
    assert close_on(apple, "2005-03-31") == pytest.approx(41.67)  # as traded: nothing after it is known


@pytest.mark.parametrize(
    ("symbol", "day", "close"),
    [
        ("EUR/USD", "1999-01-04", 1.1789),  # the first reference rate of all
        ("EUR/USD", "2008-07-15", 1.5990),  # the highest
        ("EUR/USD", "2000-10-26", 0.8252),  # the lowest
        ("GBP/USD", "1999-01-04", 1.1789 / 0.7111),
        ("USD/JPY", "1999-01-04", 133.73 / 1.1789),
        ("SPX", "2018-12-31", 2506.85),
        ("COMP", "2018-12-31", 6635.28),
        ("NFLX", "2021-11-17", 691.69),  # the highest close before the fall
        ("MSFT", "2021-03-31", 235.77),
        ("VIX", "2018-02-05", 37.32),
    ],
)
def test_published_closes(symbol: str, day: str, close: float) -> None:
    start = "2015-01-01" if symbol == "MSFT" else "1990-01-01"
    assert close_on(bars(symbol, start=start), day) == pytest.approx(close, abs=6e-3, rel=1e-9)


def test_stamps_are_closes_in_utc() -> None:
    assert iso(int(bars("SPX").ts_event[-1])) == "2018-12-31T21:00:00Z"
    assert iso(int(bars("AAPL", start="2012-11-23", end="2012-11-24").ts_event[0])) == "2012-11-23T18:00:00Z"
    assert iso(int(bars("BTC/USD").ts_event[0])) == "2020-01-02T00:00:00Z"
    assert iso(int(bars("EUR/USD").ts_event[0])) == "1999-01-04T15:00:00Z"
    assert iso(int(bars("EUR/USD", "1h").ts_event[0])) == "2017-01-01T23:00:00Z"
    assert iso(int(bars("VIX").ts_event[-1])) == "2019-01-03T21:15:00Z"


def test_bitcoin_leaves_empty_and_unfinished_rows_out() -> None:
    daily = bars("BTC/USD")
    days = {iso(int(ts) - 1)[:10] for ts in daily.ts_event}
    assert not days & {"2020-04-17", "2020-10-09", "2020-10-12", "2020-10-13", "2021-10-27"}
    assert len(daily) == 661
    quarters = bars("BTC/USD", "15m")
    assert np.all(quarters.ts_event % (15 * NS_PER_MINUTE) == 0)
    assert not quarters.has_volume


def test_the_two_bitcoin_files_agree_at_midnight() -> None:
    daily, quarters = bars("BTC/USD"), bars("BTC/USD", "15m")
    _, mine, theirs = np.intersect1d(daily.ts_event, quarters.ts_event, return_indices=True)
    assert len(mine) == 30
    np.testing.assert_allclose(daily.close[mine], quarters.close[theirs], rtol=1e-6)


def test_currency_hours_agree_with_the_reference_rate() -> None:
    hours, fixing = bars("EUR/USD", "1h"), bars("EUR/USD", start="2017-01-01", end="2018-01-01")
    at_fixing = fixing.ts_event - 2 * 60 * NS_PER_MINUTE  # the hour that ends before 14:10
    row = np.searchsorted(hours.ts_event, at_fixing, side="right") - 1
    apart = np.abs(fixing.close / hours.close[row] - 1)
    assert np.median(apart) < 0.001
    assert np.quantile(apart, 0.99) < 0.006


def test_reference_rates_are_closes_alone() -> None:
    rate = bars("EUR/USD")
    assert not rate.has_ohlc
    assert not rate.has_volume
    assert len(rate) == 7126


def test_two_packages_are_never_spliced() -> None:
    early, late = bars("MSFT"), bars("MSFT", start="2014-01-01")
    assert iso(int(early.ts_event[-1]))[:4] == "2013"
    assert early.adjusted
    assert iso(int(late.ts_event[0]))[:10] == "2015-04-01"
    assert not late.adjusted


def test_spellings_of_a_pair() -> None:
    ours = bars("EUR/USD.IDEALPRO", start="2020-01-01")
    assert bars("eurusd", start="2020-01-01").close.tolist() == ours.close.tolist()


def test_rows_and_actions_bear_the_name_that_was_asked_for() -> None:
    raw = SampleProvider().raw_bars(ask("AAPL.XNAS"))
    assert raw.instrument_id == "AAPL.XNAS"
    assert {action.instrument_id for action in raw.actions or ()} == {"AAPL.XNAS"}


def test_what_there_is_not() -> None:
    with pytest.raises(UnknownSymbolError, match="TSLA"):
        bars("TSLA")
    with pytest.raises(NoDataError, match="5m"):
        bars("AAPL", "5m")
    with pytest.raises(NoDataError, match="2000-03-01"):
        bars("AAPL", start="2020-01-01")


def test_a_missing_package_is_named() -> None:
    with pytest.raises(RegistryError, match=r"pip install 'tradewind\[sample\]'"):
        package_file("no_such_package_at_all", "x.csv")
    with pytest.raises(RegistryError, match="no_such_file"):
        package_file("arch", "data", "no_such_file.csv")


def test_importing_all_providers_stays_light() -> None:
    code = (
        "import sys; from tradewind.data.registry import PROVIDERS; PROVIDERS.names(); "
        "heavy = {'pandas', 'polars', 'pyarrow', 'sklearn', 'torch', 'exchange_calendars', 'arch'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
