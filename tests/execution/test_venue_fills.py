"""The simulated venue, one rule at a time."""

import pytest

from tradewind.core.errors import ConfigError
from tradewind.core.events import Timer
from tradewind.core.market import Quote
from tradewind.core.orders import (
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderType,
    Side,
    TimeInForce,
)
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR
from tradewind.execution.venue.settings import Halt, VenueSettings
from tradewind.execution.venue.simulated import SimulatedVenue

FREE = VenueSettings(impact_coefficient=0.0, half_spread_bps=0.0, volume_share=0.0)
CALM = (100.0, 101.0, 99.0, 100.5)
WIDE = (100.0, 120.0, 95.0, 110.0)


@pytest.fixture
def venue(instruments):
    return SimulatedVenue(instruments, FREE)


def fills(reports):
    return [(r.client_order_id, r.quantity_lots, r.price_ticks) for r in reports if type(r) is OrderFilled]


def lots_of(venue):
    """What the venue holds by instrument; all orders here are of one holder."""
    return {key.instrument_id: lots for key, lots in venue.positions().items()}


def held(venue, make_order, make_bar, lots=100):
    """A venue that holds ``lots`` shares since day 2."""
    venue.submit(make_order("entry", quantity_lots=lots))
    assert fills(venue.on_market(make_bar(2, CALM))) == [("entry", lots, 10_000)]
    return venue


def test_a_market_order_fills_at_the_next_open_and_never_on_its_own_bar(venue, make_order, make_bar):
    (accepted,) = venue.submit(make_order())
    assert type(accepted) is OrderAccepted
    assert accepted.ts_event == NS_PER_DAY
    assert venue.on_market(make_bar(1, CALM)) == []
    bar = make_bar(2, (102.0, 103.0, 101.0, 102.5), ts_recv=2 * NS_PER_DAY + 5)
    (report,) = venue.on_market(bar)
    assert (report.price_ticks, report.quantity_lots) == (10_200, 100)
    assert (report.ts_event, report.ts_recv) == (bar.ts_event, bar.ts_recv)
    assert (report.trade_id, report.venue_order_id) == ("o-1-1", "sim-o-1")
    assert report.commission_e8 == 100_000_000  # half a dollar by the share, one at least
    assert lots_of(venue) == {"AAPL.SIM": 100}
    assert venue.on_market(make_bar(3, CALM)) == ()


