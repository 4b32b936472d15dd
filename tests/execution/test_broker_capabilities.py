"""The capability table against the simulated venue itself, and refusals by what is lacking."""

import itertools

import pytest

from tradewind.core.book import Book, Ledger, Position
from tradewind.core.decisions import APPROVED, Approved
from tradewind.core.errors import ConfigError
from tradewind.core.orders import OrderAccepted, OrderType, Side, TimeInForce
from tradewind.core.vocabulary import Contingency
from tradewind.execution.capabilities import CAPABILITIES, CapabilityGate, capabilities_of, check, fitted
from tradewind.execution.venue.simulated import SimulatedVenue


@pytest.mark.parametrize(("kind", "time"), list(itertools.product(OrderType, TimeInForce)))
def test_the_simulated_venue_takes_what_its_row_says(instruments, make_order, kind, time):
    order = make_order(order_type=kind, time_in_force=time, limit_price_ticks=10_000, stop_price_ticks=10_000)
    verdict = check(order, capabilities_of("simulated"), instruments["AAPL.SIM"])
    (report,) = SimulatedVenue(instruments).submit(order)
    assert isinstance(verdict, Approved) == isinstance(report, OrderAccepted)


@pytest.mark.parametrize(
    ("name", "instrument_id", "changes", "rule"),
    [
        ("alpaca-crypto", "BTC/USDT.SIM", {"order_type": OrderType.STOP}, "capability:order_type"),
        ("alpaca-crypto", "BTC/USDT.SIM", {"time_in_force": TimeInForce.DAY}, "capability:time_in_force"),
        ("binance-spot", "BTC/USDT.SIM", {"side": Side.SELL}, "capability:shorting"),
        ("binance-spot", "AAPL.SIM", {"side": Side.SELL}, "capability:shorting"),
        ("alpaca-stocks", "BTC/USDT.SIM", {"time_in_force": TimeInForce.GTC}, "capability:fractions"),
    ],
)
def test_what_a_broker_lacks_is_refused_by_name(instruments, make_order, name, instrument_id, changes, rule):
    order = make_order(instrument_id=instrument_id, **changes)
    refusal = check(order, capabilities_of(name), instruments[instrument_id])
    assert refusal.rule == rule
    assert name in refusal.reason


def test_selling_what_is_held_is_no_short(instruments, make_order):
    order = make_order(instrument_id="BTC/USDT.SIM", side=Side.SELL)
    row = capabilities_of("binance-spot")
    assert isinstance(check(order, row, instruments["BTC/USDT.SIM"], position_lots=100), Approved)
    closing = make_order(instrument_id="BTC/USDT.SIM", side=Side.SELL, reduce_only=True)
    assert isinstance(check(closing, row, instruments["BTC/USDT.SIM"]), Approved)


def test_a_fraction_is_fine_by_the_day_at_alpaca(instruments, make_order):
    order = make_order(instrument_id="BTC/USDT.SIM", time_in_force=TimeInForce.DAY)
    assert isinstance(check(order, capabilities_of("alpaca-stocks"), instruments["BTC/USDT.SIM"]), Approved)


def test_a_stop_becomes_a_stop_limit_where_there_is_no_other(instruments, make_order):
    stop = make_order(
        order_type=OrderType.STOP, stop_price_ticks=10_000, side=Side.SELL, instrument_id="BTC/USDT.SIM"
    )
    coin, row = instruments["BTC/USDT.SIM"], capabilities_of("coinbase-spot")
    order = fitted(stop, row, coin)
    assert (order.order_type, order.stop_price_ticks, order.limit_price_ticks) == (
        OrderType.STOP_LIMIT,
        10_000,
        9_500,
    )
    assert isinstance(check(order, row, coin, position_lots=100), Approved)
    assert fitted(stop, capabilities_of("simulated"), coin) is stop


def test_a_market_order_is_good_for_what_the_market_calls_at_once(instruments, make_order):
    coin = instruments["BTC/USDT.SIM"]
    day = make_order(instrument_id=coin.id, time_in_force=TimeInForce.DAY)
    assert fitted(day, capabilities_of("binance-spot"), coin).time_in_force is TimeInForce.GTC
    gtc = make_order(instrument_id=coin.id)
    assert fitted(gtc, capabilities_of("alpaca-stocks"), coin).time_in_force is TimeInForce.DAY
    limit = make_order(
        instrument_id=coin.id,
        time_in_force=TimeInForce.DAY,
        order_type=OrderType.LIMIT,
        limit_price_ticks=9,
    )
    refusal = check(
        fitted(limit, capabilities_of("binance-spot"), coin), capabilities_of("binance-spot"), coin
    )
    assert refusal.rule == "capability:time_in_force"


class Yes:
    def check(self, order, book):
        return APPROVED


def test_the_gate_holds_the_brokers_row_before_the_limits(instruments, make_order):
    book = Book(base_currency="USD", instruments=instruments, accounts={"main": {"USD": Ledger()}})
    gate = CapabilityGate(Yes(), capabilities_of("alpaca-crypto"), instruments)
    leg = make_order(instrument_id="BTC/USDT.SIM", contingency=Contingency.OCO, group_id="g")
    assert gate.check(leg, book).rule == "capability:groups"
    sale = make_order(instrument_id="BTC/USDT.SIM", side=Side.SELL)
    assert gate.check(sale, book).rule == "capability:shorting"
    position = Position(instrument_id="BTC/USDT.SIM", strategy="test", quantity_lots=100)
    book.positions[position.key] = position
    assert gate.check(sale, book) is APPROVED


def test_every_row_takes_a_market_order_and_names_its_source():
    for row in CAPABILITIES.values():
        assert OrderType.MARKET in row.times_in_force
        assert row.source


def test_an_unknown_broker_lists_the_known():
    with pytest.raises(ConfigError, match="'ib'") as caught:
        capabilities_of("ib")
    assert "simulated" in caught.value.next_step
