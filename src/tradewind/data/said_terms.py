"""What an exchange says of an instrument's grids and least value, read as exact decimals or refused.

A grid that is none would make every price of a session wrong, so nothing of it is guessed: zero, a negative
number, what is no number, and a step so fine or so coarse that money in 64 bits could not count in it are
refused with the instrument, the field and the value.
"""

import re
from decimal import Decimal

from tradewind.core.errors import MalformedPayloadError, UnknownSymbolError

_PLAIN = re.compile(r"[0-9]{1,20}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,2})?")
"""Plain digits: ``Decimal`` also takes words, underscores, blanks and digits of other scripts."""

_DECIMALS, _DIGITS = 18, 13
"""Most after and before the point: 18 is the finest that a coin is counted in on any chain (ether's wei)."""

_NO_BOUND = Decimal(10) ** _DIGITS
_SHOWN = 40
_MOST_LETTERS = 24


def said_grid(text: str, instrument: str, field: str) -> str:
    """``0.01000000`` as ``0.01``; MalformedPayloadError for what is no step of a price or quantity."""
    exact = _exact(text)
    if exact in ("", "0"):
        raise _refused(text, instrument, field, "which is no grid")
    return exact


def said_minimum(text: str, instrument: str, field: str) -> str:
    """``5.00000000`` as ``5``; empty for nothing and zero; MalformedPayloadError for what is no amount."""
    exact = _exact(text)
    if text and not exact:
        raise _refused(text, instrument, field, "which is no amount")
    return "" if exact == "0" else exact


def said_most(text: str, instrument: str, field: str) -> str:
    """A most as :func:`said_minimum` has a least; empty too for one so large that no order comes near it."""
    if _PLAIN.fullmatch(text) and Decimal(text) >= _NO_BOUND:
        return ""
    return said_minimum(text, instrument, field)


def said_pair(base: str, quote: str, row: str) -> str:
    """``BTC/USDT`` of the two coins that a row names; MalformedPayloadError where one is no coin's name."""
    for coin in (base, quote):
        if not (coin.isalnum() and coin == coin.upper() and len(coin) <= _MOST_LETTERS):
            message = f"{_short(row)} is said to be of {_short(base)} and {_short(quote)}, which is no pair."
            raise MalformedPayloadError(message, "Choose another pair, or tell of this answer.")
    return f"{base}/{quote}"


def require_symbol(said: str, wanted: str, vendor: str) -> None:
    """UnknownSymbolError where an exchange divides a pair into other coins than it was asked for."""
    if said != wanted:
        message = f"{vendor} has no {wanted!r}: what it calls so is {_short(said)}."
        raise UnknownSymbolError(message, "Write the pair as the exchange does, such as BTC/USDT.")


def _exact(text: str) -> str:
    """The number in plain digits without idle zeros, never rounded; empty where it is none that counts."""
    if not _PLAIN.fullmatch(text):
        return ""
    whole, _, part = f"{Decimal(text):f}".partition(".")
    whole, part = whole.lstrip("0") or "0", part.rstrip("0")
    if len(whole) > _DIGITS or len(part) > _DECIMALS:
        return ""
    return f"{whole}.{part}" if part else whole


def _refused(text: str, instrument: str, field: str, what: str) -> MalformedPayloadError:
    message = f"The {field} of {instrument} is {_short(text)}, {what}."
    return MalformedPayloadError(message, "Choose another pair, or tell of this answer.")


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
