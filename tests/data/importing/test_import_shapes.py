"""Each documented shape, against pandas that was told every detail of the file."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tradewind.core.market import Timeframe
from tradewind.data.importing.files import find_files, read_file
from tradewind.data.importing.layout import SHAPES
from tradewind.data.importing.options import ImportOptions
from tradewind.data.raw import RawBars

FIXTURES = Path(__file__).parent / "fixtures"
PRICES = ["open", "high", "low", "close"]
NEW_YORK = pd.Timedelta(hours=16)


def read(name: str, calendar: str = "XNYS", **said: Any) -> Any:
    return read_file(FIXTURES / name, ImportOptions(**said), lambda _: calendar)


def at_close(days: "pd.Series[Any]") -> "pd.DatetimeIndex":
    """16:00 in New York of each date, in UTC, without any calendar of ours."""
    return pd.DatetimeIndex(days + NEW_YORK).tz_localize("America/New_York").tz_convert("UTC")


def same(raw: RawBars, closes: pd.DatetimeIndex, table: pd.DataFrame, columns: list[str]) -> None:
    assert raw.ts_event.tolist() == closes.as_unit("ns").asi8.tolist()
    for mine, theirs in zip([*PRICES, "volume"], columns, strict=False):
        np.testing.assert_array_equal(
            getattr(raw, mine), table[theirs].astype(float).to_numpy(), err_msg=mine
        )


DAYS = {
    # file: shape, what is said, read_csv's arguments, its columns of date and figures
    "yahoo_AAPL.csv": ("yahoo", {"symbol": "AAPL"}, {}, ["Date", "Open", "High", "Low", "Close", "Volume"]),
    "aapl_us_d.csv": ("stooq-download", {}, {}, ["Date", "Open", "High", "Low", "Close", "Volume"]),
    "stooq_daily.txt": (
        "stooq",
        {},
        {"date_format": "%Y%m%d"},
        ["<DATE>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<VOL>"],
    ),
    "csvdir/daily/AAPL.csv": ("csvdir", {}, {}, ["date", "open", "high", "low", "close", "volume"]),
    "AAPL.NAS_Daily_202001020000_202001150000.csv": (
        "metatrader5",
        {"symbol": "AAPL"},
        {"sep": "\t", "date_format": "%Y.%m.%d"},
        ["<DATE>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<VOL>"],
    ),
    "german_SIE.csv": (
        "named-columns",
        {"symbol": "AAPL"},
        {"sep": ";", "decimal": ",", "thousands": ".", "date_format": "%d.%m.%Y"},
        ["Datum", "Open", "High", "Low", "Close", "Volume"],
    ),
    "quantmod.csv": (
        "joined-names",
        {},
        {},
        ["Unnamed: 0", "AAPL.Open", "AAPL.High", "AAPL.Low", "AAPL.Close", "AAPL.Volume"],
    ),
    "yfinance_history_AAPL.csv": (
        "yahoo",
        {"symbol": "AAPL"},
        {"date_format": "%Y-%m-%d %H:%M:%S%z"},
        ["Date", "Open", "High", "Low", "Close", "Volume"],
    ),
}


@pytest.mark.parametrize("name", DAYS)
def test_days_of_one_instrument_are_those_that_pandas_reads(name: str) -> None:
    shape, said, arguments, (date, *columns) = DAYS[name]
    found = read(name, **said)
    table = pd.read_csv(FIXTURES / name, parse_dates=[date], **arguments)
    days = table[date].dt.tz_localize(None)
    assert found.understood.shape == shape
    assert found.understood.instruments == ("AAPL",)
    assert found.understood.timeframe == "1d"
    assert found.understood.rows == len(table) == 10
    same(found.series[0], at_close(days), table, columns)
    assert found.bars[0].close.tolist() == found.series[0].close.tolist()


@pytest.mark.parametrize(
    ("name", "field"), [("alpha_vantage_IBM.csv", "timestamp"), ("investing_AAPL.csv", "Date")]
)
def test_newest_first_is_turned_and_said(name: str, field: str) -> None:
    found = read(name, symbol="X")
    table = pd.read_csv(FIXTURES / name, parse_dates=[field], date_format={"Date": "%m/%d/%Y"}.get(field))
    table = table.iloc[::-1]
    close = "Price" if "Price" in table else "close"
    assert found.series[0].close.tolist() == table[close].tolist()
    assert found.series[0].ts_event.tolist() == at_close(table[field]).as_unit("ns").asi8.tolist()
    assert "X: rows were newest first and were turned" in found.understood.notes


def test_volumes_in_millions_and_an_encoding_with_a_mark() -> None:
    raw = read("investing_AAPL.csv", symbol="AAPL").series[0]
    assert raw.volume[0] == pytest.approx(135.48e6)


def test_yfinance_with_its_two_headers_and_the_name_of_the_index() -> None:
    found = read("yfinance_download.csv")
    table = pd.read_csv(FIXTURES / "yfinance_download.csv", header=[0, 1], index_col=0, parse_dates=True)
    assert found.understood.shape == "yfinance-header"
    assert found.understood.basis == "adjusted"
    assert [raw.instrument_id for raw in found.series] == ["AAPL", "MSFT"]
    for raw in found.series:
        one = table.xs(raw.instrument_id, axis=1, level=1)
        same(raw, at_close(one.index.to_series()), one, ["Open", "High", "Low", "Close", "Volume"])
        assert raw.adjusted
        assert raw.actions is None


def test_two_header_rows_of_a_terminal_with_empty_cells_for_the_same_ticker() -> None:
    found = read("bloomberg_two_rows.csv")
    table = pd.read_csv(FIXTURES / "bloomberg_two_rows.csv", skiprows=1)
    days = pd.to_datetime(table["Dates"], format="%m/%d/%Y")
    assert [raw.instrument_id for raw in found.series] == ["AAPL", "IBM"]
    assert found.understood.date_order == "month-first"
    columns = ["PX_OPEN", "PX_HIGH", "PX_LOW", "PX_LAST", "PX_VOLUME"]
    same(found.series[0], at_close(days), table, columns)
    same(found.series[1], at_close(days), table, [f"{name}.1" for name in columns])


def test_a_wide_table_has_closes_alone_and_leaves_out_what_is_empty() -> None:
    found = read("wide_closes.csv")
    table = pd.read_csv(FIXTURES / "wide_closes.csv", parse_dates=["Date"])
    aapl, ibm, late = found.series
    assert aapl.close.tolist() == table["AAPL"].tolist()
    assert ibm.close.tolist() == table["IBM"].tolist()
    assert (
        late.ts_event.tolist() == at_close(table["Date"][table["LATE"].notna()]).as_unit("ns").asi8.tolist()
    )
    assert not aapl.has_ohlc
    assert not aapl.has_volume
    assert found.understood.empty_cells == 5
    assert read("wide_closes.csv", field="adjusted_close").series[0].adjusted


def test_a_long_table_is_parted_by_its_column_of_symbols() -> None:
    found = read("long_table.csv")
    table = pd.read_csv(FIXTURES / "long_table.csv", parse_dates=["date"])
    for raw in found.series:
        one = table[table["symbol"] == raw.instrument_id]
        same(raw, at_close(one["date"]), one, [*PRICES, "volume"])
    assert found.understood.columns_ignored == ("sector",)
    assert read("long_table.csv", symbol="ibm").understood.instruments == ("IBM",)


HOURS = {
    "BTCUSDT-1m-2020-01.csv": ("binance", "24/7", {}, {"header": None}, 0, "ms", "1m", "BTCUSDT"),
    "BTCUSDT-1h-2025-01.csv": ("binance", "24/7", {}, {}, "open_time", "us", "1h", "BTCUSDT"),
}


@pytest.mark.parametrize("name", HOURS)
def test_binance_counts_in_the_unit_that_its_size_tells(name: str) -> None:
    shape, calendar, said, arguments, date, unit, timeframe, symbol = HOURS[name]
    found = read(name, calendar, **said)
    table = pd.read_csv(FIXTURES / name, **arguments)
    closes = pd.DatetimeIndex(pd.to_datetime(table[date], unit=unit, utc=True)) + pd.Timedelta(
        timeframe.replace("m", "min")
    )
    same(found.series[0], closes, table, list(table.columns[1:6]))
    assert (found.understood.shape, found.understood.timeframe) == (shape, timeframe)
    assert found.understood.instruments == (symbol,)
    assert f"times count {unit} since 1970, told by their size" in found.understood.notes
    # The dump's own close time is the last step inside the bar.
    last = pd.to_datetime(table.iloc[:, 6], unit=unit, utc=True) + pd.Timedelta(1, unit)
    assert found.series[0].ts_event.tolist() == pd.DatetimeIndex(last).as_unit("ns").asi8.tolist()


@pytest.mark.parametrize(
    ("name", "arguments", "pattern", "step", "figures"),
    [
        ("EURUSD60.csv", {"header": None, "sep": ","}, "%Y.%m.%d %H:%M", "1h", range(2, 7)),
        ("EURUSD_M1_202001020900_202001020909.csv", {"sep": "\t"}, "%Y.%m.%d %H:%M:%S", "1min", range(2, 7)),
        ("stooq_5_minutes.txt", {"dtype": str}, "%Y%m%d %H%M%S", "5min", range(4, 9)),
    ],
)
def test_clocks_without_a_zone_are_read_in_the_one_that_is_said(
    name: str, arguments: dict[str, Any], pattern: str, step: str, figures: range
) -> None:
    found = read(name, "24/5", zone="Europe/Warsaw")
    table = pd.read_csv(FIXTURES / name, **arguments)
    first = 2 if name.startswith("stooq") else 0
    text = table.iloc[:, first].astype(str) + " " + table.iloc[:, first + 1].astype(str)
    opened = pd.DatetimeIndex(pd.to_datetime(text, format=pattern)).tz_localize("Europe/Warsaw")
    columns = [table.columns[place] for place in figures]
    same(found.series[0], (opened + pd.Timedelta(step)).tz_convert("UTC"), table, columns)
    assert found.understood.zone == "Europe/Warsaw"
    assert found.understood.stamped == "open"
    closed = read(name, "24/5", zone="Europe/Warsaw", stamped="close")
    same(closed.series[0], opened.tz_convert("UTC"), table, columns)


def test_tradingview_days_are_stamped_by_the_close_of_the_session_that_they_open() -> None:
    found = read("NASDAQ_AAPL, 1D.csv")
    table = pd.read_csv(FIXTURES / "NASDAQ_AAPL, 1D.csv")
    days = pd.to_datetime(table["time"], unit="s").dt.normalize()
    same(found.series[0], at_close(days), table, [*PRICES, "Volume"])
    assert found.understood.instruments == ("AAPL",)
    assert found.understood.columns_ignored == ("RSI", "MA, 20")


def test_tradingview_hours_carry_their_offset() -> None:
    found = read("BINANCE_BTCUSDT, 60_1a2b3.csv", "24/7")
    table = pd.read_csv(FIXTURES / "BINANCE_BTCUSDT, 60_1a2b3.csv")
    closes = pd.DatetimeIndex(pd.to_datetime(table["time"], utc=True)) + pd.Timedelta("1h")
    same(found.series[0], closes, table, [*PRICES, "Volume"])
    assert found.understood.instruments == ("BTCUSDT",)


def test_lean_counts_ten_thousandths_of_a_dollar() -> None:
    raw = read("lean_aapl.csv", symbol="AAPL").series[0]
    table = pd.read_csv(FIXTURES / "yahoo_AAPL.csv")
    np.testing.assert_allclose(raw.close, table["Close"], rtol=1e-12)


def test_a_folder_is_read_file_by_file_with_progress() -> None:
    found = find_files(FIXTURES / "csvdir")
    assert [path.name for path in found.files] == ["AAPL.csv", "IBM.csv"]
    assert found.left_out == ()


def test_the_files_of_the_fixtures_are_recognised_by_every_shape_that_there_is() -> None:
    zones = {"zone": "UTC"}
    seen = {
        read(str(path), "24/7", **zones).understood.shape for path in FIXTURES.rglob("*.*") if path.is_file()
    }
    assert set(SHAPES.names()) - seen == {"without-header"}, "each shape has a fixture"


def test_no_header_at_all(tmp_path: Path) -> None:
    path = tmp_path / "ABC.csv"
    path.write_text("2020-01-02,1,3,1,2,10\n2020-01-03,2,4,2,3,20\n")
    found = read_file(path, None, lambda _: "XNYS")
    assert found.understood.shape == "without-header"
    assert found.series[0].close.tolist() == [2.0, 3.0]


def test_every_timeframe_is_told_from_the_distance_of_rows(tmp_path: Path) -> None:
    for frame in Timeframe:
        path = tmp_path / f"{frame}.csv"
        opened = np.arange(30) * frame.length_ns // 10**9 + 1_577_923_200
        path.write_text("time,close\n" + "".join(f"{second},1.5\n" for second in opened))
        found = read_file(path, ImportOptions(symbol="X"), lambda _: "24/7")
        assert found.understood.timeframe == frame


def test_tickers_of_one_letter_are_not_taken_for_fields(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Date,C,V,LOW,KO\n2020-01-02,1,2,3,4\n2020-01-03,5,6,7,8\n")
    found = read_file(path, None, lambda _: "XNYS")
    assert found.understood.shape == "wide"
    assert [(raw.instrument_id, raw.close.tolist()) for raw in found.series] == [
        ("C", [1.0, 5.0]),
        ("V", [2.0, 6.0]),
        ("LOW", [3.0, 7.0]),
        ("KO", [4.0, 8.0]),
    ]
    path.write_text("t,o,h,l,c,v\n".replace("t,", "date,") + "2020-01-02,1,3,1,2,9\n2020-01-03,2,4,2,3,9\n")
    bars = read_file(path, None, lambda _: "XNYS").bars[0]
    assert (bars.high.tolist(), bars.close.tolist(), bars.volume.tolist()) == (
        [3.0, 4.0],
        [2.0, 3.0],
        [9.0, 9.0],
    )


def test_a_column_called_close_goes_before_others_that_could_be_it(tmp_path: Path) -> None:
    path = tmp_path / "X.csv"
    path.write_text("index,Last,Date,Close\n0,9,2020-01-02,1\n1,9,2020-01-03,2\n")
    found = read_file(path, None, lambda _: "XNYS")
    assert found.series[0].close.tolist() == [1.0, 2.0]
    assert found.understood.columns_ignored == ("index", "Last")
