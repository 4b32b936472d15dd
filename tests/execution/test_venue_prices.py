"""Prices of nothing and less, amounts that do not fit, fees in coin, and which bars fill."""

import math

import msgspec
import pytest

from tradewind.core.instruments import AssetClass, FeeIn, FeeSchedule, Instrument
from tradewind.core.market import Quote
from tradewind.core.orders import OrderCanceled, OrderFilled, OrderRejected, OrderType, Side
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE
from tradewind.core.vocabulary import Liquidity, PriceBasis
from tradewind.execution.venue.settings import VenueSettings
from tradewind.execution.venue.simulated import SimulatedVenue

FREE = VenueSettings(impact_coefficient=0.0, half_spread_bps=0.0, volume_share=0.0)
CALM = (100.0, 101.0, 99.0, 100.5)
OIL = Instrument(
    symbol="CL",
    asset_class=AssetClass.EQUITY,
    venue="SIM",
    quote_currency="USD",
    tick_size="0.01",
    lot_size="1",
    calendar="24/7",
    negative_prices=True,
    fees=FeeSchedule(taker_rate_e8=100_000),
)
NEGATIVE = (-37.63, -30.0, -40.32, -37.63)  # WTI of May 2020 on 20 April 2020


@pytest.fixture
def oil():
    return SimulatedVenue({OIL.id: OIL}, FREE)


def test_a_sale_at_less_than_nothing_is_carried_exactly(oil, make_order, make_bar):
    oil.submit(make_order(instrument_id=OIL.id, side=Side.SELL))
    (fill,) = oil.on_market(make_bar(2, NEGATIVE, instrument_id=OIL.id))
    assert (fill.price_ticks, fill.arrival_ticks, fill.slippage_bps) == (-3_763, -3_763, 0.0)
    assert fill.commission_e8 == 376_300_000  # 10 bps of the size of -3,763.00


def test_costs_at_less_than_nothing_are_of_its_size(make_order, make_bar):
    venue = SimulatedVenue({OIL.id: OIL}, msgspec.structs.replace(FREE, half_spread_bps=100.0))
    venue.submit(make_order("buy", instrument_id=OIL.id))
    venue.submit(make_order("sell", instrument_id=OIL.id, side=Side.SELL))
    fills = venue.on_market(make_bar(2, NEGATIVE, instrument_id=OIL.id))
    assert [(f.price_ticks, round(f.slippage_bps, 1)) for f in fills] == [(-3_725, 101.0), (-3_801, 101.0)]


def test_orders_with_levels_of_nothing_and_less(oil, make_order, make_bar):
    limit = {"instrument_id": OIL.id, "order_type": OrderType.LIMIT}
    oil.submit(make_order("at zero", limit_price_ticks=0, **limit))
    oil.submit(make_order("below", limit_price_ticks=-3_900, **limit))
    fills = oil.on_market(make_bar(2, (1.0, 1.0, -40.0, -37.0), instrument_id=OIL.id))
    assert [(f.client_order_id, f.price_ticks) for f in fills] == [("at zero", 0), ("below", -3_900)]
    quote = Quote(ts_event=3 * NS_PER_DAY, instrument_id=OIL.id, bid=-5.0, ask=-4.99)
    oil.submit(make_order("market", instrument_id=OIL.id, ts_decided=2 * NS_PER_DAY))
    (fill,) = oil.on_market(quote)
    assert fill.price_ticks == -499


def test_a_market_that_cannot_have_them_fills_nothing_at_them(instruments, make_order, make_bar):
    venue = SimulatedVenue(instruments, FREE)
    venue.submit(make_order())
    assert venue.on_market(make_bar(2, NEGATIVE)) == ()
    (rejected,) = venue.submit(make_order("bad", order_type=OrderType.LIMIT, limit_price_ticks=-3_763))
    assert "prices must be positive" in rejected.reason
    assert [f.price_ticks for f in venue.on_market(make_bar(3, CALM))] == [10_000]


@pytest.mark.parametrize("place", range(4))
def test_a_bar_that_is_no_number_leaves_the_order_waiting(instruments, make_order, make_bar, place):
    venue = SimulatedVenue(instruments, FREE)
    venue.submit(make_order())
    prices = [math.nan if number == place else price for number, price in enumerate(CALM)]
    assert venue.on_market(make_bar(2, tuple(prices))) == ()
    assert len(venue.on_market(make_bar(3, CALM))) == 1


