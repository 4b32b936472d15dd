"""``tradewind data`` on the sample's real history."""

import csv
import math

import pyarrow.parquet as pq
import pytest


def test_load_says_what_was_found(tw, home):
    done = tw("data", "load", "AAPL", "BTC-USD", "--home", home, "--json")
    assert done.code == 0
    assert done.err == ""
    apple, coin = done.json()["loaded"]
    # 3,270 sessions of the sample's file; a split in 2000 and one in 2005 among its actions.
    assert (apple["instrument_id"], apple["bars"], apple["first"][:10]) == ("AAPL.XNAS", 3270, "2000-03-01")
    assert coin["instrument_id"] == "BTC/USD.KRAKEN"
    assert coin["repairs"] == {"drop_incomplete": 4}
    assert coin["findings"]["missing_values"] == 4
    assert coin["actions"] is None
    assert 0 < coin["score"] < apple["score"] <= 100


def test_loading_again_changes_no_byte(tw, home, contents):
    before = contents(home)
    assert tw("data", "load", "AAPL,BTCUSD", "--home", home).code == 0
    assert contents(home) == before


def test_load_shows_a_table_and_progress(tw, home):
    done = tw("data", "load", "AAPL", "--home", home)
    assert "AAPL" in done.out
    assert "3,270" in done.out
    assert "…" not in done.out
    assert "Loading: 1 of 1 AAPL.XNAS" in done.err


def test_one_symbol_without_data_does_not_stop_the_others(tw, tmp_path):
    words = ("VIX,NFLX", "--start", "2020-01-01", "--end", "2021-01-01", "--home", tmp_path, "--json")
    done = tw("data", "load", *words)
    assert done.code == 4
    said = done.json()
    assert [one["instrument_id"] for one in said["loaded"]] == ["NFLX.XNAS"]
    assert [one["instrument_id"] for one in said["failed"]] == ["VIX.CBOE"]
    assert done.err.count("Error: VIX.CBOE: The sample has no bar of VIX") == 1


def test_show_reads_the_store(tw, home):
    done = tw("data", "show", "btc/usd", "--rows", "2", "--home", home, "--json")
    said = done.json()
    assert (said["bars"], said["synthetic"], len(said["last_bars"])) == (451, False, 2)
    assert said["last_bars"][-1]["time"] == said["last"]
    assert said["last_bars"][-1]["close"] == pytest.approx(58917.69, abs=0.01)
    assert "58,917.69" in tw("data", "show", "BTCUSD", "--home", home).out


def test_a_line_for_the_eye_bridges_holes_and_marks_them(tw, home):
    words = ("data", "show", "BTCUSD", "--rows", "100000", "--home", home, "--json")
    bars, line = tw(*words).json()["last_bars"], tw(*words, "--line").json()["line"]
    real = {point["time"]: point["close"] for point in line if not point["bridged"]}
    assert real == {bar["time"]: bar["close"] for bar in bars}
    at = next(k for k, point in enumerate(line) if point["bridged"])
    assert (
        min(p["close"] for p in line[at - 1 :])
        <= line[at]["close"]
        <= max(p["close"] for p in line[at - 1 :])
    )
    assert "bridged" in tw("data", "show", "BTCUSD", "--line", "--home", home).out


def test_adjusted_prices_differ_before_the_split_alone(tw, home):
    words = ("data", "show", "AAPL", "--rows", "4000", "--home", home, "--json")
    raw = tw(*words).json()["last_bars"]
    adjusted = tw(*words, "--adjusted").json()["last_bars"]
    # Apple was split two for one on 2000-06-21 and on 2005-02-28, with dividends from 2012-08 on.
    assert raw[0]["close"] / adjusted[0]["close"] > 4.0
    assert raw[-1]["close"] == pytest.approx(adjusted[-1]["close"])


def test_quality_puts_the_worst_first(tw, home):
    scores = [one["score"] for one in tw("data", "quality", "--home", home, "--json").json()]
    assert len(scores) >= 2  # other tests load series into the same home
    assert scores == sorted(scores)
    assert "completeness" in tw("data", "quality", "BTCUSD", "--home", home).out


def test_quality_of_an_empty_home_says_how_to_fill_it(tw, tmp_path):
    done = tw("data", "quality", "--home", tmp_path)
    assert (done.code, done.out.startswith("Nothing is stored yet")) == (0, True)
    assert tw("data", "quality", "--home", tmp_path, "--json").json() == []


def test_instruments_and_providers(tw):
    known = {one["instrument_id"]: one for one in tw("data", "instruments", "--json").json()}
    assert known["USD/JPY.IDEALPRO"]["quote_currency"] == "JPY"
    assert "AAPL" in tw("data", "instruments").out
    names = {one["name"] for one in tw("data", "providers", "--json").json()}
    assert {"sample", "yahoo"} <= names
    assert "sample" in tw("data", "providers").out


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_export_holds_what_is_stored(tw, home, tmp_path, ending):
    file = tmp_path / f"aapl.{ending}"
    named = (file,) if ending == "csv" else ("--to", file)
    done = tw("data", "export", "AAPL", *named, "--home", home, "--json")
    assert done.json()["rows"] == 3270
    if ending == "csv":
        with file.open(newline="") as lines:
            rows = list(csv.DictReader(lines))
    else:
        rows = pq.read_table(file).to_pylist()
    shown = tw("data", "show", "AAPL", "--rows", "1", "--home", home, "--json").json()["last_bars"][0]
    assert rows[-1]["time"] == shown["time"]
    assert math.isclose(float(rows[-1]["close"]), shown["close"], rel_tol=0.0)


