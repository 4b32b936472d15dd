"""Two strategies in one session, on hourly and on daily bars of an instrument that both trade."""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tradewind.app.compute.mappers import SerialMapper
from tradewind.app.config import DateWindow, SessionConfig, TradewindConfig, load_config
from tradewind.app.research.training import SessionModels, train_for_session
from tradewind.app.session import loading
from tradewind.app.session.begun import ignored
from tradewind.app.session.parts import make_feed, make_host, make_reducer, make_venue
from tradewind.app.session.plan import PromotionWord, SessionPlan, plan_session
from tradewind.app.session.prepare import session_as_started
from tradewind.app.session.running import Ran, replay_journal, run_backtest, run_paper
from tradewind.app.session.settings import StrategyConfig
from tradewind.core.changes import CapitalAllocated, ParameterChanged
from tradewind.core.decisions import AccountMarked, DecisionMade, OrderRequested
from tradewind.core.errors import ConfigError, JournalError, ModelError
from tradewind.core.events import AnyEvent, Command, ModelStatus, SessionStarted, encode_event
from tradewind.core.forecasts import FactorRow, Forecast
from tradewind.core.market import Bar
from tradewind.core.orders import OrderFilled
from tradewind.core.panel import Predictions, Samples
from tradewind.core.vocabulary import SessionMode
from tradewind.data.history import LoadedSeries
from tradewind.engine.driver.asking import AskAtOnce
from tradewind.engine.driver.loop import Driver, DriverSettings
from tradewind.engine.driver.outbox import DirectOutbox
from tradewind.engine.driver.recorded import run_recorded
from tradewind.engine.driver.snapshots import SessionParts
from tradewind.engine.replay import replay
from tradewind.journal.memory import MemoryJournal
from tradewind.journal.opening import open_inbox, open_reader

MODELS = ("moving_average_momentum", "bollinger_reversion", "logistic")
DRIFT = {"logistic": {"include_drift": True}}
LOOSE = {"score_quantile": 0.2, "filters": {"needed": 2}}
PAIR = "EUR/USD.IDEALPRO"


def config_of(home: Path, **session: object) -> TradewindConfig:
    fields: dict[str, object] = {
        "strategies": (
            StrategyConfig(
                name="fast",
                symbols=("EUR/USD",),
                timeframe="1h",
                horizon_bars=3,
                capital_share=0.4,
                risk_level=0.5,
                models=MODELS[1:],
            ),
            StrategyConfig(name="slow", symbols=("MSFT", "EUR/USD"), capital_share=0.6, models=MODELS[::2]),
        ),
        "window": DateWindow(start="2017-06-01", end="2017-09-01"),
        "train_years": 2,
        "warmup_bars": 200,
        "cash": 1_000_000.0,
        "override_gate": True,
    }
    chosen = SessionConfig(**(fields | session))  # type: ignore[arg-type]
    return TradewindConfig(home=home, compute="serial", session=chosen, decision=LOOSE)


class Contrarian:
    """Expects the relative strength to turn: it says enough for its cost, in both directions."""

    name, version, lookback = "bollinger_reversion", "1", 1

    def predict(self, rows: Samples) -> Predictions:
        lean = 50.0 - rows.features()[:, rows.names.index("rsi")]
        up = 0.5 + lean / 150.0
        return Predictions(up, 2.0 * lean, np.abs(lean) / 50.0, 2.0 * lean - 90.0, 2.0 * lean + 90.0)


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("strategies")


@pytest.fixture(scope="module")
def fitted(shared_home: Path) -> SessionModels:
    return train_for_session(config_of(shared_home), SerialMapper(), parameters=DRIFT)


MakePlan = Callable[..., SessionPlan]


@pytest.fixture(scope="module")
def make_plan(shared_home: Path, fitted: SessionModels) -> MakePlan:
    def make(name: str, mode: SessionMode = SessionMode.PAPER, **session: object) -> SessionPlan:
        words = [PromotionWord(model, "refused", ("for the test",)) for model in MODELS]  # type: ignore[arg-type]
        return plan_session(config_of(shared_home, **session), fitted, words, name, mode)

    return make


