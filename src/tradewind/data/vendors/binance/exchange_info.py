"""What Binance says of a pair, as an instrument of ours: its grids, its coins, whether it trades.

Source: Binance Spot API, "Exchange information" (``GET /api/v3/exchangeInfo``): of each symbol the filter
``PRICE_FILTER`` has ``tickSize``, ``LOT_SIZE`` has ``stepSize``, ``NOTIONAL`` or the older ``MIN_NOTIONAL``
has ``minNotional``, ``LOT_SIZE`` has ``minQty``, and of its ``maxQty`` and that of ``MARKET_LOT_SIZE`` the
smaller counts. ``minNotional`` is held against every order here, also where Binance spares those to the
market.
Fees are those of the first tier, 0.1 % for maker and taker (Binance, "Spot Trading Fee Rate", regular user,
without the discount for paying in BNB).
"""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from tradewind.core.errors import MalformedPayloadError, UnknownSymbolError
from tradewind.core.instruments import AssetClass, FeeSchedule, Instrument
from tradewind.core.ports import Listing
from tradewind.data.listing import listing_of
from tradewind.data.said_terms import require_symbol, said_grid, said_minimum, said_most, said_pair

VENUE = "BINANCE"
FIRST_TIER = FeeSchedule(maker_rate_e8=100_000, taker_rate_e8=100_000)
HALF_SPREAD_BPS = 1.0
"""For sessions without quotes; the liquid pairs are quoted far tighter, so costs are not flattered."""

_TRADING = "TRADING"


class _Filter(msgspec.Struct, frozen=True):
    kind: str = msgspec.field(name="filterType")
    tick_size: str = msgspec.field(name="tickSize", default="")
    step_size: str = msgspec.field(name="stepSize", default="")
    min_quantity: str = msgspec.field(name="minQty", default="")
    max_quantity: str = msgspec.field(name="maxQty", default="")
    minimum: str = msgspec.field(name="minNotional", default="")


class _Pair(msgspec.Struct, frozen=True):
    symbol: str
    status: str
    base: str = msgspec.field(name="baseAsset")
    quote: str = msgspec.field(name="quoteAsset")
    filters: tuple[_Filter, ...]


class _Info(msgspec.Struct, frozen=True):
    symbols: tuple[_Pair, ...]


class _Rows(msgspec.Struct, frozen=True):
    symbols: tuple[msgspec.Raw, ...]


_NONE = _Filter(kind="")
_decoder = msgspec.json.Decoder(_Info)
_pair = msgspec.json.Decoder(_Pair)
_rows = msgspec.json.Decoder(_Rows)


def decode_instrument(body: bytes, symbol: str, pair: str) -> Instrument:
    """The instrument ``symbol`` (``BTC/USDT``) behind Binance's ``pair`` (``BTCUSDT``).

    Raises
    ------
    UnknownSymbolError
        The answer does not hold it, divides it into other coins, or it is not traded now.
    MalformedPayloadError
        It, or a filter of it, is there in two ways; it has no grid of prices or quantities, or one that is
        none.
    """
    held = [one for one in _decoder.decode(body).symbols if one.symbol == pair]
    if not held:
        message = f"Binance's description holds no {pair!r}."
        raise UnknownSymbolError(message, "Check the pair's spelling at Binance.")
    found = held[0]
    filters = _filters(found)
    if any(one != found for one in held):
        message = f"Binance describes {pair} in several ways at once."
        raise MalformedPayloadError(message, "Try again later, or tell of this answer.")
    if found.status != _TRADING:
        message = f"Binance does not trade {pair} now: its status is {found.status:.40}."
        raise UnknownSymbolError(message, "Choose another pair, or try again later.")
    require_symbol(f"{found.base}/{found.quote}", symbol, "Binance")
    return _instrument(symbol, pair, filters)


def decode_listing(body: bytes) -> Listing:
    """All pairs that are traded now; a row that cannot be one is left out and named.

    Raises
    ------
    MalformedPayloadError
        No row can be read.
    """
    return listing_of(_rows.decode(body).symbols, "symbol", _listed)


def _listed(row: bytes) -> Instrument:
    found = _pair.decode(row)
    if found.status != _TRADING:
        message = f"Binance does not trade {found.symbol:.40} now."
        raise UnknownSymbolError(message)
    symbol = said_pair(found.base, found.quote, found.symbol)
    if found.base + found.quote != found.symbol:
        message = f"The pair {found.symbol[:40]!r} is said to be {symbol}."
        raise MalformedPayloadError(message)
    return _instrument(symbol, found.symbol, _filters(found))


def _filters(found: _Pair) -> Mapping[str, _Filter]:
    filters = {one.kind: one for one in found.filters}
    if any(one != filters[one.kind] for one in found.filters):
        message = f"Binance describes {found.symbol:.40} in several ways at once."
        raise MalformedPayloadError(message, "Try again later, or tell of this answer.")
    return filters


def _instrument(symbol: str, pair: str, filters: Mapping[str, _Filter]) -> Instrument:
    least = filters.get("NOTIONAL", filters.get("MIN_NOTIONAL", _NONE)).minimum
    lots, market = filters.get("LOT_SIZE", _NONE), filters.get("MARKET_LOT_SIZE", _NONE)
    most = [said_most(one.max_quantity, pair, "maxQty") for one in (lots, market)]
    return Instrument(
        symbol=symbol,
        asset_class=AssetClass.CRYPTO,
        venue=VENUE,
        quote_currency=symbol.partition("/")[2],
        tick_size=said_grid(filters.get("PRICE_FILTER", _NONE).tick_size, pair, "tickSize"),
        lot_size=said_grid(lots.step_size, pair, "stepSize"),
        minimum_quantity=said_minimum(lots.min_quantity, pair, "minQty"),
        maximum_quantity=min((one for one in most if one), key=Decimal, default=""),
        minimum_notional=said_minimum(least, pair, "minNotional"),
        calendar="24/7",
        fees=FIRST_TIER,
        shortable=False,
        half_spread_bps=HALF_SPREAD_BPS,
    )