def test_an_hdf5_export_is_read_by_its_own_library_and_made_again_byte_for_byte(tw, home, tmp_path):
    h5py = pytest.importorskip("h5py")
    done = tw("data", "export", "AAPL", tmp_path / "a.h5", "--home", home, "--json")
    assert done.json()["rows"] == 3270
    tw("data", "export", "AAPL", tmp_path / "a.csv", "--home", home)
    with (tmp_path / "a.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    with h5py.File(tmp_path / "a.h5") as file:
        bars = file["bars"]
        for name in ("open", "high", "low", "close", "volume", "ts_event"):
            assert bars[name][:].tolist() == [float(row[name]) for row in rows]
        said = {
            name: bars.attrs[name] for name in ("instrument_id", "source", "synthetic", "adjusted", "rows")
        }
        assert said == {
            "instrument_id": "AAPL.XNAS",
            "source": rows[0]["source"],
            "synthetic": False,
            "adjusted": False,
            "rows": 3270,
        }
        assert "1970" in bars["ts_event"].attrs["unit"]
    tw("data", "export", "AAPL", tmp_path / "b.hdf5", "--home", home)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.hdf5").read_bytes()


def test_a_backfill_says_what_is_missing_fetches_it_and_has_nothing_left(tw, tmp_path):
    words = ("data", "backfill", "MSFT", "--start", "2003-01-01", "--end", "2012-01-01", "--home", tmp_path)
    plan = tw(*words, "--dry-run", "--json").json()["plan"]
    assert [len(one["pieces"]) for one in plan] == [3]  # of five years each, on a grid of their own
    assert not (tmp_path / "store").exists()
    done = tw(*words, "--json").json()
    (one,) = done["filled"]
    assert (one["fetched"], one["left"], one["error"]) == (3, 0, "")
    assert plan[0]["missing_bars"] == one["bars"]
    (again,) = tw(*words, "--json").json()["filled"]
    assert (again["fetched"], again["bars"]) == (0, 0)
    (series,) = tw("data", "gaps", "MSFT", "--home", tmp_path, "--json").json()
    assert (series["missing"], series["stored"], series["holes"]) == (0, one["bars"], [])
    assert "Still to be fetched" in tw(*words, "--dry-run").out
    assert "XNYS" in tw("data", "gaps", "--home", tmp_path).out


def test_gaps_are_counted_by_the_sources_own_days(tw, tmp_path):
    """Euro rates of the sample are the ECB's fixings: its holidays are no gaps, a day taken out is one."""
    tw("data", "load", "EURUSD", "--start", "2010-01-01", "--end", "2011-01-01", "--home", tmp_path)
    (series,) = tw("data", "gaps", "EURUSD", "--home", tmp_path, "--json").json()
    assert series["calendar"] == "ECB"
    assert series["missing"] == 0
    tw("data", "load", "EURUSD", "--start", "2011-02-01", "--end", "2012-01-01", "--home", tmp_path)
    (series,) = tw("data", "gaps", "EURUSD", "--home", tmp_path, "--json").json()
    (hole,) = series["holes"]
    assert (hole["bars"], hole["why"]) == (21, "never asked for")  # TARGET days of January 2011
    assert "backfill" in tw("data", "gaps", "--home", tmp_path).out
    assert tw("data", "gaps", "--home", tmp_path / "none").out.startswith("Nothing is stored")


def test_export_never_writes_over_a_file_unasked(tw, home, tmp_path):
    file = tmp_path / "kept.csv"
    file.write_text("mine")
    done = tw("data", "export", "AAPL", "--to", file, "--home", home)
    assert (done.code, file.read_text()) == (2, "mine")
    assert "kept.csv exists already" in done.one_error()
    assert tw("data", "export", "AAPL", "--to", file, "--overwrite", "--home", home).code == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("export", "AAPL", "--to", "x.xlsx"), 2, "'.xlsx', which names no format"),
        (("export", "AAPL"), 2, "data export names no file"),
        (("export", "AAPL", "a.csv", "--to", "b.csv"), 2, "data export names two files, a.csv and b.csv"),
        (("show", "NFLX"), 5, "No bars of NFLX.XNAS 1d are stored"),
        (("load", "AAPL", "--start", "soon"), 2, "'soon' is not a date"),
        (("load", "AAPL", "--start", "2020-01-01", "--end", "2019-01-01"), 2, "holds nothing"),
        (("load", "AAPL", "--timeframe", "7m"), 2, "no bars of '7m'. Use one of 1m, 5m"),
        (("show", "AAPL", "--timeframe", "7m"), 2, "no bars of '7m'. Use one of 1m, 5m"),
        (("export", "AAPL", "--to", "x.csv", "--timeframe", "1D"), 2, "no bars of '1D'. Use one of 1m, 5m"),
        (("load", "AAPL", "--provider", "nobody"), 2, "no provider called 'nobody'"),
    ],
)
def test_bad_words_are_named(tw, home, contents, words, code, said):
    before = contents(home)
    done = tw("data", *words, "--home", home)
    assert done.code == code
    assert said in done.one_error()
    assert contents(home) == before


@pytest.mark.parametrize("span", [("--start", "0001-01-01"), ("--end", "2999-01-01")])
def test_days_that_no_table_reaches_are_refused_by_name(tw, tmp_path, span):
    done = tw("data", "load", "MSFT", *span, "--home", tmp_path, "--json")
    assert done.code == 2
    assert span[1] in done.err
    assert "lies between" in done.err
