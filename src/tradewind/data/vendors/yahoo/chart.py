"""Yahoo's chart answer (``/v8/finance/chart``), decoded to types and checked.

The rows are read here and not by yfinance's own parser, which drops or fills rows in silence and keeps no
payload; yfinance carries the request (see :mod:`tradewind.data.vendors.yahoo.transport`).
"""

from dataclasses import dataclass

import msgspec
import numpy as np

from tradewind.core.errors import MalformedPayloadError, NoDataError, UnknownSymbolError
from tradewind.core.panel import Floats, Ints

_COLUMNS = ("open", "high", "low", "close", "volume")


class ChartMeta(msgspec.Struct, frozen=True, rename="camel"):
    """What Yahoo says of the listing."""

    symbol: str
    exchange_name: str
    instrument_type: str
    exchange_timezone_name: str
    data_granularity: str
    currency: str | None = None


class _Dividend(msgspec.Struct, frozen=True):
    amount: float
    date: int


class _Split(msgspec.Struct, frozen=True):
    numerator: float
    denominator: float
    date: int


class _Events(msgspec.Struct, frozen=True, rename="camel"):
    dividends: dict[str, _Dividend] = {}
    splits: dict[str, _Split] = {}
    capital_gains: dict[str, _Dividend] = {}


class _Columns(msgspec.Struct, frozen=True):
    open: list[float | None] = []
    high: list[float | None] = []
    low: list[float | None] = []
    close: list[float | None] = []
    volume: list[float | None] = []


class _Adjusted(msgspec.Struct, frozen=True):
    adjclose: list[float | None] = []


class _Indicators(msgspec.Struct, frozen=True):
    quote: list[_Columns]
    adjclose: list[_Adjusted] = []


class _Result(msgspec.Struct, frozen=True):
    meta: ChartMeta
    indicators: _Indicators
    timestamp: list[int] = []
    events: _Events = _Events()


class _Error(msgspec.Struct, frozen=True):
    code: str
    description: str = ""


class _Chart(msgspec.Struct, frozen=True):
    result: list[_Result] | None = None
    error: _Error | None = None


class _Payload(msgspec.Struct, frozen=True):
    chart: _Chart


@dataclass(frozen=True)
class Chart:
    """Rows as Yahoo gave them: on the basis of all splits so far, dividends not taken out, NaN for null.

    ``start_s`` int64 UTC seconds of each row's beginning (R,); the columns float64 (R,). ``dividends`` are
    ``(UTC seconds, amount)``, a fund's capital gains in the dividend of their day or alone; ``splits`` ``(UTC
    seconds, new shares per old)``, oldest first. ``adjusted_close`` is NaN where Yahoo gives none (intraday).
    """

    meta: ChartMeta
    start_s: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    adjusted_close: Floats
    dividends: tuple[tuple[int, float], ...]
    splits: tuple[tuple[int, float], ...]

    def __len__(self) -> int:
        return len(self.start_s)


_decoder = msgspec.json.Decoder(_Payload)


def decode_chart(body: bytes) -> Chart:
    """The one result of an answer.

    Raises
    ------
    MalformedPayloadError
        The columns do not fit together, or there is neither a result nor an error.
    UnknownSymbolError, NoDataError
        Yahoo says that it has no such listing, or nothing for the request.
    """
    chart = _decoder.decode(body).chart
    if chart.error is not None:
        _refuse(chart.error)
    if not chart.result:
        raise MalformedPayloadError("There is neither a result nor an error.")
    result = chart.result[0]
    rows = len(result.timestamp)
    quote = result.indicators.quote[0] if result.indicators.quote else _Columns()
    columns = {name: getattr(quote, name) for name in _COLUMNS}
    adjusted: list[float | None] = [None] * rows
    if result.indicators.adjclose:
        adjusted = result.indicators.adjclose[0].adjclose
    sizes = {name: len(values) for name, values in columns.items()} | {"adjclose": len(adjusted)}
    if any(size != rows for size in sizes.values()):
        message = f"There are {rows} timestamps, but columns of {sizes}."
        raise MalformedPayloadError(message)
    return Chart(
        meta=result.meta,
        start_s=np.array(result.timestamp, dtype=np.int64),
        adjusted_close=_floats(adjusted),
        dividends=_dividends(result.events),
        splits=_splits(result.events),
        **{name: _floats(values) for name, values in columns.items()},
    )


def _floats(values: list[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _dividends(events: _Events) -> tuple[tuple[int, float], ...]:
    stated = {row.date: row.amount for row in events.dividends.values()}
    # Yahoo's dividend of a day holds the day's capital gains: its prices fall by it, and not by the sum.
    alone = [row for row in events.capital_gains.values() if row.amount > stated.get(row.date, 0.0)]
    paid = [*events.dividends.values(), *alone]
    if any(not row.amount > 0 for row in paid):
        raise MalformedPayloadError("A dividend is not positive.")
    return tuple(sorted((row.date, row.amount) for row in paid))


def _splits(events: _Events) -> tuple[tuple[int, float], ...]:
    done = events.splits.values()
    if any(not (row.numerator > 0 and row.denominator > 0) for row in done):
        raise MalformedPayloadError("A split has a share count that is not positive.")
    return tuple(sorted((row.date, row.numerator / row.denominator) for row in done))


def _refuse(error: _Error) -> None:
    message = f"Yahoo says {error.code}: {error.description}"
    if error.code.lower() == "not found":
        raise UnknownSymbolError(message, "Check the symbol; the listing may have ended.")
    raise NoDataError(message, "Ask for a span and timeframe that Yahoo has.")
