"""What the command line asks of a session: settings, own strategies, and what is refused before work."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tradewind.core.events import SessionStarted
from tradewind.data.describing import usual_instrument
from tradewind.data.raw import RawBars
from tradewind.data.vendors.files.kept import keep_instruments, keep_rows
from tradewind.journal.opening import open_reader

HOLDS = """
import tradewind as tw


class Holds(tw.Strategy):
    weight: float = 0.5

    def on_bar(self, bar, now):
        return self.weight
"""
SPAN = ("--start", "2020-01-02", "--end", "2020-02-01")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with a strategy in it."""
    monkeypatch.chdir(tmp_path)
    Path("holds.py").write_text(HOLDS)
    Path("calm.yaml").write_text("session: {gauges: []}\ncompute: serial\n")
    return tmp_path


def started(journal) -> SessionStarted:
    with open_reader(Path(journal)) as reader:
        event = next(iter(reader.read(1, 2))).event
    assert isinstance(event, SessionStarted)
    return event


def test_options_are_settings_of_the_session(tw, folder):
    words = ("--symbols", "MSFT,NVDA", *SPAN, "--strategy", "holds.py:Holds", "--param", "weight=0.25")
    done = tw("backtest", *words, "--cash", "20000", "-c", "calm.yaml", "--home", "home", "--json")
    assert done.code == 0, done.err
    came = done.json()
    session = json.loads(started(came["journal"]).configuration)["session"]
    assert session["symbols"] == ["MSFT", "NVDA"]
    assert session["window"] == {"start": "2020-01-02", "end": "2020-02-01"}
    assert session["cash"] == 20_000.0
    (strategy,) = session["strategies"]
    assert strategy["use"] == f"{folder}/holds.py:Holds"
    assert strategy["parameters"] == {"weight": 0.25}
    assert came["equity_start"] == 20_000.0
    assert came["orders"] > 0
    assert came["why_no_order"] == ""


def test_a_table_of_signals_says_what_is_traded(tw, folder):
    Path("signals.csv").write_text("time,symbol,weight\n2020-01-06,NVDA,0.3\n2020-01-20,NVDA,0\n")
    done = tw("backtest", "--strategy", "signals.csv", *SPAN, "-c", "calm.yaml", "--home", "home", "--json")
    assert done.code == 0, done.err
    came = done.json()
    assert started(came["journal"]).strategies[0].instrument_ids == ("NVDA.XNAS",)
    assert came["fills"] == 2
    assert came["trades"] == 1


def test_models_and_caps_are_said(tw, folder):
    words = ("--symbols", "MSFT", "--models", "lightgbm", "--quick", *SPAN, "--override-gate")
    done = tw("backtest", *words, "-c", "calm.yaml", "--home", "home", "--json")
    assert done.code == 0, done.err
    came = done.json()
    assert "Capped: lightgbm has 100 trees." in came["notes"]
    first = started(came["journal"])
    assert [model.model for model in first.models] == ["lightgbm"]
    assert json.loads(first.configuration)["research"]["model_parameters"]["lightgbm"] == {"trees": 100}
    assert first.notes == tuple(came["notes"])


def test_a_cap_leaves_what_is_configured(tw, folder):
    Path("calm.yaml").write_text("research: {model_parameters: {lightgbm: {trees: 5}}}\ncompute: serial\n")
    words = ("--symbols", "MSFT", "--models", "lightgbm", "--quick", *SPAN, "--override-gate")
    came = tw("backtest", *words, "-c", "calm.yaml", "--home", "home", "--json").json()
    kept = json.loads(started(came["journal"]).configuration)["research"]["model_parameters"]
    assert kept["lightgbm"] == {"trees": 5}
    assert not [note for note in came["notes"] if note.startswith("Capped")]


