"""``tradewind factors``."""

import numpy as np
import pytest
import talib

from tradewind.factors.checks import Violation


def test_list_by_group(tw):
    every = tw("factors", "list", "--json").json()
    momentum = tw("factors", "list", "--group", "momentum", "--json").json()
    assert len(every) >= 400
    assert 0 < len(momentum) < len(every)
    assert {card["group"] for card in momentum} == {"momentum"}
    assert "rsi_14" in tw("factors", "list", "--group", "momentum").out


def test_describe_counts_the_lag(tw):
    plain = tw("factors", "describe", "rsi_14", "--json").json()
    later = tw("factors", "describe", "rsi_14.lag3", "--json").json()
    assert plain["source"] == "Wilder (1978)"
    assert later["first_valid"] == plain["first_valid"] + 3
    assert "Wilder" in tw("factors", "describe", "rsi_14").out


def test_compute_equals_an_independent_library(tw, home):
    done = tw("factors", "compute", "AAPL", "rsi_14,roc_10", "--rows", "50", "--home", home, "--json")
    rows = done.json()["rows"]
    # Adjusted for splits alone: since the last of them, prices are as they traded.
    shown = tw("data", "show", "AAPL", "--rows", "900", "--home", home, "--json").json()
    close = np.array([bar["close"] for bar in shown["last_bars"]])
    np.testing.assert_allclose([row["rsi_14"] for row in rows], talib.RSI(close, 14)[-50:], rtol=1e-9)
    assert rows[-1]["time"] == shown["last"]


@pytest.fixture(scope="module")
def own_home(tmp_path_factory):
    """A home that these tests fill themselves."""
    return tmp_path_factory.mktemp("own")


def test_a_short_span_is_warmed_up_on_the_bars_before_it(tw, own_home):
    words = ("factors", "compute", "MSFT", "rsi_14,sma_200", "--end", "2020-01-10", "--home", own_home)
    done = tw(*words, "--start", "2020-01-01")
    assert done.code == 0, done.err
    said = tw(*words, "--start", "2020-01-01", "--json").json()
    assert [row["time"][:10] for row in said["rows"]] == [
        f"2020-01-{day}" for day in ("02", "03", "06", "07", "08", "09")
    ]
    assert said["bars_before"] == said["bars_needed"] >= 200
    assert f"{said['bars_before']} bars before 2020-01-01 were read to warm up." in done.err
    shown = tw("data", "show", "MSFT", "--rows", "9000", "--home", own_home, "--json").json()["last_bars"]
    close = np.array([bar["close"] for bar in shown])
    at = [i for i, bar in enumerate(shown) if "2020-01-01" <= bar["time"] < "2020-01-10"]
    for name, reference in (("rsi_14", talib.RSI(close, 14)), ("sma_200", talib.SMA(close, 200))):
        np.testing.assert_allclose([row[name] for row in said["rows"]], reference[at], rtol=1e-6)


def test_history_that_lacks_is_said(tw, own_home):
    words = ("factors", "compute", "MSFT", "sma_200", "--home", own_home)
    done = tw(*words, "--start", "2015-04-10", "--end", "2015-05-01")
    assert done.code == 0, done.err
    assert "6 bars before 2015-04-10 were read to warm up, " in done.err
    assert "earlier history is not there" in done.err
    said = tw(*words, "--start", "2015-04-10", "--end", "2015-05-01", "--json").json()
    assert {row["sma_200"] for row in said["rows"]} == {None}


def test_a_span_without_a_bar_is_an_error(tw, own_home):
    done = tw(
        "factors",
        "compute",
        "MSFT",
        "rsi_14",
        "--start",
        "2020-01-04",
        "--end",
        "2020-01-05",
        "--home",
        own_home,
    )
    assert done.code == 4
    assert "There is no bar of MSFT.XNAS from 2020-01-04 to 2020-01-05" in done.one_error()


def test_compute_says_what_an_instrument_cannot_have(tw, home):
    # The sample's index ends before its coin begins.
    words = ("BTCUSD", "ret_5", "corr_spy_60", "--start", "2020-01-01", "--end", "2021-04-01", "--home", home)
    said = tw("factors", "compute", *words, "--rows", "1", "--json").json()
    assert said["absent"] == ["corr_spy_60"]
    assert said["rows"][0]["corr_spy_60"] is None
    assert isinstance(said["rows"][0]["ret_5"], float)
    assert "lacks what corr_spy_60 need" in tw("factors", "compute", *words).err


def test_check_finds_nothing_in_honest_factors(tw, home):
    words = ("rsi_14,macd_hist", "--symbols", "AAPL", "--bars", "300", "--home", home)
    done = tw("factors", "check", *words)
    assert (done.code, done.out) == (0, "2 of 2 factors hold on 300 bars of AAPL.XNAS.\n")
    assert "Checking: 2 of 2" in done.err
    assert tw("factors", "check", *words, "--json").json()["violations"] == []


@pytest.mark.parametrize(("check", "code"), [("future", 8), ("settle", 1)])
def test_check_ends_with_a_code_of_its_own(tw, home, monkeypatch, check, code):
    found = [Violation("rsi_14", check, "it moved")]
    monkeypatch.setattr("tradewind.app.research.factor_desk.check_factors", lambda *_, **__: found)
    done = tw("factors", "check", "rsi_14", "--symbols", "AAPL", "--home", home)
    assert done.code == code
    assert f"rsi_14: {check}: it moved" in done.out


def test_catalogue_is_markdown(tw, tmp_path):
    page = tw("factors", "catalogue").out
    assert page.startswith("# Factors\n")
    assert "| `rsi_14` |" in page
    file = tmp_path / "factors.md"
    assert tw("factors", "catalogue", "--to", file).code == 0
    assert file.read_text() == page
    done = tw("factors", "catalogue", "--to", tmp_path / "no" / "where.md")
    assert (done.code, "cannot be written" in done.one_error()) == (2, True)


def test_an_unknown_group_lists_the_groups(tw):
    done = tw("factors", "list", "--group", "magic")
    assert (done.code, "volatility" in done.one_error()) == (2, True)
