"""False dividends among true ones are found, named by day and amount, and cost no more than themselves."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.panel import BarColumns, Floats
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.adjustment import DIVIDEND, DOUBTFUL, CorporateAction, split
from tradewind.data.quality.dividends import believed_actions
from tradewind.data.quality.finding import Finding, Severity
from tradewind.data.quality.inspect_bars import inspect_bars
from tradewind.data.quality.inspection import prepare
from tradewind.data.raw import RawBars, raw_from_bars

ABOUT_DIVIDENDS = ("dividend_unit", "dividend_twice", "dividend_day", "dividend_adjustment")
ROWS = (60, 120, 180, 240)


@pytest.fixture(scope="module")
def payer(make_bars: Callable[..., BarColumns]) -> Callable[..., RawBars]:
    """A share that pays a part of its price on four days and falls by it, with its adjusted close."""

    def make(seed: int = 7, part: float = 0.02) -> RawBars:
        raw = raw_from_bars(make_bars(seed=seed))
        paid = np.zeros(len(raw))
        paid[list(ROWS)] = part
        level = np.cumprod(1.0 - paid)
        columns = {name: getattr(raw, name) * level for name in ("open", "high", "low", "close")}
        fallen = replace(raw, **columns)
        actions = [_paid(fallen, row, part * fallen.close[row - 1]) for row in ROWS]
        return replace(fallen, actions=tuple(actions), adjusted_close=_adjusted(fallen, paid))

    return make


def _adjusted(raw: RawBars, paid: Floats) -> Floats:
    later = np.append(np.cumprod((1.0 - paid)[::-1])[::-1][1:], 1.0)
    adjusted: Floats = raw.close * later
    return adjusted


def _paid(raw: RawBars, row: int, amount: float) -> CorporateAction:
    ex_ns = int(raw.ts_event[row]) // NS_PER_DAY * NS_PER_DAY
    factor = 1.0 - amount / raw.close[row - 1]
    if factor <= 0.0:
        return CorporateAction(raw.instrument_id, ex_ns, DOUBTFUL, 1.0, amount)
    return CorporateAction(raw.instrument_id, ex_ns, DIVIDEND, factor, amount)


def _about_dividends(raw: RawBars) -> list[Finding]:
    return [finding for finding in inspect_bars(raw)[0] if finding.rule in ABOUT_DIVIDENDS]


def _with(raw: RawBars, nth: int, times: float) -> RawBars:
    actions = list(raw.actions or ())
    actions[nth] = _paid(raw, ROWS[nth], actions[nth].value * times)
    return replace(raw, actions=tuple(actions))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), part=st.floats(0.003, 0.08))
def test_true_dividends_are_believed(payer: Callable[..., RawBars], seed: int, part: float) -> None:
    assert _about_dividends(payer(seed, part)) == []


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), nth=st.integers(0, 3), part=st.floats(0.005, 0.03))
def test_pence_among_pounds_are_found(
    payer: Callable[..., RawBars], seed: int, nth: int, part: float
) -> None:
    raw = payer(seed, part)
    broken = _with(raw, nth, 100.0)
    true, stated = (raw.actions or ())[nth].value, (broken.actions or ())[nth].value
    (found,) = _about_dividends(broken)
    assert (found.rule, found.row, found.value) == ("dividend_unit", ROWS[nth], 0.01)
    assert found.severity is Severity.ERROR
    assert f"the dividend of {stated:g} on 2020-" in found.what
    assert f"should be {true:.6g}" in found.what


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), nth=st.integers(0, 3))
def test_pounds_among_pence_are_found(payer: Callable[..., RawBars], seed: int, nth: int) -> None:
    broken = _with(payer(seed, 0.06), nth, 0.01)
    (found,) = [f for f in _about_dividends(broken) if f.rule == "dividend_unit"]
    assert (found.row, found.value) == (ROWS[nth], 100.0)


def test_an_amount_next_to_nothing_passes_where_neither_price_nor_neighbours_speak(
    payer: Callable[..., RawBars],
) -> None:
    raw = payer()
    small = _paid(raw, 150, 0.0001 * raw.close[149])
    actions = sorted([*(raw.actions or ()), small], key=lambda a: a.ex_ns)
    told = replace(raw, actions=tuple(actions), adjusted_close=None)
    assert _about_dividends(told) == []


@pytest.mark.parametrize("days", [1, 4])
def test_of_two_like_dividends_the_one_without_a_fall_is_named(
    payer: Callable[..., RawBars], days: int
) -> None:
    raw = payer(part=0.06)
    first = (raw.actions or ())[1]
    again = _paid(raw, ROWS[1] + days, first.value)
    actions = sorted([*(raw.actions or ()), again], key=lambda a: a.ex_ns)
    found = [f for f in _about_dividends(replace(raw, actions=tuple(actions))) if f.rule == "dividend_twice"]
    assert [(f.row, f.value) for f in found] == [(ROWS[1] + days, first.value)]


def test_one_who_pays_every_week_states_nothing_twice(payer: Callable[..., RawBars]) -> None:
    raw = payer(part=0.002)
    weekly = [_paid(raw, row, 0.1) for row in range(5, 290, 5)]
    assert _about_dividends(replace(raw, actions=tuple(weekly), adjusted_close=None)) == []


def test_a_large_dividend_a_day_early_is_put_on_its_day(payer: Callable[..., RawBars]) -> None:
    raw = payer(part=0.12)
    actions = list(raw.actions or ())
    actions[2] = _paid(raw, ROWS[2] - 1, actions[2].value)
    found = [f for f in _about_dividends(replace(raw, actions=tuple(actions))) if f.rule == "dividend_day"]
    assert [f.row for f in found] == [ROWS[2] - 1]
    seen = prepare(replace(raw, actions=tuple(actions)), "")
    believed = believed_actions(seen.raw.actions or (), seen.dividends)
    assert int(np.searchsorted(seen.ts_event, believed[2].ex_ns)) == ROWS[2]


@pytest.mark.parametrize("times", [0.0, 0.01, 2.0])
def test_an_adjusted_close_that_takes_out_another_amount_is_named(
    payer: Callable[..., RawBars], times: float
) -> None:
    raw = payer(part=0.05)
    paid = np.zeros(len(raw))
    paid[list(ROWS)] = 0.05
    paid[ROWS[3]] *= times
    broken = replace(raw, adjusted_close=_adjusted(raw, paid))
    (found,) = _about_dividends(broken)
    assert (found.rule, found.row) == ("dividend_adjustment", ROWS[3])
    assert found.value == pytest.approx(times, abs=1e-9)


def test_a_dividend_that_the_adjusted_close_contradicts_is_judged_by_the_price(
    payer: Callable[..., RawBars],
) -> None:
    raw = payer(part=0.0004)  # the adjusted close has it right, the amounts are a hundred times too high
    broken = raw
    for nth in range(4):
        broken = _with(broken, nth, 100.0)
    assert [f.rule for f in _about_dividends(broken)] == ["dividend_unit"] * 4


def test_a_dividend_not_put_on_new_shares_is_found(make_bars: Callable[..., BarColumns]) -> None:
    raw = raw_from_bars(make_bars(seed=3))
    ex_ns = int(raw.ts_event[150]) // NS_PER_DAY * NS_PER_DAY
    before = raw.ts_event < ex_ns
    columns = {
        name: np.where(before, 5.0, 1.0) * getattr(raw, name) for name in ("open", "high", "low", "close")
    }
    paid = [_paid(raw, row, 0.012 * raw.close[row - 1] * 5.0) for row in (50, 100)]
    paid += [_paid(raw, 150, 0.065 * raw.close[149]), _paid(raw, 200, 0.012 * raw.close[199])]
    told = np.zeros(len(raw))
    told[[50, 100, 200]], told[150] = 0.012, 0.013
    actions = (*paid[:2], split(raw.instrument_id, ex_ns, 5.0), *paid[2:])
    traded = replace(raw, **columns, actions=actions)
    traded = replace(traded, adjusted_close=_adjusted(traded, told))
    (found,) = [f for f in _about_dividends(traded) if f.rule == "dividend_unit"]
    assert (found.row, found.value) == (150, pytest.approx(0.2))


def test_one_false_dividend_leaves_the_score_of_the_rest(payer: Callable[..., RawBars]) -> None:
    raw = payer()
    clean, broken = inspect_bars(raw)[1], inspect_bars(_with(raw, 1, 100.0))[1]
    assert broken.overall > 99.0
    assert clean.overall >= broken.overall
    assert broken.tradable(60.0)


def test_a_false_dividend_makes_no_jump(payer: Callable[..., RawBars]) -> None:
    seen = prepare(_with(payer(), 1, 100.0), "")
    assert [one.fault for one in seen.dividends] == ["", "unit", "", ""]
    assert np.nanmax(np.abs(seen.log_return)) < 0.1
