"""Splits, dividends and the basis of prices: kept where a file tells of them, never counted twice."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tradewind.core.timestamps import iso
from tradewind.data.adjustment import DIVIDEND, DOUBTFUL, SPLIT, adjust
from tradewind.data.importing.files import read_file
from tradewind.data.importing.options import ImportOptions
from tradewind.data.importing.understood import ReadFile
from tradewind.data.raw import RawBars, bars_from_raw

FIXTURES = Path(__file__).parent / "fixtures"


def read(path: Path | str, **said: Any) -> ReadFile:
    return read_file(FIXTURES / path, ImportOptions(**said), lambda _: "XNYS")


def told(raw: RawBars) -> list[tuple[str, str, float]]:
    assert raw.actions is not None
    return [(iso(action.ex_ns)[:10], action.kind, round(action.value, 6)) for action in raw.actions]


def adjusted_close(raw: RawBars) -> np.ndarray[Any, Any]:
    assert raw.actions is not None
    return adjust(bars_from_raw(raw), raw.actions, 2**62).close


def test_an_adjusted_close_tells_the_dividend_that_lies_between() -> None:
    found = read("yahoo_AAPL.csv", symbol="AAPL")
    raw = found.series[0]
    table = pd.read_csv(FIXTURES / "yahoo_AAPL.csv")
    assert raw.close.tolist() == table["Close"].tolist()
    assert not raw.adjusted
    # The fixture's adjusted close is 97 % of the close up to 9 January.
    assert told(raw) == [("2020-01-10", DIVIDEND, round(0.03 * 77.41, 6))]
    np.testing.assert_allclose(adjusted_close(raw), table["Adj Close"], rtol=2e-5)
    assert found.understood.basis == "split_adjusted"
    assert any("its splits are not known" in note for note in found.understood.notes)


def test_splits_and_dividends_in_columns_of_traded_prices() -> None:
    raw = read("csvdir/daily/AAPL.csv").series[0]
    assert told(raw) == [("2020-01-08", DIVIDEND, 0.77), ("2020-01-13", SPLIT, 4.0)]
    assert raw.close.tolist() == pd.read_csv(FIXTURES / "csvdir/daily/AAPL.csv")["close"].tolist()
    assert raw.actions is not None
    assert raw.actions[0].price_factor == pytest.approx(1 - 0.77 / 74.60)
    assert told(read("csvdir/daily/IBM.csv").series[0]) == [("2020-01-08", DIVIDEND, 0.77)]
    # Where columns tell, the adjusted close beside them is not needed.
    assert told(read("alpha_vantage_IBM.csv", symbol="IBM").series[0]) == [("2020-01-08", DIVIDEND, 0.77)]


def test_prices_on_a_later_share_count_are_put_back_on_their_own() -> None:
    raw = read("yfinance_unadjusted_AAPL.csv", symbol="AAPL").series[0]
    table = pd.read_csv(FIXTURES / "yfinance_unadjusted_AAPL.csv")
    before = (table["Date"] < "2020-01-13").to_numpy()
    np.testing.assert_allclose(raw.close, np.where(before, 4 * table["Close"], table["Close"]))
    np.testing.assert_allclose(raw.volume, np.where(before, table["Volume"] / 4, table["Volume"]))
    assert told(raw) == [("2020-01-08", DIVIDEND, 4 * 0.77), ("2020-01-13", SPLIT, 4.0)]
    # Adjusted for the split alone the file's own prices are back.
    splits = [action for action in raw.actions or () if action.kind == SPLIT]
    np.testing.assert_allclose(adjust(bars_from_raw(raw), splits, 2**62).close, table["Close"])


def test_what_is_adjusted_already_gets_no_actions() -> None:
    found = read("yfinance_history_AAPL.csv", symbol="AAPL")
    assert found.series[0].adjusted
    assert found.series[0].actions is None
    assert found.understood.basis == "adjusted"
    assert "dividend, split not kept: the prices are adjusted for them already" in found.understood.notes


def test_the_basis_can_be_said() -> None:
    raw = read("yfinance_history_AAPL.csv", symbol="AAPL", basis="traded").series[0]
    assert not raw.adjusted
    assert told(raw) == [("2020-01-08", DIVIDEND, 0.77), ("2020-01-13", SPLIT, 4.0)]
    assert read("aapl_us_d.csv", basis="adjusted").series[0].adjusted


def test_a_file_that_tells_of_nothing_says_so() -> None:
    found = read("aapl_us_d.csv")
    assert found.series[0].actions is None
    assert "prices taken as traded: the file does not say whether they are adjusted" in found.understood.notes


def test_an_adjusted_close_alone_is_stored_as_adjusted(tmp_path: Path) -> None:
    path = tmp_path / "X.csv"
    path.write_text("date,open,adj close\n2020-01-02,9,10\n2020-01-03,9,11\n")
    found = read(path)
    assert found.series[0].adjusted
    assert not found.series[0].has_ohlc
    assert found.series[0].open.tolist() == [10.0, 11.0]


def test_a_dividend_and_a_split_on_one_day(tmp_path: Path) -> None:
    path = tmp_path / "X.csv"
    rows = [
        "2020-01-02,100,100,100,100,1,0,1",
        "2020-01-03,50,50,50,50,1,1,2",
        "2020-01-06,50,50,50,50,1,0,1",
    ]
    path.write_text("date,open,high,low,close,volume,dividend,split\n" + "\n".join(rows) + "\n")
    # A share of 100 became two of 50 that paid 1 each: it is worth 100 / 2 - 1 on the new basis.
    assert adjusted_close(read(path).series[0]).tolist() == pytest.approx([49.0, 50.0, 50.0])


def test_a_dividend_beyond_the_price_is_kept_aside_and_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "X.csv"
    rows = ["2020-01-02,1,1,1,1,1,0,1", "2020-01-03,1,1,1,1,1,5,1"]
    path.write_text("date,open,high,low,close,volume,dividend,split\n" + "\n".join(rows) + "\n")
    found = read(path)
    assert told(found.series[0]) == [("2020-01-03", DOUBTFUL, 5.0)]
    assert "line 3: the dividend of 5 on 2020-01-03 is more than the price" in found.understood.notes
    assert adjusted_close(found.series[0]).tolist() == [1.0, 1.0]
