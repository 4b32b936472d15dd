"""Every scalar money kernel does the same compiled as in plain Python, on random figures."""

import random

import numba
import pytest

from tradewind.core.errors import MoneyError
from tradewind.kernels import accounts, costs, fills, integers, stops


@numba.njit
def compiled_accounts(quantity, cost, lots, value):
    return accounts.apply_fill(quantity, cost, lots, value), accounts.unrealized_e8(cost, value)


def plain_accounts(quantity, cost, lots, value):
    return accounts.apply_fill(quantity, cost, lots, value), accounts.unrealized_e8(cost, value)


def draw_accounts(rng):
    return (*(rng.randint(-(10**9), 10**9) for _ in range(2)), rng.randint(1, 10**9), rng.randint(1, 10**15))


@numba.njit
def compiled_division(value, multiplier, divisor):
    return integers.multiply_divide(value, multiplier, divisor)


def draw_division(rng):
    widths = [rng.choice([8, 30, 60, 62]) for _ in range(3)]
    return (*(rng.randint(-(2**w), 2**w) for w in widths[:2]), rng.randint(1, 2 ** widths[2]))


@numba.njit
def compiled_costs(value, lots, rate, unit, minimum, price, spread, volatility, volume):
    fee = costs.commission_e8(value, lots, 1, 100, rate, unit, minimum)
    impact = costs.impact_bps(1.0, volatility, lots * 0.01, volume)
    parkinson = costs.range_volatility(1.0 + volatility, 1.0)
    trip = costs.expected_round_trip_bps(spread, rate, impact)
    return fee, impact, parkinson, trip, costs.slippage_ticks(price, spread, impact, 500.0)


def plain_costs(value, lots, rate, unit, minimum, price, spread, volatility, volume):
    return compiled_costs.py_func(value, lots, rate, unit, minimum, price, spread, volatility, volume)


def draw_costs(rng):
    return (
        rng.randint(-(10**14), 10**14),
        rng.randint(1, 10**7),
        rng.randint(-(10**5), 10**6),
        rng.choice([0, 500_000]),
        rng.choice([0, 10**8]),
        rng.randint(1, 10**8),
        rng.uniform(0, 20),
        rng.uniform(0, 0.1),
        rng.choice([0.0, rng.uniform(1, 1e9)]),
    )


@numba.njit
def compiled_fills(kind, side, open_, high, low, limit, stop, through, slip, volume):
    outcome, price = fills.match_bar(kind, side, open_, high, low, limit, stop, through)
    paid = fills.fill_price(side, open_, slip, limit, limit > 0, False)
    return outcome, price, paid, fills.capacity_lots(volume, 0.1, 0.01)


def draw_fills(rng):
    low, open_, high = sorted(rng.randint(1, 60) for _ in range(3))
    kind, side = rng.randint(0, 3), rng.choice([1, -1])
    levels = (rng.randint(0, 60), rng.randint(0, 60), rng.randint(0, 2), rng.randint(0, 9))
    return (kind, side, open_, high, low, *levels, rng.choice([0.0, float("nan"), 1e30, rng.uniform(0, 1e9)]))


@numba.njit
def compiled_stops(position, entry, fraction, high, low, stop, other, now):
    distance = stops.distance_ticks(entry, fraction)
    best = high if position > 0 else low
    return (
        distance,
        stops.atr_distance_ticks(fraction, 2.0, 0.01),
        stops.stop_level(position, entry, distance),
        stops.target_level(position, entry, distance),
        stops.trailing_level(position, stop, best, distance),
    )


def draw_stops(rng):
    prices = [rng.randint(1, 10**6) for _ in range(3)]
    levels = [rng.choice([0, rng.randint(1, 10**6)]) for _ in range(2)]
    return (rng.choice([1, -1]), prices[0], rng.uniform(0, 0.5), *prices[1:], *levels, rng.randint(0, 200))


PAIRS = [
    (compiled_accounts, plain_accounts, draw_accounts),
    (compiled_division, integers.multiply_divide, draw_division),
    (compiled_costs, plain_costs, draw_costs),
    (compiled_fills, compiled_fills.py_func, draw_fills),
    (compiled_stops, compiled_stops.py_func, draw_stops),
]


def outcome_of(function, arguments):
    try:
        return function(*arguments)
    except MoneyError as error:
        return str(error)


@pytest.mark.parametrize(("compiled", "plain", "draw"), PAIRS, ids=[p[2].__name__ for p in PAIRS])
def test_compiled_and_plain_agree(compiled, plain, draw):
    rng = random.Random(11)
    for _ in range(3_000):
        arguments = draw(rng)
        assert outcome_of(compiled, arguments) == outcome_of(plain, arguments), arguments


def test_compiled_code_raises_our_own_error():
    with pytest.raises(MoneyError, match="64 bits") as caught:
        compiled_division(2**62, 2**62, 1)
    assert "larger tick" in caught.value.next_step
