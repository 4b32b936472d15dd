"""Transaction-cost analysis of made-up records: worked examples, and the identity of the parts."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.accounts import CorporateAction
from tradewind.core.decisions import OrderRequested
from tradewind.core.events import AccountTerms, Record, SessionStarted
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.market import Bar, Event, Quote
from tradewind.core.orders import (
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderReplaced,
    OrderType,
    Side,
)
from tradewind.core.timestamps import NS_PER_MINUTE
from tradewind.core.vocabulary import ActionKind, Liquidity, SessionMode
from tradewind.views.tca.analysis import analyse
from tradewind.views.tca.page import render_costs
from tradewind.views.tca.rows import TransactionCosts

T0 = 1_700_000_000 * 10**9
STOCK = Instrument(
    symbol="ABC",
    venue="XNAS",
    asset_class=AssetClass.EQUITY,
    quote_currency="USD",
    tick_size="0.01",
    lot_size="1",
    calendar="24/7",
    half_spread_bps=5.0,
)
ID = STOCK.id


def costs_of(*events: Event, **options: object) -> TransactionCosts:
    start = SessionStarted(
        ts_event=T0,
        session_id="made-up",
        mode=SessionMode.PAPER,
        base_currency="USD",
        accounts=(AccountTerms(cash_e8={"USD": 10**15}),),
        instruments=(STOCK,),
    )
    records = [
        Record(seq=seq, cause=0, version="2/0", event=event, hash=b"")  # type: ignore[arg-type]
        for seq, event in enumerate((start, *events), 1)
    ]
    return analyse(start, records, **options)  # type: ignore[arg-type]


def bar(minute: int, open_: float, close: float, *, volume: float = 0.0) -> Bar:
    return Bar(
        ts_event=T0 + minute * NS_PER_MINUTE,
        instrument_id=ID,
        open=open_,
        high=max(open_, close),
        low=min(open_, close),
        close=close,
        volume=volume,
        timeframe="1m",
    )


def asked(lots: int, *, minute: int = 1, side: Side = Side.BUY, **fields: object) -> OrderRequested:
    order = Order(
        client_order_id="o-0",
        decision_id="o",
        strategy="s",
        instrument_id=ID,
        side=side,
        quantity_lots=lots,
        ts_decided=T0 + minute * NS_PER_MINUTE,
        **fields,  # type: ignore[arg-type]
    )
    return OrderRequested(ts_event=order.ts_decided, order=order)


def filled(minute: int, lots: int, ticks: int, number: int = 1, **fields: object) -> OrderFilled:
    given = {"side": Side.BUY, "liquidity": Liquidity.TAKER} | fields
    return OrderFilled(
        ts_event=T0 + minute * NS_PER_MINUTE,
        client_order_id="o-0",
        instrument_id=ID,
        trade_id=f"t{number}",
        quantity_lots=lots,
        price_ticks=ticks,
        **given,  # type: ignore[arg-type]
    )


def accepted(minute: int) -> OrderAccepted:
    return OrderAccepted(ts_event=T0 + minute * NS_PER_MINUTE, client_order_id="o-0", instrument_id=ID)


def canceled(minute: int) -> OrderCanceled:
    return OrderCanceled(ts_event=T0 + minute * NS_PER_MINUTE, client_order_id="o-0", instrument_id=ID)


def test_a_shortfall_worked_by_hand() -> None:
    """1,000 shares wanted at 50.00; 600 got at 50.20 and 200 at 50.50 for 8.00, 200 missed at 51.00.

    Paper earns 1,000 x 1.00. Real: 800 x 51.00 - 30,120 - 10,100 - 8 = 572. Shortfall 428: delay 0.10 on
    800, timing 0.30 on the 200 (middle 50.40 after arrival at 50.10), trading 80 in all, fees 8,
    missed 200.
    """
    costs = costs_of(
        bar(1, 50.00, 50.00),
        asked(1_000),
        accepted(1),
        bar(2, 50.10, 50.30),
        filled(2, 600, 5_020, 1, arrival_ticks=5_010, commission_e8=5 * 10**8),
        bar(3, 50.40, 50.60),
        filled(3, 200, 5_050, 2, arrival_ticks=5_010, commission_e8=3 * 10**8),
        bar(4, 50.60, 51.00),
        canceled(4),
    )
    (row,) = costs.orders
    assert row.shortfall_e8 == 428 * 10**8
    parts = row.parts
    assert parts.delay_e8 == 80 * 10**8
    assert parts.timing_e8 == 60 * 10**8
    assert parts.fees_e8 == 8 * 10**8
    assert parts.opportunity_e8 == 200 * 10**8
    # Half of the usual spread is 5 bps of the middle: 0.02505 of 600 and 0.0252 of 200.
    assert parts.spread_e8 == round((600 * 0.02505 + 200 * 0.0252) * 10**8)
    assert parts.spread_e8 + parts.impact_e8 == 80 * 10**8
    assert row.shortfall_bps == pytest.approx(428 / 50_000 * 1e4)
    assert row.versus_bps["decision"] == pytest.approx((50.275 / 50.00 - 1) * 1e4)
    assert row.versus_bps["arrival"] == pytest.approx((50.275 / 50.10 - 1) * 1e4)
    assert row.versus_bps["close"] == pytest.approx((50.275 / 51.00 - 1) * 1e4)
    assert row.versus_bps["vwap"] != row.versus_bps["vwap"]  # nothing traded that says how much


def test_spread_is_what_the_quote_showed_and_a_maker_earns_it() -> None:
    def quote(minute: int) -> Quote:
        return Quote(ts_event=T0 + minute * NS_PER_MINUTE, instrument_id=ID, bid=49.98, ask=50.02)

    took = costs_of(quote(1), asked(100), quote(2), filled(2, 100, 5_003, arrival_ticks=5_000)).orders[0]
    assert (took.parts.spread_e8, took.parts.impact_e8) == (2 * 10**8, 1 * 10**8)
    made = costs_of(
        quote(1),
        asked(100, order_type=OrderType.LIMIT, limit_price_ticks=4_998),
        quote(2),
        filled(2, 100, 4_998, arrival_ticks=5_000, liquidity=Liquidity.MAKER),
    ).orders[0]
    assert (made.parts.spread_e8, made.parts.impact_e8) == (-2 * 10**8, 0)


def test_vwap_close_and_markouts_are_of_what_came_after() -> None:
    costs = costs_of(
        bar(1, 10.00, 10.00, volume=1e6),  # before the decision: not of the benchmark
        asked(100),
        bar(2, 10.00, 10.00, volume=100.0),
        filled(2, 100, 1_010),
        bar(3, 10.10, 10.20, volume=300.0),
        bar(4, 10.20, 10.40, volume=300.0),
        after=(1, 2, 3),
    )
    (row,) = costs.orders
    assert row.versus_bps["vwap"] == pytest.approx((10.10 / 10.00 - 1) * 1e4)
    assert row.markout_bps["1"] == pytest.approx((10.20 / 10.10 - 1) * 1e4)
    assert row.markout_bps["2"] == pytest.approx((10.40 / 10.10 - 1) * 1e4)
    assert row.markout_bps["3"] != row.markout_bps["3"]  # the journal ends before


def test_a_stop_is_measured_from_its_price_and_misses_nothing() -> None:
    stop = asked(100, side=Side.SELL, order_type=OrderType.STOP, stop_price_ticks=950, reduce_only=True)
    quiet = costs_of(bar(1, 10.0, 10.0), stop, bar(2, 10.0, 11.0), canceled(2)).orders[0]
    assert quiet.shortfall_e8 == 0
    hit = costs_of(
        bar(1, 10.0, 10.0), stop, bar(2, 9.7, 9.3), filled(2, 100, 949, side=Side.SELL, arrival_ticks=950)
    ).orders[0]
    assert hit.shortfall_e8 == 1 * 10**8
    gap = costs_of(
        bar(1, 10.0, 10.0), stop, bar(2, 9.0, 9.3), filled(2, 100, 899, side=Side.SELL, arrival_ticks=950)
    ).orders[0]
    assert (gap.parts.timing_e8, gap.shortfall_e8) == (50 * 10**8, 51 * 10**8)


def test_what_a_split_changed_is_named_and_not_counted() -> None:
    replaced = OrderReplaced(
        ts_event=T0 + 2 * NS_PER_MINUTE, client_order_id="o-0", instrument_id=ID, quantity_lots=200
    )
    costs = costs_of(bar(1, 10.0, 10.0), asked(100), replaced, bar(2, 5.0, 5.0))
    assert costs.orders == ()
    assert "split" in costs.left_out[0].reason


def test_a_markout_never_crosses_a_split() -> None:
    split = CorporateAction(
        ts_event=T0 + 3 * NS_PER_MINUTE, instrument_id=ID, kind=ActionKind.SPLIT, numerator=2
    )
    costs = costs_of(
        bar(1, 10.0, 10.0), asked(100), bar(2, 10.0, 10.0), filled(2, 100, 1_000), split, bar(4, 5, 5)
    )
    assert costs.orders[0].markout_bps["1"] != costs.orders[0].markout_bps["1"]


def test_a_fill_that_is_told_twice_counts_once() -> None:
    once = costs_of(bar(1, 10.0, 10.0), asked(100), bar(2, 10.0, 10.0), filled(2, 50, 1_001))
    twice = costs_of(
        bar(1, 10.0, 10.0), asked(100), bar(2, 10.0, 10.0), filled(2, 50, 1_001), filled(2, 50, 1_001)
    )
    assert render_costs(once) == render_costs(twice)


PRICES = st.integers(1, 100_000)


@settings(max_examples=60, deadline=None)
@given(
    side=st.sampled_from(list(Side)),
    decision=PRICES,
    arrival=PRICES,
    steps=st.lists(st.tuples(PRICES, PRICES, st.integers(1, 500), st.integers(-(10**7), 10**9)), max_size=5),
    missed=st.integers(0, 300),
    end=PRICES,
    maker=st.booleans(),
)
def test_the_parts_are_the_shortfall_to_the_unit(
    side: Side,
    decision: int,
    arrival: int,
    steps: list[tuple[int, int, int, int]],
    missed: int,
    end: int,
    maker: bool,
) -> None:
    lots = sum(quantity for _, _, quantity, _ in steps) + missed
    if not lots:
        return
    events: list[Event] = [bar(1, decision / 100, decision / 100), asked(lots, side=side)]
    for number, (middle, price, quantity, fee) in enumerate(steps):
        liquidity = Liquidity.MAKER if maker else Liquidity.TAKER
        events += [
            bar(number + 2, middle / 100, middle / 100),
            filled(
                number + 2,
                quantity,
                price,
                number,
                side=side,
                arrival_ticks=arrival,
                commission_e8=fee,
                liquidity=liquidity,
            ),
        ]
    events += [bar(9, end / 100, end / 100), canceled(9)] if missed else []
    costs = costs_of(*events)
    (row,) = costs.orders
    assert row.parts.total_e8 == row.shortfall_e8
    valued = end if missed else steps[-1][0]
    sign = 1 if side is Side.BUY else -1
    paper = Fraction(sign * lots * (valued - decision), 100)
    cash = sum(Fraction(-sign * q * p, 100) - Fraction(fee, 10**8) for _, p, q, fee in steps)
    held = sign * sum(q for _, _, q, _ in steps) * Fraction(valued, 100)
    assert row.shortfall_e8 == (paper - (cash + held)) * 10**8
    assert costs.total.shortfall_e8 == row.shortfall_e8
    for group in costs.groups:
        assert group.parts.total_e8 == group.shortfall_e8


def test_the_page_says_the_figures_and_stands_alone() -> None:
    costs = costs_of(bar(1, 10.0, 10.0), asked(100), bar(2, 10.0, 10.1), filled(2, 100, 1_001))
    text = render_costs(costs)
    assert "Implementation shortfall: 1.00 USD" in text
    assert "http" not in text
    assert text.count("<svg") >= 6


def test_a_fill_that_is_told_before_its_bar_is_held_against_that_bar() -> None:
    """A simulated venue hears a bar first, and its fills stand before the bar in the journal."""
    hourly = Bar(
        ts_event=T0 + 2 * NS_PER_MINUTE,
        instrument_id=ID,
        open=9.0,
        high=10.5,
        low=9.0,
        close=10.3,
        timeframe="1h",
    )
    fill = filled(2, 100, 1_021, arrival_ticks=1_020)
    for told in (
        (fill, bar(2, 10.2, 10.3), hourly),
        (fill, hourly, bar(2, 10.2, 10.3)),
        (bar(2, 10.2, 10.3), fill),
    ):
        row = costs_of(bar(1, 10.0, 10.0), asked(100), *told).orders[0]
        assert (row.parts.delay_e8, row.parts.timing_e8) == (20 * 10**8, 0)
        assert row.parts.spread_e8 + row.parts.impact_e8 == 1 * 10**8
