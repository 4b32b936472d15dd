"""Plug-ins from outside in whole sessions: off until they are named, recorded, and held to what they were."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from session_parts import MakePlan

from tradewind.app.session.running import replay_journal, run_backtest
from tradewind.core.decisions import OrderRefused, OrderRequested, Refused
from tradewind.core.errors import ReplayDivergedError
from tradewind.core.events import SessionStarted, encode_event
from tradewind.core.forecasts import Forecast
from tradewind.core.registry import Entry
from tradewind.core.vocabulary import SessionMode
from tradewind.journal.opening import open_reader
from tradewind.risk.registry import BREAKERS, RULES, Breaker, RiskRule, Watch
from tradewind.risk.rules.reduce_only import ReduceOnly

LIMIT = """
import msgspec

from tradewind.core.decisions import APPROVED, Refused
from tradewind.risk.registry import risk_rule


class Small(msgspec.Struct, frozen=True, kw_only=True):
    lots: int = 0


@risk_rule("small_orders", Small(), stage=0)
def small_orders(order, instrument, view, settings):
    if order.quantity_lots <= settings.lots:
        return APPROVED
    return Refused(rule="small_orders", reason="too many lots")
"""
FACTOR = """
from tradewind.factors.memory import Window
from tradewind.factors.registry import factor


@factor(name="body_{n}", group="price", inputs=["open", "close"], memory=Window(1), formula="C/O - 1",
        source="here", params=[{"n": 1}])
def body(opens, close, n):
    return close / opens - 1.0
"""
LEARNER = '''
import os
from dataclasses import dataclass, field
from typing import ClassVar

from tradewind.alphas.factories import learner


@learner("leaning", family="classical")
@dataclass
class Leaning:
    """Leans on one factor."""

    wanted: ClassVar[tuple[str, ...] | None] = ("body_1",)
    stops_early: ClassVar[bool] = False
    lookback: int = field(default=1, init=False)

    def fit(self, train, validation, seed):
        self.process = os.getpid()

    def score(self, rows):
        return rows.scaled()[:, 0]

    def files(self):
        return {"process.txt": str(self.process).encode()}

    def restore(self, files):
        self.process = int(files["process.txt"])

    def importance(self):
        return None

    def notes(self):
        return {}
'''
FILTER = """
from tradewind.ensemble.filter_registry import FILTERS, above


@FILTERS.register("firm_body", factors=("body_1.lag1",))
def firm_body(inputs, settings):
    return above("firm_body", inputs.get("body_1.lag1"), 0.0)
"""


OWN = """
import tradewind as tw


class Leans(tw.Strategy):
    least: float = 0.0
    factors = ("body_1",)

    def on_start(self):
        self.days = []

    def on_bar(self, bar, now):
        self.days.append(now.factor("body_1"))
        rising = sum(one > self.least for one in self.days[-3:])
        return tw.Target(quantity=3 if len(self.days) % 9 == 8 else 2 * (rising > 1))
"""


def refuse_all(order: object, instrument: object, view: object, settings: object) -> Refused:
    return Refused(rule="refuse_all", reason="for the test")


def find_nothing(book: object, hours: object, settings: object) -> tuple[()]:
    return ()


def drop_in(monkeypatch: pytest.MonkeyPatch, outside: bool) -> None:
    """A limit that refuses everything and a breaker, as a later version or somebody's file would bring."""
    rule = RiskRule("refuse_all", refuse_all, ReduceOnly(), 0, needs_exposure=False)
    watch = Breaker(
        "watcher", find_nothing, ReduceOnly(), 9, Watch.EQUITY, None, None, None, reset_by_day=False
    )
    assert RULES.names()
    assert BREAKERS.names()
    monkeypatch.setitem(RULES._entries, "refuse_all", Entry("refuse_all", rule, "later", outside=outside))
    monkeypatch.setitem(BREAKERS._entries, "watcher", Entry("watcher", watch, "later", outside=outside))


@pytest.mark.parametrize("outside", [False, True], ids=["of the package", "from outside"])
def test_a_journal_replays_whatever_was_dropped_in_since(
    make_plan: MakePlan, monkeypatch: pytest.MonkeyPatch, outside: bool
) -> None:
    plan = make_plan(mode=SessionMode.BACKTEST)
    ran = run_backtest(plan)
    with open_reader(ran.journal) as reader:
        (begun,) = (record.event for record in reader.read_kind(SessionStarted))
        orders = len(list(reader.read_kind(OrderRequested)))
    assert isinstance(begun, SessionStarted)
    assert set(begun.plugins["rules"]) == {e.name for e in RULES.entries() if not e.outside}
    assert begun.plugins["outside"] == ()
    assert orders > 5
    drop_in(monkeypatch, outside)
    assert replay_journal(replace(plan, active=begun.plugins), ran.journal).decisions > 500
    if outside:  # it is off for everybody else too
        assert replay_journal(plan, ran.journal).decisions > 500
    else:
        with pytest.raises(ReplayDivergedError):
            replay_journal(plan, ran.journal)


