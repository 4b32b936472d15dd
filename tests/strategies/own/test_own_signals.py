"""Signals from files and frames: what is in force at each bar, and what is refused by its row."""

from pathlib import Path

import polars as pl
import pytest

import tradewind as tw
from tradewind.app.session.signal_file import read_signals, signals_from
from tradewind.core.errors import ConfigError, DataError
from tradewind.core.timestamps import parse_ns
from tradewind.strategies.own.signals import _Table

LONG = "time,symbol,weight\n2020-01-02,MSFT,0.2\n2020-01-02,NVDA,0.1\n2020-01-06,MSFT,0\n"
WIDE = "date,MSFT,NVDA\n2020-01-02,0.2,0.1\n2020-01-06,0,\n"


@pytest.mark.parametrize("text", [LONG, WIDE])
def test_rows_of_symbols_and_columns_of_symbols_say_the_same(tmp_path: Path, text: str) -> None:
    file = tmp_path / "signals.csv"
    file.write_text(text, "utf-8")
    found = read_signals(file)
    assert found["MSFT"].weights.tolist() == [0.2, 0.0]
    assert found["NVDA"].weights.tolist() == [0.1]
    assert found["NVDA"].ts_ns.tolist() == [parse_ns("2020-01-03")]  # the end of the day
    assert found["NVDA"].by_day


def test_parquet_and_feather_are_read_too(tmp_path: Path) -> None:
    frame = pl.read_csv(LONG.encode())
    frame.write_parquet(tmp_path / "s.parquet")
    frame.write_ipc(tmp_path / "s.feather")
    for name in ("s.parquet", "s.feather"):
        assert read_signals(tmp_path / name)["MSFT"].weights.tolist() == [0.2, 0.0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("when,symbol,weight\n2020-01-02,A,1\n", "no column of times; it has when"),
        ("time,symbol,weight\n2020-01-02 15:30,A,1\n", "row 1: the time '2020-01-02 15:30'"),
        ("time,symbol,weight\n01/02/2020,A,1\n", "row 1: the time '01/02/2020'"),
        ("time,symbol,weight\n2020-01-02,A,1\n2020-01-03,A,buy\n", "row 1: the weight in 'weight' is '1'"),
        ("time,symbol,weight\n2020-01-02,A,1\n2020-01-03,A,\n", "row 2: the weight in 'weight' is None"),
        ("time\n2020-01-02\n", "times and nothing else"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_row(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "signals.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(DataError, match=said):
        read_signals(file)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "signals.parquet"
    file.write_bytes(b"\x00\x01junk")
    with pytest.raises(ConfigError, match=r"signals\.parquet cannot be read as a table"):
        read_signals(file)


def test_naive_times_of_a_frame_are_refused() -> None:
    frame = pl.DataFrame({"time": ["2020-01-02 15:30"], "A": [1.0]}).with_columns(
        pl.col("time").str.to_datetime()
    )
    with pytest.raises(DataError, match="has no zone"):
        signals_from(frame, "the frame")


@pytest.mark.parametrize(
    ("closed", "timeframe", "weight"),
    [
        ("2020-01-02T21:00:00+00:00", "1d", 0.2),  # a stock's day
        ("2020-01-02T00:00:00+00:00", "1d", None),  # a coin's 1 January
        ("2020-01-03T00:00:00+00:00", "1d", 0.2),  # a coin's 2 January
        ("2020-01-02T15:00:00+00:00", "1h", None),  # inside the day whose close it may be reckoned from
        ("2020-01-03T00:00:00+00:00", "1h", 0.2),
    ],
)
def test_a_signal_of_a_day_is_not_in_force_before_that_day_has_closed(
    closed: str, timeframe: str, weight: float | None
) -> None:
    frame = pl.DataFrame({"date": ["2020-01-02"], "A": [0.2]})
    table = _Table(signals_from(frame, "the frame"))
    bar = tw.Bar(
        ts_event=parse_ns(closed), instrument_id="A.X", open=1, high=1, low=1, close=1, timeframe=timeframe
    )
    assert table.at("A.X", "A", bar) == weight


def test_days_and_moments_are_not_mixed() -> None:
    frame = pl.DataFrame({"time": ["2020-01-02", "2020-01-03T15:00:00+00:00"], "A": [0.2, 0.3]})
    with pytest.raises(DataError, match="days and moments mixed"):
        signals_from(frame, "the frame")
