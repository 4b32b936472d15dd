"""``tradewind data import``: files that people have, all the way into the store and out of it again."""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from tradewind.journal.opening import open_reader

FIXTURES = Path(__file__).parents[1] / "data" / "importing" / "fixtures"


@pytest.fixture
def own(tmp_path):
    return tmp_path / "home"


def test_a_folder_is_imported_judged_and_can_be_looked_at(tw, own):
    done = tw("data", "import", FIXTURES / "csvdir", "--home", own, "--json")
    assert done.code == 0, done.err
    said = done.json()
    assert [one["instrument_id"] for one in said["stored"]] == ["AAPL.XNAS", "IBM.XNYS"]
    assert [(one["bars"], one["source"], one["actions"]) for one in said["stored"]] == [
        (10, "files", 2),
        (10, "files", 1),
    ]
    assert [file["shape"] for file in said["files"]] == ["csvdir", "csvdir"]
    assert said["made"] == []
    shown = tw("data", "show", "IBM", "--home", own, "--json").json()
    assert (shown["bars"], shown["source"], shown["last"]) == (10, "files", "2020-01-15T21:00:00Z")
    # What was imported is what research and sessions load.
    loaded = tw(
        "data", "load", "IBM", "--start", "2020-01-01", "--end", "2020-02-01", "--home", own, "--json"
    )
    assert loaded.json()["loaded"][0]["source"] == "files"
    # Factors of it need no span: all of its bars are meant.
    computed = tw("factors", "compute", "IBM", "ret_1,sma_3", "--rows", "20", "--home", own, "--json")
    assert computed.code == 0, computed.err
    assert len(computed.json()["rows"]) == 10


def test_importing_again_changes_no_byte(tw, own, contents):
    words = ("data", "import", FIXTURES / "csvdir", "--home", own, "--json")
    assert tw(*words).json()["unchanged"] == []
    before = contents(own)
    assert tw(*words).json()["unchanged"] == ["AAPL.XNAS", "IBM.XNYS"]
    assert contents(own) == before


def test_a_dry_run_shows_what_is_understood_and_stores_nothing(tw, own):
    done = tw("data", "import", FIXTURES / "german_SIE.csv", "--symbol", "SIE", "--currency", "EUR",
              "--calendar", "XETR", "--dry-run", "--home", own)  # fmt: skip
    assert done.code == 0, done.err
    for words in (
        "named-columns",
        "SIE.OWN",
        "day-first",
        "3 of 10 rows can be read in no other way",
        "XETR",
    ):
        assert words in done.out
    assert "nothing is stored" in done.out
    assert not own.exists()


@pytest.mark.parametrize(
    ("name", "words", "option"),
    [
        ("EURUSD60.csv", "has no zone", "--zone"),
        (
            "german_SIE.csv",
            "Nobody says on which days SIE is traded, which is paid in EUR",
            "calendar",
        ),
        ("BTCUSDT-1m-2020-01.csv", "too few to tell the smallest step", "--tick"),
    ],
)
def test_what_a_file_does_not_say_is_asked_for(tw, own, name, words, option):
    said = ("--symbol", "SIE", "--currency", "EUR") if "SIE" in name else ()
    done = tw("data", "import", FIXTURES / name, *said, "--home", own)
    assert done.code != 0
    error = done.one_error()
    assert words in error
    assert option in error


def test_one_bad_file_does_not_stop_the_others(tw, own, tmp_path):
    folder = tmp_path / "prices"
    shutil.copytree(FIXTURES / "csvdir", folder)
    (folder / "BAD.csv").write_text("Date,Close\n2020-01-02,1\n2020-01-03,oops\n")
    (folder / "notes.md").write_text("words")
    done = tw("data", "import", folder, "--home", own, "--json")
    assert done.code == 4
    said = done.json()
    assert len(said["stored"]) == 2
    (failed,) = said["failed"]
    assert failed["file"] == str(folder / "BAD.csv")
    assert "line 3: the close is 'oops'" in failed["error"]
    assert said["left_out"] == [
        {"file": str(folder / "notes.md"), "why": "its name does not end as a table's"}
    ]
    assert done.err.count("Error: ") == 1
    again = tw("data", "import", folder, "--skip-bad-rows", "--home", own)
    assert again.code == 0
    assert "line 3: the close is 'oops'" in again.out


