"""Twelve Data's time series, decoded to types and checked.

Source: Twelve Data, "API Documentation", ``GET /time_series`` and "Errors": ``meta`` says what the rows of
``values`` are of; a row is labelled by its open, days by their date alone. A refusal has ``status`` error, a
``code`` like one of HTTP and a ``message``, and comes with status 200 as well.
"""

from datetime import UTC, date, datetime

import msgspec
import numpy as np

from tradewind.core.errors import (
    MalformedPayloadError,
    MissingKeyError,
    NetworkError,
    NoDataError,
    RateLimitedError,
    UnknownSymbolError,
)
from tradewind.core.panel import Ints
from tradewind.core.timestamps import to_ns
from tradewind.data.calendar_rules import day_number
from tradewind.data.candles import Candles, candles_of
from tradewind.data.policy.redaction import Secret, redact

_NOTHING = "no data is available"


class _Meta(msgspec.Struct, frozen=True):
    symbol: str = ""
    interval: str = ""
    type: str = ""
    currency: str = ""
    exchange: str = ""
    mic_code: str = ""


class _Value(msgspec.Struct, frozen=True):
    datetime: str
    open: float
    high: float
    low: float
    close: float
    volume: float = 0.0


class _Said(msgspec.Struct, frozen=True):
    status: str
    meta: _Meta | None = None
    values: list[_Value] = []
    code: int = 0
    message: str = ""


_decoder = msgspec.json.Decoder(_Said, strict=False)


def decode_series(body: bytes, symbol: str, interval: str, key: Secret) -> tuple[_Meta, list[_Value]]:
    """What the series is of, and its rows as they came.

    Raises
    ------
    MalformedPayloadError
        It is of another symbol or interval, or has no ``meta``.
    MissingKeyError, RateLimitedError, UnknownSymbolError, NetworkError, NoDataError
        Twelve Data refuses; its words are repeated without the key.
    """
    said = _decoder.decode(body)
    if said.status == "error":
        refuse(said.code, redact(said.message, (key,)), symbol)
    if said.meta is None or said.status != "ok":
        message = f"There is no series; the status is {said.status!r}."
        raise MalformedPayloadError(message)
    given = said.meta
    if given.symbol.upper() != symbol or given.interval != interval:
        message = (
            f"{given.interval} rows of {given.symbol!r} came where {interval} of {symbol!r} was asked for."
        )
        raise MalformedPayloadError(message)
    return given, said.values


def refuse(code: int, words: str, symbol: str) -> None:
    """The typed error that a refusal stands for, always raised."""
    message = f"Twelve Data says of {symbol}: {code} {words}"
    if code in (401, 403):
        raise MissingKeyError(message, "Check TRADEWIND_TWELVE_DATA_API_KEY and what its plan includes.")
    if code == 429:
        raise RateLimitedError(message, "Try again later, or tell of a paid plan under providers.")
    if code >= 500:
        raise NetworkError(message, "Try again later.")
    if _NOTHING in words.lower():
        raise NoDataError(message, "Ask for another span.")
    if code == 404 or "symbol" in words.lower():
        raise UnknownSymbolError(message, "Check the symbol's spelling at Twelve Data.")
    raise NoDataError(message, "Ask for something else.")


def dates(values: list[_Value]) -> Ints:
    """Dates of daily rows as days since 1970."""
    try:
        return np.array([day_number(date.fromisoformat(row.datetime)) for row in values], dtype=np.int64)
    except ValueError as error:
        message = f"A row is labelled by what is no date: {error}"
        raise MalformedPayloadError(message) from error


def moments(values: list[_Value]) -> Ints:
    """UTC ns of intraday rows, which were asked for in UTC."""
    try:
        times = [datetime.fromisoformat(row.datetime).replace(tzinfo=UTC) for row in values]
    except ValueError as error:
        message = f"A row is labelled by what is no time: {error}"
        raise MalformedPayloadError(message) from error
    return np.array([to_ns(moment) for moment in times], dtype=np.int64)


def candles(times: Ints, values: list[_Value]) -> Candles:
    """The rows under these times."""
    return candles_of(times, [(row.open, row.high, row.low, row.close, row.volume) for row in values])
