"""What Finnhub answers, decoded to types and checked.

Source: Finnhub, "API Documentation": ``GET /stock/candle`` has columns and ``s``, which is ``ok`` or
``no_data``; ``GET /quote`` has the day's open, high and low, the last price ``c`` and its time ``t``, and
zeros for a symbol that it does not know. Neither names its symbol.
"""

from dataclasses import dataclass

import msgspec

from tradewind.core.errors import MalformedPayloadError, UnknownSymbolError
from tradewind.core.timestamps import NS_PER_S
from tradewind.data.candles import Candles, candles_of
from tradewind.data.stamps import step_ns_of


class _Columns(msgspec.Struct, frozen=True):
    s: str
    t: list[int] = []
    o: list[float] = []
    h: list[float] = []
    l: list[float] = []  # noqa: E741 - the vendor's name
    c: list[float] = []
    v: list[float] = []


class _Quote(msgspec.Struct, frozen=True):
    o: float
    h: float
    l: float  # noqa: E741 - the vendor's name
    c: float
    t: int


@dataclass(frozen=True)
class DayQuote:
    """The day so far: the last price and when it was traded, UTC ns."""

    open: float
    high: float
    low: float
    last: float
    traded_ns: int


_columns = msgspec.json.Decoder(_Columns)
_quote = msgspec.json.Decoder(_Quote)


def decode_candles(body: bytes) -> Candles:
    """Candles by their open, none where there are none; MalformedPayloadError where columns do not fit."""
    said = _columns.decode(body)
    if said.s == "no_data":
        return candles_of([], [])
    sizes = {len(column) for column in (said.t, said.o, said.h, said.l, said.c, said.v)}
    if said.s != "ok" or len(sizes) != 1 or not said.t:
        message = f"The status is {said.s!r} and the columns have the lengths {sorted(sizes)}."
        raise MalformedPayloadError(message)
    step_ns = step_ns_of(said.t)
    rows = list(zip(said.o, said.h, said.l, said.c, said.v, strict=True))
    return candles_of([stamp * step_ns for stamp in said.t], rows)


def decode_quote(body: bytes, symbol: str) -> DayQuote:
    """The quote; UnknownSymbolError for one of zeros."""
    said = _quote.decode(body)
    if said.t == 0 or said.c == 0.0:
        message = f"Finnhub has no quote of {symbol!r}."
        raise UnknownSymbolError(message, "Check the symbol's spelling at Finnhub.")
    step_ns_of([said.t])
    return DayQuote(said.o, said.h, said.l, said.c, said.t * NS_PER_S)
