"""Twelve Data's splits and dividends of a US stock, decoded to types and checked.

Source: Twelve Data, "API Documentation", ``GET /splits`` and ``GET /dividends`` (20 credits a symbol each,
from the Grow plan on). A split of four new shares for one has the description ``4-for-1 split``,
``from_factor`` 4, ``to_factor`` 1 and ``ratio`` 0.25; a dividend has ``ex_date`` and ``amount``. Which of the
two factors are new shares is told by the description, and a split that says two things is refused: the wrong
way round it would turn prices by the square of its ratio.
"""

import re
from collections.abc import Callable
from datetime import date
from math import isclose

import msgspec

from tradewind.core.errors import MalformedPayloadError, UnknownSymbolError
from tradewind.data.policy.redaction import Secret, redact
from tradewind.data.us_listings import US_VENUES
from tradewind.data.vendors.twelve_data.wire import refuse

Dated = tuple[tuple[date, float], ...]
CREDITS = 20
_FOR = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)-for-([0-9]{1,9}(?:\.[0-9]{1,9})?)\b")
_NEAR = 1e-3  # ratios are told with five digits


class _Meta(msgspec.Struct, frozen=True):
    symbol: str
    currency: str = ""
    exchange: str = ""
    mic_code: str = ""


class _Split(msgspec.Struct, frozen=True):
    date: date
    from_factor: float
    to_factor: float
    ratio: float
    description: str = ""


class _Dividend(msgspec.Struct, frozen=True):
    ex_date: date
    amount: float


class _Said(msgspec.Struct, frozen=True):
    meta: _Meta | None = None
    splits: tuple[_Split, ...] | None = None
    dividends: tuple[_Dividend, ...] | None = None
    status: str = ""
    code: int = 0
    message: str = ""


_decoder = msgspec.json.Decoder(_Said)


def decode_splits(body: bytes, symbol: str, key: Secret) -> Dated:
    """``(date, new shares for one old)`` of each split; empty where there was none.

    Raises
    ------
    MalformedPayloadError
        It is another symbol's, has no list, or a split says two things of its ratio.
    UnknownSymbolError
        It is of a namesake outside the USA.
    MissingKeyError, RateLimitedError, NetworkError, NoDataError
        Twelve Data refuses; its words are repeated without the key.
    """
    return _listed(body, symbol, key, "splits", _splits)


def decode_dividends(body: bytes, symbol: str, key: Secret) -> Dated:
    """``(ex-date, dollars a share)`` of each dividend; empty where there was none. Raises as above."""
    return _listed(body, symbol, key, "dividends", _dividends)


def _listed(
    body: bytes, symbol: str, key: Secret, what: str, read: Callable[[_Said, str], Dated | None]
) -> Dated:
    said = _decoder.decode(body)
    if said.status == "error":
        refuse(said.code, redact(said.message, (key,)), symbol)
    found = read(said, symbol)
    if said.meta is None or found is None:
        message = f"There is no list of {what} of {symbol}."
        raise MalformedPayloadError(message)
    if said.meta.symbol.upper() != symbol:
        message = f"The {what} of {said.meta.symbol[:40]!r} came where those of {symbol!r} were asked for."
        raise MalformedPayloadError(message)
    if said.meta.mic_code and said.meta.mic_code not in US_VENUES:
        where = said.meta.exchange or said.meta.mic_code
        message = f"Twelve Data has {what} of {symbol} on {where[:40]}, no exchange of the USA."
        raise UnknownSymbolError(message, "Ask another provider.")
    if said.meta.currency not in ("", "USD"):
        message = f"The {what} of {symbol} are in {said.meta.currency[:40]!r}."
        raise MalformedPayloadError(message)
    return found


def _splits(said: _Said, symbol: str) -> Dated | None:
    if said.splits is None:
        return None
    return tuple((one.date, _new_for_old(one, symbol)) for one in said.splits)


def _dividends(said: _Said, symbol: str) -> Dated | None:
    if said.dividends is None:
        return None
    for one in said.dividends:
        if not 0 < one.amount < float("inf"):
            message = f"The dividend of {symbol} on {one.ex_date} is {one.amount}."
            raise MalformedPayloadError(message)
    return tuple((one.ex_date, one.amount) for one in said.dividends)


def _new_for_old(one: _Split, symbol: str) -> float:
    figures = (one.from_factor, one.to_factor, one.ratio)
    if not all(0 < figure < float("inf") for figure in figures):
        message = f"The split of {symbol} on {one.date} has factors {figures[:2]} and the ratio {one.ratio}."
        raise MalformedPayloadError(message)
    ratio = one.from_factor / one.to_factor
    told = _FOR.search(one.description)
    words = ratio if told is None else float(told[1]) / max(float(told[2]), 1e-9)
    if not (isclose(ratio, words, rel_tol=_NEAR) and isclose(one.ratio * ratio, 1.0, rel_tol=_NEAR)):
        message = (
            f"The split of {symbol} on {one.date} is {one.description[:40]!r}, by its factors {ratio:g} new "
            f"for one, by its ratio {one.ratio:g}."
        )
        raise MalformedPayloadError(message, "Tell of this answer, or take the feed without actions.")
    return ratio
