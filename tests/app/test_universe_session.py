"""Sessions over a universe and over delistings: who is entered when, and what an end pays."""

import json
from pathlib import Path

import pytest

from tradewind.app.config import DateWindow, SessionConfig, TradewindConfig
from tradewind.app.config_check import check_config
from tradewind.app.market.reference import import_facts
from tradewind.app.market.workspace import open_workspace
from tradewind.app.research.training import SessionModels
from tradewind.app.session.plan import SessionPlan, plan_session
from tradewind.app.session.running import replay_journal, run_backtest
from tradewind.app.session.settings import StrategyConfig
from tradewind.app.session.universe_config import UniverseConfig
from tradewind.core.accounts import PositionAdjusted, TradeClosed
from tradewind.core.changes import UniverseChosen
from tradewind.core.decisions import AccountMarked, OrderRefused, OrderRequested
from tradewind.core.errors import RegistryError
from tradewind.core.events import SessionStarted
from tradewind.core.market import Bar
from tradewind.core.orders import OrderFilled
from tradewind.core.timestamps import parse_ns
from tradewind.core.vocabulary import FeedKind, SessionMode
from tradewind.journal.opening import open_reader

OWN = """
import tradewind as tw


class Holds(tw.Strategy):
    def on_bar(self, bar, now):
        return 0.2
"""


def plan_of(home: Path, start: str, end: str, universe: UniverseConfig | None = None) -> SessionPlan:
    home.mkdir(parents=True, exist_ok=True)
    (home / "holds.py").write_text(OWN, "utf-8")
    session = SessionConfig(
        symbols=("AAPL", "IBM", "MSFT"),
        gauges=(),
        window=DateWindow(start=start, end=end),
        warmup_bars=120,
        strategies=(StrategyConfig(use=str(home / "holds.py")),),  # type: ignore[call-arg]
        universe=universe,
    )
    config = TradewindConfig(home=home, session=session, compute="serial")
    models = SessionModels((), (), (), 0.0)
    return plan_session(config, models, [], "s", SessionMode.BACKTEST)


def events(path: Path, *kinds: type) -> list:
    with open_reader(path) as reader:
        return [record.event for record in reader.read_kind(*kinds)]


def test_what_left_the_universe_is_not_entered_and_may_be_closed(tmp_path: Path) -> None:
    """Early in 2005 IBM was over 60 dollars all the time, Apple before its split, Microsoft never."""
    universe = UniverseConfig(every="month", filters={"price": {"least": 60.0}})
    plan = plan_of(tmp_path, "2005-01-03", "2005-06-01", universe)
    ran = run_backtest(plan)
    chosen = events(ran.journal, UniverseChosen)
    assert [c.ts_event for c in chosen] == [
        parse_ns(day) for day in ("2005-01-03", "2005-02-01", "2005-03-01", "2005-04-01", "2005-05-01")
    ]
    bars = events(ran.journal, Bar)
    for choice in chosen:
        newest = {b.instrument_id: b.close for b in bars if b.ts_event <= choice.ts_event}
        assert set(choice.instrument_ids) == {name for name, close in newest.items() if close >= 60.0}
        left = set(newest) - set(choice.instrument_ids)
        assert all(name in choice.reason for name in left)
    inside = {name for choice in chosen for name in choice.instrument_ids}
    filled = {fill.instrument_id for fill in events(ran.journal, OrderFilled)}
    assert "IBM.XNYS" in filled <= inside
    apple = [c.ts_event for c in chosen if "AAPL.XNAS" in c.instrument_ids]
    assert apple, "Apple passed before its split"
    for order in events(ran.journal, OrderRequested):
        assert order.order.instrument_id in inside
    refused = [r for r in events(ran.journal, OrderRefused) if r.refusal.rule == "universe"]
    assert {r.order.instrument_id for r in refused} & {"MSFT.XNAS"}
    assert replay_journal(plan, ran.journal).decisions > 100
    (started,) = events(ran.journal, SessionStarted)
    assert "price" in started.plugins["universe_filters"]
    assert any("chosen as of each date from 3" in note for note in started.notes)


def test_filters_look_further_back_than_factors_are_warmed(tmp_path: Path) -> None:
    """120 bars warm the factors; all three had traded for years."""
    filters = {"age": {"least_days": 1_000}, "volatility": {"days": 250}}
    plan = plan_of(tmp_path, "2005-01-03", "2005-03-01", UniverseConfig(every="once", filters=filters))
    (chosen,) = plan.universe
    assert len(chosen.instrument_ids) == 3
    assert all(int((b.ts_event < parse_ns("2005-01-03")).sum()) == 120 for b in plan.bars)


