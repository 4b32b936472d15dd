import json
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from session_story import INSTRUMENTS, START_NS, instrument, opening, story, write

from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdjusted, TradeClosed
from tradewind.core.decisions import (
    AccountMarked,
    BreakerTripped,
    DecisionMade,
    FilterVerdict,
    ModelVote,
    OrderRefused,
    OrderRequested,
    Refused,
)
from tradewind.core.errors import JournalError
from tradewind.core.events import Command, Timer
from tradewind.core.forecasts import Forecast
from tradewind.core.instruments import AssetClass
from tradewind.core.market import Bar
from tradewind.core.orders import Order, OrderAccepted, OrderFilled, OrderRejected, OrderType, Side
from tradewind.core.timestamps import NS_PER_HOUR
from tradewind.core.vocabulary import ActionKind, CashReason
from tradewind.journal.memory import MemoryJournal
from tradewind.journal.opening import open_writer
from tradewind.views.explanation.costs import cost_of
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
        "verdicts": (FilterVerdict(name="edge", passed=True, value=17.5, threshold=6.0, hard=True),),
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
    (bar(55.0, NOON + NS_PER_HOUR, "MSFT.SIM"), True),
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


@pytest.mark.parametrize(
    ("changes", "seen", "said"),
    [
        ({}, "AAPL.SIM", "at 101.10, at the open of the 1h bar that closed at 2026-03-02T12:00:01Z,"),
        (
            {"order_type": OrderType.LIMIT, "limit_price_ticks": 10_120},
            "AAPL.SIM",
            "at 101.10, within the 1h bar that closed at 2026-03-02T12:00:01Z,",
        ),
        ({}, "MSFT.SIM", "at 101.10, at 2026-03-02T12:00:01Z,"),
    ],
    ids=["market", "limit", "no bar of its own"],
)
def test_a_fill_says_which_bar_it_lies_in(changes: dict[str, object], seen: str, said: str) -> None:
    journal = journal_of(
        *WHOLE[:6],
        (OrderRequested(ts_event=NOON, order=order(**changes)), False),
        (bar(102.0, NOON + 1_000_000_000, seen), True),
        (fill("t1", 120, 10_110, 0, 0.0), True),
    )
    (step,) = [one for one in explain_order(journal, "d1-1").steps if one.heading == "A fill"]
    assert said in step.sentences[0]


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
    # It arrived at 101.09 and 101.18: 1.90 worse and 1.20 of commission are 3.10, of 12,137.10.
    assert cost["total_cost"] == "3.10"
    assert cost["total_cost_bps"] == pytest.approx(10_000 * 3.10 / 12_137.10)
    parts = [Decimal(str(cost[part])) for part in ("commission", "spread", "slippage")]
    assert sum(parts) == Decimal("3.10")
    assert parts[1] == Decimal("0.50") + Decimal(
        "0.70826"
    )  # half a spread of 1 bps, never more than was paid
    assert "It cost 3.10 USD, 2.55 bps" in told.to_text()
    assert "The strategy ensemble asked for it, in the account main." in told.to_text()
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


def test_an_exit_tells_what_the_whole_trade_brought_and_a_holding_what_happened_to_it() -> None:
    journal = journal_of(*WHOLE)
    later = NOON + 2 * NS_PER_HOUR
    own = {"account": "main", "strategy": "ensemble", "instrument_id": "AAPL.SIM"}
    split = {"instrument_id": "AAPL.SIM", "kind": ActionKind.SPLIT, "numerator": 4}
    paid = {"currency": "USD", "reason": CashReason.DIVIDEND}
    became = {"old_lots": 120, "new_lots": 480, "cost_e8": 1, "reason": "It was split 4:1."}
    write(
        journal,
        [
            (CorporateAction(ts_event=later, **split), True),
            (PositionAdjusted(ts_event=later, **own, **became), False),
            (CashMoved(ts_event=later, amount_e8=7 * 10**8, note="a unit", **own, **paid), False),
            (CashMoved(ts_event=later, amount_e8=-3 * 10**8, **(own | {"strategy": "other"}), **paid), False),
            (bar(25.5, later), True),
        ],
    )  # fmt: skip
    steps = {step.heading: step for step in explain_order(journal, "d1-1").steps}
    assert steps["While it was held"].sentences == (
        "It was split 4:1. 120 became 480 at 2026-03-02T14:00:00Z.",
        "A dividend of 7.00 USD at 2026-03-02T14:00:00Z (a unit).",
    )
    # 120 shares of before are 480 of today: 480 x 25.50 less 12,139.00, and not 120 x 25.50.
    assert steps["What it is worth now"].figures[0]["profit_before_commission"] == "101.00"
    leaving = order(client_order_id="d2-1", decision_id="d2", side=Side.SELL, quantity_lots=480)
    sold = {"client_order_id": "d2-1", "side": Side.SELL, "commission_e8": 0, "price_ticks": 2_550}
    closed = {"lots": 480, "opened_ts": NOON, "profit_e8": 10_680 * 10**6}
    write(
        journal,
        [
            (OrderRequested(ts_event=later, order=leaving), False),
            (report(OrderFilled, trade_id="t3", quantity_lots=200, **sold), True),
            (report(OrderFilled, trade_id="t4", quantity_lots=280, **sold), True),
            (TradeClosed(ts_event=later, **own, **closed), False),
        ],
    )
    told = explain_order(journal, "d2-1")
    trade = next(step for step in told.steps if step.heading == "What the trade brought")
    assert trade.figures[0]["trade_profit"] == "106.80"
    assert "a long trade of 480 AAPL.SIM by ensemble" in trade.sentences[0]
    assert not [step for step in told.steps if step.heading == "While it was held"]
    assert "106.80 USD of profit" in explain_order(journal, "d1-1").to_text()
    cost = next(step for step in told.steps if step.heading == "What it cost").figures[0]
    assert (cost["total_cost"], cost["total_cost_bps"]) == ("0.00", 0.0)


