"""Money is integers inside: prices in ticks, quantities in lots, cash in units of 1e-8 of a currency.

A float enters the money path only through :func:`round_to_grid`. ``Decimal`` is the exact view at
ledger, API and wire.

Source of the rounding rule: round half to even, IEEE 754-2019 section 4.3.1.
"""

from decimal import Decimal
from fractions import Fraction

from tradewind.core.errors import MoneyError

CASH_SCALE = 100_000_000
"""Units of cash in one unit of a currency: cash is int64 in 1e-8, up to 92 thousand million."""

INT64_MAX = 2**63 - 1


def check_int64(value: int, what: str) -> int:
    """``value`` itself when it fits int64; MoneyError naming ``what`` otherwise."""
    if -INT64_MAX <= value <= INT64_MAX:
        return value
    message = f"{what} of {value} does not fit 64 bits."
    raise MoneyError(message, "Use a larger tick or lot for this instrument, or a smaller order.")


def divide_half_even(numerator: int, denominator: int) -> int:
    """Integer nearest to the exact quotient, ties to even; ``denominator`` is positive."""
    quotient, remainder = divmod(numerator, denominator)
    twice = 2 * remainder
    if twice > denominator or (twice == denominator and quotient & 1):
        return quotient + 1
    return quotient


def round_to_grid(value: float, step: float) -> int:
    """The one step by which a float becomes money: the nearest whole number of ``step``, ties to even.

    Parameters
    ----------
    value
        A price or quantity in units of the currency or instrument; NaN and infinities are refused.
    step
        Tick size or lot size, positive.
    """
    if value - value != 0.0:  # NaN and infinities alone fail this
        message = f"A price or quantity of {value} cannot be rounded to the grid."
        raise MoneyError(message, "Check the feed that gave it.")
    units = round(value / step)
    if -INT64_MAX <= units <= INT64_MAX:
        return units
    return check_int64(units, "A rounded price or quantity")


def value_ratio(tick_size: Decimal, lot_size: Decimal) -> tuple[int, int]:
    """Reduced ``(numerator, denominator)`` with ``ticks * lots * numerator / denominator`` = cash in 1e-8."""
    exact = Fraction(tick_size) * Fraction(lot_size) * CASH_SCALE
    return exact.numerator, exact.denominator


def notional_e8(price_ticks: int, quantity_lots: int, ratio: tuple[int, int]) -> int:
    """Cash value in 1e-8 of ``quantity_lots`` at ``price_ticks``; exact, then one rounding half to even."""
    exact = check_int64(price_ticks * quantity_lots, "The product of price and quantity")
    numerator, denominator = ratio
    if denominator == 1:
        return check_int64(exact * numerator, "A notional")
    return check_int64(divide_half_even(exact * numerator, denominator), "A notional")


def to_decimal(units: int, step: Decimal) -> Decimal:
    """Exact ``Decimal`` of a whole number of ticks, lots or cash units."""
    return Decimal(units) * step


def cash_to_decimal(cash_e8: int) -> Decimal:
    """Exact ``Decimal`` of cash."""
    return Decimal(cash_e8).scaleb(-8)


def cash_from_decimal(amount: Decimal) -> int:
    """Cash in 1e-8; an amount finer than the grid is refused, never rounded in silence."""
    scaled = amount.scaleb(8)
    if scaled != scaled.to_integral_value():
        message = f"The amount {amount:f} is finer than 1e-8."
        raise MoneyError(message, "Round it yourself first, so that the rounding is yours.")
    return check_int64(int(scaled), "An amount of cash")


def to_grid_exact(amount: Decimal, step: Decimal, what: str) -> int:
    """Whole number of ``step`` in ``amount``; MoneyError when it lies off the grid."""
    units = Fraction(amount) / Fraction(step)
    if units.denominator != 1:
        message = f"The {what} {amount} is not a multiple of {step}."
        raise MoneyError(message, f"Use a {what} on the grid.")
    return check_int64(units.numerator, f"A {what}")
