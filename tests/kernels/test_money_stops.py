"""Stop levels: the trailing one against a running maximum, the rest by hand."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import MoneyError
from tradewind.kernels.stops import (
    atr_distance_ticks,
    distance_ticks,
    stop_level,
    target_level,
    trailing_level,
)


def test_levels_of_a_position_at_100():
    assert distance_ticks(10_000, 0.02) == 200
    assert atr_distance_ticks(1.5, 2.0, 0.01) == 300
    assert (stop_level(5, 10_000, 200), target_level(5, 10_000, 300)) == (9_800, 10_300)
    assert (stop_level(-5, 10_000, 200), target_level(-5, 10_000, 300)) == (10_200, 9_700)


def test_a_level_is_never_clamped_and_a_distance_never_below_one():
    assert stop_level(1, 100, 500) == -400
    assert target_level(-1, 100, 500) == -400
    assert distance_ticks(100, 0.0) == 1


@pytest.mark.parametrize("fraction", [-0.1, float("nan"), float("inf")])
def test_a_broken_distance_is_refused(fraction):
    with pytest.raises(MoneyError, match="stop distance"):
        distance_ticks(10_000, fraction)


@given(
    st.lists(st.tuples(st.integers(500, 1_500), st.integers(0, 50)), min_size=1, max_size=40),
    st.sampled_from([1, -1]),
    st.integers(1, 200),
)
def test_a_trailing_stop_follows_the_best_price_and_never_moves_back(path, position, distance):
    first = path[0][0] + (path[0][1] if position > 0 else 0)
    best, stop = first, stop_level(position, first, distance)
    stops = []
    for low, span in path:
        best = max(best, low + span) if position > 0 else min(best, low)
        # Given the bar's own extreme instead of the best so far it comes to the same.
        stop = trailing_level(position, stop, low + span if position > 0 else low, distance)
        assert stop == stop_level(position, best, distance)
        stops.append(stop)
    highs = list(itertools.accumulate((low + span for low, span in path), max))
    lows = list(itertools.accumulate((low for low, _ in path), min))
    assert stops == ([h - distance for h in highs] if position > 0 else [low + distance for low in lows])