def test_a_bar_that_opened_before_the_decision_does_not_fill(venue, make_order, make_bar):
    venue.submit(make_order(ts_decided=NS_PER_DAY + NS_PER_HOUR // 2))
    early = make_bar(1, CALM, ts_event=NS_PER_DAY + NS_PER_HOUR, timeframe="1h")
    later = make_bar(1, WIDE, ts_event=NS_PER_DAY + 2 * NS_PER_HOUR, timeframe="1h")
    assert venue.on_market(early) == []
    assert len(fills(venue.on_market(later))) == 1


def test_an_order_without_a_time_counts_from_what_the_venue_has_seen(venue, make_order, make_bar):
    venue.on_market(make_bar(5, CALM))
    (accepted,) = venue.submit(make_order(ts_decided=0))
    assert accepted.ts_event == 5 * NS_PER_DAY
    assert venue.on_market(make_bar(5, CALM)) == []


def test_one_timeframe_can_be_chosen_for_fills(instruments, make_order, make_bar):
    venue = SimulatedVenue(instruments, VenueSettings(fill_timeframe="1h"))
    venue.submit(make_order())
    assert venue.on_market(make_bar(2, CALM)) == ()


def test_spread_and_impact_make_it_worse_and_are_reported(instruments, make_order, make_bar):
    settings = VenueSettings(half_spread_bps=5.0, impact_volatility=0.02, volume_share=1.0)
    venue = SimulatedVenue(instruments, settings)
    venue.submit(make_order("buy"))
    venue.submit(make_order("sell", side=Side.SELL))
    # 100 of 10,000 shares at 2 % volatility: 20 bps of impact, with the spread 25 bps of 100.00.
    reports = venue.on_market(make_bar(2, CALM, volume=10_000.0))
    assert fills(reports) == [("buy", 100, 10_025), ("sell", 100, 9_975)]
    assert [r.slippage_bps for r in reports] == pytest.approx([25.0, 25.0])


def test_slippage_is_bounded(instruments, make_order, make_bar):
    settings = VenueSettings(half_spread_bps=900.0, most_slippage_bps=100.0)
    venue = SimulatedVenue(instruments, settings)
    venue.submit(make_order())
    assert fills(venue.on_market(make_bar(2, CALM))) == [("o-1", 100, 10_100)]


def test_large_orders_fill_over_several_bars(instruments, make_order, make_bar):
    venue = SimulatedVenue(instruments, VenueSettings(volume_share=0.1, impact_coefficient=0.0))
    venue.submit(make_order(quantity_lots=250))
    sizes = []
    for day in (2, 3, 4):
        reports = venue.on_market(make_bar(day, CALM, volume=1_009.0))
        sizes += [lots for _, lots, _ in fills(reports)]
    assert sizes == [100, 100, 50]
    assert lots_of(venue) == {"AAPL.SIM": 250}


def test_orders_share_what_a_bar_has_and_older_ones_come_first(instruments, make_order, make_bar):
    venue = SimulatedVenue(instruments, VenueSettings(volume_share=0.1, half_spread_bps=0.0))
    venue.submit(make_order("first", quantity_lots=80))
    venue.submit(make_order("second", quantity_lots=80))
    reports = venue.on_market(make_bar(2, CALM, volume=1_000.0))
    assert [(name, lots) for name, lots, _ in fills(reports)] == [("first", 80), ("second", 20)]


def test_a_stock_without_volume_does_not_trade_but_a_currency_pair_does(instruments, make_order, make_bar):
    venue = SimulatedVenue(instruments)
    venue.submit(make_order("stock"))
    venue.submit(make_order("pair", instrument_id="EUR/USD.SIM", quantity_lots=10_000))
    assert venue.on_market(make_bar(2, CALM, volume=0.0)) == []
    pair_bar = make_bar(2, (1.1, 1.2, 1.0, 1.1), instrument_id="EUR/USD.SIM", volume=0.0)
    assert fills(venue.on_market(pair_bar)) == [("pair", 10_000, 110_011)]


def test_the_minimum_commission_is_charged_once_per_order(instruments, make_order, make_bar):
    venue = SimulatedVenue(instruments, VenueSettings(volume_share=0.1))
    venue.submit(make_order(quantity_lots=250))
    charged = []
    for day in (2, 3, 4):
        reports = venue.on_market(make_bar(day, CALM, volume=1_000.0))
        charged += [r.commission_e8 for r in reports]
    assert charged == [100_000_000, 0, 25_000_000]  # 250 shares at half a cent are 1.25


def test_a_resting_limit_pays_the_maker_and_a_crossing_one_the_taker(instruments, make_order, make_bar):
    venue = SimulatedVenue(instruments, FREE)
    coin = {"instrument_id": "BTC/USDT.SIM", "quantity_lots": 100_000_000, "order_type": OrderType.LIMIT}
    venue.submit(make_order("rests", limit_price_ticks=9_600, **coin))
    venue.submit(make_order("crosses", limit_price_ticks=10_500, **coin))
    reports = venue.on_market(make_bar(2, WIDE, instrument_id="BTC/USDT.SIM"))
    assert fills(reports) == [("crosses", 100_000_000, 10_000), ("rests", 100_000_000, 9_600)]
    assert [r.commission_e8 for r in reports] == [10_000_000, 4_800_000]
    assert [r.slippage_bps for r in reports] == pytest.approx([0.0, -400.0])


@pytest.mark.parametrize(("through", "filled"), [(0, True), (1, False)])
def test_a_touched_limit_waits_in_the_queue(instruments, make_order, make_bar, through, filled):
    settings = VenueSettings(through_ticks=through, volume_share=0.0)
    venue = SimulatedVenue(instruments, settings)
    venue.submit(make_order(order_type=OrderType.LIMIT, limit_price_ticks=9_500))
    assert bool(venue.on_market(make_bar(2, WIDE))) is filled


def test_stop_and_target_in_one_bar_the_worse_comes_first(venue, make_order, make_bar):
    held(venue, make_order, make_bar)
    exits = {"side": Side.SELL, "reduce_only": True, "ts_decided": 2 * NS_PER_DAY}
    venue.submit(make_order("target", order_type=OrderType.LIMIT, limit_price_ticks=11_000, **exits))
    venue.submit(make_order("stop", order_type=OrderType.STOP, stop_price_ticks=9_600, **exits))
    filled, canceled = venue.on_market(make_bar(3, WIDE))
    assert (filled.client_order_id, filled.price_ticks) == ("stop", 9_600)
    assert type(canceled) is OrderCanceled
    assert (canceled.client_order_id, canceled.reason) == ("target", "nothing left to reduce")
    assert lots_of(venue) == {}


def test_a_stop_that_is_jumped_over_fills_at_the_open(venue, make_order, make_bar):
    held(venue, make_order, make_bar)
    stop = {"order_type": OrderType.STOP, "stop_price_ticks": 9_600, "reduce_only": True}
    venue.submit(make_order("stop", side=Side.SELL, ts_decided=2 * NS_PER_DAY, **stop))
    (report,) = venue.on_market(make_bar(3, (90.0, 97.0, 89.0, 95.0)))
    assert report.price_ticks == 9_000
    assert report.slippage_bps == pytest.approx(625.0)  # against the stop's price


def test_a_bracket_sent_with_its_entry_protects_from_the_first_bar(venue, make_order, make_bar):
    limit = {"order_type": OrderType.LIMIT, "limit_price_ticks": 9_800}
    exits = {"side": Side.SELL, "reduce_only": True}
    venue.submit(make_order("entry", **limit))
    venue.submit(make_order("stop", order_type=OrderType.STOP, stop_price_ticks=9_600, **exits))
    venue.submit(make_order("target", order_type=OrderType.LIMIT, limit_price_ticks=11_000, **exits))
    # 95 lies beyond 98: price passed the entry on its way to the stop. The high may have come before.
    reports = venue.on_market(make_bar(2, WIDE))
    assert fills(reports) == [("entry", 100, 9_800), ("stop", 100, 9_600)]
    assert [r.client_order_id for r in reports if type(r) is OrderCanceled] == ["target"]


def test_a_target_is_not_taken_on_the_bar_whose_high_may_precede_the_entry(venue, make_order, make_bar):
    venue.submit(make_order("entry", order_type=OrderType.LIMIT, limit_price_ticks=9_800))
    target = {"order_type": OrderType.LIMIT, "limit_price_ticks": 11_000, "reduce_only": True}
    venue.submit(make_order("target", side=Side.SELL, **target))
    assert fills(venue.on_market(make_bar(2, WIDE))) == [("entry", 100, 9_800)]
    assert fills(venue.on_market(make_bar(3, WIDE))) == [("target", 100, 11_000)]


def test_canceling_the_entry_takes_its_bracket_along(venue, make_order):
    venue.submit(make_order("entry", order_type=OrderType.LIMIT, limit_price_ticks=9_000))
    stop = {"order_type": OrderType.STOP, "stop_price_ticks": 8_900, "reduce_only": True}
    venue.submit(make_order("stop", side=Side.SELL, **stop))
    assert [r.client_order_id for r in venue.cancel("entry")] == ["entry", "stop"]
    assert venue.cancel("entry") == ()
    assert venue.cancel("never heard of") == ()


def test_a_bracket_waits_while_its_entry_does(venue, make_order, make_bar):
    venue.submit(make_order("entry", order_type=OrderType.LIMIT, limit_price_ticks=9_000))
    stop = {"order_type": OrderType.STOP, "stop_price_ticks": 8_900, "reduce_only": True}
    venue.submit(make_order("stop", side=Side.SELL, **stop))
    venue.submit(make_order("other", order_type=OrderType.LIMIT, limit_price_ticks=8_000))
    assert [r.client_order_id for r in venue.cancel("other")] == ["other"]
    assert fills(venue.on_market(make_bar(2, (95.0, 96.0, 88.0, 90.0)))) == [
        ("entry", 100, 9_000),
        ("stop", 100, 8_900),
    ]


def test_spot_is_never_sold_short_whatever_the_orders_add_up_to(venue, make_order, make_bar):
    coin = {"instrument_id": "BTC/USDT.SIM", "quantity_lots": 100}
    venue.submit(make_order("entry", **coin))
    venue.on_market(make_bar(2, CALM, instrument_id="BTC/USDT.SIM"))
    for name in ("first", "second"):
        venue.submit(make_order(name, **(coin | {"side": Side.SELL, "quantity_lots": 80})))
    reports = venue.on_market(make_bar(3, CALM, instrument_id="BTC/USDT.SIM"))
    assert fills(reports) == [("first", 80, 10_000), ("second", 20, 10_000)]
    assert [r.client_order_id for r in reports if type(r) is OrderCanceled] == ["second"]
    assert lots_of(venue) == {}


def test_a_reduce_only_order_never_turns_a_position(venue, make_order, make_bar):
    held(venue, make_order, make_bar)
    venue.submit(make_order("out", side=Side.SELL, quantity_lots=300, reduce_only=True))
    reports = venue.on_market(make_bar(3, CALM))
    assert fills(reports) == [("out", 100, 10_000)]
    assert type(reports[-1]) is OrderCanceled
    (rejected,) = venue.submit(make_order("again", side=Side.SELL, reduce_only=True))
    assert "no position" in rejected.reason


def test_a_stop_limit_becomes_a_limit_once_triggered(venue, make_order, make_bar):
    levels = {"stop_price_ticks": 10_500, "limit_price_ticks": 10_400}
    venue.submit(make_order(order_type=OrderType.STOP_LIMIT, **levels))
    assert venue.on_market(make_bar(2, WIDE)) == []
    assert fills(venue.on_market(make_bar(3, (106.0, 107.0, 103.0, 106.0)))) == [("o-1", 100, 10_400)]


def test_a_stop_that_finds_too_little_goes_on_at_the_market(instruments, make_order, make_bar):
    venue = SimulatedVenue(instruments, VenueSettings(volume_share=0.1, half_spread_bps=0.0))
    venue.submit(make_order(order_type=OrderType.STOP, stop_price_ticks=10_500))
    assert [lots for _, lots, _ in fills(venue.on_market(make_bar(2, WIDE, volume=600.0)))] == [60]
    # Far below the stop by now, yet the order has triggered.
    assert [lots for _, lots, _ in fills(venue.on_market(make_bar(3, CALM, volume=600.0)))] == [40]


@pytest.mark.parametrize(
    ("time_in_force", "expected"),
    [
        (TimeInForce.IOC, [OrderFilled, OrderCanceled]),
        (TimeInForce.FOK, [OrderCanceled]),
        (TimeInForce.DAY, [OrderFilled, OrderExpired]),
        (TimeInForce.GTC, [OrderFilled]),
    ],
)
def test_times_in_force_on_a_bar_with_half_of_what_is_wanted(
    instruments, make_order, make_bar, time_in_force, expected
):
    venue = SimulatedVenue(instruments, VenueSettings(volume_share=0.1))
    venue.submit(make_order(time_in_force=time_in_force))
    reports = venue.on_market(make_bar(2, CALM, volume=500.0))
    assert [type(report) for report in reports] == expected


def test_an_immediate_limit_does_not_wait_inside_the_bar(venue, make_order, make_bar):
    limit = {"order_type": OrderType.LIMIT, "limit_price_ticks": 9_800}
    venue.submit(make_order(time_in_force=TimeInForce.IOC, **limit))
    assert [type(r) for r in venue.on_market(make_bar(2, WIDE))] == [OrderCanceled]


def test_a_day_order_on_hourly_bars_lives_until_the_day_turns(venue, make_order, make_bar):
    limit = {"order_type": OrderType.LIMIT, "limit_price_ticks": 9_000}
    venue.submit(make_order(time_in_force=TimeInForce.DAY, **limit))
    hours = [NS_PER_DAY + hour * NS_PER_HOUR for hour in range(1, 26)]
    reports = [venue.on_market(make_bar(1, CALM, ts_event=ts, timeframe="1h")) for ts in hours]
    assert reports[:-1] == [[]] * 24  # the last hour of the day ends at midnight
    assert [type(r) for r in reports[-1]] == [OrderExpired]


def test_warm_up_timers_and_other_symbols_fill_nothing(venue, make_order, make_bar):
    venue.submit(make_order())
    assert venue.on_market(make_bar(2, CALM, warmup=True)) == ()
    assert venue.on_market(make_bar(2, CALM, instrument_id="EUR/USD.SIM")) == ()
    assert venue.on_market(Timer(ts_event=3 * NS_PER_DAY, name="cycle")) == ()


def test_sending_an_order_twice_changes_nothing(venue, make_order, make_bar):
    venue.submit(make_order())
    assert venue.submit(make_order()) == ()
    assert len(venue.on_market(make_bar(2, CALM))) == 1
    assert venue.submit(make_order()) == ()
    assert venue.on_market(make_bar(3, CALM)) == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"instrument_id": "MSFT.SIM"}, "unknown instrument MSFT.SIM"),
        ({"quantity_lots": 0}, "must be positive"),
        ({"order_type": OrderType.LIMIT}, "needs limit_price_ticks"),
        (
            {"order_type": OrderType.STOP, "stop_price_ticks": 9, "time_in_force": TimeInForce.IOC},
            "cannot be",
        ),
        ({"instrument_id": "BTC/USDT.SIM", "side": Side.SELL}, "cannot be sold short"),
    ],
)
def test_what_cannot_be_is_rejected_with_the_reason(venue, make_order, changes, reason):
    (report,) = venue.submit(make_order(**changes))
    assert type(report) is OrderRejected
    assert reason in report.reason


