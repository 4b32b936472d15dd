"""What Alpaca's market data API answers, decoded to types and checked.

Source: Alpaca, "Market Data API": ``GET /v2/stocks/bars`` and ``GET /v1beta3/crypto/us/bars`` give bars by
symbol, each with its open as ``t``, and ``next_page_token`` where there are more; ``GET
/v1/corporate-actions`` gives actions by kind, in pages as well.
"""

from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from tradewind.core.errors import MalformedPayloadError
from tradewind.core.timestamps import to_ns
from tradewind.data.candles import Candles, candles_of


class _Bar(msgspec.Struct, frozen=True):
    t: datetime
    o: float
    h: float
    l: float  # noqa: E741 - the vendor's name
    c: float
    v: float


class _Bars(msgspec.Struct, frozen=True):
    bars: dict[str, list[_Bar]] | None
    next_page_token: str | None = None


class _Split(msgspec.Struct, frozen=True):
    symbol: str
    ex_date: date
    new_rate: float
    old_rate: float


class _Dividend(msgspec.Struct, frozen=True):
    symbol: str
    ex_date: date
    rate: float


class _Kinds(msgspec.Struct, frozen=True):
    forward_splits: list[_Split] = []
    reverse_splits: list[_Split] = []
    stock_dividends: list[_Dividend] = []
    cash_dividends: list[_Dividend] = []


class _Actions(msgspec.Struct, frozen=True):
    corporate_actions: _Kinds
    next_page_token: str | None = None


@dataclass(frozen=True)
class BarPage:
    """Bars by their open, and whether there are more after them."""

    candles: Candles
    more: bool


@dataclass(frozen=True)
class ActionPage:
    """``splits`` are ``(ex-date, new shares per old)``, ``dividends`` ``(ex-date, dollars a share)``."""

    splits: tuple[tuple[date, float], ...]
    dividends: tuple[tuple[date, float], ...]
    next_token: str


_bars = msgspec.json.Decoder(_Bars)
_actions = msgspec.json.Decoder(_Actions)


def decode_bars(body: bytes, symbol: str) -> BarPage:
    """One page of one symbol's bars, oldest first; MalformedPayloadError for those of another."""
    said = _bars.decode(body)
    held = said.bars or {}
    others = sorted(set(held) - {symbol})
    if others:
        message = f"Bars of {', '.join(others)} came where {symbol} was asked for."
        raise MalformedPayloadError(message)
    rows = held.get(symbol, [])
    if any(row.t.tzinfo is None for row in rows):
        raise MalformedPayloadError("A bar's time has no zone.")
    figures = [(row.o, row.h, row.l, row.c, row.v) for row in rows]
    return BarPage(candles_of([to_ns(row.t) for row in rows], figures), bool(said.next_page_token and rows))


def decode_actions(body: bytes, symbol: str) -> ActionPage:
    """One page of splits (stock dividends among them) and cash dividends of one symbol.

    Raises
    ------
    MalformedPayloadError
        An action is another symbol's, or its rate is not positive.
    """
    said = _actions.decode(body)
    kinds = said.corporate_actions
    splits = [*kinds.forward_splits, *kinds.reverse_splits]
    paid = [*kinds.stock_dividends, *kinds.cash_dividends]
    others = sorted(({one.symbol for one in splits} | {one.symbol for one in paid}) - {symbol})
    if others:
        message = f"Actions of {', '.join(others)} came where {symbol} was asked for."
        raise MalformedPayloadError(message)
    rates = [rate for one in splits for rate in (one.new_rate, one.old_rate)]
    rates += [one.rate for one in paid]
    if any(not rate > 0 for rate in rates):
        message = f"A split or dividend of {symbol} has a rate that is not positive."
        raise MalformedPayloadError(message)
    given = [(one.ex_date, one.new_rate / one.old_rate) for one in splits]
    given += [(one.ex_date, 1.0 + one.rate) for one in kinds.stock_dividends]
    cash = tuple((one.ex_date, one.rate) for one in kinds.cash_dividends)
    return ActionPage(tuple(given), cash, said.next_page_token or "")
