"""Whole-number arithmetic of the money path, checked against int64 before it is done.

Every function is one source for two uses: called from the loop it is plain Python, called from compiled code
numba compiles it. So each check comes *before* the operation it guards: Python would never overflow, compiled
code would do so in silence. Inputs are int64, without -2**63.

Source of the rounding rule: round half to even, IEEE 754-2019 section 4.3.1.
"""

from tradewind.core.errors import MoneyError
from tradewind.kernels.scalar import scalar

INT64_MAX = 2**63 - 1
DIVISOR_MAX = 2**62
"""Largest divisor of :func:`multiply_divide`: twice a remainder must fit."""

TOO_LARGE = "An amount of money does not fit 64 bits."
TOO_LARGE_STEP = "Use a larger tick or lot for this instrument, or a smaller order."


@scalar
def checked_product(left: int, right: int) -> int:
    """``left * right``; MoneyError when it does not fit int64."""
    if left != 0 and abs(right) > INT64_MAX // abs(left):
        raise MoneyError(TOO_LARGE, TOO_LARGE_STEP)
    return left * right


@scalar
def checked_sum(left: int, right: int) -> int:
    """``left + right``; MoneyError when it does not fit int64."""
    if right > 0:
        if left > INT64_MAX - right:
            raise MoneyError(TOO_LARGE, TOO_LARGE_STEP)
    elif left < -INT64_MAX - right:
        raise MoneyError(TOO_LARGE, TOO_LARGE_STEP)
    return left + right


@scalar
def _long_division(multiplicand: int, multiplier: int, divisor: int) -> tuple[int, int]:
    """Quotient and remainder of ``multiplicand * multiplier / divisor`` bit by bit, for wide products.

    ``0 <= multiplicand < divisor <= 2**62`` and ``multiplier >= 0``, so nothing here leaves int64.
    """
    quotient = 0
    remainder = 0
    for shift in range(62, -1, -1):
        quotient *= 2
        remainder *= 2
        if remainder >= divisor:
            remainder -= divisor
            quotient += 1
        if (multiplier >> shift) & 1:
            remainder += multiplicand
            if remainder >= divisor:
                remainder -= divisor
                quotient += 1
    return quotient, remainder


@scalar
def multiply_divide(value: int, multiplier: int, divisor: int) -> int:
    """``value * multiplier / divisor``, exact to one rounding half to even, whatever the product's width.

    Raises
    ------
    MoneyError
        The divisor is not in 1 to 2**62, or the result does not fit int64.
    """
    if divisor <= 0 or divisor > DIVISOR_MAX:
        raise MoneyError("A divisor of money is not between 1 and 2**62.", TOO_LARGE_STEP)
    positive = (value >= 0) == (multiplier >= 0)
    size = abs(value)
    factor = abs(multiplier)
    whole = checked_product(size // divisor, factor)
    rest = size % divisor
    if factor == 0 or rest <= INT64_MAX // factor:
        part = rest * factor // divisor
        remainder = rest * factor % divisor
    else:
        part, remainder = _long_division(rest, factor, divisor)
    result = checked_sum(whole, part)
    left = divisor - remainder
    if remainder > left or (remainder == left and result % 2 == 1):
        result = checked_sum(result, 1)
    return result if positive else -result


@scalar
def value_e8(price_ticks: int, quantity_lots: int, numerator: int, denominator: int) -> int:
    """Cash value in 1e-8 of signed ``quantity_lots`` at ``price_ticks``; one rounding half to even.

    ``numerator / denominator`` is the instrument's ``ratio``. The same figure as ``core.money.notional_e8``,
    in a form that compiles.
    """
    return multiply_divide(checked_product(price_ticks, quantity_lots), numerator, denominator)
