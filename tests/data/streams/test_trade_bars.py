"""Bars out of a feed's trades: whatever is lost, repeated or mixed up, one that is made is the market's."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.market import Bar, Timeframe
from tradewind.core.timestamps import NS_PER_MINUTE, NS_PER_S, parse_ns
from tradewind.data.streams.bar_grid import BarGrid
from tradewind.data.streams.id_sequence import RecentIds
from tradewind.data.streams.ticks import Trade
from tradewind.data.streams.trade_bars import TradeBars
from tradewind.data.streams.wire import Missed, NoBars

BEGIN = parse_ns("2024-03-01")


def trade(number, ts_event, price, quantity=1.0):
    return Trade(ts_event=ts_event, instrument_id="BTC/USD", trade_id=number, price=price, quantity=quantity)


def truth(trades):
    """Open, high, low, close, volume and count by the bar's end, of all trades."""
    found = {}
    for one in trades:
        end = (one.ts_event // NS_PER_MINUTE + 1) * NS_PER_MINUTE
        found.setdefault(end, []).append(one)
    return {
        end: (
            held[0].price,
            max(t.price for t in held),
            min(t.price for t in held),
            held[-1].price,
            sum(t.quantity for t in held),
        )
        for end, held in found.items()
    }


PAUSES = st.integers(0, 150)
FATES = st.sampled_from(["come", "come", "come", "come", "lost", "twice", "late"])


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(PAUSES, st.integers(1, 20), FATES), min_size=1, max_size=60), st.data())
def test_a_bar_that_is_made_is_whole(steps, data):
    """The clock of the exchange is heard after each trade; a message that is lost is known to be lost."""
    market, now = [], BEGIN
    for number, (pause, price, _) in enumerate(steps, start=1):
        now += pause * NS_PER_S
        market.append(trade(number, now, float(price)))
    bars, items, late = TradeBars(Timeframe.M1, NS_PER_S), [], []
    for one, (_, _, fate) in zip(market, steps, strict=True):
        if fate == "lost":
            bars.cut()
            continue
        if fate == "late":
            bars.cut()
            late.append(one)
            continue
        for again in (one, one) if fate == "twice" else (one,):
            items += bars.take(again)
        if late and data.draw(st.booleans()):
            items += bars.take(late.pop())
        items += bars.close_until(one.ts_event)
    items += bars.close_until(now + 10 * NS_PER_MINUTE)
    whole = truth(market)
    made = [item for item in items if isinstance(item, Bar)]
    for bar in made:
        assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == whole[bar.ts_event]
    ends = [bar.ts_event for bar in made]
    assert ends == sorted(set(ends))
    for item in items:
        if isinstance(item, NoBars):
            assert not [end for end in whole if item.from_ns < end <= item.until_ns]
    if all(fate in ("come", "twice") for _, _, fate in steps):
        # Only the first interval is not vouched for: there may have been trades before.
        assert ends == sorted(whole)[1:]
        assert sum(isinstance(item, Missed) for item in items) == 1


def test_a_trade_after_the_bar_was_missed_does_not_make_half_of_it():
    bars = TradeBars(Timeframe.M1, NS_PER_S)
    minute = BEGIN + NS_PER_MINUTE
    bars.take(trade(1, BEGIN, 1.0))
    bars.take(trade(2, minute, 2.0))
    bars.cut()
    assert [type(item) for item in bars.close_until(minute + 62 * NS_PER_S)] == [Missed]
    items = bars.take(trade(3, minute + 59 * NS_PER_S, 3.0))
    items += bars.take(trade(4, minute + 70 * NS_PER_S, 4.0))
    assert not [item for item in items if isinstance(item, Bar)]


def test_bars_of_a_stock_are_due_in_its_hours():
    """New York's clocks change on 10 March 2024; 29 March is Good Friday; 3 July closes early."""
    grid = BarGrid("XNYS", Timeframe.M1)
    for last, following in (
        ("2024-03-08T21:00", "2024-03-11T13:31"),
        ("2024-03-28T20:00", "2024-04-01T13:31"),
        ("2024-07-03T17:00", "2024-07-05T13:31"),
        ("2024-03-11T13:31", "2024-03-11T13:32"),
    ):
        assert grid.next_end(parse_ns(f"{last}+00:00")) == parse_ns(f"{following}+00:00")
    assert grid.is_end(parse_ns("2024-07-03T17:00+00:00"))
    assert not grid.is_end(parse_ns("2024-07-03T17:01+00:00"))
    assert not grid.is_end(parse_ns("2024-07-04T15:00+00:00"))
    opened = parse_ns("2024-03-11T13:30+00:00")
    assert not grid.is_trading(opened - 1)
    assert grid.is_trading(opened)
    assert not grid.is_trading(opened + 5 * NS_PER_S, 10 * NS_PER_S)
    assert BarGrid("24/7", Timeframe.M5).next_end(300) == 300 + 5 * NS_PER_MINUTE


def test_the_ids_that_are_remembered_are_the_newest():
    ids = RecentIds(most=3)
    assert [ids.is_new(number) for number in (1, 2, 1, 3, 4, 2, 1)] == [
        True,
        True,
        False,
        True,
        True,
        False,
        True,
    ]
