"""The capability table against the simulated venue itself, and refusals by what is lacking."""

import itertools

import pytest

from tradewind.core.decisions import Approved
from tradewind.core.errors import ConfigError
from tradewind.core.orders import OrderAccepted, OrderType, Side, TimeInForce
from tradewind.execution.capabilities import CAPABILITIES, capabilities_of, check, emulated
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


def test_what_is_emulated_is_said(make_order):
    stop = make_order(order_type=OrderType.STOP, stop_price_ticks=1, reduce_only=True)
    assert emulated(stop, capabilities_of("coinbase-spot")) == ("stop", "reduce_only")
    assert emulated(stop, capabilities_of("simulated")) == ()


def test_every_row_takes_a_market_order_and_names_its_source():
    for row in CAPABILITIES.values():
        assert OrderType.MARKET in row.times_in_force
        assert row.source


def test_an_unknown_broker_lists_the_known():
    with pytest.raises(ConfigError, match="'ib'") as caught:
        capabilities_of("ib")
    assert "simulated" in caught.value.next_step
