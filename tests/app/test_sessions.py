"""Whole sessions on real history: paper equals backtest, replay equals both, and nothing trades unasked."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from session_parts import MakePlan

from sequence_model import sequence_model
from torch_absent import needs_torch
from tradewind.alphas.registry import MODELS
from tradewind.app.config import DateWindow
from tradewind.app.research.features import build_features, for_learning
from tradewind.app.research.training import ModelGroup
from tradewind.app.session.beforehand import batch_forecasts
from tradewind.app.session.parts import make_feed, make_host, make_reducer, make_venue
from tradewind.app.session.plan import PromotionWord, SessionPlan
from tradewind.app.session.running import replay_journal, run_backtest, run_paper
from tradewind.core.decisions import (
    BreakerTripped,
    CommandRefused,
    DecisionMade,
    OrderRefused,
    OrderRequested,
)
from tradewind.core.events import AnyEvent, Command, SessionStarted, encode_event
from tradewind.core.forecasts import FactorRow, Forecast, ForecastFailed
from tradewind.core.instruments import symbol_of
from tradewind.core.market import Bar
from tradewind.core.orders import OrderFilled
from tradewind.core.panel import Samples
from tradewind.core.ports import Model
from tradewind.core.timestamps import iso
from tradewind.engine.driver.asking import AskAtOnce
from tradewind.engine.driver.loop import Driver, DriverSettings
from tradewind.engine.driver.outbox import DirectOutbox
from tradewind.engine.driver.recorded import run_recorded
from tradewind.engine.driver.recovery import recover
from tradewind.engine.driver.snapshots import SessionParts
from tradewind.engine.replay import replay
from tradewind.journal.inbox import Inbox
from tradewind.journal.memory import MemoryJournal
from tradewind.journal.opening import open_reader


def events(path: Path, *kinds: type) -> list[AnyEvent]:
    with open_reader(path) as reader:
        return [record.event for record in (reader.read_kind(*kinds) if kinds else reader.read())]


def test_paper_and_backtest_are_two_wirings_of_one_behaviour(make_plan: MakePlan) -> None:
    paper = run_paper(make_plan("paper"))
    backtest = run_backtest(make_plan("backtest", "backtest"))
    for kind in (OrderRequested, OrderFilled, BreakerTripped):
        assert [encode_event(e) for e in events(paper.journal, kind)] == [
            encode_event(e) for e in events(backtest.journal, kind)
        ], kind.__name__
    # Rows computed live and in batch agree within 1e-9 of scale, and so do the forecasts made from them.
    for live, batch in zip(
        events(paper.journal, FactorRow), events(backtest.journal, FactorRow), strict=True
    ):
        assert (live.instrument_id, live.ts_event) == (batch.instrument_id, batch.ts_event)  # type: ignore[union-attr]
        np.testing.assert_allclose(live.values, batch.values, rtol=1e-9, atol=1e-9)  # type: ignore[union-attr]
    for one, other in zip(events(paper.journal, Forecast), events(backtest.journal, Forecast), strict=True):
        assert (one.instrument_id, one.model) == (other.instrument_id, other.model)  # type: ignore[union-attr]
        assert one.expected_return_bps == pytest.approx(other.expected_return_bps, rel=1e-6, abs=1e-6)  # type: ignore[union-attr]
    decided = [
        [
            (d.instrument_id, d.ts_event, d.outcome, d.target_lots, d.reason)
            for d in events(path, DecisionMade)
        ]  # type: ignore[union-attr]
        for path in (paper.journal, backtest.journal)
    ]
    assert decided[0] == decided[1]
    assert paper.book.equity_e8 == backtest.book.equity_e8
    assert len(events(paper.journal, OrderFilled)) > 5


def test_replay_of_a_whole_session_gives_every_decision_again(make_plan: MakePlan) -> None:
    plan = make_plan()
    ran = run_paper(plan)
    report = replay_journal(plan, ran.journal)
    assert report.inputs + report.decisions == ran.records
    assert report.decisions > 1_000


class StopError(Exception):
    """The session is cut off here."""


@pytest.mark.parametrize("stop_at", [3, 90, 150])
def test_a_session_that_broke_off_goes_on_to_the_same_end(make_plan: MakePlan, stop_at: int) -> None:
    whole = run_paper(make_plan("whole"))
    seen = 0

    def stop(done: int, total: int, note: str) -> None:
        nonlocal seen
        seen += 1
        if seen == stop_at:
            raise StopError

    with pytest.raises(StopError):
        run_paper(make_plan("whole2"), stop)
    resumed = run_paper(make_plan("whole2"))
    assert resumed.resumed_from > 0
    first, second = events(whole.journal)[1:], events(resumed.journal)[1:]
    assert [encode_event(e) for e in first] == [encode_event(e) for e in second]


def test_snapshot_and_tail_equal_full_replay_with_every_real_part(make_plan: MakePlan) -> None:
    plan = make_plan()
    journal = MemoryJournal()
    whole, tail = (
        SessionParts(make_reducer(plan, live_factors=True), make_venue(plan), make_host(plan))
        for _ in range(2)
    )
    driver = Driver(
        whole,
        journal,
        DirectOutbox(whole.venue),  # type: ignore[arg-type]
        asking=AskAtOnce(whole.host),  # type: ignore[arg-type]
        settings=DriverSettings(snapshot_every=900),
    )
    run_recorded(driver, make_feed(plan))
    full = make_reducer(plan, live_factors=True)
    replay(journal.read(), full)
    found = recover(journal, tail)
    assert 0 < found.from_snapshot < journal.last_seq()
    assert tail.reducer.snapshot() == full.snapshot() == whole.reducer.snapshot()
    assert tail.host is not None
    assert whole.host is not None
    assert tail.host.snapshot() == whole.host.snapshot()  # no hole in what models remember


def test_no_refused_model_trades_without_an_override(make_plan: MakePlan) -> None:
    ran = run_paper(make_plan(override_gate=False))
    assert events(ran.journal, OrderRequested, OrderFilled) == []
    decisions = events(ran.journal, DecisionMade)
    assert decisions
    assert all(isinstance(d, DecisionMade) and not d.votes for d in decisions)


def test_accepted_models_need_none(make_plan: MakePlan) -> None:
    ran = run_paper(make_plan(verdict="accepted", override_gate=False))
    assert len(events(ran.journal, OrderFilled)) > 5


def test_every_fill_comes_after_its_decision_and_opens_at_or_after_it(make_plan: MakePlan) -> None:
    ran = run_paper(make_plan())
    asked = {e.order.client_order_id: e for e in events(ran.journal, OrderRequested)}  # type: ignore[union-attr]
    bars = {(e.instrument_id, e.ts_event): e for e in events(ran.journal, Bar)}  # type: ignore[union-attr]
    fills: Sequence[OrderFilled] = events(ran.journal, OrderFilled)  # type: ignore[assignment]
    for fill in fills:
        order = asked[fill.client_order_id].order  # type: ignore[union-attr]
        bar = bars[fill.instrument_id, fill.ts_event]
        assert bar.ts_open == 0 or bar.ts_open >= order.ts_decided
        assert bar.ts_event > order.ts_decided


def test_a_daily_bar_opens_with_its_own_trading_day(make_plan: MakePlan) -> None:
    window = DateWindow(start="2020-11-23", end="2020-12-30")
    plan = make_plan(window=window, symbols=("MSFT", "BTC/USD", "EUR/USD"))
    bars = {
        (symbol_of(e.instrument_id), iso(e.ts_event)): e
        for e in make_feed(plan)
        if isinstance(e, Bar) and not e.warmup
    }
    hours = {
        ("MSFT", "2020-11-25T21:00:00Z"): "2020-11-25T14:30:00Z",
        ("MSFT", "2020-11-27T18:00:00Z"): "2020-11-27T14:30:00Z",  # the day after Thanksgiving
        ("MSFT", "2020-12-24T18:00:00Z"): "2020-12-24T14:30:00Z",
        ("BTC/USD", "2020-11-28T00:00:00Z"): "2020-11-27T00:00:00Z",
        ("EUR/USD", "2020-11-27T15:00:00Z"): "2020-11-27T13:10:00Z",  # fixed at 14:10 in Frankfurt
    }
    assert {key: iso(bars[key].ts_open) for key in hours} == hours
    assert not [day for symbol, day in bars if symbol == "MSFT" and day[:10] in {"2020-11-26", "2020-12-25"}]
    started = next(e for e in make_feed(plan) if isinstance(e, SessionStarted))
    assert {calendar.name for calendar in started.calendars} == {"XNYS", "24/7", "24/5", "ECB"}


def test_other_dates_and_symbols_give_other_numbers(make_plan: MakePlan) -> None:
    one = run_paper(make_plan("one"))
    two = run_paper(make_plan("two", symbols=("MSFT", "EUR/USD")))
    assert one.book.equity_e8 != two.book.equity_e8
    assert {e.instrument_id for e in events(two.journal, Bar)} == {"MSFT.XNAS", "EUR/USD.IDEALPRO"}  # type: ignore[union-attr]


def test_what_a_pair_lacks_is_absent_and_said(make_plan: MakePlan) -> None:
    ran = run_paper(make_plan())
    decisions = [d for d in events(ran.journal, DecisionMade) if d.instrument_id == "EUR/USD.IDEALPRO"]  # type: ignore[union-attr]
    notes = [v.note for d in decisions for v in d.verdicts if v.name == "filters"]  # type: ignore[union-attr]
    assert notes
    assert all("absent: " in note and "vwap_z" in note for note in notes)
    assert all("vwap_z" not in d.factors for d in decisions)  # type: ignore[union-attr]


def test_commands_from_the_inbox_are_obeyed_once_and_bad_ones_refused_whole(make_plan: MakePlan) -> None:
    plan = make_plan()
    path = plan.config.home / "journals" / "s.journal"
    path.parent.mkdir(parents=True)
    inbox = Inbox(path.with_suffix(".inbox"))
    at = plan.config.session.window.start_ns
    inbox.put(Command(ts_event=at, verb="kill", argument="freeze"))
    inbox.put(Command(ts_event=at, verb="kill", argument="everything"))
    inbox.put(Command(ts_event=at, verb="set", argument="weight.logistic", value=99.0))
    ran = run_paper(plan)
    assert inbox.take() == []
    inbox.close()
    trips = [e for e in events(ran.journal, BreakerTripped) if e.breaker == "kill_switch"]  # type: ignore[union-attr]
    assert len(trips) == 1
    refused = events(ran.journal, CommandRefused)
    assert [e.argument for e in refused] == ["everything", "weight.logistic"]  # type: ignore[union-attr]
    assert events(ran.journal, OrderFilled) == []
    blocked = events(ran.journal, DecisionMade, OrderRefused)
    assert any("kill_switch" in str(e) for e in blocked)


def test_a_model_that_fails_drops_out_and_the_rest_go_on(
    make_plan: MakePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = make_plan()
    broken = next(m for m in plan.models.models if m.name == "lightgbm")
    monkeypatch.setattr(type(broken), "predict", _fail_for(type(broken).predict, broken))
    ran = run_paper(plan)
    failed = events(ran.journal, ForecastFailed)
    assert {e.model for e in failed} == {"lightgbm"}  # type: ignore[union-attr]
    votes = {v.model for d in events(ran.journal, DecisionMade) for v in d.votes}  # type: ignore[union-attr]
    assert "lightgbm" not in votes
    assert "logistic" in votes


def _fail_for(real: object, broken: object) -> object:
    def predict(self: object, rows: object) -> object:
        if self is broken:
            message = "broken for the test"
            raise ValueError(message)
        return real(self, rows)  # type: ignore[operator]

    return predict


def _bilstm() -> Model:
    return MODELS.get("bilstm")(
        hidden=(4, 3), dense=(4, 3), epochs=1, lookback=20, samples=200, device="cpu", present_share=0.3
    )


def _plain() -> Model:
    return sequence_model(lookback=20, present_share=0.3)


@pytest.mark.parametrize("make_model", [_plain, pytest.param(_bilstm, marks=needs_torch)])
def test_a_sequence_model_speaks_on_every_calendar_and_as_in_batch(
    make_plan: MakePlan, make_model: Callable[[], Model]
) -> None:
    plan = make_plan(
        symbols=("MSFT", "BTC/USD", "EUR/USD"), window=DateWindow(start="2020-04-01", end="2020-07-01")
    )
    model = make_model()
    learned = for_learning(_training_rows(plan))
    model.fit(learned, None, 7)
    models = replace(plan.models, groups=(ModelGroup("1d", 5, (model,)),))
    plan = replace(plan, models=models, words=(PromotionWord(model.name, "accepted"),))
    ran = run_paper(plan)
    live = {(f.instrument_id, f.ts_event): f for f in events(ran.journal, Forecast)}  # type: ignore[union-attr]
    batch = {(f.instrument_id, f.ts_event): f for f in batch_forecasts(plan) if isinstance(f, Forecast)}
    assert {instrument_id for instrument_id, _ in live} == {"MSFT.XNAS", "BTC/USD.KRAKEN", "EUR/USD.IDEALPRO"}
    assert live.keys() == batch.keys()
    for key, forecast in live.items():
        assert forecast.probability_up == pytest.approx(batch[key].probability_up, abs=1e-6)  # type: ignore[union-attr]


def _training_rows(plan: SessionPlan) -> Samples:
    past = [b.between(0, plan.config.session.window.start_ns) for b in plan.bars]
    known = [b for b in past if len(b) > 60]
    return build_features(known, plan.instruments, 5, {}, plan.models.names).samples
