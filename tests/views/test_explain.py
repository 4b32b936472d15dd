import json

import pytest
from session_story import INSTRUMENTS, START_NS, opening, story, write

from tradewind.core.decisions import (
    AccountMarked,
    BreakerTripped,
    DecisionMade,
    ModelVote,
    OrderRefused,
    OrderRequested,
    Refused,
    Verdict,
)
from tradewind.core.errors import JournalError
from tradewind.core.events import Command, Timer
from tradewind.core.forecasts import Forecast
from tradewind.core.market import Bar
from tradewind.core.orders import Order, OrderAccepted, OrderFilled, OrderRejected, Side
from tradewind.core.timestamps import NS_PER_HOUR
from tradewind.journal.memory import MemoryJournal
from tradewind.journal.opening import open_writer
from tradewind.views.explanation.explain import explain_order
from tradewind.views.explanation.refusal import explain_refusal

NOON = START_NS + 12 * NS_PER_HOUR


def bar(close: float, ts: int = NOON, instrument_id: str = "AAPL.SIM") -> Bar:
    return Bar(
        ts_event=ts,
        instrument_id=instrument_id,
        open=100.0,
        high=102.0,
        low=99.0,
        close=close,
        timeframe="1h",
    )


def forecast(model: str, edge: float, ts: int = NOON) -> Forecast:
    return Forecast(
        ts_event=ts,
        instrument_id="AAPL.SIM",
        model=model,
        model_version="7",
        horizon_bars=24,
        expected_return_bps=edge,
        probability_up=0.57,
        confidence=0.4,
        lower_bps=edge - 30,
        upper_bps=edge + 30,
        data_hash="feedfacefeedface",
    )


def decision(outcome: str = "trade", **changes) -> DecisionMade:
    fields = {
        "ts_event": NOON,
        "decision_id": "d1",
        "strategy": "ensemble",
        "instrument_id": "AAPL.SIM",
        "outcome": outcome,
        "reason": "The edge is enough.",
        "votes": (
            ModelVote(
                model="bilstm", version="7", weight=0.6, edge_bps=20.0, probability_up=0.57, confidence=0.4
            ),
        ),
        "edge_bps": 20.0,
        "cost_bps": 2.5,
        "verdicts": (Verdict(name="edge", passed=True, value=17.5, threshold=6.0, hard=True),),
        "sizing": {"kelly": 0.08, "cap": 0.05},
        "regime": "trending",
        "target_lots": 120,
    }
    return DecisionMade(**(fields | changes))


def order(**changes) -> Order:
    fields = {
        "client_order_id": "d1-1",
        "decision_id": "d1",
        "strategy": "ensemble",
        "instrument_id": "AAPL.SIM",
        "side": Side.BUY,
        "quantity_lots": 120,
    }
    return Order(**(fields | changes))


def report(kind, ts: int = NOON + 1_000_000_000, **changes):
    return kind(**({"ts_event": ts, "client_order_id": "d1-1", "instrument_id": "AAPL.SIM"} | changes))


def fill(trade: str, lots: int, ticks: int, commission: int, slippage: float) -> OrderFilled:
    return report(
        OrderFilled,
        trade_id=trade,
        side=Side.BUY,
        quantity_lots=lots,
        price_ticks=ticks,
        commission_e8=commission,
        slippage_bps=slippage,
    )


def journal_of(*events) -> MemoryJournal:
    journal = MemoryJournal()
    write(journal, opening())
    write(journal, events)
    return journal


WHOLE = (
    (bar(101.0), True),
    (forecast("bilstm", 21.0), True),
    (forecast("momentum", -3.0), True),
    (Timer(ts_event=NOON, name="cycle"), True),
    (decision(), False),
    (forecast("bilstm", 99.0, NOON + 60), True),  # after the decision, before a slice of it: not what it saw
    (OrderRequested(ts_event=NOON, order=order()), False),
    (report(OrderAccepted, venue_order_id="v-9"), True),
    (fill("t1", 50, 10_110, 50_000_000, 1.0), True),
    (fill("t1", 50, 10_110, 50_000_000, 1.0), True),  # said twice by the venue
    (fill("t2", 70, 10_120, 70_000_000, 2.0), True),
    (bar(102.0, NOON + NS_PER_HOUR), True),
    (bar(55.0, NOON + NS_PER_HOUR, "MSFT"), True),
    (
        AccountMarked(
            ts_event=NOON + NS_PER_HOUR,
            equity_e8=1,
            cash_e8=1,
            gross_e8=0,
            net_e8=0,
            drawdown_pct=0.0,
            positions={"AAPL.SIM": 120},
        ),
        False,
    ),
)


