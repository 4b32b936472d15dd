"""``import tradewind as tw`` in a script: a folder, frames or symbols to a backtest, in few lines."""

import hashlib
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import tradewind as tw
from tradewind.app.market.history import EVER, load_series
from tradewind.app.market.import_names import Naming
from tradewind.app.market.importing import import_path, options_of
from tradewind.app.market.instrument_config import InstrumentConfig
from tradewind.app.market.workspace import open_workspace
from tradewind.core.errors import ConfigError, DataError, NoDataError, StrategyError, TradewindError
from tradewind.core.events import SessionStarted
from tradewind.journal.opening import open_reader

pytestmark = pytest.mark.filterwarnings("ignore:Entries")


class SmaCross(tw.Strategy):
    """Long while the fast average is above the slow one."""

    fast: int = 5
    slow: int = 20

    def on_bar(self, bar: tw.Bar, now: tw.Moment) -> float | None:
        closes = now.closes(self.slow)
        if len(closes) < self.slow:
            return None
        return 0.25 if closes[-self.fast :].mean() > closes.mean() else 0.0


def walk(seed: int, days: int = 260) -> pd.DataFrame:
    """Made-up daily bars of the New York calendar's weekdays, holidays left out."""
    from tradewind.data.calendars import trading_days

    span = trading_days("XNYS", 1_577_836_800_000_000_000, 1_640_995_200_000_000_000)
    dates = pd.to_datetime(np.asarray(span.day)[:days], unit="D")
    rng = np.random.default_rng(seed)
    close = np.round(50 * np.exp(np.cumsum(rng.normal(0.0005, 0.012, len(dates)))), 2)
    open_ = np.concatenate([[50.0], close[:-1]])
    frame = {"open": open_, "high": np.maximum(open_, close), "low": np.minimum(open_, close), "close": close}
    return pd.DataFrame({**frame, "volume": 1e6}, index=pd.Index(dates, name="date"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("face")


@pytest.fixture(scope="module")
def data(home: Path) -> tw.Data:
    return tw.load({"AAA": walk(1), "BBB": walk(2)}, home=home / "home")


@pytest.fixture(scope="module")
def result(data: tw.Data) -> tw.Result:
    return tw.backtest(SmaCross(), data)


def test_frames_of_pandas_and_polars_and_files_load_alike(home: Path, data: tw.Data) -> None:
    frame = walk(1)
    polars = pl.from_pandas(frame.reset_index())
    folder = home / "files"
    folder.mkdir()
    frame.to_csv(folder / "AAA.csv")
    frame.reset_index().to_feather(folder / "BBB.feather")
    again = tw.load(folder, home=home / "other")
    alone = tw.load(polars, symbol="AAA", home=home / "third")
    for one in (data["AAA"], again["AAA"], again["BBB"], alone["AAA"]):
        np.testing.assert_array_equal(one["close"], frame["close"])
        assert str(one.index.tz) == "UTC"
    assert data.symbols == ("AAA.OWN", "BBB.OWN")
    assert "260 bars" in repr(data)
    assert "<table>" in data._repr_html_()


def test_a_backtest_gives_figures_curves_and_trades_that_agree(result: tw.Result) -> None:
    stats, equity, trades = result.stats(), result.equity, result.trades
    assert equity.index.is_monotonic_increasing
    assert len(trades) > 3
    held_to_the_end = abs(equity.iloc[-1] / 1_000.0 - 100.0 - float(stats["returns.total_return_pct"]))
    assert held_to_the_end < 1e-9
    fills = result.orders[result.orders["state"] == "filled"]
    assert len(fills) >= 2 * len(trades)
    assert int(stats["trades.trades"]) == len(trades)
    assert "svg" in result.plot()._repr_html_()
    assert "<table>" in result._repr_html_()
    shown = repr(result).splitlines()
    assert result.name in shown[0]
    assert len(shown) < 25  # a page of all figures is stats()
    total = next(line for line in shown if "Total return" in line)
    assert f"{result.stats()['returns.total_return_pct']:.2f}".lstrip("-") in total
    story = str(result.explain(fills["client_order_id"].iloc[0]))
    assert "SmaCross" in story
    assert "Its parameters: " in story
    assert "No model voted" not in story


def test_the_start_of_a_backtest_in_python_has_plug_ins_parameters_and_the_hash_of_the_file(
    result: tw.Result,
) -> None:
    with open_reader(result.journal) as reader:
        begun = next(iter(reader.read_kind(SessionStarted))).event
    assert isinstance(begun, SessionStarted)
    (terms,) = begun.strategies
    assert terms.parameters["sha256"] == hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    assert terms.own_parameters == {"fast": SmaCross.fast, "slow": SmaCross.slow}
    assert {"position_limit", "cash"} <= set(begun.plugins["rules"])
    assert begun.plugins["strategies"] == ("own",)


def test_nothing_fills_at_a_price_of_the_bar_that_it_was_decided_on(result: tw.Result, data: tw.Data) -> None:
    for row in result.orders.itertuples():
        fill = row.fills[0]
        assert fill["ts"] > row.requested
        opened = data[row.instrument_id]["open"]
        later = opened[opened.index > pd.Timestamp(row.requested)].iloc[0]
        assert abs(float(fill["price"]) / later - 1.0) < 0.005  # the next open, with spread and impact


def test_each_run_has_a_journal_of_its_own_and_the_same_figures(data: tw.Data, result: tw.Result) -> None:
    again = tw.backtest(SmaCross(), data)
    assert again.journal != result.journal
    assert again.journal.exists()
    pd.testing.assert_series_equal(again.equity, result.equity)
    with pytest.raises(ConfigError, match="was run before"):
        tw.backtest(SmaCross(), data, name=result.name)


@pytest.mark.filterwarnings("default")
def test_what_kept_it_from_trading_is_a_warning_and_a_note(data: tw.Data) -> None:
    with pytest.warns(UserWarning, match="blocked by drawdown since 20"):
        stopped = tw.backtest(SmaCross(), data, risk={"drawdown": {"limit": 0.001}})
    assert "blocked by drawdown" in stopped.notes[-1]
    with pytest.warns(UserWarning, match="Not one order was sent"):
        tw.backtest(lambda bar, now: None, data)
    with (
        pytest.warns(UserWarning, match="Not one order was sent"),
        pytest.warns(UserWarning, match="Less than one lot was wanted of"),
    ):
        tw.backtest(lambda bar, now: tw.Target(quantity=0.3), data)


SEEN: dict[str, int] = {}


def count(name: str) -> None:
    SEEN[name] = SEEN.get(name, 0) + 1  # no strategy: nobody is told of it


class Counts(tw.Strategy):
    """Buys for as long as it has seen few bars, in all runs together."""

    def on_bar(self, bar: tw.Bar, now: tw.Moment) -> float:
        SEEN[bar.instrument_id] = SEEN.get(bar.instrument_id, 0) + 1
        return 0.2 if SEEN[bar.instrument_id] < 300 else 0.0


@pytest.mark.filterwarnings("default")
def test_what_a_strategy_keeps_outside_of_itself_is_named_as_the_next_run_begins_with_it(
    data: tw.Data,
) -> None:
    said = r"test_python_face\.py, line \d+: Counts changes SEEN\[bar\.instrument_id\]"
    with pytest.warns(UserWarning, match=said):
        first = tw.backtest(Counts(), data)
    with pytest.warns(UserWarning, match=said):
        second = tw.backtest(Counts(), data)
    assert first.equity.iloc[-1] != second.equity.iloc[-1]
    (note,) = (one for one in first.notes if "changes SEEN" in one)
    assert "the next run begins with that" in note


def test_a_file_and_signals_run_like_an_object(home: Path, data: tw.Data, result: tw.Result) -> None:
    file = home / "mine.py"
    file.write_text(
        textwrap.dedent(
            """
            import tradewind as tw

            class SmaCross(tw.Strategy):
                fast: int = 5
                slow: int = 20

                def on_bar(self, bar, now):
                    closes = now.closes(self.slow)
                    if len(closes) < self.slow:
                        return None
                    return 0.25 if closes[-self.fast:].mean() > closes.mean() else 0.0
            """
        ),
        "utf-8",
    )
    from_file = tw.backtest(file, data)
    pd.testing.assert_series_equal(from_file.equity, result.equity)
    other = tw.backtest(f"{file}:SmaCross", data, parameters={"fast": 3})
    assert not other.equity.equals(result.equity)
    signals = home / "signals.csv"
    signals.write_text("date,AAA,BBB\n2020-02-03,0.2,\n2020-05-01,0,0.1\n", "utf-8")
    traded = tw.backtest(signals, data)
    assert set(traded.orders["instrument_id"]) == {"AAA.OWN", "BBB.OWN"}


def test_factors_are_those_of_the_command_line_and_know_nothing_later(data: tw.Data) -> None:
    whole = tw.compute_factors(data, ["rsi_14", "ret_1"])
    close = data["AAA"]["close"]
    np.testing.assert_allclose(whole["AAA.OWN", "ret_1"], close.pct_change(), rtol=1e-12)
    assert whole.columns.names == ["instrument", "factor"]


@pytest.mark.parametrize(
    ("act", "kind", "said"),
    [
        (lambda data: tw.backtest(SmaCross, data), ConfigError, r"SmaCross is a class.*SmaCross\(\)"),
        (
            lambda data: tw.backtest(SmaCross(), data, start="2021-01-01", end="2020-01-01"),
            Exception,
            "holds nothing",
        ),
        (lambda data: tw.backtest(SmaCross(), data, risk={"drawdwon": {}}), ConfigError, "drawdwon"),
        (lambda data: tw.backtest("nowhere.py", data), ConfigError, r"nowhere\.py cannot be read"),
        (lambda data: tw.backtest(7, data), ConfigError, "7 is no strategy"),
        (lambda data: tw.load([]), ConfigError, "nothing that can be loaded"),
        (lambda data: tw.load("NOTHING"), TradewindError, "NOTHING"),
        (lambda data: data["MSFT"], NoDataError, r"MSFT\.XNAS is not in this data"),
        (lambda data: tw.compute_factors(data, "rsi_x"), TradewindError, "rsi_x"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    data: tw.Data, act: object, kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said):
        act(data)  # type: ignore[operator]


def test_an_error_of_the_strategy_names_its_line(data: tw.Data) -> None:
    class Broken(tw.Strategy):
        def on_bar(self, bar: tw.Bar, now: tw.Moment) -> float:
            return 1 / 0

    with pytest.raises(
        StrategyError, match=r"Broken\.on_bar failed in .*test_python_face\.py, line \d+: ZeroDiv"
    ):
        tw.backtest(Broken(), data)


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = "{'numpy', 'pandas', 'polars', 'numba', 'pydantic'}"
    code = f"import sys, tradewind; print(sorted({heavy} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_the_four_line_script_works_with_costs_on(data: tw.Data) -> None:
    def cross(bar: tw.Bar, now: tw.Moment) -> float:
        return 0.25 * (now.closes(5).mean() > now.closes(20).mean())

    result = tw.backtest(cross, data)
    assert result.name.startswith("cross-")
    assert float(result.stats()["costs.commission"]) > 0
    assert tw.backtest(lambda bar, now: 0.1, data).name.startswith("lambda-")


def test_frames_are_kept_apart_from_what_was_imported_and_from_each_other(home: Path) -> None:
    folder = home / "apart"
    folder.mkdir()
    walk(3).to_csv(folder / "AAA.csv")
    imported = tw.load(folder / "AAA.csv", home=home / "kept")
    half = walk(3).iloc[100:200] * 1.03
    framed = tw.load({"AAA": half}, home=home / "kept")
    np.testing.assert_array_equal(framed["AAA"]["close"], half["close"])
    again = tw.load(folder / "AAA.csv", home=home / "kept")
    pd.testing.assert_frame_equal(again["AAA"], imported["AAA"])
    result = tw.backtest(SmaCross(), framed)
    assert result.journal.parent == home / "kept" / "journals"


def test_a_folder_of_two_timeframes_says_how_to_load_either(home: Path) -> None:
    """And what it says works as it stands."""
    folder = home / "both"
    folder.mkdir()
    walk(3).to_csv(folder / "AAA.csv")
    hours = pd.date_range("2020-03-02 15:00", periods=30, freq="h", tz="UTC", name="time")
    hourly = walk(4).iloc[:30].set_axis(hours)
    hourly.to_csv(folder / "EURUSD.csv")
    with pytest.raises(ConfigError, match="bars of 1d, 1h") as refused:
        tw.load(folder, home=home / "two")
    call = refused.value.next_step.partition(", as ")[2].rstrip(".")
    loaded = eval(call, {"tw": tw})  # the words of our own error
    assert list(loaded.series) == ["AAA.OWN"]
    assert loaded.timeframe == "1d"
    with pytest.raises(ConfigError, match="Give those of one timeframe at a time"):
        tw.load({"AAA": walk(3), "EURUSD": hourly}, home=home / "two")


def test_a_file_that_has_changed_takes_the_place_of_what_it_was_and_an_import_says_what_differs(
    home: Path,
) -> None:
    folder = home / "changed"
    folder.mkdir()
    file = folder / "AAA.csv"
    walk(3).to_csv(file)
    config = tw.load(folder, home=home / "changes").config
    half = walk(3).iloc[100:200] * 1.03
    half.to_csv(file)
    imported = import_path(open_workspace(config), file, options_of(), Naming())
    assert "100 of 100 closes of AAA.OWN are other" in imported.files[0].notes[0]
    assert imported.stored[0].bars == 260
    np.testing.assert_array_equal(tw.load(folder, home=home / "changes")["AAA"]["close"], half["close"])


def test_days_that_were_stamped_by_another_calendar_are_not_used(home: Path) -> None:
    walk(3).to_csv(home / "CCC.csv")
    data = tw.load(home / "CCC.csv", home=home / "london")
    config = data.config.model_copy(update={"instruments": {"CCC": InstrumentConfig(calendar="XLON")}})
    with pytest.raises(DataError, match="imported by the calendar XNYS, and it now has XLON"):
        load_series(open_workspace(config), ["CCC"], EVER)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (42, "42 is nothing that can be loaded"),
        (["a.csv", "b.csv"], "'a.csv' is a file, and one of several"),
        ("nowhere.csv", "nowhere"),
        (pd.DataFrame({"Volume": [1.0, 2.0]}, index=pd.to_datetime(["2020-01-02", "2020-01-03"])), "."),
    ],
)
def test_what_is_no_data_is_refused(home: Path, source: object, said: str) -> None:
    with pytest.raises(TradewindError, match=said):
        tw.load(source, home=home / "refused", symbol="AAA")