def test_random_rejects_depend_on_seed_and_order_alone(instruments, make_order):
    settings = VenueSettings(reject_rate=0.3)

    def rejected(seed, numbers):
        venue = SimulatedVenue(instruments, settings, seed)
        return {n for n in numbers if type(venue.submit(make_order(f"o-{n}"))[0]) is OrderRejected}

    forward = rejected(1, range(1_000))
    assert forward == rejected(1, reversed(range(1_000)))
    assert forward != rejected(2, range(1_000))
    assert 250 < len(forward) < 350


def test_nothing_trades_in_a_halt(instruments, make_order, make_bar):
    halt = Halt(instrument_id="AAPL.SIM", start_ns=NS_PER_DAY, end_ns=2 * NS_PER_DAY)
    venue = SimulatedVenue(instruments, VenueSettings(halts=(halt,)))
    venue.submit(make_order())
    assert venue.on_market(make_bar(2, CALM)) == ()
    assert len(venue.on_market(make_bar(3, CALM))) == 1


def test_latency_waits_for_the_next_whole_bar(instruments, make_order, make_bar):
    venue = SimulatedVenue(instruments, VenueSettings(latency_ns=1_000_000))
    (accepted,) = venue.submit(make_order())
    assert accepted.ts_event == NS_PER_DAY + 1_000_000
    hours = [make_bar(1, CALM, ts_event=NS_PER_DAY + h * NS_PER_HOUR, timeframe="1h") for h in (1, 2)]
    assert [len(venue.on_market(bar)) for bar in hours] == [0, 1]


