"""Files that are broken, or want to break the reader: each is refused in one sentence with file and line."""

import gzip
import io
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tradewind.core.errors import BarFileError, UnsettledFileError
from tradewind.data.importing.files import find_files, read_file, read_files
from tradewind.data.importing.options import ImportOptions
from tradewind.data.importing.understood import ReadFile

HEADER = "Date,Open,High,Low,Close,Volume\n"
GOOD = [
    "2020-01-02,10,12,9,11,100",
    "2020-01-03,11,13,10,12,200",
    "2020-01-06,12,14,11,13,300",
    "2020-01-07,13,15,12,14,400",
]


def new_york(_: str) -> str:
    return "XNYS"


def read(path: Path, **said: Any) -> ReadFile:
    return read_file(path, ImportOptions(**said), new_york)


def refusal(path: Path, **said: Any) -> BarFileError:
    with pytest.raises(BarFileError) as caught:
        read(path, **said)
    error = caught.value
    assert str(path) in error.message
    assert error.file == str(path)
    assert error.next_step
    assert "\n" not in error.message
    return error


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def put(content: str | bytes, name: str = "AAPL.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return put


def table(*rows: str) -> str:
    return HEADER + "".join(f"{row}\n" for row in rows)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n  \n", "has no rows"),
        (gzip.compress(b""), "unpacks to nothing"),
        (b"\x1f\x8b", "cannot be unpacked as gzip"),
        (gzip.compress(table(*GOOD).encode())[:40], "cannot be unpacked as gzip"),
        (b"PK\x03\x04junk", "cannot be unpacked as zip"),
        (bytes(range(256)) * 100, "is not a text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is not a text"),
        (b"PAR1" + b"junk" * 20, "cannot be read as parquet"),
        (b"ARROW1" + b"junk" * 20, "cannot be read as feather"),
        (b"FEA1" + b"junk" * 20, "first version of Feather"),
        (gzip.compress(gzip.compress(b"x")), "packed more than once"),
        (b"Date,Open\n", "no row has a date and prices"),
        (b"<html><body>Rate limit; wait</body></html>\n", "no row has a date and prices"),
        (b"Too many requests\n", "No sign divides"),
        (b'{"error": "unknown symbol"}\n', "columns"),
        (b"a,b\n1,2\n3,4\n", "no row has a date and prices"),
        (b"x" * 1_500_000, "line 1 is longer than"),
        (b"when,mood\n2020-01-02,1\n2020-01-03,2\n", "no known shape"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_table_of_bars(write: Any, content: bytes, words: str) -> None:
    assert words in refusal(write(content)).message


def test_a_bomb_is_not_unpacked(write: Any) -> None:
    zeros = gzip.compress(b"0" * 50_000_000)
    assert len(zeros) < 100_000
    assert "unpacks to more than 1,000,000 bytes" in refusal(write(zeros), max_bytes=1_000_000).message
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("AAPL.csv", b"0" * 50_000_000)
    assert "unpacks to more than" in refusal(write(packed.getvalue(), "a.zip"), max_bytes=1_000_000).message
    assert "is more than" in refusal(write(b"x" * 2_000, "b.csv"), max_bytes=1_000).message


def test_a_parquet_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "AAPL.parquet"
    pq.write_table(pa.table({"date": np.zeros(5_000_000, np.int64), "close": np.ones(5_000_000)}), path)
    assert path.stat().st_size < 1_000_000
    assert "unpacks to more than" in refusal(path, max_bytes=10_000_000).message


def test_a_zip_of_several_files_is_to_be_unpacked(write: Any) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("AAPL.csv", table(*GOOD))
        archive.writestr("__MACOSX/._AAPL.csv", b"junk")
    assert len(read(write(packed.getvalue(), "one.zip")).bars[0]) == 4
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("IBM.csv", table(*GOOD))
    assert "holds 2 files" in refusal(write(packed.getvalue(), "two.zip")).message


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("2020-01-08,14,16,13,abc,500", "the close is 'abc'"),
        ("2020-01-08,14,16,13,,500", "the close is missing"),
        ("2020-01-08,14,16,13", "the close is missing"),
        ("2020-01-08,NaN,16,13,15,500", "the open is missing"),
        ("2020-01-08,14,inf,13,15,500", "the high is inf"),
        ("2020-01-08,14,16,13,15,inf", "the volume is inf"),
        ("2020-01-08,14,16,13,15,-500", "the volume is -500"),
        ("2020-01-08,14,13,16,15,500", "the high of 13 is below the low of 16"),
        ("2020-01-08,14,16,13,15,500,77,88", "there are 8 fields instead of 6"),
        ('2020-01-08,14,16,13,"15,500', "a quote is not closed"),
        ("2020-02-30,14,16,13,15,500", "the date is '2020-02-30'"),
        ("someday,14,16,13,15,500", "the date is 'someday'"),
        (",14,16,13,15,500", "the date is missing"),
        ("Date,Open,High,Low,Close,Volume", "the date is 'Date'"),
    ],
)
def test_a_bad_row_is_named_by_its_line_and_left_out_only_when_that_is_said(
    write: Any, row: str, words: str
) -> None:
    path = write(table(*GOOD[:2], row, *GOOD[2:]))
    error = refusal(path)
    assert error.line == 4
    assert f"{path} line 4: {words}" in error.message
    assert "skip_bad_rows" in error.next_step
    found = read(path, skip_bad_rows=True)
    assert [(bad.line, words in bad.reason) for bad in found.understood.refused] == [(4, True)]
    assert found.bars[0].close.tolist() == [11.0, 12.0, 13.0, 14.0]
    assert found.understood.rows == 5


