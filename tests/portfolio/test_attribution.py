"""Attribution adds up to the last unit, whichever way it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.decisions import DecisionMade, ModelVote
from tradewind.core.errors import DataError
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.orders import Order, OrderFilled, Side
from tradewind.portfolio.attribution import UNATTRIBUTED, attribute, split_by_votes

AAPL = Instrument(
    symbol="AAPL",
    asset_class=AssetClass.EQUITY,
    venue="SIM",
    quote_currency="USD",
    tick_size="0.01",
    lot_size="1",
    calendar="XNYS",
)


def vote(model: str, weight: float, edge: float) -> ModelVote:
    return ModelVote(
        model=model, version="1", weight=weight, edge_bps=edge, probability_up=0.5, confidence=0.5
    )


def fill(order: str, side: Side, lots: int, ticks: int, fee: int = 0) -> OrderFilled:
    return OrderFilled(
        ts_event=1,
        client_order_id=order,
        instrument_id="AAPL.SIM",
        trade_id=order,
        side=side,
        quantity_lots=lots,
        price_ticks=ticks,
        commission_e8=fee,
    )


def order(name: str, strategy: str) -> Order:
    return Order(
        client_order_id=name,
        decision_id=f"d-{name}",
        strategy=strategy,
        instrument_id="AAPL.SIM",
        side=Side.BUY,
        quantity_lots=1,
    )


def test_a_round_trip_by_hand() -> None:
    decision = DecisionMade(
        ts_event=1,
        decision_id="d-a",
        strategy="trend",
        instrument_id="AAPL.SIM",
        outcome="trade",
        reason="",
        votes=(vote("m1", 0.75, 10.0), vote("m2", 0.25, 10.0), vote("against", 0.5, -5.0)),
    )
    fills = [fill("a", Side.BUY, 10, 10_000, 150), fill("b", Side.SELL, 10, 10_300, 150)]
    orders = {"a": order("a", "trend"), "b": order("b", "stops")}
    found = attribute(fills, orders, {"d-a": decision}, {"AAPL.SIM": AAPL}, {"AAPL.SIM": 10_200}, {}, "USD")
    # Bought at 100, marked at 102: +20. Sold at 103, marked at 102: +10. The round trip made 30.
    assert found.total_e8 == 30 * 10**8 - 300
    assert found.by_strategy == {"trend": 20 * 10**8 - 150, "stops": 10 * 10**8 - 150}
    assert found.by_model == {
        "m1": 1_499_999_888,  # 3/4 of 1,999,999,850, the half unit by name
        "m2": 499_999_962,
        UNATTRIBUTED: 10 * 10**8 - 150,
    }
    assert (found.by_id, found.commission_e8) == ({"AAPL.SIM": found.total_e8}, 300)


def test_holes_are_refused() -> None:
    fills = [fill("a", Side.BUY, 1, 100)]
    with pytest.raises(DataError, match="'a'"):
        attribute(fills, {}, {}, {"AAPL.SIM": AAPL}, {"AAPL.SIM": 1}, {}, "USD")
    with pytest.raises(DataError, match="no mark"):
        attribute(fills, {"a": order("a", "s")}, {}, {"AAPL.SIM": AAPL}, {}, {}, "USD")
    with pytest.raises(DataError, match="no rate from USD"):
        attribute(fills, {"a": order("a", "s")}, {}, {"AAPL.SIM": AAPL}, {"AAPL.SIM": 1}, {}, "EUR")


@given(
    profit=st.integers(-(10**18), 10**18),
    votes=st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0, 1), st.floats(-100, 100)), max_size=8),
    sign=st.sampled_from([1, -1]),
)
def test_parts_add_up_exactly(profit: int, votes: list[tuple[str, float, float]], sign: int) -> None:
    parts = split_by_votes(profit, tuple(vote(*v) for v in votes), sign)
    assert sum(parts.values()) == profit
    supporters = {m for m, w, e in votes if w * e * sign > 0} or {UNATTRIBUTED}
    assert set(parts) == supporters