PARAMETER = "--param: session.strategies.0.parameters"
REFUSED = [
    (("--start", "2020-05-05", "--end", "2020-01-01"), 2, "--end: session.window: a window from 2020-05-05"),
    (("--start", "yesterday"), 2, "--start: session.window.start"),
    (("--symbols", "MSFT,NOSUCH"), 3, "--symbols: session.symbols: No instrument is called 'NOSUCH'"),
    (("--symbols", "MSFT,msft"), 2, "--symbols: session.symbols names an instrument twice"),
    (("--symbols", ","), 2, "--symbols: session.symbols: at least one is needed"),
    (("--symbols", "VIX"), 2, "VIX, which can be watched but not traded"),
    (("--models", "oracle"), 2, "--models: session.models.0: There is no model called 'oracle'"),
    (("--models", ","), 2, "--models names no model"),
    (("--cash", "0"), 2, "--cash: session.cash"),
    (("--cash", "nan"), 2, "--cash: session.cash"),
    (("--timeframe", "7m"), 2, "--timeframe: session.strategies.0.timeframe: there are no bars of '7m'"),
    (("--strategy", "nosuch.py"), 2, "nosuch.py cannot be read"),
    (("--strategy", "holds.py:Other"), 2, "--strategy: session.strategies.0.use"),
    (
        ("--strategy", "holds.py", "--param", "wait=1"),
        2,
        f"{PARAMETER}.wait: Holds",
    ),
    (
        ("--strategy", "holds.py", "--param", "weight=much"),
        2,
        f"{PARAMETER}.weight",
    ),
    (("--strategy", "holds.py", "--param", "weight"), 2, "--param weight is no name=value"),
    (("--param", "weight=1"), 2, "Name one with --strategy FILE.py"),
    (("--name", "a b/c"), 2, "'a b/c' cannot be the name of a session"),
    (("--seed", "-1"), 2, "seed: Input should be greater than or equal to 0"),
]


@pytest.mark.parametrize("verb", ["backtest", "paper"])
@pytest.mark.parametrize(("words", "code", "said"), REFUSED, ids=lambda value: str(value)[:50])
def test_what_cannot_be_is_refused_before_anything_is_loaded(tw, folder, verb, words, code, said):
    done = tw(verb, *words, "--home", "home")
    assert said in done.one_error()
    assert "Value error" not in done.err
    assert done.code == code
    assert not Path("home").exists()


def test_days_without_data_are_refused_before_fitting(tw, folder):
    words = ("--symbols", "MSFT", "--models", "lightgbm", "--start", "1950-01-01", "--end", "1951-01-01")
    done = tw("backtest", *words, "--home", "home")
    assert done.code == 4
    assert done.err.splitlines()[-1].startswith("Error: ")
    assert "Fitting" not in done.err
    assert not list(Path("home").rglob("*.journal"))


@pytest.mark.parametrize("start", ["2020-02-29", "1901-01-01"])
def test_any_day_of_the_calendar_may_begin_a_session(tw, folder, start):
    words = ("--symbols", "MSFT", "--models", "time_series_momentum", "--start", start, "--end", "2020-03-20")
    done = tw("backtest", *words, "-c", "calm.yaml", "--home", "home", "--json")
    assert (done.code, "Traceback" in done.err) == ((0, False) if start > "2" else (4, False))


def test_validate_takes_days_and_refuses_what_are_none(tw, folder):
    done = tw("validate", "--start", "2012-01-01", "--end", "2011-01-01", "--home", "home")
    assert done.code == 2
    assert "--end: research.window: a window from 2012-01-01 to 2011-01-01" in done.one_error()
    assert not Path("home").exists()


def test_the_gate_speaks_before_anything_is_fitted_and_at_the_end(program, folder):
    words = ("--symbols", "MSFT", "--models", "time_series_momentum", *SPAN, "-c", "calm.yaml")
    done = program("backtest", *words, "--home", "home")
    assert done.code == 0
    lines = done.err.splitlines()
    warned = next(i for i, line in enumerate(lines) if "The gate has accepted no model of blend" in line)
    fitted = next(i for i, line in enumerate(lines) if "Fitting" in line)
    assert warned < fitted
    assert "time_series_momentum: It was never judged" in lines[warned]
    assert "--override-gate" in lines[warned]
    assert "`tradewind validate`" in lines[warned]
    assert "No order was sent. The gate has accepted no model of blend" in done.out
    assert "{" not in done.out


def test_an_own_strategy_is_not_told_of_the_gate(tw, folder):
    done = tw("backtest", "--strategy", "holds.py", "--symbols", "MSFT", *SPAN, "-c", "calm.yaml")
    assert "gate" not in done.err + done.out


def test_what_stops_a_session_is_said_while_it_runs_and_at_its_end(program, folder):
    Path("tight.yaml").write_text(Path("calm.yaml").read_text() + "risk: {drawdown: {limit: 0.01}}\n")
    words = ("--strategy", "holds.py", "--param", "weight=0.4", "--symbols", "NVDA", "--start", "2020-01-02")
    done = program("backtest", *words, "--end", "2020-06-01", "-c", "tight.yaml", "--home", "home")
    assert done.code == 0, done.err
    told = [line for line in done.err.splitlines() if "entries blocked by drawdown since 2020-" in line]
    assert len(told) == 1
    assert told[0].endswith("(re-armed by a person)")
    assert f"At its end: {told[0]}." in done.out
    assert "drawdown once" in done.out
    assert "too few to tell skill from luck" in done.out
    came = program("backtest", *words, "--end", "2020-06-01", "-c", "tight.yaml", "--home", "home", "--json")
    assert came.json()["blocked"] == told