def test_a_limit_from_outside_is_on_where_it_is_named(
    make_plan: MakePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop_in(monkeypatch, outside=True)
    plan = make_plan(mode=SessionMode.BACKTEST)
    named = plan.config.model_copy(update={"risk": {**plan.config.risk, "refuse_all": {}}})
    ran = run_backtest(replace(plan, config=named))
    with open_reader(ran.journal) as reader:
        assert {r.event.refusal.rule for r in reader.read_kind(OrderRefused)} == {"refuse_all"}  # type: ignore[union-attr]
        assert not list(reader.read_kind(OrderRequested))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session on plug-ins of a folder of its own, trained in worker processes by the command line."""
    folder = tmp_path_factory.mktemp("house")
    plug_ins = folder / "mine"
    plug_ins.mkdir()
    files = {"limit": LIMIT, "body": FACTOR, "leaning": LEARNER, "firm": FILTER, "broken": "def broken(:\n"}
    for name, text in files.items():
        (plug_ins / f"{name}.py").write_text(text)
    config = {
        "plugins": ["mine"],
        "home": str(folder / "home"),
        "compute": "local:2",
        "research": {"symbols": ["AAPL"], "models": ["leaning", "time_series_momentum"]},
        "risk": {"small_orders": {"lots": 2}},
        "decision": {"filters": {"filters": ["probability", "firm_body"], "needed": 1}},
        "session": {
            "symbols": ["MSFT"],
            "gauges": [],
            "window": {"start": "2020-01-02", "end": "2020-02-01"},
            "warmup_bars": 30,
            "train_years": 2,
        },
    }
    (folder / "mine.yaml").write_text(yaml.safe_dump(config))
    done = tradewind(folder, "backtest", "--name", "own", "--override-gate", "--json")
    assert done.returncode == 0, done.stderr
    return folder


def tradewind(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tradewind", *words, "--config", str(folder / "mine.yaml")]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=280, check=False, cwd=folder.parent
    )


def started(folder: Path) -> SessionStarted:
    with open_reader(folder / "home" / "journals" / "own.journal") as reader:
        event = next(iter(reader.read_kind(SessionStarted))).event
    assert isinstance(event, SessionStarted)
    return event


@pytest.mark.slow
def test_what_is_active_is_recorded_with_its_files(house: Path) -> None:
    begun = started(house)
    assert "small_orders" in begun.plugins["rules"]
    assert begun.plugins["filters"] == ("probability", "firm_body")
    outside = dict(line.split("@") for line in begun.plugins["outside"])
    assert sorted(outside) == [
        "factors/body_1/body.py",
        "filters/firm_body/firm.py",
        "models/leaning/leaning.py",
        "rules/small_orders/limit.py",
    ]
    assert {len(sha256) for sha256 in outside.values()} == {64}
    # Nothing of this machine stands in the record: where the folder lies is the caller's word.
    assert str(house) not in begun.configuration
    # The learner's factor and the filter's (a lag of it) were pulled in by them alone.
    assert {"body_1", "body_1.lag1"} <= set(begun.factor_names)


@pytest.mark.slow
def test_another_process_replays_it_and_a_worker_fitted_it(house: Path) -> None:
    done = tradewind(house, "replay", "own", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["same"] is True
    (process,) = (house / "home" / "models" / "leaning").glob("*/artefact/process.txt")
    assert int(process.read_text()) > 0
    said = json.loads(tradewind(house, "health", "--json").stdout)
    (check,) = (check for check in said["checks"] if check["name"] == "models")
    assert (check["state"], check["figures"]["loaded"]) == ("ok", 2)


@pytest.mark.slow
def test_a_broken_file_is_a_warning_and_a_name_of_it_an_error(house: Path, tmp_path: Path) -> None:
    done = tradewind(house, "config", "check", "--json")
    assert done.returncode == 0, done.stderr
    (warning,) = json.loads(done.stdout)["warnings"]
    assert "broken.py, line 1: SyntaxError" in warning
    health = json.loads(tradewind(house, "health", "--json").stdout)
    (check,) = (check for check in health["checks"] if check["name"] == "plug-ins")
    assert (check["state"], check["figures"]) == ("warning", {"files": 4, "broken": 1})
    text = (house / "mine.yaml").read_text().replace("small_orders", "large_orders")
    (tmp_path / "mine.yaml").write_text(text.replace("- mine", f"- {house / 'mine'}"))
    done = tradewind(tmp_path, "config", "check")
    assert done.returncode == 2
    assert "No limit or breaker is called 'large_orders'" in done.stderr
    assert "broken.py could not be imported: line 1, SyntaxError" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_file_that_changed_or_is_gone_is_named(house: Path) -> None:
    limit, learner = house / "mine" / "limit.py", house / "mine" / "leaning.py"
    limit.write_text(LIMIT + "# another\n")
    done = tradewind(house, "replay", "own")
    assert done.returncode == 2
    assert f"The plug-in file {limit} has the SHA-256" in done.stderr
    limit.write_text(LIMIT)
    learner.rename(house / "away.py")
    done = tradewind(house, "replay", "own")
    assert "uses the model 'leaning' of the plug-in file leaning.py, which is not there" in done.stderr
    said = json.loads(tradewind(house, "health", "--json").stdout)
    (check,) = (check for check in said["checks"] if check["name"] == "models")
    assert "is of the plug-in file leaning.py, which is not there" in check["text"]
    (house / "away.py").rename(learner)
    assert tradewind(house, "replay", "own").returncode == 0


@pytest.mark.slow
def test_a_folder_that_is_not_there_is_named_with_its_line(house: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("plugins: [nowhere]\n")
    done = tradewind(tmp_path, "config", "check")
    assert done.returncode == 2
    assert f"mine.yaml, line 1: plugins.0: there is no folder {tmp_path / 'nowhere'}" in done.stderr


@pytest.mark.slow
def test_a_killed_session_of_plug_ins_and_an_own_strategy_goes_on_as_if_nothing_had_been(house: Path) -> None:
    """Killed with SIGKILL between two commits; its journal is that of one that ran through, byte for byte."""
    (house / "leans.py").write_text(OWN)
    config = yaml.safe_load((house / "mine.yaml").read_text())
    window = {"start": "2020-01-02", "end": "2021-06-01"}
    config["session"] |= {"strategies": [{"use": "leans.py"}], "models": [], "window": window}
    (house / "own.yaml").write_text(yaml.safe_dump({k: v for k, v in config.items() if k != "decision"}))
    to_config = "--config", str(house / "own.yaml")
    done = subprocess.run(
        [
            sys.executable,
            Path(__file__).with_name("dying_cli.py"),
            house / "whole",
            house / "killed",
            *to_config,
        ],
        env=os.environ | {"KILL_AFTER_STEPS": "1103"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    whole, kept = recorded(house / "whole"), recorded(house / "killed")
    assert 200 < len(kept) < len(whole) - 200
    limit = house / "mine" / "limit.py"
    limit.write_text(LIMIT.replace("too many", "too many of the"))
    to_config = (*to_config, "--home", str(house / "killed"))
    again = (sys.executable, "-m", "tradewind", "paper", "--name", "same", "--json", *to_config)
    refused = subprocess.run(again, capture_output=True, text=True, timeout=280, check=False)
    assert refused.returncode == 2
    assert f"The plug-in file {limit} has the SHA-256" in refused.stderr
    assert recorded(house / "killed") == kept
    limit.write_text(LIMIT)
    done = subprocess.run(again, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["resumed_from"] == len(kept)
    assert said["refused"]["small_orders"] > 5
    assert said["fills"] > 20
    assert recorded(house / "killed") == whole


def recorded(home: Path) -> list[bytes]:
    """Every record of the session, as it is written."""
    with open_reader(home / "journals" / "same.journal") as reader:
        return [encode_event(record.event) for record in reader.read()]


@pytest.mark.slow
@pytest.mark.services
def test_a_ray_cluster_fits_a_learner_from_outside_that_hears_a_factor_from_outside(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    config = yaml.safe_load((house / "mine.yaml").read_text())
    (house / "ray.yaml").write_text(
        yaml.safe_dump(config | {"compute": "ray", "home": str(house / "ray-home")})
    )
    words = ("backtest", "--name", "own", "--override-gate", "--json", "--config", str(house / "ray.yaml"))
    done = subprocess.run(
        [sys.executable, "-m", "tradewind", *words], capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr
    (process,) = (house / "ray-home" / "models" / "leaning").glob("*/artefact/process.txt")
    assert int(process.read_text()) > 0
    said = []
    for home in ("home", "ray-home"):
        with open_reader(house / home / "journals" / "own.journal") as reader:
            said.append([r.event for r in reader.read_kind(Forecast)])
    assert said[0]
    for one, other in zip(*said, strict=True):
        assert isinstance(one, Forecast)
        assert isinstance(other, Forecast)
        assert one.expected_return_bps == other.expected_return_bps
