"""The scalar kernels give the same in Python and compiled, and hold at their edges."""

import math
from collections.abc import Callable

import numba
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.kernels import breakers, limits, sizing

LOTS = [-7, -1, 0, 1, 12]
CASH = [-5 * 10**12, 0, 10**13, 123_456_789_012_345, 9 * 10**17]
PARTS = [0.0, 0.02, 0.1, 0.25, 12.5]


def compiled(function: Callable[..., object], count: int) -> Callable[..., object]:
    """A compiled caller of a shared function, as the fast path has it."""
    if count == 1:
        return numba.njit(lambda a: function(a))
    if count == 2:
        return numba.njit(lambda a, b: function(a, b))
    return numba.njit(lambda a, b, c: function(a, b, c))


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (limits.lowest_lots, (LOTS, [0, 3], [0, 5])),
        (limits.highest_lots, (LOTS, [0, 3], [0, 5])),
        (limits.cap_e8, (CASH, PARTS)),
        (limits.leaves_flat_or_nearer, ([1, -1], LOTS)),
        (breakers.loss_floor_e8, (CASH, PARTS[:-1])),
        (breakers.loss_fraction, ([10**13, 3], CASH)),
        (breakers.loss_on_cost, (CASH, CASH)),
        (sizing.kelly_at_risk, ([0.0, 0.55, 1.0, math.nan], [0.0, 0.5, 2.0, math.nan])),
        (sizing.kelly_weight, ([0.4, 0.6], [0.01, 0.05], [0.0, 0.02])),
        (sizing.kelly_continuous, ([-0.01, 0.02, math.nan], [0.0, 0.04, math.nan])),
        (sizing.clip_weight, ([-2.0, 0.1, 3.0], [0.0, 0.25, math.nan])),
        (sizing.volatility_ceiling, ([0.15], [0.0, 0.3, math.nan])),
        (sizing.variance_over, ([0.3], [1.0, 5.0], [252.0, 365.0])),
        (sizing.whole_lots, ([-1_000.0, 999.9, math.nan], [10.0, 0.0], [1.0, 0.001])),
    ],
)
def test_compiled_equals_python(function: Callable[..., object], arguments: tuple[list[float], ...]) -> None:
    twin = compiled(function, len(arguments))
    grids: list[tuple[float, ...]] = [()]
    for values in arguments:
        grids = [(*grid, value) for grid in grids for value in values]
    for grid in grids:
        wanted, got = function(*grid), twin(*grid)
        assert got == wanted or (wanted != wanted and got != got), grid  # type: ignore[comparison-overlap]


@given(st.integers(1, 9 * 10**17), st.floats(0.0001, 0.9))
def test_a_breaker_never_trips_a_hair_too_early(reference: int, limit: float) -> None:
    floor = breakers.loss_floor_e8(reference, limit)
    assert reference - floor >= reference * limit - 1e-3
    assert (reference - floor) - reference * limit <= 1 + reference * 1e-15


@given(st.integers(-100, 100), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_extremes_hold_every_way_of_filling(p: int, b: int, s: int, rb: int, rs: int) -> None:
    low, high = limits.lowest_lots(p, s, rs), limits.highest_lots(p, b, rb)
    reached = {p, p + b, p - s}
    after_reduce = max(p - rs, 0) if p > 0 else min(p + rb, 0)
    reached |= {after_reduce, after_reduce + b, after_reduce - s}
    assert low <= min(reached)
    assert high >= max(reached)
    assert (low, high) in {(lo, hi) for lo in reached for hi in reached} | {(low, high)}


def test_whole_lots_round_towards_zero() -> None:
    assert sizing.whole_lots(999.9, 100.0, 1.0) == 9
    assert sizing.whole_lots(-999.9, 100.0, 1.0) == -9