def test_a_first_row_without_a_date_is_not_taken_for_a_second_header(write: Any) -> None:
    path = write(table("someday,9,12,9,11,100", *GOOD))
    assert "line 2: the date is 'someday'" in refusal(path).message
    assert len(read(path, skip_bad_rows=True).bars[0]) == 4


def test_many_bad_rows_are_counted_and_the_first_lines_named(write: Any) -> None:
    path = write(table(*GOOD, *(f"2020-02-{day},1,2,1,oops,5" for day in range(10, 20)), "", ""))
    error = refusal(path)
    assert (
        "line 6: the close is 'oops'; 10 of 14 rows are no bars (lines 6, 7, 8, 9, 10, ...)" in error.message
    )
    assert len(read(path, skip_bad_rows=True).understood.refused) == 10


def test_a_file_of_nothing_but_bad_rows_is_refused_whatever_is_said(write: Any) -> None:
    path = write(table("2020-01-02,1,2,1,d,1", "2020-01-03,1,2,1,d,1"))
    assert "2 of 2 rows" in refusal(path, skip_bad_rows=True).message


def test_lines_are_counted_over_blank_ones_and_titles(write: Any) -> None:
    rows = [
        "Made by hand",
        "",
        HEADER.strip(),
        GOOD[0],
        "",
        "  ",
        "2020-01-03,x,13,10,12,200",
        GOOD[2],
        "",
        "",
    ]
    error = refusal(write("\n".join(rows) + "\n\n"))
    assert "line 7: the open is 'x'" in error.message
    windows = refusal(write("\r\n".join(rows) + "\r\n"))
    assert "line 7: the open is 'x'" in windows.message


def test_two_rows_of_one_time(write: Any) -> None:
    path = write(table(*GOOD[:3], "2020-01-03,11,13,10,12.5,200", GOOD[3]))
    error = refusal(path)
    assert "line 3: line 5 has the same time" in error.message
    kept = read(path, skip_bad_rows=True)
    assert kept.bars[0].close.tolist() == [11.0, 12.5, 13.0, 14.0]


def test_two_instruments_without_a_column_that_tells_them_apart(write: Any) -> None:
    assert "the same time" in refusal(write(table(*GOOD, *GOOD))).message


def test_rows_out_of_order_are_sorted_and_that_is_said(write: Any) -> None:
    found = read(write(table(GOOD[0], GOOD[2], GOOD[1], GOOD[3])))
    assert found.bars[0].close.tolist() == [11.0, 12.0, 13.0, 14.0]
    assert "AAPL: 1 rows came after later ones (first line 4) and were sorted" in found.understood.notes


def test_two_timeframes_in_one_file(write: Any) -> None:
    fives = [f"2020-01-02T15:{minute:02d}:00Z,1,2,1,2,5" for minute in range(0, 60, 5)]
    ones = [f"2020-01-02T16:{minute:02d}:00Z,1,2,1,2,5" for minute in range(3)]
    error = refusal(write(table(*fives, *ones)))
    assert error.line == 15
    assert "line 15: rows lie 1 minutes apart there, and 5m elsewhere" in error.message
    hours = [f"2020-01-03T{hour:02d}:00:00Z,1,2,1,2,5" for hour in range(11)]
    assert "rows lie 60 minutes apart there, and 5m" in refusal(write(table(*fives, *hours))).message
    days = [f"2020-01-{day:02d},1,2,1,2,5" for day in (2, 3, 6, 7, 8, 9, 10, 13, 14, 15)]
    weeks = [
        f"2020-{month:02d}-{day:02d},1,2,1,2,5" for month, day in ((1, 22), (1, 29), (2, 5), (2, 12), (2, 19))
    ]
    assert "rows lie 7 days apart there, and 1d" in refusal(write(table(*days, *weeks))).message


def test_rows_months_apart_are_no_bars_that_there_are(write: Any) -> None:
    months = [f"2020-{month:02d}-01,1,2,1,2,5" for month in range(1, 13)]
    assert "31 days apart, which is no timeframe" in refusal(write(table(*months))).message


