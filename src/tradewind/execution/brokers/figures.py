"""Figures of a venue's answers, exact or refused: an answer that makes no sense becomes no report.

All arithmetic is on integers and fractions, so no setting of the thread's decimal context matters (ccxt
changes its rounding when it writes a price).
"""

import re
from collections.abc import Mapping
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

from tradewind.core.errors import BrokerError, MoneyError, TradewindError
from tradewind.core.instruments import Instrument
from tradewind.core.money import CASH_SCALE, check_int64, divide_half_even, to_grid_exact
from tradewind.core.orders import Side
from tradewind.core.timestamps import parse_ns

_PLAIN = re.compile(r"-?[0-9]{1,30}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,2})?")
_SHOWN = 80


def nonsense(what: str) -> BrokerError:
    """An answer that makes no sense; ``what`` names the piece that does not."""
    return BrokerError(
        f"The broker's answer makes no sense: {what}.",
        "Nothing of it was booked; look at the account at the broker.",
    )


def shown(value: object) -> str:
    """A piece of an answer as an error shows it."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def figure(value: object, what: str) -> Decimal:
    """An exact decimal; BrokerError for what is no plain finite number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        message = f"{what} is {shown(value)}"
        raise nonsense(message)
    text = repr(value) if isinstance(value, float) else str(value)
    if not _PLAIN.fullmatch(text):
        message = f"{what} is {shown(value)}"
        raise nonsense(message)
    return Decimal(text)


def not_negative(value: object, what: str) -> Decimal:
    """The same, at least nothing."""
    found = figure(value, what)
    if found < 0:
        message = f"{what} is {shown(value)}"
        raise nonsense(message)
    return found


def positive(value: object, what: str) -> Decimal:
    """The same, above nothing."""
    found = figure(value, what)
    if found <= 0:
        message = f"{what} is {shown(value)}"
        raise nonsense(message)
    return found


def lots_of(quantity: Decimal, instrument: Instrument, what: str) -> int:
    """Whole lots; BrokerError for a quantity between two."""
    try:
        return to_grid_exact(quantity, instrument.lot, what)
    except MoneyError as error:
        message = f"{what} of {instrument.id} is {quantity}, off its grid of {instrument.lot}"
        raise nonsense(message) from error


def whole_lots(quantity: Decimal, instrument: Instrument) -> tuple[int, Decimal]:
    """Whole lots of a holding, cut towards nothing, and what is left of it, exact."""
    exact = Fraction(quantity) / Fraction(instrument.lot)
    lots = check_int64(int(exact), "A holding")
    with localcontext(prec=60):
        return lots, quantity - lots * instrument.lot


def cash_e8(amount: Decimal) -> int:
    """Cash in 1e-8; what is finer is rounded half to even, which some venues' fees are."""
    exact = Fraction(amount) * CASH_SCALE
    return check_int64(divide_half_even(exact.numerator, exact.denominator), "An amount of cash")


def at_price(price: Decimal, lots: int, side: Side, instrument: Instrument) -> tuple[int, int]:
    """``(ticks, cost_e8)`` of a fill: its price to the nearest tick, and what that leaves out, as a cost.

    Stocks fill between two cents. With the rest among the costs (positive when the exact price was the worse
    one) the cash stays what the broker's is.
    """
    exact = Fraction(price) / Fraction(instrument.tick)
    ticks = divide_half_even(exact.numerator, exact.denominator)
    numerator, denominator = instrument.ratio
    rest = (exact - ticks) * lots * Fraction(numerator, denominator) * side.sign
    return check_int64(ticks, "A price"), divide_half_even(rest.numerator, rest.denominator)


def moment(value: object, what: str) -> int:
    """UTC nanoseconds of an RFC 3339 time; BrokerError for what is none."""
    if not isinstance(value, str):
        message = f"{what} is {shown(value)}"
        raise nonsense(message)
    try:
        return parse_ns(value)
    except TradewindError as error:
        message = f"{what} is {shown(value)}"
        raise nonsense(message) from error


def word(row: Mapping[str, Any], key: str) -> str:
    """A field that has to be text and not empty."""
    value = row.get(key)
    if not isinstance(value, str) or not value:
        message = f"{key} is {shown(value)}"
        raise nonsense(message)
    return value


def table(value: object, what: str) -> Mapping[str, Any]:
    """An object of an answer."""
    if not isinstance(value, dict):
        message = f"{what} is {shown(value)}"
        raise nonsense(message)
    return value


def rows(value: object, what: str) -> list[Mapping[str, Any]]:
    """A list of objects of an answer."""
    if not isinstance(value, list):
        message = f"{what} is {shown(value)}"
        raise nonsense(message)
    return [table(one, what) for one in value]


def side_of(value: object) -> Side:
    """``buy`` or ``sell``, in either case; Alpaca's ``sell_short`` is a sale."""
    text = str(value).lower()
    if text not in ("buy", "sell", "sell_short"):
        message = f"the side is {shown(value)}"
        raise nonsense(message)
    return Side.BUY if text == "buy" else Side.SELL
