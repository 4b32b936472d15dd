"""Prices a hundred times off and splits applied to a part: found row by row, and nothing said of the rest."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.panel import BarColumns
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.adjustment import split
from tradewind.data.quality.finding import Severity
from tradewind.data.quality.inspect_bars import inspect_bars
from tradewind.data.raw import RawBars, raw_from_bars

PRICES = ("open", "high", "low", "close")
ABOUT_LEVELS = ("price_unit", "split_basis", "split_ratio", "suspected_split", "long_hole", "negative_spread")


def scaled(raw: RawBars, rows: slice, ratio: float, *, shares: bool = False) -> RawBars:
    factor = np.ones(len(raw))
    factor[rows] = ratio
    columns = {name: getattr(raw, name) * factor for name in PRICES}
    return replace(raw, **columns, volume=raw.volume / factor if shares else raw.volume)


def found(raw: RawBars, rule: str) -> list[int]:
    return [finding.row for finding in inspect_bars(raw)[0] if finding.rule == rule]


def with_split(raw: RawBars, row: int, new_per_old: float) -> RawBars:
    """As traded: before the row on the old share count, with the split beside."""
    ex_ns = int(raw.ts_event[row]) // NS_PER_DAY * NS_PER_DAY
    before = scaled(raw, slice(0, row), new_per_old, shares=True)
    return replace(before, actions=(split(raw.instrument_id, ex_ns, new_per_old),))


@pytest.fixture(scope="module")
def walk(make_bars: Callable[..., BarColumns]) -> Callable[[int], RawBars]:
    return lambda seed: raw_from_bars(make_bars(seed=seed))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), ratio=st.sampled_from([0.1, 0.5, 1.5, 2.0, 4.0, 190.0]))
def test_clean_bars_and_true_splits_are_left_alone(
    walk: Callable[[int], RawBars], seed: int, ratio: float
) -> None:
    for raw in (walk(seed), with_split(walk(seed), 150, ratio)):
        assert [f for f in inspect_bars(raw)[0] if f.rule in ABOUT_LEVELS] == []


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    first=st.integers(1, 250),
    bars=st.integers(1, 40),
    ratio=st.sampled_from([100.0, 0.01]),
)
def test_stretches_in_another_unit_are_found_row_by_row(
    walk: Callable[[int], RawBars], seed: int, first: int, bars: int, ratio: float
) -> None:
    last = min(first + bars, 298)
    broken = scaled(walk(seed), slice(first, last), ratio)
    assert found(broken, "price_unit") == list(range(first, last))
    assert found(broken, "suspected_split") == []


def test_after_one_step_the_newer_unit_is_right_unless_it_is_a_handful_of_bars(
    walk: Callable[[int], RawBars],
) -> None:
    assert found(scaled(walk(1), slice(0, 200), 100.0), "price_unit") == list(range(200))
    assert found(scaled(walk(1), slice(297, 300), 100.0), "price_unit") == [297, 298, 299]


def test_where_only_one_level_was_traded_on_it_is_the_right_one(walk: Callable[[int], RawBars]) -> None:
    raw = scaled(walk(1), slice(100, 120), 100.0)
    volume = np.zeros(len(raw))
    volume[110] = 1_000.0
    assert found(replace(raw, volume=volume), "price_unit") == [*range(100), *range(120, 300)]


def test_half_the_closes_a_hundred_times_too_high_are_no_100(walk: Callable[[int], RawBars]) -> None:
    rng = np.random.default_rng(5)
    factor = np.where(rng.random(300) < 0.45, 100.0, 1.0)
    raw = walk(2)
    broken = replace(raw, **{name: getattr(raw, name) * factor for name in PRICES})
    assert found(broken, "price_unit") == np.flatnonzero(factor > 1.0).tolist()
    assert inspect_bars(broken)[1].overall < 60.0


def test_a_low_in_another_unit_is_found_in_a_good_bar(walk: Callable[[int], RawBars]) -> None:
    raw = walk(3)
    low = raw.low.copy()
    low[77] /= 100.0
    (finding,) = [f for f in inspect_bars(replace(raw, low=low))[0] if f.rule == "price_unit"]
    assert (finding.row, finding.what[:4]) == (77, "low:")


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    ratio=st.sampled_from([0.1, 0.5, 2.0, 5.0, 0.0001]),
    gap=st.integers(1, 15),
)
def test_rows_to_which_a_split_was_not_applied_are_named(
    walk: Callable[[int], RawBars], seed: int, ratio: float, gap: int
) -> None:
    good = with_split(walk(seed), 200, ratio)
    part = slice(200 - gap, 200)  # the last rows before the split are on the new basis already
    broken = scaled(good, part, 1.0 / ratio, shares=True)
    assert found(broken, "split_basis") in (list(range(200 - gap, 200)), list(range(200 - gap)))
    assert inspect_bars(broken)[1].overall < 100.0


def test_a_split_of_1_to_190_that_nobody_states_is_severe(walk: Callable[[int], RawBars]) -> None:
    broken = scaled(walk(4), slice(0, 200), 1.0 / 190.0, shares=True)
    (finding,) = [f for f in inspect_bars(broken)[0] if f.rule == "suspected_split"]
    assert (finding.row, finding.severity) == (200, Severity.SEVERE)
    assert finding.value == pytest.approx(190, rel=0.03)
    assert inspect_bars(broken)[1].overall <= 50.0


def test_a_stated_split_of_190_that_the_prices_do_not_show(walk: Callable[[int], RawBars]) -> None:
    raw = walk(4)
    ex_ns = int(raw.ts_event[200]) // NS_PER_DAY * NS_PER_DAY
    broken = replace(raw, actions=(split(raw.instrument_id, ex_ns, 1.0 / 190.0),))
    assert found(broken, "split_basis") == list(range(200))


def test_a_stated_split_of_another_ratio_than_the_prices_show(walk: Callable[[int], RawBars]) -> None:
    traded = scaled(walk(4), slice(0, 200), 2.0, shares=True)
    ex_ns = int(traded.ts_event[200]) // NS_PER_DAY * NS_PER_DAY
    broken = replace(traded, actions=(split(traded.instrument_id, ex_ns, 3.0),))
    (finding,) = [f for f in inspect_bars(broken)[0] if f.rule == "split_ratio"]
    assert (finding.row, finding.value, finding.severity) == (200, 2.0, Severity.SEVERE)
    assert "3 for one is stated" in finding.what


def test_a_symbol_that_comes_back_after_years_may_be_another_company(walk: Callable[[int], RawBars]) -> None:
    raw = walk(5)
    years = np.where(np.arange(300) < 100, 0, 2304 * NS_PER_DAY)
    (finding,) = [
        f for f in inspect_bars(replace(raw, ts_event=raw.ts_event + years))[0] if f.rule == "long_hole"
    ]
    assert (finding.row, finding.severity, round(finding.value)) == (100, Severity.SEVERE, 2305)


def test_an_ask_below_its_bid_is_named(walk: Callable[[int], RawBars]) -> None:
    raw = walk(6)
    spread = np.full(300, 0.01)
    spread[[3, 9]] = -0.02, np.nan
    assert found(replace(raw, spread=spread), "negative_spread") == [3]
