"""The least value of an order that a venue takes: held exactly, by all who look at orders, and said once."""

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.book import Book, Ledger, Position
from tradewind.core.decisions import (
    APPROVED,
    CancelRequested,
    DecisionMade,
    OrderRefused,
    OrderRequested,
    Refused,
)
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.minimum_notional import below_minimum
from tradewind.core.orders import Order, OrderAccepted, OrderRejected, OrderType, Side, Working
from tradewind.core.protection import ProtectionSettings
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.execution.capabilities import CapabilityGate, capabilities_of
from tradewind.execution.planner import PlannerSettings, orders_for_target
from tradewind.execution.trailing import follow_price
from tradewind.execution.venue.simulated import SimulatedVenue

COIN = Instrument(
    symbol="BTC/USDT",
    asset_class=AssetClass.CRYPTO,
    venue="SIM",
    quote_currency="USDT",
    tick_size="0.01",
    lot_size="0.0001",
    calendar="24/7",
    minimum_notional="10",
)
MARK = 100_00  # a lot is worth a cent, so 1,000 lots are worth the least
BUY, SELL = Side.BUY, Side.SELL


def decide(target, outcome="trade", coin=COIN, **more):
    return DecisionMade(
        ts_event=NS_PER_DAY,
        decision_id="d-1",
        strategy="s",
        instrument_id=coin.id,
        outcome=outcome,
        reason="test",
        target_lots=target,
        **more,
    )


def book_with(held=0, mark=MARK, coin=COIN, orders=()):
    book = Book(base_currency="USDT", instruments={coin.id: coin}, accounts={"main": {"USDT": Ledger()}})
    position = Position(
        instrument_id=coin.id, strategy="s", quantity_lots=held, cost_e8=held * (mark or 0) * 100
    )
    book.positions[position.key] = position
    book.open_orders.update({order.client_order_id: Working(order=order) for order in orders})
    if mark is not None:
        book.mark_ticks[coin.id] = mark
    return book


def order_of(lots, side=BUY, **changes):
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


def told(planned):
    short = []
    for event in planned:
        if isinstance(event, CancelRequested):
            short.append("cancel")
        else:
            refused = f"{event.refusal.rule} " if isinstance(event, OrderRefused) else ""
            short.append(f"{refused}{event.order.signed_lots:+d}{'r' if event.order.reduce_only else ''}")
    return short


@pytest.mark.parametrize(
    ("held", "target", "expected"),
    [
        (0, 1_000, ["+1000"]),
        (0, 999, ["minimum_notional +999"]),
        (0, -999, ["minimum_notional -999"]),
        (1_000, 0, ["-1000r"]),
        (999, 0, ["minimum_notional -999r"]),
        # A small change of a position that stays on its side is left as a small change is.
        (5_000, 5_999, []),
        (5_000, 6_000, ["+1000"]),
        (5_000, 4_001, []),
        (5_000, 4_000, ["-1000r"]),
        # Across zero: too little to close alone goes along with what opens.
        (2_000, -2_000, ["-2000r", "-2000"]),
        (999, -2_000, ["-2999"]),
        (2_000, -999, ["-2000r", "minimum_notional -999"]),
        (999, -1, ["-1000"]),
    ],
)
def test_what_is_planned(held, target, expected):
    assert told(orders_for_target(book_with(held), decide(target), COIN)) == expected


def test_the_refusal_has_its_figures_and_words():
    (event,) = orders_for_target(book_with(), decide(321), COIN)
    assert event.refusal.figures == {"value": 3.21, "minimum": 10.0}
    assert event.refusal.reason == (
        "BTC/USDT.SIM: 3.21 USDT is less than the venue's minimum notional, 10 USDT."
    )


def test_a_limit_order_is_worth_its_limit():
    settings = PlannerSettings(order_type=OrderType.LIMIT, limit_offset_bps=100.0)
    assert told(orders_for_target(book_with(), decide(1_010), COIN, settings)) == ["minimum_notional +1010"]
    assert told(orders_for_target(book_with(), decide(1_011), COIN, settings)) == ["+1011"]


def test_without_a_price_the_venue_has_the_word():
    assert told(orders_for_target(book_with(mark=None), decide(1), COIN)) == ["+1"]


@pytest.mark.parametrize("minimum", ["", "0"])
def test_no_minimum_refuses_nothing(minimum):
    free = msgspec.structs.replace(COIN, minimum_notional=minimum)
    assert told(orders_for_target(book_with(), decide(1), free)) == ["+1"]
    assert isinstance(SimulatedVenue({free.id: free}).submit(order_of(1))[0], OrderAccepted)


# Stops and targets ---------------------------------------------------------------------------

GUARDED = PlannerSettings(protection=ProtectionSettings(stop_pct=5.0, target_pct=10.0))


def test_an_entry_whose_stop_would_be_too_small_does_not_leave():
    """1,050 lots are worth 10.50 at the mark and 9.975 at their stop, 5 % below."""
    (event,) = orders_for_target(book_with(), decide(1_050), COIN, GUARDED)
    assert told([event]) == ["minimum_notional +1050"]
    assert event.refusal.reason.startswith("Its stop or target could not be sent. ")
    assert event.refusal.figures == {"value": 9.975, "minimum": 10.0}
    assert told(orders_for_target(book_with(), decide(1_053), COIN, GUARDED)) == ["+1053", "-1053r", "-1053r"]