def quote(ts, bid, ask, **changes):
    return Quote(ts_event=ts, instrument_id="AAPL.SIM", bid=bid, ask=ask, **changes)


def test_quotes_fill_at_bid_and_ask_up_to_their_size(venue, make_order):
    venue.submit(make_order("buy"))
    venue.submit(make_order("sell", side=Side.SELL, quantity_lots=30))
    assert venue.on_market(quote(NS_PER_DAY, 99.99, 100.01)) == []
    reports = venue.on_market(quote(NS_PER_DAY + 1, 99.99, 100.01, bid_size=50.0, ask_size=60.0))
    assert fills(reports) == [("buy", 60, 10_001), ("sell", 30, 9_999)]
    assert [r.slippage_bps for r in reports] == pytest.approx([1.0, 1.0])
    assert fills(venue.on_market(quote(NS_PER_DAY + 2, 99.99, 100.05))) == [("buy", 40, 10_005)]


def test_a_limit_that_a_quote_comes_to_fills_at_its_own_price(venue, make_order):
    venue.submit(make_order(order_type=OrderType.LIMIT, limit_price_ticks=9_900))
    assert venue.on_market(quote(NS_PER_DAY + 1, 99.99, 100.01)) == []
    assert fills(venue.on_market(quote(NS_PER_DAY + 2, 98.50, 98.60))) == [("o-1", 100, 9_900)]


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_a_crossed_quote_fills_nothing(venue, make_order, side):
    venue.submit(make_order(side=side))
    assert venue.on_market(quote(NS_PER_DAY + 1, 100.02, 99.98)) == []
    assert len(venue.on_market(quote(NS_PER_DAY + 2, 100.00, 100.00))) == 1  # locked is a market


