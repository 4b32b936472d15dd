"""Corporate actions at the venue: what becomes of resting orders, and that venue and book never disagree."""

from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.accounts import CorporateAction, PositionAdopted
from tradewind.core.book import PositionKey
from tradewind.core.decisions import (
    APPROVED,
    BreakerTripped,
    CancelRequested,
    InstrumentFailed,
    OrderRequested,
)
from tradewind.core.events import AccountTerms, SessionOpened, SessionStarted, StrategyTerms
from tradewind.core.exchanges import exchanged
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.orders import OPEN_STATES, BrokerReport, OrderType, Side
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.vocabulary import ActionKind, Contingency, SessionMode
from tradewind.engine.reducer import Reducer, effects_of
from tradewind.execution.venue.settings import VenueSettings
from tradewind.execution.venue.simulated import SimulatedVenue

FREE = VenueSettings(impact_coefficient=0.0, half_spread_bps=0.0, volume_share=0.1)
CALM = (100.0, 101.0, 99.0, 100.0)


def split(numerator, denominator=1, day=3, instrument_id="AAPL.SIM"):
    return CorporateAction(
        ts_event=int(day * NS_PER_DAY),
        instrument_id=instrument_id,
        kind=ActionKind.SPLIT,
        numerator=numerator,
        denominator=denominator,
    )


@pytest.fixture
def venue(instruments):
    return SimulatedVenue(instruments, FREE)


@pytest.mark.parametrize(
    ("side", "ticks", "numerator", "denominator", "expected"),
    [
        (Side.BUY, 10_001, 2, 1, 5_000),  # 50.005: the next lower cent to buy
        (Side.SELL, 10_001, 2, 1, 5_001),  # the next higher to sell
        (Side.BUY, 10_000, 3, 1, 3_333),
        (Side.SELL, 10_000, 3, 2, 6_667),
        (Side.BUY, 10_000, 1, 2, 20_000),
    ],
)
def test_prices_are_rounded_away_from_the_market(
    venue, make_order, side, ticks, numerator, denominator, expected
):
    venue.submit(make_order(side=side, order_type=OrderType.LIMIT, limit_price_ticks=ticks))
    (report,) = venue.on_market(split(numerator, denominator))
    assert report.limit_price_ticks == expected
    assert report.quantity_lots == 100 * numerator // denominator


def test_a_partly_filled_order_keeps_what_it_has_and_fills_on_the_new_basis(venue, make_order, make_bar):
    venue.submit(make_order(quantity_lots=250, order_type=OrderType.LIMIT, limit_price_ticks=10_001))
    venue.on_market(make_bar(2, CALM, volume=1_000.0))
    (report,) = venue.on_market(split(4))
    assert (report.quantity_lots, report.filled_lots, report.limit_price_ticks) == (1_000, 400, 2_500)
    assert venue.positions() == {PositionKey("main", "test", "AAPL.SIM"): 400}
    (fill,) = venue.on_market(make_bar(4, (24.9, 25.0, 24.0, 24.5), volume=1e6))
    assert (fill.quantity_lots, fill.price_ticks, fill.arrival_ticks) == (600, 2_490, 2_500)


@pytest.mark.parametrize(("lots", "ticks", "numerator", "denominator"), [(9, 5_000, 1, 10), (5, 1, 4, 1)])
def test_what_is_left_with_no_lot_or_no_price_is_canceled(
    venue, make_order, lots, ticks, numerator, denominator
):
    venue.submit(make_order(quantity_lots=lots, order_type=OrderType.LIMIT, limit_price_ticks=ticks))
    (report,) = venue.on_market(split(numerator, denominator))
    assert "was split" in report.reason
    assert venue.cancel("o-1") == ()


def test_a_dividend_leaves_orders_alone_and_a_delisting_none(venue, make_order):
    venue.submit(make_order("a", order_type=OrderType.LIMIT, limit_price_ticks=9_000))
    venue.submit(make_order("b", instrument_id="EUR/USD.SIM"))
    dividend = CorporateAction(
        ts_event=2 * NS_PER_DAY, instrument_id="AAPL.SIM", kind=ActionKind.DIVIDEND, amount="2"
    )
    assert venue.on_market(dividend) == []
    gone = CorporateAction(ts_event=3 * NS_PER_DAY, instrument_id="AAPL.SIM", kind=ActionKind.DELISTING)
    (report,) = venue.on_market(gone)
    assert (report.client_order_id, report.reason) == ("a", "AAPL.SIM was delisted")
    assert [r.client_order_id for r in venue.cancel("b")] == ["b"]


def test_a_holding_from_elsewhere_can_be_reduced(venue, make_order):
    out = make_order(side=Side.SELL, reduce_only=True)
    venue.on_market(
        PositionAdopted(
            ts_event=1, account="main", instrument_id="AAPL.SIM", quantity_lots=9, cost_e8=1, strategy="test"
        )
    )
    (report,) = venue.submit(out)
    assert not hasattr(report, "reason")


# Venue and book together ---------------------------------------------------------------------


class OpenGate:
    def check(self, order, book):
        return APPROVED