def test_a_wrong_zone_is_put_right_by_importing_anew(tw, own):
    words = ("data", "import", FIXTURES / "EURUSD60.csv", "--home", own, "--json")
    assert tw(*words, "--zone", "UTC").json()["stored"][0]["first"] == "2020-01-02T10:00:00Z"
    (stored,) = tw(*words, "--zone", "Europe/Athens", "--replace").json()["stored"]
    assert (stored["bars"], stored["first"]) == (10, "2020-01-02T08:00:00Z")
    shown = tw("data", "show", "EURUSD", "--timeframe", "1h", "--home", own, "--json").json()
    assert (shown["bars"], shown["last"]) == (10, "2020-01-02T17:00:00Z")


def test_prices_of_two_bases_are_not_spliced(tw, own):
    words = ("data", "import", FIXTURES / "aapl_us_d.csv", "--home", own)
    assert tw(*words).code == 0
    refused = tw(*words, "--basis", "adjusted")
    assert refused.code == 5
    assert "adjusted" in refused.one_error()
    assert tw(*words, "--basis", "adjusted", "--replace").code == 0
    assert tw("data", "show", "AAPL", "--home", own, "--json").json()["adjusted"] is True


def test_instruments_are_described_by_what_is_said(tw, own):
    done = tw("data", "import", FIXTURES / "BTCUSDT-1h-2025-01.csv", "--venue", "binance", "--tick", "0.01",
              "--home", own, "--json")  # fmt: skip
    (made,) = done.json()["made"]
    assert made == {
        "instrument_id": "BTC/USDT.BINANCE",
        "asset_class": "crypto",
        "currency": "USDT",
        "calendar": "24/7",
        "tick": "0.01",
    }
    listed = tw("data", "instruments", "--home", own, "--json").json()
    assert "BTC/USDT.BINANCE" in [one["instrument_id"] for one in listed]


def test_words_that_cannot_be(tw, own):
    path = FIXTURES / "aapl_us_d.csv"
    for said, words in (
        (("--day-first", "--month-first"), "cannot both"),
        (("--source", "yahoo"), "name of a source"),
        (("--zone", "Mars/Olympus"), "No time zone"),
        (("--stamped", "middle"), "stamped is 'middle'"),
        (("--shape", "round"), "no shape of file called 'round'"),
    ):
        done = tw("data", "import", path, *said, "--home", own)
        assert done.code == 2, said
        assert words in done.one_error()
    assert "No such file" in tw("data", "import", own / "none.csv", "--home", own).one_error()


OWN = """
import tradewind as tw


class Holds(tw.Strategy):
    def on_bar(self, bar, now):
        return 0.1
"""


def days(folder, name, count, start=0, price=50.0):
    lines = ["date,open,high,low,close,volume"]
    first = date(2021, 1, 4)
    for i in range(start, start + count):
        day, close = first + timedelta(days=i + 2 * (i // 5)), price + (i % 7)
        lines.append(f"{day},{close},{close + 1},{close - 1},{close},1000")
    (folder / name).write_text("\n".join(lines) + "\n")


def test_an_own_strategy_without_symbols_trades_what_the_home_has_imported(tw, tmp_path):
    folder, own = tmp_path / "files", tmp_path / "home"
    folder.mkdir()
    days(folder, "ABC.csv", 80)
    days(folder, "XYZ.csv", 80, price=20.0)
    mine = tmp_path / "mine.py"
    mine.write_text(OWN)
    done = tw("data", "import", folder, "--currency", "USD", "--home", own, "--json")
    assert done.code == 0, done.err
    done = tw("backtest", "--strategy", mine, "--home", own, "--json")
    assert done.code == 0, done.err
    with open_reader(Path(json.loads(done.out)["journal"])) as reader:
        started = next(iter(reader.read(1, 2))).event
    assert sorted(one.symbol for one in started.instruments) == ["ABC", "XYZ"]


def test_a_note_names_its_file_where_many_are_imported(tw, tmp_path):
    folder, own = tmp_path / "files", tmp_path / "home"
    folder.mkdir()
    days(folder, "ABC.csv", 30)
    days(folder, "XYZ.csv", 30)
    assert tw("data", "import", folder, "--currency", "USD", "--home", own).code == 0
    days(folder, "XYZ.csv", 30, price=60.0)
    done = tw("data", "import", folder, "--currency", "USD", "--home", own)
    (note,) = [line for line in done.out.splitlines() if "other than those imported before" in line]
    assert note.startswith("Note (")
    assert "XYZ.csv" in note
    assert "ABC.csv" not in note
