"""What a merger or a spin-off turns a holding into: whole lots, cash, and parts of what it cost.

A holding's cost is divided among all that it is turned into by worth at that moment. The part of what stays
in shares is carried; the parts of cash and of a fraction of a lot are realised against that cash. (Tax law
may differ: section 356 of the US code taxes the cash of a mixed merger up to the gain, and allows no loss.
Tax lots are not kept here.)
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from tradewind.core.accounts import CorporateAction
from tradewind.core.errors import DataError
from tradewind.core.instruments import Instrument
from tradewind.core.money import CASH_SCALE, divide_half_even
from tradewind.core.vocabulary import ActionKind

EXCHANGES = frozenset({ActionKind.MERGER, ActionKind.SPIN_OFF})
"""Kinds that turn shares of one instrument into those of another."""


@dataclass(frozen=True)
class Exchanged:
    """What came of one holding. Lots are of the new instrument, signed as the holding; cash in 1e-8.

    ``kept`` and ``carried`` are the parts of its cost, of 1, that stay in the old shares and go to the new
    whole lots; the rest went with ``paid_e8`` (the cash of a merger) and ``in_lieu_e8`` (the fraction's).
    """

    lots: int
    fraction: Fraction
    paid_e8: int
    in_lieu_e8: int
    kept: Fraction
    carried: Fraction

    def cost_parts(self, cost_e8: int) -> tuple[int, int, int]:
        """Cost that stays, that is carried over, and that is set against cash; they add up to ``cost_e8``."""
        kept = _rounded(self.kept * cost_e8)
        gone = self.kept + self.carried == 1
        carried = cost_e8 - kept if gone else _rounded(self.carried * cost_e8)
        return kept, carried, cost_e8 - kept - carried


def amount_of(action: CorporateAction) -> Fraction:
    """What is paid on a unit, exactly; DataError for what is no number."""
    return _decimal(action.amount, f"The {action.kind} of {action.instrument_id} pays")


def require_exchange(action: CorporateAction, old: Instrument, new: Instrument | None) -> None:
    """DataError where a merger's or a spin-off's terms make no sense; nothing was done."""
    what = f"The {action.kind} of {old.id}"
    if amount_of(action) < 0:
        message = f"{what} pays {action.amount}."
        raise DataError(message, "What is paid in cash is not negative.")
    if action.currency not in ("", old.quote_currency):
        message = f"{what} pays in {action.currency}, and {old.id} is quoted in {old.quote_currency}."
        raise DataError(message, "Say the cash in the quote currency, at the rate of its day.")
    if new is None:
        if action.kind is ActionKind.SPIN_OFF:
            message = f"{what} names no instrument."
            raise DataError(message, "Name in `into` what is spun off.")
        return
    if action.numerator <= 0 or action.denominator <= 0:
        message = f"{what} gives {action.numerator} for {action.denominator}."
        raise DataError(message, "Both sides of the ratio are whole numbers above 0.")
    if new.id == old.id:
        message = f"{what} is into itself."
        raise DataError(message, "A change of name is a fact of kind `symbol`.")
    if new.quote_currency != old.quote_currency:
        message = (
            f"{what} is into {new.id}, which is quoted in {new.quote_currency}, not {old.quote_currency}."
        )
        raise DataError(message, "Say the cash that the shares are worth in place of them.")


def exchanged_lots(
    lots: int, action: CorporateAction, old: Instrument, new: Instrument
) -> tuple[int, Fraction]:
    """Whole lots of the new instrument for ``lots`` of the old one, towards zero, and the fraction left."""
    exact = lots * lots_ratio(action, old, new)
    whole = int(exact)
    return whole, exact - whole


def lots_ratio(action: CorporateAction, old: Instrument, new: Instrument) -> Fraction:
    """Lots of the new instrument for one lot of the old."""
    return Fraction(action.numerator, action.denominator) * Fraction(old.lot) / Fraction(new.lot)


def said_price(action: CorporateAction) -> Fraction | None:
    """What the action itself says that one unit of the new instrument is worth; None where it does not.

    Raises
    ------
    DataError
        It says what is no price.
    """
    if not action.into_price:
        return None
    price = _decimal(
        action.into_price, f"The {action.kind} of {action.instrument_id} values {action.into} at"
    )
    if price <= 0:
        message = f"The {action.kind} of {action.instrument_id} values {action.into} at {action.into_price}."
        raise DataError(message, "Give a price above 0, or none.")
    return price


def exchanged(
    lots: int,
    action: CorporateAction,
    old: Instrument,
    new: Instrument | None,
    price: Fraction,
    old_price: Fraction,
) -> Exchanged:
    """What comes of ``lots`` of the old instrument. Terms were looked at before (:func:`require_exchange`).

    Parameters
    ----------
    price
        What one unit of the new instrument is worth, in its quote currency; any where there is none.
    old_price
        What one unit of the old one was worth just before; only a spin-off asks.
    """
    units = lots * Fraction(old.lot)
    cash = amount_of(action) * units * CASH_SCALE
    whole, fraction, worth, rest = 0, Fraction(0), Fraction(0), Fraction(0)
    if new is not None:
        whole, fraction = exchanged_lots(lots, action, old, new)
        worth, rest = (part * Fraction(new.lot) * price * CASH_SCALE for part in (Fraction(whole), fraction))
    stays = Fraction(0)
    if action.kind is ActionKind.SPIN_OFF:
        stays = old_price * units * CASH_SCALE - worth - rest
    total = stays + worth + rest + cash
    return Exchanged(
        lots=whole,
        fraction=fraction,
        paid_e8=_rounded(cash),
        in_lieu_e8=_rounded(rest),
        kept=stays / total if total else Fraction(0),
        carried=worth / total if total else Fraction(0),
    )


def exchange_words(action: CorporateAction, old: Instrument, new: Instrument | None) -> str:
    """``AABA was merged: 3 of NEW for 2, and 5.00 in cash.``"""
    paid = f"{action.amount} in cash for each" if amount_of(action) else ""
    shares = "" if new is None else f"{action.numerator} {new.symbol} for {action.denominator}"
    verb = "was merged" if action.kind is ActionKind.MERGER else "spun off shares"
    return f"{old.symbol} {verb}: {' and '.join(part for part in (shares, paid) if part) or 'for nothing'}."


def _decimal(text: str, what: str) -> Fraction:
    try:
        return Fraction(Decimal(text))
    except (InvalidOperation, ValueError, OverflowError) as error:
        message = f"{what} {text!r}, which is no number."
        raise DataError(message, "Give a decimal, such as 0.25.") from error


def _rounded(exact: Fraction) -> int:
    return divide_half_even(exact.numerator, exact.denominator)