class QuietBoard:
    def observe(self, book):
        return ()

    def entry_block(self, instrument_id, strategy, book):
        return ""


class Dealer:
    """A strategy that sends what the test hands it, at the next bar."""

    name = "test"

    def __init__(self):
        self.waiting = []

    def on_event(self, event, book):
        sent, self.waiting = self.waiting, []
        return sent

    def snapshot(self):
        return b""

    def restore(self, state):
        pass


def loop(instruments):
    dealer = Dealer()
    reducer = Reducer([dealer], OpenGate(), QuietBoard(), lambda decision, book: ())
    venue = SimulatedVenue(instruments, FREE, seed=3)
    cash = {"USD": 10**17}
    accounts = (AccountTerms(cash_e8=cash),)
    started = SessionStarted(
        ts_event=0,
        session_id="s",
        mode=SessionMode.BACKTEST,
        base_currency="USD",
        accounts=accounts,
        instruments=tuple(instruments.values()),
        strategies=(StrategyTerms(strategy="test"),),
    )
    reducer.step(started)
    reducer.step(SessionOpened(ts_event=1))
    return dealer, reducer, venue


def take(reducer, venue, event):
    """One event as the driver takes it: the venue first, its reports, then the loop and what it wants out."""
    waiting = list(venue.on_market(event))
    pending = [*waiting, event]
    while pending:
        made = reducer.step(pending.pop(0))
        assert not [one for one in made if isinstance(one, BreakerTripped | InstrumentFailed)]
        for effect in effects_of(made):
            if isinstance(effect, OrderRequested):
                pending += venue.submit(effect.order)
            else:
                pending += venue.cancel(effect.client_order_id)


PRICE = st.integers(9_000, 11_000)


@st.composite
def bars(draw):
    low, first, second, high = sorted(draw(st.tuples(PRICE, PRICE, PRICE, PRICE)))
    return ("bar", first, high, low, second, draw(st.integers(0, 3_000)))


ORDERS = st.fixed_dictionaries(
    {
        "side": st.sampled_from(Side),
        "quantity_lots": st.integers(1, 400),
        "order_type": st.sampled_from(OrderType),
        "limit_price_ticks": PRICE,
        "stop_price_ticks": PRICE,
        "reduce_only": st.booleans(),
        "contingency": st.sampled_from(Contingency),
    }
)
RATIOS = st.sampled_from([(2, 1), (4, 1), (3, 2), (1, 10), (7, 3), (1, 2)])
STREAM = st.lists(st.one_of(bars(), bars(), ORDERS, RATIOS, st.just("delist")), min_size=1, max_size=40)


@settings(max_examples=150, deadline=None)
@given(STREAM)
def test_venue_and_book_hold_the_same_through_orders_splits_and_bars(
    instruments, make_order, make_bar, stream
):
    dealer, reducer, venue = loop({"AAPL.SIM": instruments["AAPL.SIM"]})
    day, count, scale = 20_000, 0, 1.0
    take(reducer, venue, make_bar(day, CALM))
    for step in stream:
        if isinstance(step, dict):
            kind = step["order_type"]
            wanted = dict(step) | {"ts_decided": day * NS_PER_DAY}
            for field, kinds in (("limit_price_ticks", "limit"), ("stop_price_ticks", "stop")):
                wanted[field] = max(round(step[field] * scale), 1) if kinds in kind.value else None
            if step["contingency"] is Contingency.OTO:
                wanted["parent_id"] = f"o-{count - 1}"
            if step["contingency"] is not Contingency.NONE:
                wanted["group_id"] = "g"
            order = make_order(f"o-{count}", **wanted)
            dealer.waiting.append(OrderRequested(ts_event=day * NS_PER_DAY, order=order))
            count += 1
            continue
        day += 1
        if step == "delist":
            event = CorporateAction(
                ts_event=day * NS_PER_DAY, instrument_id="AAPL.SIM", kind=ActionKind.DELISTING, amount="1.5"
            )
        elif len(step) == 2:
            if not 1e-3 < scale * step[1] / step[0] < 1e3:
                continue
            scale *= step[1] / step[0]
            event = split(*step, day=day)
        else:
            prices = tuple(max(round(price * scale), 1) / 100.0 for price in step[1:5])
            event = make_bar(day, prices, volume=float(step[5]))
        take(reducer, venue, event)
        book = reducer.state.book
        assert not book.breakers, book.breakers
        assert venue.positions() == {k: p.quantity_lots for k, p in book.positions.items() if p.quantity_lots}
        resting = venue._book.orders("AAPL.SIM")
        mine = {i: s for i, s in book.open_orders.items() if isinstance(s, OPEN_STATES)}
        assert mine.keys() == resting.keys()
        for client_id, state in mine.items():
            there = resting[client_id]
            assert (state.remaining_lots, state.filled_lots) == (there.remaining_lots, there.filled_lots)
            assert state.order.limit_price_ticks == there.limit_ticks