def lively(plan: SessionPlan, home: Path) -> SessionPlan:
    """The plan with a model that trades on the hour, writing to a home of its own."""
    groups = tuple(
        replace(group, models=(Contrarian(), *group.models[1:])) if group.timeframe == "1h" else group
        for group in plan.models.groups
    )
    models = replace(plan.models, groups=groups)
    return replace(plan, models=models, config=plan.config.model_copy(update={"home": home}))


@pytest.fixture(scope="module")
def paper(make_plan: MakePlan, tmp_path_factory: pytest.TempPathFactory) -> tuple[SessionPlan, Ran]:
    plan = lively(make_plan("s"), tmp_path_factory.mktemp("paper"))
    return plan, run_paper(plan)


@pytest.fixture(scope="module")
def short(make_plan: MakePlan) -> tuple[SessionPlan, Ran]:
    plan = make_plan("short", window=DateWindow(start="2017-06-01", end="2017-06-20"))
    return plan, run_paper(plan)


def events(path: Path, *kinds: type) -> list[AnyEvent]:
    with open_reader(path) as reader:
        return [record.event for record in (reader.read_kind(*kinds) if kinds else reader.read())]


def test_paper_and_backtest_agree_on_both_timeframes(
    paper: tuple[SessionPlan, Ran], make_plan: MakePlan, tmp_path: Path
) -> None:
    batched = lively(make_plan("s", SessionMode.BACKTEST), tmp_path)
    live, batch = paper[1].journal, run_backtest(batched).journal
    for kind in (OrderRequested, OrderFilled):
        assert [encode_event(e) for e in events(live, kind)] == [encode_event(e) for e in events(batch, kind)]
    rows: tuple[list[FactorRow], ...] = (events(live, FactorRow), events(batch, FactorRow))  # type: ignore[assignment]
    for one, other in zip(*rows, strict=True):
        assert (one.ts_event, one.timeframe, one.instrument_id) == (
            other.ts_event,
            other.timeframe,
            other.instrument_id,
        )
        np.testing.assert_allclose(one.values, other.values, rtol=1e-9, atol=1e-9)
    assert {row.timeframe for row in rows[0]} == {"1h", "1d"}
    said = [
        [(f.ts_event, f.timeframe, f.horizon_bars, f.instrument_id, f.model) for f in events(path, Forecast)]  # type: ignore[union-attr]
        for path in (live, batch)
    ]
    assert said[0] == said[1]
    assert {(timeframe, horizon) for _, timeframe, horizon, _, _ in said[0]} == {("1h", 3), ("1d", 5)}
    decided = [
        [
            (d.ts_event, d.strategy, d.instrument_id, d.outcome, d.target_lots, d.reason)  # type: ignore[union-attr]
            for d in events(path, DecisionMade)
        ]
        for path in (live, batch)
    ]
    assert decided[0] == decided[1]


def test_each_strategy_decides_on_its_own(paper: tuple[SessionPlan, Ran]) -> None:
    _, ran = paper
    decisions: list[DecisionMade] = events(ran.journal, DecisionMade)  # type: ignore[assignment]
    by_strategy = {name: [d for d in decisions if d.strategy == name] for name in ("fast", "slow")}
    assert {(d.instrument_id, d.timeframe, d.horizon_bars) for d in by_strategy["fast"]} == {(PAIR, "1h", 3)}
    assert {(d.instrument_id, d.timeframe) for d in by_strategy["slow"]} == {
        (PAIR, "1d"),
        ("MSFT.XNAS", "1d"),
    }
    assert {v.model for d in by_strategy["fast"] for v in d.votes} <= set(MODELS[1:])
    assert {v.model for d in by_strategy["slow"] for v in d.votes} <= set(MODELS[::2])
    assert len(by_strategy["fast"]) > 10 * len(by_strategy["slow"])
    # The risk level is the last word on a size, and halves it.
    scaled = [d for d in by_strategy["fast"] if d.outcome == "trade"]
    assert scaled
    for d in scaled:
        assert list(d.sizing)[-1] == "risk_level"
        before = list(d.sizing.values())[-2]
        assert d.sizing["risk_level"] == pytest.approx(0.5 * before, rel=1e-3)
    assert all("risk_level" not in d.sizing for d in by_strategy["slow"])
    holders = {(key.strategy, key.instrument_id) for key in ran.book.positions}
    assert {("fast", PAIR), ("slow", PAIR)} <= holders
    orders: list[OrderRequested] = events(ran.journal, OrderRequested)  # type: ignore[assignment]
    assert {o.order.strategy for o in orders} == {"fast", "slow"}
    # Orders of the pair fill on hourly bars alone: no daily bar fills what the hours have not.
    closes = {b.ts_event for b in events(ran.journal, Bar) if b.instrument_id == PAIR and b.timeframe == "1h"}  # type: ignore[union-attr]
    fills: list[OrderFilled] = [f for f in events(ran.journal, OrderFilled) if f.instrument_id == PAIR]  # type: ignore[misc,union-attr]
    assert len(fills) > 10
    assert {f.ts_event for f in fills} <= closes