def test_a_filled_order_is_told_from_bar_to_profit() -> None:
    told = explain_order(journal_of(*WHOLE), "d1-1")
    assert [step.heading for step in told.steps] == [
        "What the market did",
        "What the models said",
        "How they were weighed",
        "Which filters it went through",
        "How large",
        "The order",
        "The venue has it",
        "A fill",
        "A fill",
        "What it cost",
        "What it is worth now",
    ]
    steps = {step.heading: step for step in told.steps}
    assert steps["What the models said"].figures[0]["expected_return_bps"] == 21.0
    assert steps["What the models said"].figures[0]["data_hash"] == "feedfacefeedface"
    # 50 x 101.10 + 70 x 101.20 = 12,139.00 paid; worth 120 x 102.00 = 12,240.00
    cost = steps["What it cost"].figures[0]
    assert (cost["average_price"], cost["commission"]) == ("101.15833333", "1.20")
    assert cost["slippage_bps"] == pytest.approx((50 * 1.0 + 70 * 2.0) / 120)
    worth = steps["What it is worth now"].figures[0]
    assert (worth["profit_before_commission"], worth["profit"]) == ("101.00", "99.80")
    assert told.summary == "Buy 120 AAPL.SIM at the market. It was filled, 120 of 120 filled."
    text = told.to_text()
    for words in (
        "closed at 2026-03-02T12:00:00Z ended at 101.00",
        "a weight of 0.600",
        "17.5 against 6",
        "+5.00 %",
    ):
        assert words in text
    assert "99.0" not in text
    assert json.loads(json.dumps(told.to_dict()))["decision_id"] == "d1"


def test_a_refused_order_names_the_rule_and_its_figures() -> None:
    refusal = Refused(rule="max_position", reason="12 % is more than 10 %.", figures={"position_pct": 12.0})
    events = (*WHOLE[:5], (OrderRefused(ts_event=NOON, order=order(), refusal=refusal), False))
    told = explain_order(journal_of(*events), "d1-1")
    assert told.steps[-1].figures == ({"position_pct": 12.0},)
    assert "refused by max_position and never left" in told.summary


def test_an_order_the_venue_rejected_and_one_unheard_of() -> None:
    journal = journal_of(*WHOLE[:7])
    assert explain_order(journal, "d1-1").summary.endswith("Nothing has been heard of it yet.")
    write(journal, [(report(OrderRejected, reason="Halted."), True)])
    told = explain_order(journal, "d1-1")
    assert told.steps[-1].sentences == ("At 2026-03-02T12:00:01Z: Halted.",)
    assert "rejected, 0 of 120" in told.summary


def test_a_closing_order_names_the_command_or_breaker_behind_it() -> None:
    closing = order(client_order_id="s-close-1", decision_id="s-close-1", side=Side.SELL, reduce_only=True)
    kill = (Command(ts_event=NOON, verb="kill", argument="liquidate"), True)
    told = explain_order(journal_of(kill, (OrderRequested(ts_event=NOON, order=closing), False)), "s-close-1")
    assert told.steps[0].sentences == ("A person commanded kill liquidate at 2026-03-02T12:00:00Z.",)
    trip = BreakerTripped(
        ts_event=NOON,
        breaker="drawdown",
        scope="account",
        action="close",
        value=15.2,
        threshold=15.0,
        reason="Drawdown is over 15 %.",
    )
    events = ((bar(101.0), True), (trip, False), (OrderRequested(ts_event=NOON, order=closing), False))
    told = explain_order(journal_of(*events), "s-close-1")
    assert "Breaker drawdown tripped" in told.to_text()
    assert "15.2 against a threshold of 15" in told.to_text()


def test_an_unknown_order_says_so() -> None:
    with pytest.raises(JournalError, match="no order 'nope'"):
        explain_order(journal_of(*WHOLE), "nope")


def test_every_order_of_a_session_can_be_explained(tmp_path) -> None:
    with open_writer(tmp_path / "journal.db") as journal:
        write(journal, story(30, 5))
        reader = journal.reader()
        asked = 0
        for record in reader.read_kind(OrderRequested, OrderRefused):
            told = explain_order(reader, record.event.order.client_order_id)
            assert told.decision_id == record.event.order.decision_id
            assert [step.heading for step in told.steps][:3] == [
                "What the market did",
                "What the models said",
                "How they were weighed",
            ]
            votes = next(step for step in told.steps if step.heading == "What the models said")
            assert all(figure["record"] < record.seq for figure in votes.figures)
            asked += 1
        assert asked > 20
        reader.close()


def test_the_nearest_refusal_is_the_one_that_missed_by_least() -> None:
    def held(number: int, *verdicts: Verdict) -> tuple:
        return decision("hold", decision_id=f"d{number}", verdicts=verdicts, reason=f"No {number}."), False

    edge = {"name": "edge", "passed": False, "threshold": 6.0}
    fine = Verdict(name="agreement", passed=True, value=1.0, threshold=0.5)
    journal = journal_of(
        (bar(101.0), True),
        held(1, fine, Verdict(value=5.5, **edge)),
        held(2, fine, Verdict(value=1.0, **edge)),
        held(3, Verdict(value=5.9, **edge)),
    )
    told = explain_refusal(journal)
    assert told.decision_id == "d1"
    assert told.summary.startswith("No 1. 3 decisions, 0 orders sent")
    refusal = Refused(rule="max_position", reason="Too large.")
    write(journal, [(bar(101.0), True), (OrderRefused(ts_event=NOON, order=order(), refusal=refusal), False)])
    assert explain_refusal(journal).client_order_id == "d1-1"
    assert explain_refusal(journal, "MSFT").title == "No decision was made for MSFT"


def test_no_decision_at_all_counts_what_there_was() -> None:
    told = explain_refusal(journal_of((bar(101.0), True), (forecast("bilstm", 2.0), True)))
    assert told.steps[0].sentences == ("1 bars to trade on, 1 forecasts and 0 that did not come.",)
    assert len(INSTRUMENTS) == 9