def test_a_rebuilt_venue_lives_through_splits_too(instruments, make_order, make_bar):
    whole = SimulatedVenue(instruments, FREE)
    records = []
    events = [
        OrderRequested(ts_event=NS_PER_DAY, order=make_order(quantity_lots=300)),
        make_bar(2, CALM, volume=1_000.0),
        split(4),
        make_bar(4, CALM, volume=1_000.0),
        CancelRequested(ts_event=4 * NS_PER_DAY, client_order_id="o-1", instrument_id="", reason=""),
    ]
    for event in events:
        if isinstance(event, OrderRequested):
            records += [event, *whole.submit(event.order)]
        elif isinstance(event, CancelRequested):
            records += [event, *whole.cancel(event.client_order_id)]
        else:
            records += [*whole.on_market(event), event]  # the venue is heard before the event itself
    again = SimulatedVenue(instruments, FREE)
    again.rebuild(records)
    assert again.snapshot() == whole.snapshot()
    assert sum(isinstance(record, BrokerReport) for record in records) == 5
    restored = SimulatedVenue(instruments, FREE)
    restored.restore(whole.snapshot())
    assert restored.snapshot() == whole.snapshot()


def merger(amount="0", numerator=1, denominator=1, kind=ActionKind.MERGER, into="MSFT.SIM"):
    return CorporateAction(
        ts_event=3 * NS_PER_DAY, instrument_id="AAPL.SIM", kind=kind, numerator=numerator,
        denominator=denominator, amount=amount, into=into,
    )  # fmt: skip


@pytest.fixture
def two(instruments):
    """Two shares of one currency; the second is traded by tens."""
    apple = instruments["AAPL.SIM"]
    return instruments | {"MSFT.SIM": msgspec.structs.replace(apple, symbol="MSFT", lot_size="10")}


def test_a_merger_takes_the_orders_of_its_target_and_moves_the_shares(two, make_order, make_bar):
    venue = SimulatedVenue(two, FREE)
    venue.submit(make_order("held", quantity_lots=205))
    venue.on_market(make_bar(2, CALM, volume=1e9))
    venue.submit(make_order("rests", order_type=OrderType.LIMIT, limit_price_ticks=9_000))
    venue.submit(
        make_order("other", instrument_id="MSFT.SIM", order_type=OrderType.LIMIT, limit_price_ticks=1)
    )
    (report,) = venue.on_market(merger(numerator=1, denominator=2))
    assert report.client_order_id == "rests"
    assert report.reason == "AAPL.SIM was merged into MSFT.SIM"
    assert venue.positions() == {PositionKey("main", "test", "MSFT.SIM"): 10}  # 102.5 shares, ten a lot
    assert venue.cancel("other") != ()


@pytest.mark.parametrize(
    "wrong", [merger(into="NONE.SIM"), merger(numerator=0), merger(amount="-1"), merger(into="AAPL.SIM")]
)
def test_terms_that_make_no_sense_change_nothing_at_the_venue(two, make_order, wrong):
    venue = SimulatedVenue(two, FREE)
    venue.submit(make_order("rests", order_type=OrderType.LIMIT, limit_price_ticks=9_000))
    assert venue.on_market(wrong) == []
    assert venue.cancel("rests") != ()


@settings(max_examples=200, deadline=None)
@given(
    lots=st.integers(-10_000, 10_000),
    ratio=st.tuples(st.integers(1, 400), st.integers(1, 400)),
    cash=st.decimals(0, 500, places=4),
    cost=st.integers(-(10**15), 10**15),
    price=st.integers(1, 10**6),
    kind=st.sampled_from([ActionKind.MERGER, ActionKind.SPIN_OFF]),
)
def test_shares_times_ratio_and_cash_are_conserved(lots, ratio, cash, cost, price, kind):
    """What a holding was worth is worth what it became, to the unit of each rounding; no cost is lost."""
    old = Instrument(
        symbol="OLD", asset_class=AssetClass.EQUITY, venue="SIM", quote_currency="USD", tick_size="0.01",
        lot_size="1", calendar="24/7",
    )  # fmt: skip
    new = msgspec.structs.replace(old, symbol="NEW", lot_size="10")
    paid = str(cash) if kind is ActionKind.MERGER else "0"
    action = merger(paid, *ratio, kind)
    each, worth = Fraction(*ratio), Fraction(price, 100)
    before = each * worth + Fraction(Decimal(paid)) + (1 if kind is ActionKind.SPIN_OFF else 0)
    got = exchanged(lots, action, old, new, worth, before)
    assert 10 * (got.lots + got.fraction) == lots * each
    assert abs(got.fraction) < 1
    assert got.fraction * lots >= 0
    stays = lots if kind is ActionKind.SPIN_OFF else 0
    value = (stays + got.lots * 10 * worth) * 10**8 + got.paid_e8 + got.in_lieu_e8
    assert abs(value - lots * before * 10**8) <= 1
    kept, carried, gone = got.cost_parts(cost)
    assert kept + carried + gone == cost
    if lots:
        assert abs(carried - cost * got.lots * 10 * worth / (lots * before)) <= 1
        assert (kept == 0) or kind is ActionKind.SPIN_OFF