def test_a_side_without_a_price_fills_nothing(venue, make_order):
    venue.submit(make_order())
    assert venue.on_market(quote(NS_PER_DAY + 1, 99.99, 0.0)) == []


@pytest.mark.parametrize(("fill_on", "counts"), [("bar", (0, 1)), ("quote", (1, 0)), ("both", (1, 0))])
def test_what_fills_can_be_chosen(instruments, make_order, make_bar, fill_on, counts):
    venue = SimulatedVenue(instruments, VenueSettings(fill_on=fill_on))
    venue.submit(make_order())
    seen = venue.on_market(quote(NS_PER_DAY + 1, 99.99, 100.01)), venue.on_market(make_bar(2, CALM))
    assert tuple(len(reports) for reports in seen) == counts


@pytest.mark.parametrize(
    "wrong",
    [
        {"volume_share": 1.5},
        {"reject_rate": float("nan")},
        {"latency_ns": -1},
        {"half_spread_bps": -1.0},
        {"most_slippage_bps": 10_000.0},
        {"fill_on": "ticks"},
        {"fill_timeframe": "3m"},
    ],
)
def test_settings_out_of_range_are_refused_by_name(wrong):
    (name,) = wrong
    with pytest.raises(ConfigError, match=name):
        VenueSettings(**wrong)


def test_a_bar_of_an_unknown_timeframe_is_refused(venue, make_order, make_bar):
    venue.submit(make_order())
    with pytest.raises(ConfigError, match="3m"):
        venue.on_market(make_bar(2, CALM, timeframe="3m"))
