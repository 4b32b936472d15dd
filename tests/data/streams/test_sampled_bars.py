"""Bars of trades: what comes trade by trade equals what a plain pass over all of them gives."""

from itertools import groupby, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.errors import ConfigError
from tradewind.core.timestamps import NS_PER_S
from tradewind.data.streams.bars.building import builder_of
from tradewind.data.streams.bars.rules import AmountRule, ImbalanceRule, Measure, TimeRule, parse_rule
from tradewind.data.streams.bars.time_bars import TimeBars
from tradewind.data.streams.ticks import Trade

STEPS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(-2, 2), st.sampled_from([0.25, 1.0, 3.5, 20.0])), max_size=150
)


def trades_of(steps, instrument_id="A"):
    now, price, found = 10**6, 100, []
    for number, (pause, change, quantity) in enumerate(steps):
        now, price = now + pause, max(price + change, 1)
        found.append(
            Trade(
                ts_event=now * NS_PER_S,
                instrument_id=instrument_id,
                trade_id=number,
                price=float(price),
                quantity=quantity,
                ts_recv=now * NS_PER_S + 5,
            )
        )
    return found


def signs_of(trades):
    """The tick rule over a whole list: the last difference that is not zero."""
    prices = [trade.price for trade in trades]
    signs = []
    for at in range(len(prices)):
        changes = [b - a for a, b in pairwise(prices[: at + 1]) if b != a]
        signs.append((1 if changes[-1] > 0 else -1) if changes else 1)
    return signs


def measured(measure, trade):
    return {"tick": 1.0, "volume": trade.quantity, "dollar": trade.price * trade.quantity}[measure]


