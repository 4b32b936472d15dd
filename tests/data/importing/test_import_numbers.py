"""Numbers in the writings of several countries and programs."""

from pathlib import Path
from typing import Any

import pytest

from tradewind.core.errors import BarFileError, UnsettledFileError
from tradewind.data.importing.files import read_file
from tradewind.data.importing.options import ImportOptions
from tradewind.data.importing.understood import ReadFile


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def take(*rows: str, sign: str = ";", **said: Any) -> ReadFile:
        path = tmp_path / "X.csv"
        lines = [sign.join(("date", "close", "volume")), *rows]
        path.write_text("\n".join(lines) + "\n")
        return read_file(path, ImportOptions(**said), lambda _: "24/7")

    return take


@pytest.mark.parametrize(
    ("rows", "decimal", "closes", "volumes"),
    [
        (["2020-01-01;1.234,56;1.000", "2020-01-02;999,5;2.000.000"], ",", [1234.56, 999.5], [1000, 2e6]),
        (["2020-01-01;1,234.56;1,000", "2020-01-02;999.5;2,000,000"], ".", [1234.56, 999.5], [1000, 2e6]),
        (["2020-01-01;1 234,56;1 000", "2020-01-02;999,5;2 000 000"], ",", [1234.56, 999.5], [1000, 2e6]),
        (["2020-01-01;1'234.56;1'000", "2020-01-02;999.5;2'000'000"], ".", [1234.56, 999.5], [1000, 2e6]),
        (["2020-01-01;1,5;7", "2020-01-02;0,123456;8"], ",", [1.5, 0.123456], [7, 8]),
        (["2020-01-01;0,123;7", "2020-01-02;0,456;8"], ",", [0.123, 0.456], [7, 8]),
        (["2020-01-01;1.123;7", "2020-01-02;1.456;8"], ".", [1.123, 1.456], [7, 8]),
        (["2020-01-01;1.5e-3;1e6", "2020-01-02;+2;1.5E6"], ".", [0.0015, 2.0], [1e6, 1.5e6]),
        (["2020-01-01;5;1.5K", "2020-01-02;6;2B"], ".", [5.0, 6.0], [1500, 2e9]),
        (['2020-01-01;"5";" 7 "', '2020-01-02;" 6.5";"8"'], ".", [5.0, 6.5], [7, 8]),
        (["2020-01-01;5;", "2020-01-02;6;N/A"], ".", [5.0, 6.0], [0, 0]),
    ],
)  # fmt: skip
def test_what_stands_for_decimals_and_thousands(
    read: Any, rows: list[str], decimal: str, closes: list[float], volumes: list[float]
) -> None:
    found = read(*rows)
    assert found.understood.decimal == decimal
    assert found.bars[0].close.tolist() == pytest.approx(closes, rel=1e-15)
    assert found.bars[0].volume.tolist() == pytest.approx(volumes, rel=1e-15)


def test_a_comma_that_could_be_either_is_asked_about(read: Any) -> None:
    rows = ["2020-01-01;1,234;1", "2020-01-02;1,345;2"]
    with pytest.raises(UnsettledFileError, match="'1,234' can be a number of thousands") as caught:
        read(*rows)
    assert caught.value.option == "decimal"
    assert read(*rows, decimal=",").bars[0].close.tolist() == [1.234, 1.345]
    assert read(*rows, decimal=".").bars[0].close.tolist() == [1234.0, 1345.0]


def test_both_writings_in_one_file_are_asked_about_and_one_of_them_refused(read: Any) -> None:
    rows = ["2020-01-01;1,5;1", "2020-01-02;1.5;2"]
    with pytest.raises(UnsettledFileError, match="both decimal points") as caught:
        read(*rows)
    assert caught.value.option == "decimal"
    with pytest.raises(BarFileError, match="line 2: the close is '1,5'"):
        read(*rows, decimal=".")


@pytest.mark.parametrize(
    "cell", ["12,34,56", "1.2.3", "0x10", "1_000", "5 apples", "--5", "1e", "12.345,6.7"]
)
def test_what_is_no_number_is_refused(read: Any, cell: str) -> None:
    with pytest.raises(BarFileError, match="line 3: the close is"):
        read("2020-01-01;5;1", f"2020-01-02;{cell};1", "2020-01-03;6;1", decimal=".")


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_delimiters(read: Any, sign: str) -> None:
    found = read(sign.join(("2020-01-01", "1.5", "1")), sign.join(("2020-01-02", "2.5", "2")), sign=sign)
    assert found.understood.delimiter == sign
    assert found.bars[0].close.tolist() == [1.5, 2.5]


def test_a_delimiter_that_has_to_be_said(tmp_path: Path) -> None:
    path = tmp_path / "X.csv"
    path.write_text("date close\n2020-01-01 1.5\n2020-01-02 2.5\n")
    with pytest.raises(UnsettledFileError, match="No sign divides") as caught:
        read_file(path)
    assert caught.value.option == "delimiter"
    said = ImportOptions(delimiter=" ")
    assert read_file(path, said, lambda _: "24/7").bars[0].close.tolist() == [1.5, 2.5]