def test_what_strategies_earn_is_what_the_account_earns(paper: tuple[SessionPlan, Ran]) -> None:
    _, ran = paper
    marks: list[AccountMarked] = events(ran.journal, AccountMarked)  # type: ignore[assignment]
    start = round(1_000_000 * 1e8)
    assert any(len(mark.strategies) == 2 for mark in marks)
    for mark in marks:
        earned = sum(one.profit_e8 for one in mark.strategies.values())
        assert abs(earned - (mark.equity_e8 - start)) <= len(ran.book.positions)  # a unit of rounding each
    assert marks[-1].equity_e8 != start


def test_the_journal_alone_says_how_the_session_was_begun(short: tuple[SessionPlan, Ran]) -> None:
    plan, ran = short
    assert not list(ran.journal.parent.glob("*.session.json"))
    started = events(ran.journal, SessionStarted)[0]
    assert isinstance(started, SessionStarted)
    assert [(s.strategy, s.timeframe, s.capital_share, s.risk_level) for s in started.strategies] == [
        ("fast", "1h", 0.4, 0.5),
        ("slow", "1d", 0.6, 1.0),
    ]
    assert all(len(model.sha256) == 64 for model in started.models)
    assert {(m.timeframe, m.horizon_bars) for m in started.models} == {("1h", 3), ("1d", 5)}
    statuses = [e for e in events(ran.journal, ModelStatus) if isinstance(e, ModelStatus)]
    terms = [(m.model, m.version, m.timeframe, m.horizon_bars) for m in started.models]
    assert [(s.model, s.model_version, s.timeframe, s.horizon_bars) for s in statuses] == terms
    assert json.loads(started.configuration)["session"]["cash"] == 1_000_000.0
    # Another configuration by now changes nothing of it.
    other = config_of(plan.config.home, cash=5.0, strategies=())
    again = session_as_started(other, "short")
    said = ignored(other, "short")
    assert "session.cash stays 1000000.0; 5.0 is ignored" in said
    assert ignored(plan.config, "short") == ()
    assert ignored(other, "never") == ()
    assert next(iter(make_feed(again))) == started
    assert replay_journal(again, ran.journal).decisions > 500


def test_a_model_that_is_not_the_one_of_the_start_is_refused(
    short: tuple[SessionPlan, Ran], tmp_path: Path
) -> None:
    plan, _ = short
    home = tmp_path / "copy"
    shutil.copytree(plan.config.home, home)
    config = plan.config.model_copy(update={"home": home})
    session_as_started(config, "short")
    model = next(m for m in plan.models.models if m.name == "logistic")
    record = home / "models" / "logistic" / model.version / "record.json"
    kept = json.loads(record.read_bytes())
    manifest = record.parent / "artefact" / "manifest.json"
    manifest.write_bytes(manifest.read_bytes() + b"\n")
    kept["manifest_sha256"] = hashlib.sha256(manifest.read_bytes()).hexdigest()
    record.write_bytes(json.dumps(kept).encode())
    with pytest.raises(ModelError, match=f"logistic {model.version}"):
        session_as_started(config, "short")
    with pytest.raises(JournalError, match="nothing"):
        session_as_started(config, "nothing")


