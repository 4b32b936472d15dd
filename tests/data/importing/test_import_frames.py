"""Frames of pandas and Polars give what the file that they were read from gives."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from tradewind.core.errors import BarFileError, ConfigError, UnsettledFileError
from tradewind.core.panel import BarColumns
from tradewind.data.importing.files import read_file
from tradewind.data.importing.frames import bars_of_frame, read_frame
from tradewind.data.importing.options import ImportOptions

FIXTURES = Path(__file__).parent / "fixtures"
APPLE = ImportOptions(symbol="AAPL")


def new_york(_: str) -> str:
    return "XNYS"


def of_file(name: str) -> BarColumns:
    return read_file(FIXTURES / name, APPLE, new_york).bars[0]


def same(mine: BarColumns, wanted: BarColumns) -> None:
    for name in ("ts_event", "open", "high", "low", "close", "volume"):
        np.testing.assert_array_equal(getattr(mine, name), getattr(wanted, name), err_msg=name)
    assert (mine.instrument_id, mine.timeframe) == (wanted.instrument_id, wanted.timeframe)


def plain() -> pd.DataFrame:
    return pd.read_csv(FIXTURES / "aapl_us_d.csv")


def indexed(zone: str | None = None) -> pd.DataFrame:
    frame = plain()
    frame.index = pd.DatetimeIndex(frame.pop("Date"), tz=zone)
    return frame


PANDAS = {
    "dates as text": plain,
    "dates as a column": lambda: plain().assign(Date=lambda f: pd.to_datetime(f["Date"])),
    "an index of dates": indexed,
    "an index without a name": lambda: indexed().rename_axis(None),
    "an index with a zone": lambda: indexed("America/New_York"),
    "an index with a bare offset": lambda: indexed("-05:00"),
    "an index of text": lambda: plain().set_index("Date"),
    "seconds since 1970": lambda: plain().assign(
        Date=lambda f: pd.to_datetime(f["Date"]).astype("int64") // 10**6
    ),
    "numbers as objects": lambda: plain().astype({"Close": object}),
    "arrow types": lambda: plain().convert_dtypes(dtype_backend="pyarrow"),
    "nullable types": lambda: plain().convert_dtypes(),
    "newest first": lambda: indexed().iloc[::-1],
    "a filtered frame": lambda: pd.concat([plain(), plain()]).iloc[:10],
}


@pytest.mark.parametrize("make", PANDAS.values(), ids=PANDAS.keys())
def test_frames_of_pandas(make: Any) -> None:
    same(bars_of_frame(make(), "XNYS", symbol="AAPL")[0], of_file("aapl_us_d.csv"))


def test_a_frame_is_not_changed() -> None:
    frame = indexed()
    before = frame.copy()
    bars_of_frame(frame, "XNYS", symbol="AAPL")
    pd.testing.assert_frame_equal(frame, before)


def test_columns_in_levels_as_yfinance_gives_them(tmp_path: Path) -> None:
    path = FIXTURES / "yfinance_download.csv"
    frame = pd.read_csv(path, header=[0, 1], index_col=0, parse_dates=True)
    wanted = read_file(path, None, new_york).bars
    found = bars_of_frame(frame, "XNYS")
    assert [one.instrument_id for one in found] == ["AAPL", "MSFT"]
    for mine, theirs in zip(found, wanted, strict=True):
        same(mine, theirs)
    frame.to_parquet(tmp_path / "both.parquet")
    for mine, theirs in zip(read_file(tmp_path / "both.parquet", None, new_york).bars, wanted, strict=True):
        same(mine, theirs)
    by_ticker = bars_of_frame(frame.swaplevel(axis=1).sort_index(axis=1), "XNYS")
    same(by_ticker[1], wanted[1])


def test_an_index_of_dates_and_symbols() -> None:
    frame = pd.read_csv(FIXTURES / "long_table.csv", parse_dates=["date"])
    wanted = read_file(FIXTURES / "long_table.csv", None, new_york).bars
    for index in (["date", "symbol"], ["symbol", "date"]):
        for mine, theirs in zip(bars_of_frame(frame.set_index(index), "XNYS"), wanted, strict=True):
            same(mine, theirs)


def test_a_wide_frame_of_closes() -> None:
    frame = pd.read_csv(FIXTURES / "wide_closes.csv", index_col="Date", parse_dates=True)
    wanted = read_file(FIXTURES / "wide_closes.csv", None, new_york).bars
    for given in (frame, frame.rename_axis(None)):
        for mine, theirs in zip(bars_of_frame(given, "XNYS"), wanted, strict=True):
            same(mine, theirs)


@pytest.mark.parametrize("lazy", [False, True])
def test_frames_of_polars(lazy: bool) -> None:
    frame = pl.read_csv(FIXTURES / "aapl_us_d.csv", try_parse_dates=True)
    assert frame.schema["Date"] == pl.Date
    same(bars_of_frame(frame.lazy() if lazy else frame, "XNYS", symbol="AAPL")[0], of_file("aapl_us_d.csv"))


@pytest.mark.parametrize("ending", ["parquet", "feather", "csv.gz", "csv.zip"])
def test_the_same_frame_in_other_kinds_of_file(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"AAPL.{ending}"
    frame = pl.read_csv(FIXTURES / "aapl_us_d.csv", try_parse_dates=True)
    if ending == "parquet":
        frame.write_parquet(path)
    elif ending == "feather":
        frame.write_ipc(path, compression="lz4")
    else:
        plain().to_csv(path, index=False)
    found = read_file(path, None, new_york)
    same(found.bars[0], of_file("aapl_us_d.csv"))
    assert found.understood.packed == {"csv.gz": "gzip", "csv.zip": "zip"}.get(ending, "")


def test_hours_of_a_naive_index_need_a_zone() -> None:
    frame = pd.DataFrame(
        {"close": [1.0, 2.0, 3.0]}, index=pd.date_range("2020-01-02 09:30", periods=3, freq="1h", name="time")
    )
    with pytest.raises(
        UnsettledFileError, match="the frame line 1: the time 2020-01-02T09:30:00 has no zone"
    ):
        read_frame(frame, APPLE, new_york)
    aware = bars_of_frame(frame.tz_localize("America/New_York"), symbol="AAPL")[0]
    said = bars_of_frame(frame, symbol="AAPL", zone="America/New_York")[0]
    assert said.ts_event.tolist() == aware.ts_event.tolist()


def test_a_bad_row_is_named_by_its_place() -> None:
    frame = plain().astype({"High": float})
    frame.loc[3, "High"] = 1.0
    with pytest.raises(BarFileError, match="the frame row 4: the high of 1 is below the low"):
        read_frame(frame, APPLE, new_york)
    kept = read_frame(frame, ImportOptions(symbol="AAPL", skip_bad_rows=True), new_york)
    assert len(kept.bars[0]) == 9


def test_a_frame_needs_a_symbol_and_must_be_one() -> None:
    with pytest.raises(UnsettledFileError, match="does not say which instrument") as caught:
        read_frame(plain(), None, new_york)
    assert caught.value.option == "symbol"
    with pytest.raises(ConfigError, match="'timezone' is nothing that can be said"):
        bars_of_frame(plain(), "XNYS", timezone="UTC")
    with pytest.raises(ConfigError, match="dict is no frame"):
        read_frame({"close": [1.0]})
    with pytest.raises(BarFileError, match="has no rows"):
        read_frame(plain().iloc[:0], APPLE, new_york)


def test_pandas_is_not_loaded_for_files() -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom tradewind.data.importing.files import read_file\n"
        "import tradewind.data.importing.frames\n"
        f"read_file(Path({str(FIXTURES / 'BTCUSDT-1m-2020-01.csv')!r}))\n"
        "print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