def test_a_fee_in_coin_and_a_foreign_price_are_one_sum_in_the_account_s_currency() -> None:
    coin_fee = fill("t1", 120, 10_110, 1_000_000, 1.0)  # 0.01 of an ether
    journal = journal_of(
        (bar(1.25, instrument_id="GBP/USD.SIM"), True),
        (bar(2_000.0, instrument_id="ETH/USDT.SIM"), True),
        (OrderRequested(ts_event=NOON, order=order()), False),
        (msgspec.structs.replace(coin_fee, fee_currency="ETH", arrival_ticks=10_100), True),
    )
    cost = next(s for s in explain_order(journal, "d1-1").steps if s.heading == "What it cost").figures[0]
    # 120 x 0.10 against the arrival, and 0.01 ether at 2,000.
    assert cost["total_cost"] == "32.00"
    assert cost["total_cost_bps"] == pytest.approx(10_000 * 32 / (120 * 101))
    pound = instrument("VOD", AssetClass.EQUITY, "0.01", "1", "SIM", "GBP")
    rates = {"USD": Fraction(1), "GBP": Fraction(5, 4), "ETH": Fraction(2_000)}
    foreign = cost_of(
        [msgspec.structs.replace(coin_fee, fee_currency="ETH", arrival_ticks=10_100)], pound, rates, "USD"
    )
    assert foreign.total_e8 == (20 + 15) * 10**8
    unknown = journal_of(
        (OrderRequested(ts_event=NOON, order=order()), False),
        (msgspec.structs.replace(coin_fee, fee_currency="XYZ"), True),
    )
    assert "no price says what one XYZ is worth" in explain_order(unknown, "d1-1").to_text()


@given(
    lots=st.lists(st.integers(1, 10_000), min_size=1, max_size=5),
    prices=st.lists(st.integers(9_000, 11_000), min_size=5, max_size=5),
    fees=st.lists(st.integers(0, 10**10), min_size=5, max_size=5),
    side=st.sampled_from(Side),
)
def test_the_parts_of_a_cost_add_up_to_an_independent_sum(
    lots: list[int], prices: list[int], fees: list[int], side: Side
) -> None:
    fills = [
        msgspec.structs.replace(fill(f"t{i}", n, prices[i], fees[i], 0.0), side=side, arrival_ticks=10_000)
        for i, n in enumerate(lots)
    ]
    one = instrument("AAPL", AssetClass.EQUITY, "0.01", "1", "SIM")
    cost = cost_of(fills, one, {"USD": Fraction(1)}, "USD")
    paid = sum((Decimal(prices[i]) / 100 - 100) * n for i, n in enumerate(lots)) * (
        1 if side is Side.BUY else -1
    )
    whole = paid + sum(Decimal(fees[i]) for i in range(len(lots))) / 10**8
    assert Decimal(cost.total_e8) / 10**8 == whole
    assert cost.bps == pytest.approx(float(10_000 * whole / (100 * sum(lots))))
    assert cost.spread_e8 >= 0


def test_nothing_is_never_shown_as_minus_nothing() -> None:
    small = (bar(100.0001), True)  # 0.01 bps within the bar, and a forecast of as much below nothing
    events = (small, (forecast("bilstm", -0.04), True), (decision(edge_bps=-0.04), False))
    told = explain_order(
        journal_of(*events, (OrderRequested(ts_event=NOON, order=order()), False)), "d1-1"
    ).to_text()
    assert "-0.0 " not in told
    assert "Together: +0.0 bps" in told


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
    def held(number: int, *verdicts: FilterVerdict) -> tuple:
        return decision("hold", decision_id=f"d{number}", verdicts=verdicts, reason=f"No {number}"), False

    edge = {"name": "edge", "passed": False, "threshold": 6.0}
    fine = FilterVerdict(name="agreement", passed=True, value=1.0, threshold=0.5)
    journal = journal_of(
        (bar(101.0), True),
        held(1, fine, FilterVerdict(value=5.5, **edge)),
        held(2, fine, FilterVerdict(value=1.0, **edge)),
        held(3, FilterVerdict(value=5.9, **edge)),
    )
    told = explain_refusal(journal)
    assert told.decision_id == "d1"
    assert told.summary.startswith("No 1. 3 decisions, 0 orders sent")
    refusal = Refused(rule="max_position", reason="Too large.")
    write(journal, [(bar(101.0), True), (OrderRefused(ts_event=NOON, order=order(), refusal=refusal), False)])
    assert explain_refusal(journal).client_order_id == "d1-1"
    assert explain_refusal(journal, "MSFT.SIM").title == "Nothing was refused of MSFT.SIM"


def test_no_decision_at_all_counts_what_there_was() -> None:
    told = explain_refusal(journal_of((bar(101.0), True), (forecast("bilstm", 2.0), True)))
    assert told.steps[0].sentences == ("1 bars to trade on, 1 forecasts and 0 that did not come.",)
    assert len(INSTRUMENTS) == 9