def test_a_position_too_small_to_protect_is_said_with_the_trade_and_not_with_each_bar():
    book = book_with(3_000)
    assert told(orders_for_target(book, decide(1_050), COIN, GUARDED)) == [
        "-1950r",
        "minimum_notional -1050r",
        "minimum_notional -1050r",
    ]
    assert told(orders_for_target(book_with(1_050), decide(1_050, "hold"), COIN, GUARDED)) == []


def test_a_trailing_stop_stays_where_its_next_place_would_be_too_small():
    stop = order_of(
        1_000, BUY, order_type=OrderType.STOP, stop_price_ticks=105_00, reduce_only=True, trail_pct=5.0
    )
    assert len(follow_price(book_with(-1_000, 97_00, orders=[stop]), COIN)) == 2  # to 101.85
    assert follow_price(book_with(-1_000, 95_00, orders=[stop]), COIN) == []  # to 99.75: 9.975 in all


# Gate and venue ------------------------------------------------------------------------------


class Yes:
    def check(self, order, book):
        return APPROVED


GATE = CapabilityGate(Yes(), capabilities_of("simulated"), {COIN.id: COIN})


def test_the_gate_refuses_what_opens_and_leaves_what_closes_to_the_broker():
    refused = GATE.check(order_of(999), book_with())
    assert isinstance(refused, Refused)
    assert (refused.rule, refused.figures) == ("minimum_notional", {"value": 9.99, "minimum": 10.0})
    assert GATE.check(order_of(1_000), book_with()) is APPROVED
    assert GATE.check(order_of(5, SELL), book_with(5)) is APPROVED
    assert GATE.check(order_of(5, SELL, reduce_only=True), book_with(5)) is APPROVED
    assert isinstance(GATE.check(order_of(6, SELL), book_with(5)), Refused)
    assert GATE.check(order_of(1), book_with(mark=None)) is APPROVED


@pytest.mark.parametrize(
    ("prices", "enough"),
    [
        ({"order_type": OrderType.LIMIT, "limit_price_ticks": 99_99}, False),
        ({"order_type": OrderType.LIMIT, "limit_price_ticks": 100_00}, True),
        ({"order_type": OrderType.STOP, "stop_price_ticks": 99_99}, False),
        ({"order_type": OrderType.STOP, "stop_price_ticks": 100_00}, True),
        (
            {"order_type": OrderType.STOP_LIMIT, "stop_price_ticks": 101_00, "limit_price_ticks": 99_99},
            False,
        ),
    ],
)
def test_the_simulated_venue_refuses_with_its_figure(prices, enough):
    (report,) = SimulatedVenue({COIN.id: COIN}).submit(order_of(1_000, **prices))
    assert isinstance(report, OrderAccepted) == enough
    if not enough:
        assert isinstance(report, OrderRejected)
        assert "9.999 USDT is less than the venue's minimum notional, 10 USDT" in report.reason


# Whatever the figures ------------------------------------------------------------------------

POWERS = st.integers(-8, 2).map(lambda power: f"1e{power}")
MINIMA = st.decimals(min_value="0", max_value="1000", places=9).map(str)
TERMS = st.tuples(POWERS, POWERS, MINIMA)


@given(TERMS, st.integers(1, 10**7), st.integers(1, 10**7))
def test_the_line_is_exact(terms, price, lots):
    tick, lot, minimum = terms
    coin = msgspec.structs.replace(COIN, tick_size=tick, lot_size=lot, minimum_notional=minimum)
    enough = Fraction(price) * Fraction(tick) * lots * Fraction(lot) >= Fraction(minimum)
    assert (below_minimum(coin, price, lots) is None) == enough
    assert (below_minimum(coin, -price, lots) is None) == enough


@given(
    st.integers(-3_000, 3_000),
    st.integers(-3_000, 3_000),
    st.integers(1_00, 300_00),
    st.sampled_from([PlannerSettings(), GUARDED]),
)
def test_nothing_planned_is_ever_too_small_for_gate_or_venue(held, target, mark, settings):
    book = book_with(held, mark)
    planned = orders_for_target(book, decide(target), COIN, settings)
    venue = SimulatedVenue({COIN.id: COIN})
    sent = [event.order for event in planned if isinstance(event, OrderRequested)]
    for order in sent:
        assert GATE.check(order, book) is APPROVED
        priced = order.limit_price_ticks or order.stop_price_ticks or mark
        assert priced * order.quantity_lots >= 1_000 * 10_000
        rejected = [report for report in venue.submit(order) if isinstance(report, OrderRejected)]
        assert not any("minimum" in report.reason for report in rejected)
    refused = [event for event in planned if isinstance(event, OrderRefused)]
    for event in refused:
        assert event.refusal.rule == "minimum_notional"
        assert event.refusal.figures["value"] < event.refusal.figures["minimum"] == 10.0
    if settings is not GUARDED and abs(target - held) * mark >= 20_000_000:
        assert sum(order.signed_lots for order in sent) in (target - held, -held)