def test_limits_that_stood_against_every_order_are_the_reason_for_none(tw, folder):
    Path("calm.yaml").write_text("compute: serial\nrisk: {order_size: {limit: 0.1}}\n")
    done = tw("backtest", "--strategy", "holds.py", "--symbols", "MSFT", *SPAN, "-c", "calm.yaml")
    assert done.code == 0, done.err
    assert "No order was sent: a limit stood against each, lastly because: The order is worth" in done.out


def test_a_resumed_session_names_the_options_that_it_ignores(tw, folder):
    words = ("paper", "--strategy", "holds.py", "--symbols", "MSFT", "-c", "calm.yaml", "--home", "home")
    assert tw(*words, *SPAN, "--param", "weight=0.2").code == 0
    done = tw(*words, "--param", "weight=0.4", "--cash", "5", "--override-gate", "--quick", "--json")
    assert [line.rpartition("; ")[2] for line in done.json()["ignored"]] == [
        "--quick is ignored",
        "--cash is ignored",
        "--override-gate is ignored",
        "--param is ignored",
    ]
    assert "session.strategies.0.parameters.weight stays 0.2; --param is ignored" in done.json()["ignored"]
    assert tw(*words, "--param", "weight=0.2", "--json").json()["ignored"] == []


def test_another_backtest_is_another_session_and_the_same_is_found_again(tw, folder):
    words = ("backtest", "--strategy", "holds.py", "--symbols", "MSFT", *SPAN, "-c", "calm.yaml", "--json")
    names = [Path(tw(*words, *more).json()["journal"]).stem for more in ((), ("--cash", "5000"), ())]
    assert names == ["backtest", "backtest-2", "backtest"]
    Path("holds.py").write_text(HOLDS.replace("0.5", "0.3"))
    assert Path(tw(*words).json()["journal"]).stem == "backtest-3"


def imported(home, bars=120):
    """Daily bars of a made-up share, a walk with a seed, as an import keeps them."""
    place = home / "providers" / "files"
    day = np.busday_offset("2022-01-03", np.arange(bars), roll="forward")
    close = 50.0 * np.exp(np.cumsum(np.random.default_rng(3).normal(0, 0.01, bars)))
    raw = RawBars(
        instrument_id="MYCO.XNAS",
        timeframe="1d",
        ts_event=day.astype("datetime64[ns]").astype(np.int64) + 21 * 3_600_000_000_000,
        open=close,
        high=close * 1.01,
        low=close * 0.99,
        close=close,
        volume=np.full(bars, 1e6),
        source="files",
    )
    keep_rows(place, raw)
    keep_instruments(place, [usual_instrument("MYCO", "XNAS")])
    return day


def test_imported_bars_bring_their_window(tw, folder):
    day = imported(folder / "home")
    words = ("--strategy", "holds.py", "--symbols", "MYCO", "-c", "calm.yaml", "--home", "home", "--json")
    came = tw("backtest", *words).json()
    start, end = str(day[0]), str(day[-1] + 1)
    assert f"The window is that of the imported bars, {start} to {end}." in came["notes"]
    window = json.loads(started(came["journal"]).configuration)["session"]["window"]
    assert window == {"start": start, "end": end}
    with_start = tw("backtest", *words, "--start", str(day[10])).json()
    window = json.loads(started(with_start["journal"]).configuration)["session"]["window"]
    assert window == {"start": str(day[10]), "end": end}


def test_models_learn_from_the_first_half_of_imported_bars(tw, folder):
    day = imported(folder / "home", bars=700)
    words = ("--symbols", "MYCO", "--models", "time_series_momentum", "-c", "calm.yaml", "--home", "home")
    came = tw("backtest", *words, "--json").json()
    (note,) = [note for note in came["notes"] if "imported bars" in note]
    assert note == (
        f"The window is that of the imported bars, {day[350]} to {day[-1] + 1}: "
        "the first 350 of 700 bars are left before it."
    )


def test_the_program_runs_where_the_strategy_lies(folder):
    words = [
        sys.executable,
        "-m",
        "tradewind",
        "backtest",
        "--strategy",
        "holds.py",
        "--symbols",
        "MSFT",
        *SPAN,
    ]
    settings = {key: value for key, value in os.environ.items() if not key.startswith("TRADEWIND_")}
    done = subprocess.run(words, capture_output=True, text=True, env=settings, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert "Next: `tradewind explain --journal backtest`" in done.stdout
    assert Path(".tradewind/journals/backtest.journal").exists()