def test_a_spreadsheets_dates_are_asked_about(write: Any) -> None:
    path = write("Date,Close\n44197,1\n44200,2\n44201,3\n")
    error = refusal(path)
    assert isinstance(error, UnsettledFileError)
    assert error.option == "date_format"
    assert "44197 is a spreadsheet's number, perhaps 2021-01-01" in error.message
    found = read(path, date_format="excel")
    assert found.understood.last == "2021-01-05T21:00:00Z"


def test_a_wrong_ending_is_seen_through_and_said(tmp_path: Path) -> None:
    frame = pl.DataFrame({"date": ["2020-01-02", "2020-01-03"], "close": [1.0, 2.0]})
    for name, writer in (
        ("A.csv", frame.write_parquet),
        ("B.parquet", frame.write_csv),
        ("C.txt", frame.write_ipc),
    ):
        path = tmp_path / name
        writer(path)
        found = read(path)
        assert found.bars[0].close.tolist() == [1.0, 2.0]
        assert any("its name ends in" in note for note in found.understood.notes)


def test_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real = tmp_path / "real" / "AAPL.csv"
    real.write_text(table(*GOOD))
    link = tmp_path / "IBM.csv"
    link.symlink_to(real)
    found = read(link)
    assert found.understood.instruments == ("IBM",)
    assert any(note.startswith("a link to ") for note in found.understood.notes)
    (tmp_path / "lost.csv").symlink_to(tmp_path / "nowhere.csv")
    assert "No such file" in refusal(tmp_path / "lost.csv").message
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    assert "cannot be read" in refusal(tmp_path / "loop.csv").message
    (tmp_path / "round").symlink_to(tmp_path)
    listed = find_files(tmp_path)
    assert [path.name for path in listed.files] == ["IBM.csv", "loop.csv", "lost.csv", "AAPL.csv"]
    assert (tmp_path / "round", "a link to a folder") in listed.left_out


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "is not a file" in refusal(tmp_path / "pipe.csv").message
    assert "No such file" in refusal(tmp_path / "none.csv").message


def test_a_file_whose_reading_the_system_refuses(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(table(*GOOD))

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert "cannot be read: Permission denied" in refusal(path).message


def test_a_folder_without_tables_and_one_with_other_things(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("words")
    with pytest.raises(BarFileError, match="holds no table"):
        find_files(tmp_path)
    (tmp_path / "AAPL.csv").write_text(table(*GOOD))
    (tmp_path / "BAD.csv").write_text("junk")
    (tmp_path / ".hidden.csv").write_text("junk")
    found = find_files(tmp_path)
    assert [path.name for path in found.files] == ["AAPL.csv", "BAD.csv"]
    assert found.left_out == ((tmp_path / "README.md", "its name does not end as a table's"),)
    heard: list[tuple[int, int, str]] = []
    results = list(read_files(found.files, None, new_york, on_progress=lambda *said: heard.append(said)))
    assert isinstance(results[0], ReadFile)
    assert isinstance(results[1], BarFileError)
    assert heard == [(1, 2, str(tmp_path / "AAPL.csv")), (2, 2, str(tmp_path / "BAD.csv"))]


def test_a_file_that_names_no_instrument(write: Any) -> None:
    error = refusal(write(table(*GOOD), "my prices (final).csv"))
    assert isinstance(error, UnsettledFileError)
    assert error.option == "symbol"


def test_days_without_a_calendar_are_asked_about(write: Any) -> None:
    path = write(table(*GOOD))
    with pytest.raises(UnsettledFileError, match="nothing says when a day of AAPL ends") as caught:
        read_file(path)
    assert caught.value.option == "calendar"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(write: Any, encoding: str) -> None:
    text = (
        "Größe\n".replace("Größe", "Date;Größe;Open;High;Low;Close")
        + "2020-01-02;1;1;2;1;2\n2020-01-03;1;1;2;1;3\n"
    )
    found = read(write(text.encode(encoding)))
    assert found.bars[0].close.tolist() == [2.0, 3.0]
    assert found.understood.columns_ignored == ("Größe",)
    assert read(write(text.encode(encoding)), encoding=encoding).bars[0].close.tolist() == [2.0, 3.0]


def test_utf_16_without_its_mark_is_refused(write: Any) -> None:
    assert "is not a text" in refusal(write(table(*GOOD).encode("utf-16-le"))).message


def test_a_cell_without_end_does_not_keep_a_pattern_busy(write: Any) -> None:
    path = write(HEADER + "1" * 400_000 + ",1,2,1,2,3\n" + "2020-01-03,1.1.,1," + "1," * 100_000 + "\n")
    with pytest.raises(BarFileError):
        read(path)


def test_a_column_name_of_endless_brackets_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "X.parquet"
    name = "(" * 50_000 + ")" * 50_000
    pl.DataFrame({"date": ["2020-01-02", "2020-01-03"], "close": [1.0, 2.0], name: [1, 2]}).write_parquet(
        path
    )
    assert read(path).bars[0].close.tolist() == [1.0, 2.0]
