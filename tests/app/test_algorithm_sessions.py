"""Sessions whose orders an algorithm works: reached by one setting, replayed and resumed byte for byte."""

import textwrap
from pathlib import Path

import pytest

from tradewind.app.config import TradewindConfig
from tradewind.app.session.parts import make_reducer
from tradewind.app.session.plan import SessionPlan
from tradewind.app.session.prepare import prepare_session
from tradewind.app.session.running import replay_journal, run_backtest
from tradewind.app.session.transaction_costs import transaction_costs
from tradewind.core.decisions import OrderRequested
from tradewind.core.errors import ConfigError
from tradewind.core.events import Command, encode_event
from tradewind.core.market import Bar
from tradewind.core.orders import OrderFilled
from tradewind.core.parents import AlgorithmEnded, AlgorithmStarted
from tradewind.core.vocabulary import SessionMode
from tradewind.journal.opening import open_reader

CROSS = """
    import tradewind as tw

    class SmaCross(tw.Strategy):
        def on_bar(self, bar, now):
            closes = now.closes(20)
            if len(closes) < 20:
                return None
            return 0.3 if closes[-5:].mean() > closes.mean() else 0.1
"""
WORKED = {"algorithm": {"use": "twap", "minutes": 4 * 1_440, "slices": 4}}


def config_in(home: Path, planner: dict[str, object]) -> TradewindConfig:
    (home / "sma.py").write_text(textwrap.dedent(CROSS), "utf-8")
    session = {
        "symbols": ["MSFT"],
        "window": {"start": "2019-01-01", "end": "2019-12-31"},
        "strategies": [{"use": str(home / "sma.py"), "symbols": ["MSFT"]}],
        "gauges": [],
    }
    return TradewindConfig.model_validate({"home": home, "session": session, "planner": planner})


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> tuple[SessionPlan, Path]:
    config = config_in(tmp_path_factory.mktemp("home"), WORKED)
    plan = prepare_session(config, "worked", SessionMode.BACKTEST, lambda *_: None)
    return plan, run_backtest(plan).journal


def test_one_setting_puts_the_orders_of_a_session_to_work(worked: tuple[SessionPlan, Path]) -> None:
    with open_reader(worked[1]) as reader:
        started = [record.event for record in reader.read_kind(AlgorithmStarted)]
        ended = [record.event for record in reader.read_kind(AlgorithmEnded)]
        fills = [record.event for record in reader.read_kind(OrderFilled)]
        costs = transaction_costs(reader)
    assert len(started) > 5
    assert any(isinstance(one, AlgorithmEnded) and one.reason == "filled" for one in ended)
    assert len(fills) > len(started)
    algorithms = {group.name: group for group in costs.groups if group.by == "algorithm"}
    assert algorithms["twap"].orders > 5


def test_a_session_at_work_replays_byte_for_byte(worked: tuple[SessionPlan, Path]) -> None:
    plan, journal = worked
    assert replay_journal(plan, journal).decisions > 100


def test_a_reducer_restored_in_the_middle_of_an_order_goes_on_as_the_other(
    worked: tuple[SessionPlan, Path],
) -> None:
    plan, journal = worked
    with open_reader(journal) as reader:
        inputs = [record.event for record in reader.read() if record.cause == 0]
    first, second = make_reducer(plan, live_factors=False), make_reducer(plan, live_factors=False)
    restored = 0
    for event in inputs:
        made = first.step(event)
        if restored:
            again = second.step(event)
            assert [encode_event(one) for one in again] == [encode_event(one) for one in made]  # type: ignore[arg-type]
        if not restored and any(parent.slices == 2 for parent in first.state.book.parents.values()):
            second.restore(first.snapshot())
            restored = len(inputs)
    assert restored
    assert second.snapshot() == first.snapshot()


def test_an_algorithm_that_is_none_stops_the_session_before_it_begins(tmp_path: Path) -> None:
    config = config_in(tmp_path, {"algorithm": {"use": "twap", "minuets": 3}})
    with pytest.raises(ConfigError, match="minuets"):
        prepare_session(config, "wrong", SessionMode.BACKTEST, lambda *_: None)


def test_what_a_breaker_closes_is_not_worked_any_longer(worked: tuple[SessionPlan, Path]) -> None:
    plan, journal = worked
    with open_reader(journal) as reader:
        inputs = [record.event for record in reader.read() if record.cause == 0]
    reducer = make_reducer(plan, live_factors=False)
    killed: list[object] = []
    for event in inputs:
        made = reducer.step(event)
        if killed and isinstance(event, Bar) and not event.warmup:
            killed += made
            break
        holds = any(position.quantity_lots for position in reducer.state.book.positions.values())
        if not killed and holds and reducer.state.book.parents and isinstance(event, OrderFilled):
            killed += reducer.step(Command(ts_event=event.ts_event, verb="kill", argument="liquidate"))
    ended = [one for one in killed if isinstance(one, AlgorithmEnded)]
    assert [one.reason for one in ended] == ["its position is being closed"]
    assert not reducer.state.book.parents
    slices = [one.order for one in killed if isinstance(one, OrderRequested) and one.order.tag == "twap"]
    assert slices == []
