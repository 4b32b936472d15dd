"""The least and the most quantity that a venue takes in one order: held by all who look at orders."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.book import Book, Ledger, Position
from tradewind.core.decisions import (
    APPROVED,
    DecisionMade,
    OrderRefused,
    OrderRequested,
    Refused,
)
from tradewind.core.instrument_check import instrument_fault
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.minimum_notional import above_maximum, below_minimum, order_below_minimum
from tradewind.core.orders import Order, OrderAccepted, OrderRejected, Side
from tradewind.core.protection import ProtectionSettings
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.execution.capabilities import CapabilityGate, capabilities_of
from tradewind.execution.planner import PlannerSettings, orders_for_target
from tradewind.execution.venue.simulated import SimulatedVenue

COIN = Instrument(
    symbol="BTC/USDT",
    asset_class=AssetClass.CRYPTO,
    venue="SIM",
    quote_currency="USDT",
    tick_size="0.01",
    lot_size="0.001",
    calendar="24/7",
    minimum_quantity="0.01",
    maximum_quantity="5.0005",
)
LEAST, MOST = 10, 5_000
MARK = 100_00


def decide(target, outcome="trade"):
    return DecisionMade(
        ts_event=NS_PER_DAY,
        decision_id="d-1",
        strategy="s",
        instrument_id=COIN.id,
        outcome=outcome,
        reason="test",
        target_lots=target,
    )


def book_with(held=0, coin=COIN):
    book = Book(base_currency="USDT", instruments={coin.id: coin}, accounts={"main": {"USDT": Ledger()}})
    position = Position(instrument_id=coin.id, strategy="s", quantity_lots=held, cost_e8=held * MARK * 1_000)
    book.positions[position.key] = position
    book.mark_ticks[coin.id] = MARK
    return book


def order_of(lots, side=Side.BUY, **changes):
    return Order(
        client_order_id="o-1",
        decision_id="d-1",
        strategy="s",
        instrument_id=COIN.id,
        side=side,
        quantity_lots=lots,
        ts_decided=NS_PER_DAY,
        **changes,
    )


class Passing:
    def check(self, order, book):
        return APPROVED


@given(
    lots=st.integers(-10_000, 10_000).filter(bool),
    lot=st.sampled_from(["0.001", "0.0003", "1", "10"]),
    least=st.decimals("0", "20", places=4),
    most=st.decimals("0", "20", places=4),
)
def test_a_quantity_is_judged_exactly(lots, lot, least, most):
    coin = msgspec.structs.replace(
        COIN, lot_size=lot, minimum_quantity=f"{least:f}", maximum_quantity=f"{most:f}"
    )
    quantity = abs(lots) * Decimal(lot)
    assert (below_minimum(coin, MARK, lots) is not None) == (quantity < least)
    if coin.most_lots:
        assert (above_maximum(coin, lots) is not None) == (quantity > most)
    else:
        assert above_maximum(coin, lots) is None


def test_the_refusal_says_quantity_and_bound_and_needs_no_price():
    small = order_below_minimum(COIN, order_of(LEAST - 1), None)
    assert (small.rule, small.figures) == ("minimum_quantity", {"quantity": 0.009, "minimum": 0.01})
    assert "0.009 is less than the venue's least, 0.01" in small.reason
    large = above_maximum(COIN, -MOST - 1)
    assert (large.rule, large.figures) == ("maximum_quantity", {"quantity": 5.001, "maximum": 5.0005})
    assert order_below_minimum(COIN, order_of(LEAST), None) is None
    assert above_maximum(COIN, MOST) is None


@pytest.mark.parametrize(
    ("lots", "held", "rule"),
    [
        (LEAST - 1, 0, "minimum_quantity"),
        (LEAST, 0, ""),
        (MOST, 0, ""),
        (MOST + 1, 0, "maximum_quantity"),
        (MOST + 1, -MOST - 1, "maximum_quantity"),
        (LEAST - 1, -LEAST, ""),  # what only closes may be small: the broker has the last word
    ],
)
def test_the_gate_before_a_broker_refuses_what_the_venue_would(lots, held, rule):
    gate = CapabilityGate(Passing(), capabilities_of("simulated"), {COIN.id: COIN})
    said = gate.check(order_of(lots), book_with(held))
    assert (said.rule if isinstance(said, Refused) else "") == rule


@pytest.mark.parametrize("lots", [LEAST - 1, LEAST, MOST, MOST + 1])
def test_the_simulated_venue_takes_what_lies_between(lots):
    (event,) = SimulatedVenue({COIN.id: COIN}).submit(order_of(lots))
    assert isinstance(event, OrderAccepted if LEAST <= lots <= MOST else OrderRejected)


def planned(target, held=0, **settings):
    made = orders_for_target(book_with(held), decide(target), COIN, PlannerSettings(**settings))
    return [
        (e.order.side.sign * e.order.quantity_lots if isinstance(e, OrderRequested) else e.refusal.rule)
        for e in made
        if isinstance(e, OrderRequested | OrderRefused)
    ]


@pytest.mark.parametrize(
    ("target", "held", "orders"),
    [
        (LEAST - 1, 0, ["minimum_quantity"]),
        (LEAST, 0, [LEAST]),
        (9 * MOST, 0, [MOST, "maximum_quantity"]),  # a position that one order can close, and protect
        (-9 * MOST, 0, [-MOST, "maximum_quantity"]),
        (9 * MOST, MOST, ["maximum_quantity"]),
        (0, 2 * MOST, [-MOST]),  # held from before: closed piece by piece
        (-MOST, MOST, [-MOST, -MOST]),
    ],
)
def test_the_planner_builds_no_more_than_one_order_can_close(target, held, orders):
    assert planned(target, held) == orders


def test_an_entry_whose_stop_would_be_too_small_is_refused_as_such():
    rules = ProtectionSettings(stop_pct=5.0)
    assert planned(LEAST - 1, protection=rules) == ["minimum_quantity"]


@pytest.mark.parametrize(
    ("least", "most", "field"),
    [
        ("-1", "", "minimum_quantity"),
        ("", "many", "maximum_quantity"),
        ("2", "1", "maximum_quantity"),
        ("", "0.0001", "maximum_quantity"),
    ],
)
def test_bounds_that_cannot_be_are_faults(least, most, field):
    coin = msgspec.structs.replace(COIN, minimum_quantity=least, maximum_quantity=most)
    assert instrument_fault(coin).field == field
    assert instrument_fault(COIN) is None