def test_a_universe_that_nobody_passes_lets_nobody_in(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "2005-01-03", "2005-03-01", UniverseConfig(filters={"price": {"least": 1e6}}))
    ran = run_backtest(plan)
    assert [c.instrument_ids for c in events(ran.journal, UniverseChosen)] == [(), ()]
    assert events(ran.journal, OrderFilled) == []


def test_a_delisting_pays_what_was_said_to_the_cent(tmp_path: Path) -> None:
    tmp_path.joinpath("facts.csv").write_text(
        "instrument,kind,value,effective,known\nIBM,delisted,71.25,2005-03-10,2005-03-01\n"
        "MSFT,delisted,last,2005-03-15,2005-03-01\n"
    )
    home = tmp_path / "home"
    before = plan_of(home, "2005-03-01", "2005-05-02")
    assert not [a for a in before.actions if a.kind == "delisting"]
    workspace = open_workspace(before.config)
    assert import_facts(workspace, tmp_path / "facts.csv", dry_run=True) == (2, 2)
    assert import_facts(workspace, tmp_path / "facts.csv") == (2, 2)
    assert import_facts(workspace, tmp_path / "facts.csv") == (2, 0)
    plan = plan_of(home, "2005-03-01", "2005-05-02")
    ran = run_backtest(plan)
    ends = [a for a in events(ran.journal, PositionAdjusted) if a.new_lots == 0]
    assert [a.instrument_id for a in ends] == ["IBM.XNYS", "MSFT.XNAS"]
    fills = events(ran.journal, OrderFilled)
    closed = {t.instrument_id: t for t in events(ran.journal, TradeClosed)}
    for end, amount in zip(ends, (71.25, None), strict=True):
        name = end.instrument_id
        bars = [b for b in events(ran.journal, Bar) if b.instrument_id == name and b.ts_event < end.ts_event]
        paid = amount if amount is not None else bars[-1].close
        own = [f for f in fills if f.instrument_id == name and f.ts_event < end.ts_event]
        held = sum(f.side.sign * f.quantity_lots for f in own)
        assert held == end.old_lots > 0
        cost = sum(f.side.sign * f.quantity_lots * f.price_ticks for f in own)
        fees = sum(f.commission_e8 for f in own)
        profit_e8 = (round(paid * 100) * held - cost) * 10**6 - fees
        assert closed[name].profit_e8 == profit_e8
        assert not [f for f in fills if f.instrument_id == name and f.ts_event > end.ts_event]
    assert events(ran.journal, AccountMarked)
    assert replay_journal(plan, ran.journal).decisions


def test_who_lived_is_said_in_the_notes(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "2005-01-03", "2005-03-01")
    (said,) = [note for note in plan.notes if note.startswith("Survivors: ")]
    assert "all 3 that can be delisted still traded at the end" in said


def test_a_universe_is_refused_where_it_cannot_be(tmp_path: Path) -> None:
    session = SessionConfig(universe=UniverseConfig(filters={"lucky": {}}))
    with pytest.raises(RegistryError, match="'lucky'"):
        check_config(TradewindConfig(home=tmp_path, session=session))
    live = SessionConfig(
        universe=UniverseConfig(),
        feed=FeedKind.LIVE,
        symbols=("BTC/USDT.BINANCE",),
        base_currency="USDT",
        gauges=(),
    )
    check_config(TradewindConfig(home=tmp_path, session=live))  # a live session has one like any other


def test_the_command_line_shows_facts_and_universes(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from tradewind.cli.data import app

    run = CliRunner()
    home = ["--home", str(tmp_path / "home")]
    (tmp_path / "facts.csv").write_text(
        "instrument,kind,value,effective\nIBM,sector,Technology,1990-01-01\nIBM,joined,DJIA,1979-06-29\n"
    )
    done = run.invoke(app, ["reference", str(tmp_path / "facts.csv"), *home, "--json"])
    assert json.loads(done.stdout)["new"] == 2
    (known,) = json.loads(run.invoke(app, ["reference", "--as-of", "1985-01-01", *home, "--json"]).stdout)
    assert (known["known"]["sector"], known["known"]["indices"]) == ("", ["DJIA"])
    loaded = run.invoke(app, ["load", "IBM", "--start", "2004-01-01", "--end", "2006-01-01", *home])
    assert loaded.exit_code == 0
    shown = json.loads(run.invoke(app, ["universe", "IBM", "--as-of", "2005-06-01", *home, "--json"]).stdout)
    (ibm,) = shown["instruments"]
    assert (ibm["inside"], ibm["rank"]) == (True, 1)
    gone = json.loads(run.invoke(app, ["universe", "IBM", "--as-of", "2009-06-01", *home, "--json"]).stdout)
    assert gone["instruments"][0]["why"].startswith("trading: its newest bar is")
