"""What trading costs: commission, spread and impact. One formula for simulator, optimiser and report.

Money is int64. A float (spread, impact, volatility, volume) enters only through :func:`slippage_ticks`, the
one rounding step here, which rounds against the trader.

Sources: square-root impact, Almgren, Thum, Hauptmann & Li (2005) "Direct estimation of equity market
impact" and Toth et al. (2011) "Anomalous price impact and the critical nature of liquidity"; volatility of a
range, Parkinson (1980) "The extreme value method for estimating the variance of the rate of return".
"""

import math

from tradewind.core.errors import MoneyError
from tradewind.kernels.integers import checked_product, checked_sum, multiply_divide
from tradewind.kernels.scalar import scalar

RATE_SCALE = 100_000_000
"""Fee rates are fractions of notional in 1e-8."""

BPS = 10_000.0

ROUNDING_SLACK = 1e-9
"""Ticks by which a float may miss a whole number before it is rounded up to the next."""

TICKS_MAX = 4.0e18
"""Slippage beyond this many ticks is a broken input."""

_PARKINSON = 1.0 / (2.0 * math.sqrt(math.log(2.0)))


@scalar
def schedule_fee_e8(
    value_e8: int,
    quantity_lots: int,
    lot_numerator: int,
    lot_denominator: int,
    rate_e8: int,
    per_unit_e8: int,
) -> int:
    """Fee of one fill before any minimum: a rate of its value plus so much for each whole unit.

    Parameters
    ----------
    value_e8, quantity_lots
        The fill's value and lots, signed or not: only their size counts.
    lot_numerator, lot_denominator
        The lot size as a reduced fraction of one unit.
    rate_e8
        The maker or taker rate; negative for a rebate.
    per_unit_e8
        Cash for each whole unit.
    """
    fee = multiply_divide(abs(value_e8), rate_e8, RATE_SCALE)
    if per_unit_e8 != 0:
        lots_fee = multiply_divide(
            abs(quantity_lots), checked_product(lot_numerator, per_unit_e8), lot_denominator
        )
        fee = checked_sum(fee, lots_fee)
    return fee


@scalar
def fee_due_e8(schedule_total_e8: int, charged_e8: int, minimum_e8: int) -> int:
    """What is still to be charged of an order, given the schedule's total so far and what was charged.

    The minimum is per order, so it is charged with the first fill and later fills count against it. A
    minimum of 0 means none, so that a rebate stays one.
    """
    total = schedule_total_e8
    if minimum_e8 > 0 and total < minimum_e8:
        total = minimum_e8
    return checked_sum(total, -charged_e8)


@scalar
def commission_e8(
    value_e8: int,
    quantity_lots: int,
    lot_numerator: int,
    lot_denominator: int,
    rate_e8: int,
    per_unit_e8: int,
    minimum_e8: int,
) -> int:
    """Commission in 1e-8 of an order filled at once; parameters as in :func:`schedule_fee_e8`."""
    fee = schedule_fee_e8(value_e8, quantity_lots, lot_numerator, lot_denominator, rate_e8, per_unit_e8)
    return fee_due_e8(fee, 0, minimum_e8)


@scalar
def impact_bps(coefficient: float, volatility: float, quantity: float, volume: float) -> float:
    """Square-root market impact in bps: ``coefficient * volatility * sqrt(quantity / volume)``.

    ``volatility`` (a fraction) and ``volume`` are over the same span, a day or one bar: the law gives the
    same for both. 0 where the market has no volume figure. NaN in, NaN out.
    """
    if volume <= 0.0 or quantity <= 0.0:
        return 0.0
    return coefficient * volatility * math.sqrt(quantity / volume) * BPS


@scalar
def range_volatility(high: float, low: float) -> float:
    """Volatility over one bar as a fraction, from its range (Parkinson 1980); 0 for a bar without range.

    Also 0 where the low is nothing or less: there a fraction of the price is no measure.
    """
    if low <= 0.0 or high <= low:
        return 0.0
    return math.log(high / low) * _PARKINSON


@scalar
def slippage_ticks(price_ticks: int, half_spread_bps: float, impact: float, most_bps: float) -> int:
    """Whole ticks by which a fill is worse than ``price_ticks``: the one step from float cost to money.

    Rounded up, against the trader, to the next whole tick; a miss of under 1e-9 ticks is taken for float
    noise. ``half_spread_bps + impact`` is cut at ``most_bps``. Of a negative price bps are taken of its size;
    at a price of zero, of which no part says anything, any cost is one tick.

    Raises
    ------
    MoneyError
        The cost is NaN, infinite or negative.
    """
    cost = min(half_spread_bps + impact, most_bps)
    ticks = abs(price_ticks) * cost / BPS
    if not (cost >= 0.0 and ticks < TICKS_MAX):  # NaN fails this too
        raise MoneyError(
            "A slippage that is negative or not a number cannot be rounded to ticks.",
            "Check spread, volatility and volume of the instrument.",
        )
    if price_ticks == 0 and cost > 0.0:
        return 1
    return math.ceil(ticks - ROUNDING_SLACK)


@scalar
def expected_round_trip_bps(half_spread_bps: float, fee_rate_e8: int, impact: float) -> float:
    """Expected cost in bps of getting in and out again, each time paying spread, fee and impact."""
    return 2.0 * (half_spread_bps + fee_rate_e8 * BPS / RATE_SCALE + impact)
