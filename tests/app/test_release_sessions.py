"""Sessions that open nothing around a release, by the dates that were known then."""

from pathlib import Path

import pytest

from tradewind.app.config import DateWindow, SessionConfig, TradewindConfig
from tradewind.app.market.calendars import import_calendars
from tradewind.app.market.universe_desk import universe_as_of
from tradewind.app.research.training import SessionModels
from tradewind.app.session.plan import SessionPlan, plan_session
from tradewind.app.session.running import replay_journal, run_backtest
from tradewind.app.session.settings import StrategyConfig
from tradewind.app.session.universe_config import UniverseConfig
from tradewind.core.changes import UniverseChosen
from tradewind.core.decisions import OrderRequested
from tradewind.core.errors import StoreError
from tradewind.core.timestamps import parse_ns
from tradewind.core.vocabulary import SessionMode
from tradewind.journal.opening import open_reader

OWN = """
import tradewind as tw


class Holds(tw.Strategy):
    def on_bar(self, bar, now):
        return 0.2
"""
HEAD = "calendar,event,known,scheduled\n"


def config_of(home: Path, lines: str, calendars: dict[str, tuple[str, ...]]) -> TradewindConfig:
    home.mkdir(parents=True, exist_ok=True)
    (home / "holds.py").write_text(OWN, "utf-8")
    (home / "mine.csv").write_text(HEAD + lines, "utf-8")
    near = {"releases": {"before_hours": 48, "after_hours": 3}}
    session = SessionConfig(
        symbols=("AAPL", "IBM"),
        gauges=(),
        window=DateWindow(start="2005-01-03", end="2005-02-15"),
        warmup_bars=120,
        strategies=(StrategyConfig(use=str(home / "holds.py")),),  # type: ignore[call-arg]
        universe=UniverseConfig(every="month", filters=near),
    )
    config = TradewindConfig(home=home, session=session, compute="serial", calendars=calendars)
    import_calendars(config, home / "mine.csv")
    return config


def plan_of(config: TradewindConfig) -> SessionPlan:
    models = SessionModels((), (), (), 0.0)
    return plan_session(config, models, [], "s", SessionMode.BACKTEST)


def test_nothing_is_entered_around_a_release_by_the_date_believed_then(tmp_path: Path) -> None:
    """IBM's results are due on the 5th, at noon of that day it is said that they come on the 20th."""
    lines = "IBM,q4,2004-12-01,2005-01-05T21:00:00Z\nIBM,q4,2005-01-05T12:00:00Z,2005-01-20T21:00:00Z\n"
    plan = plan_of(config_of(tmp_path, lines, {"IBM": ("own:IBM",)}))
    ran = run_backtest(plan)
    with open_reader(ran.journal) as reader:
        chosen = [r.event for r in reader.read_kind(UniverseChosen)]
        orders = [r.event for r in reader.read_kind(OrderRequested)]
    turns = [(c.ts_event, "IBM.XNYS" in c.instrument_ids) for c in chosen]
    assert [turn for turn in turns if turn[0] < parse_ns("2005-02-01")] == [
        (parse_ns("2005-01-03"), True),
        (parse_ns("2005-01-03T21:00:00Z"), False),
        (parse_ns("2005-01-05T12:00:00Z"), True),
        (parse_ns("2005-01-18T21:00:00Z"), False),
        (parse_ns("2005-01-21T00:00:00Z") + 1, True),
    ]
    assert all("AAPL.XNAS" in c.instrument_ids for c in chosen)
    reasons = [c.reason for c in chosen if "IBM.XNYS" not in c.instrument_ids]
    assert "releases: a release is due in 48 hours" in reasons[0]
    first = min(order.ts_event for order in orders if order.order.instrument_id == "IBM.XNYS")
    assert first >= parse_ns("2005-01-05T12:00:00Z")
    apple = min(order.ts_event for order in orders if order.order.instrument_id == "AAPL.XNAS")
    assert apple < parse_ns("2005-01-05T12:00:00Z")
    assert replay_journal(plan, ran.journal).decisions > 10


def test_a_calendar_that_is_named_and_not_stored_stops_the_session(tmp_path: Path) -> None:
    lines = "IBM,q4,2004-12-01,2005-01-05T21:00:00Z\n"
    config = config_of(tmp_path, lines, {"*": ("own:CPI",)})
    with pytest.raises(StoreError, match="own:CPI"):
        plan_of(config)


def test_the_scan_says_how_far_the_next_release_is(tmp_path: Path) -> None:
    lines = "CPI,jan,2004-12-01,2005-01-19T13:30:00Z\nIBM,q4,2004-12-01,2005-01-12T21:00:00Z\n"
    config = config_of(tmp_path, lines, {"*": ("own:CPI",), "IBM": ("own:IBM",)})
    plan_of(config)  # loads and stores the bars
    said = {}
    for day in ("2004-11-30", "2005-01-10", "2005-01-18"):
        for one in universe_as_of(config, [], parse_ns(day)):
            said[day, one.instrument_id] = (one.inside, dict(one.said)["releases"].figure)
    assert said["2005-01-10", "AAPL.XNAS"] == (True, 9 * 24 + 13.5)
    assert said["2005-01-10", "IBM.XNYS"] == (True, 69.0)
    assert said["2005-01-18", "IBM.XNYS"] == (False, 37.5)
    assert said["2004-11-30", "IBM.XNYS"][0]