def test_a_bar_that_the_loop_refuses_fills_nothing_here_either(instruments, make_order, make_bar):
    venue = SimulatedVenue(instruments, FREE)
    venue.submit(make_order())
    assert venue.on_market(make_bar(2, (100.0, 99.0, 98.0, 98.5))) == ()  # opens above its high
    assert venue.on_market(make_bar(2, CALM, basis=PriceBasis.ADJUSTED)) == ()


def test_an_order_whose_value_does_not_fit_fails_alone(instruments, make_order, make_bar):
    venue = SimulatedVenue(instruments, FREE)
    venue.submit(make_order("huge", quantity_lots=10**17))
    venue.submit(make_order("small"))
    canceled, filled = venue.on_market(make_bar(2, CALM))
    assert isinstance(canceled, OrderCanceled)
    assert "could not be filled: An amount of money does not fit 64 bits" in canceled.reason
    assert isinstance(filled, OrderFilled)
    assert sum(venue.positions().values()) == 100
    (rejected,) = venue.submit(make_order("more", quantity_lots=2**63))
    assert isinstance(rejected, OrderRejected)
    assert "64 bits" in rejected.reason
    assert venue.snapshot()


def test_a_fee_taken_in_coins_is_worth_the_same(instruments, make_order, make_bar):
    fees = FeeSchedule(maker_rate_e8=75_000, taker_rate_e8=100_000, fee_in=FeeIn.BASE)
    coin = msgspec.structs.replace(instruments["BTC/USDT.SIM"], fees=fees)
    venue = SimulatedVenue({coin.id: coin}, FREE)
    common = {"instrument_id": coin.id, "quantity_lots": 200_000_000}
    venue.submit(make_order("takes", **common))
    venue.submit(make_order("makes", order_type=OrderType.LIMIT, limit_price_ticks=9_950, **common))
    taken, made = venue.on_market(make_bar(2, CALM, instrument_id=coin.id))
    # 0.1 % and 0.075 % of two coins, whatever the price.
    assert (taken.commission_e8, taken.fee_currency, taken.liquidity) == (200_000, "BTC", Liquidity.TAKER)
    assert (made.commission_e8, made.fee_currency, made.liquidity) == (150_000, "BTC", Liquidity.MAKER)


def hour(make_bar, number, **changes):
    return make_bar(1, CALM, ts_event=NS_PER_DAY + number * NS_PER_HOUR, timeframe="1h", **changes)


def test_the_finest_timeframe_seen_fills_and_no_volume_counts_twice(instruments, make_order, make_bar):
    venue = SimulatedVenue(instruments, VenueSettings(volume_share=0.1))
    venue.on_market(make_bar(1, CALM, ts_event=NS_PER_DAY, timeframe="15m", warmup=True))
    venue.submit(make_order(quantity_lots=1_000))
    quarter = NS_PER_DAY + 15 * NS_PER_MINUTE
    lots = []
    for bar in (
        make_bar(1, CALM, ts_event=quarter, timeframe="15m", volume=250.0),
        hour(make_bar, 1, volume=1_000.0),
        make_bar(2, CALM, volume=24_000.0),
    ):
        lots += [report.quantity_lots for report in venue.on_market(bar)]
    assert lots == [25]


def test_the_session_names_the_timeframe_that_fills(instruments, make_order, make_bar):
    venue = SimulatedVenue(instruments, FREE, fill_timeframes={"AAPL.SIM": "1d"})
    venue.submit(make_order())
    assert venue.on_market(hour(make_bar, 1)) == ()
    assert len(venue.on_market(make_bar(2, CALM))) == 1


def test_partial_fills_are_held_against_one_arrival_price(instruments, make_order, make_bar):
    venue = SimulatedVenue(instruments, VenueSettings(volume_share=0.1, half_spread_bps=0.0,
                                                      impact_coefficient=0.0))  # fmt: skip
    venue.submit(make_order(quantity_lots=200))
    first, second = (
        venue.on_market(make_bar(day, (price, price, price, price), volume=1_000.0))[0]
        for day, price in ((2, 100.0), (3, 102.0))
    )
    assert [(f.arrival_ticks, f.slippage_bps) for f in (first, second)] == [(10_000, 0.0), (10_000, 200.0)]