def cut(trades, rule):
    """``(first, end)`` of the bars that are closed, by index."""
    if isinstance(rule, TimeRule):
        spans, at = [], 0
        for _, held in groupby(trades, lambda trade: trade.ts_event // NS_PER_S // rule.length_s):
            count = len(list(held))
            spans.append((at, at + count))
            at += count
        return spans[:-1]
    spans, first = [], 0
    signs, signed_means, counts = signs_of(trades), [], []
    for end in range(1, len(trades) + 1):
        held = range(first, end)
        if isinstance(rule, AmountRule):
            closed = sum(measured(rule.measure, trades[n]) for n in held) >= rule.size
        else:
            theta = sum(signs[n] * measured(rule.measure, trades[n]) for n in held)
            ticks, signed = expected(rule, counts, signed_means)
            closed = len(held) >= rule.ticks if signed is None else abs(theta) >= ticks * abs(signed)
            if closed:
                counts.append(len(held))
                signed_means.append(theta / len(held))
        if closed:
            spans.append((first, end))
            first = end
    return spans


def expected(rule, counts, signed_means):
    """E[T] and E[signed measure], worked out from the beginning each time."""
    if not counts:
        return rule.ticks, None
    ticks, signed, weight = float(rule.ticks), signed_means[0], 2 / (rule.span + 1)
    for count, mean in zip(counts[1:], signed_means[1:], strict=True):
        signed = signed + weight * (mean - signed)
        ticks = ticks + weight * (count - ticks)
        ticks = min(max(ticks, rule.ticks / rule.reach), rule.ticks * rule.reach)
    return ticks, signed


RULES = st.one_of(
    st.builds(TimeRule, st.integers(1, 100)),
    st.builds(AmountRule, st.sampled_from(Measure), st.sampled_from([1.0, 2.0, 7.0, 40.0, 1500.0])),
    st.builds(ImbalanceRule, st.sampled_from(Measure), st.integers(1, 12), st.integers(1, 10)),
)


@settings(deadline=None, max_examples=200)
@given(steps=STEPS, rule=RULES)
def test_trade_by_trade_equals_all_at_once(steps, rule):
    trades, builder = trades_of(steps), builder_of(rule)
    bars = [bar for trade in trades for bar in builder.take(trade)]
    spans, signs = cut(trades, rule), signs_of(trades)
    assert len(bars) == len(spans)
    for bar, (first, end) in zip(bars, spans, strict=True):
        held = trades[first:end]
        prices = [trade.price for trade in held]
        assert (bar.open, bar.high, bar.low, bar.close) == (prices[0], max(prices), min(prices), prices[-1])
        assert bar.trades == len(held)
        assert bar.volume == sum(trade.quantity for trade in held)
        assert bar.value == pytest.approx(sum(trade.price * trade.quantity for trade in held))
        assert bar.bought == sum(
            t.quantity for t, sign in zip(held, signs[first:end], strict=True) if sign > 0
        )
        if not isinstance(rule, TimeRule):
            assert (bar.ts_open, bar.ts_event) == (held[0].ts_event, held[-1].ts_event)
        assert bar.ts_recv >= bar.ts_event
        assert bar.rule == rule.text
        assert parse_rule(rule.text) == (
            rule if not isinstance(rule, ImbalanceRule) else ImbalanceRule(rule.measure, rule.ticks)
        )


@settings(deadline=None, max_examples=50)
@given(steps=STEPS, rule=RULES, seed=st.randoms(use_true_random=False))
def test_instruments_do_not_see_each_other(steps, rule, seed):
    first, second = trades_of(steps, "A"), trades_of(steps[::-1], "B")
    alone = []
    for trades in (first, second):
        builder = builder_of(rule)
        alone.append([bar for trade in trades for bar in builder.take(trade)])
    mixed, together, left = builder_of(rule), [], [list(first), list(second)]
    while any(left):
        side = seed.choice([held for held in left if held])
        together += mixed.take(side.pop(0))
    for instrument_id, bars in zip("AB", alone, strict=True):
        assert [bar for bar in together if bar.instrument_id == instrument_id] == bars


def test_the_clock_closes_a_time_bar_and_a_trade_after_it_is_late():
    bars = TimeBars(TimeRule(60))
    first, second, late = trades_of([(0, 0, 1.0), (10, 1, 1.0), (1, 0, 1.0)])
    assert bars.take(first) == bars.take(second) == []
    end_ns = (first.ts_event // (60 * NS_PER_S) + 1) * 60 * NS_PER_S
    assert bars.close_until(end_ns - 1) == []
    (bar,) = bars.close_until(end_ns)
    assert (bar.ts_event, bar.ts_recv, bar.trades) == (end_ns, end_ns, 2)
    assert bars.take(late) == []
    assert bars.late == 1
    assert bars.close_until(end_ns + 10**12) == []


def test_imbalance_bars_close_early_when_one_side_has_it_all():
    """Forty trades up and down make the first bar and find no side; ten up in a row are out of the usual."""
    rule = ImbalanceRule(Measure.TICK, 10)
    quiet = [(1, change, 1.0) for change in (1, -1) * 20]
    bars = builder_of(rule)
    ends = [n for n, trade in enumerate(trades_of([*quiet, *[(1, 1, 1.0)] * 30])) if bars.take(trade)]
    assert ends[0] == 9
    assert max(b - a for a, b in pairwise(ends)) <= 31


@pytest.mark.parametrize(
    "text", ["", "tick", "tick:0", "tick:1.5", "volume:-1", "volume:nan", "dollar:inf", "time:0.5", "kagi:3"]
)
def test_what_is_no_rule_is_named(text):
    with pytest.raises(ConfigError, match="Write time:SECONDS"):
        parse_rule(text)


def test_rules_as_they_are_written():
    assert parse_rule(" dollar:1e6") == AmountRule(Measure.DOLLAR, 1e6)
    assert parse_rule("time:60") == TimeRule(60)
    assert parse_rule("volume-imbalance:500") == ImbalanceRule(Measure.VOLUME, 500)
    assert parse_rule("dollar:1e6").text == "dollar:1000000"
