"""How the journal's whole numbers become text that people and pages read, without losing a unit."""

from decimal import ROUND_HALF_EVEN, Decimal
from math import isfinite

from tradewind.core.instruments import Instrument
from tradewind.core.money import cash_to_decimal, to_decimal
from tradewind.core.timestamps import iso


def cash_text(cash_e8: int) -> str:
    """Exact decimal of cash in 1e-8, with two places at least: ``1000000.00``."""
    return _at_least_two_places(cash_to_decimal(cash_e8))


def price_text(ticks: int, instrument: Instrument) -> str:
    """Exact decimal of a price, with the places of its tick: ``101.20``."""
    return format(to_decimal(ticks, instrument.tick), "f")


def quantity_text(lots: int, instrument: Instrument) -> str:
    """Exact decimal of a quantity, without needless zeros: ``0.5``, ``120``."""
    return _plain(to_decimal(lots, instrument.lot))


def iso_or_none(ts_ns: int) -> str | None:
    """``2020-01-31T21:00:00Z``, or None for 0, which stands for *not yet*."""
    return iso(ts_ns) if ts_ns else None


def percent(part: int, whole: int) -> float:
    """``part`` in percent of ``whole``; 0.0 where the whole is not positive."""
    return 100.0 * part / whole if whole > 0 else 0.0


def shown_money(amount: Decimal | str, places: int = 2) -> str:
    """Money as people read it: grouped digits, rounded half to even, a true minus sign, never ``-0.00``."""
    return _signless_zero(_rounded(Decimal(amount), places), f",.{places}f")


def shown_figure(value: float, places: int = 2, *, signed: bool = False) -> str:
    """A figure with so many places, never ``-0.00``; a dash where it is not known.

    ``signed`` writes the plus too, but none before a zero.
    """
    if not isfinite(value):
        return "\N{EN DASH}"
    return _signless_zero(_rounded(Decimal(value), places), f"{'+' if signed else ''}.{places}f")


def _rounded(value: Decimal, places: int) -> Decimal:
    # Said here, because libraries change how the process rounds by default (ccxt does).
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)


def _signless_zero(value: Decimal, form: str) -> str:
    if value == 0:
        return format(abs(value), form.lstrip("+"))
    return format(value, form).replace("-", "\N{MINUS SIGN}")


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _at_least_two_places(value: Decimal) -> str:
    whole, _, places = format(value, "f").partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"