def test_a_weight_is_set_for_one_strategy_alone(make_plan: MakePlan) -> None:
    plan = make_plan("weights", window=DateWindow(start="2017-06-01", end="2017-06-10"))
    path = plan.config.home / "journals" / "weights.journal"
    path.parent.mkdir(parents=True, exist_ok=True)
    inbox = open_inbox(path)
    at = plan.config.session.window.start_ns
    inbox.put(Command(ts_event=at, verb="set", argument="fast:weight.logistic", value=0.5))
    inbox.put(Command(ts_event=at, verb="set", argument="weight.moving_average_momentum", value=2.0))
    ran = run_paper(plan)
    inbox.close()
    changed: list[ParameterChanged] = events(ran.journal, ParameterChanged)  # type: ignore[assignment]
    assert [(e.owner, e.name, e.old, e.new) for e in changed] == [
        ("fast", "weight.logistic", 1.0, 0.5),
        ("slow", "weight.moving_average_momentum", 1.0, 2.0),
    ]


def test_equal_risk_moves_the_shares_at_a_new_day_and_replays(make_plan: MakePlan, tmp_path: Path) -> None:
    plan = lively(make_plan("risk", allocator="equal_risk"), tmp_path)
    journal = MemoryJournal()
    host, venue = make_host(plan), make_venue(plan)
    parts = SessionParts(make_reducer(plan, live_factors=True), venue, host)
    run_recorded(
        Driver(parts, journal, DirectOutbox(venue), asking=AskAtOnce(host), settings=DriverSettings()),
        make_feed(plan),
    )
    allocated = [r.event for r in journal.read() if isinstance(r.event, CapitalAllocated)]
    assert allocated
    for event in allocated:
        assert set(event.shares) == {"fast", "slow"}
        assert sum(event.shares.values()) == pytest.approx(1.0)
        assert max(event.shares.values()) <= 0.6 + 1e-9
    days = [event.ts_event // 86_400_000_000_000 for event in allocated]
    assert len(days) == len(set(days))
    assert replay(journal.read(), make_reducer(plan, live_factors=True)).decisions > 1_000


def test_strategies_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    def refused(text: str) -> str:
        path = tmp_path / "t.yaml"
        path.write_text(text)
        with pytest.raises(ConfigError) as caught:
            load_config(path)
        return str(caught.value)

    two = "session: {strategies: [{name: a, capital_share: 0.7}, {name: b, capital_share: 0.6}]}"
    assert "1.3 together (a 0.7, b 0.6)" in refused(two)
    assert "two strategies are called a" in refused(
        "session: {strategies: [{name: a, capital_share: 0.1}, {name: a, capital_share: 0.1}]}"
    )
    assert "'allocator'" in refused("session: {strategies: [{name: allocator}]}")
    assert "2h" in refused("session: {strategies: [{name: a, timeframe: 2h}]}")
    assert "risk_level" in refused("session: {strategies: [{name: a, risk_level: 1.5}]}")


def test_a_strategy_without_bars_is_named(
    shared_home: Path, fitted: SessionModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = loading._fit_to_trade

    def unfit(found: Mapping[loading.SeriesKey, LoadedSeries], *told: object) -> tuple[dict, list[str]]:
        kept, notes = real({key: series for key, series in found.items() if key[0] != "MSFT.XNAS"}, *told)
        return kept, [*notes, "MSFT.XNAS scores 12 of 100."]

    monkeypatch.setattr(loading, "_fit_to_trade", unfit)
    fast = StrategyConfig(name="fast", symbols=("EUR/USD",), timeframe="1h", capital_share=0.5)
    slow = StrategyConfig(name="slow", symbols=("MSFT",), capital_share=0.5)
    with pytest.raises(ConfigError, match=r"slow has no 1d bars of what it trades.*MSFT.XNAS scores"):
        plan_session(config_of(shared_home, strategies=(fast, slow)), fitted, (), "x")
