"""What Coinbase's Advanced Trade API answers, decoded to types and checked.

Source: Coinbase Developer Platform, "Get Public Product Candles" and "Get Public Product": a candle has its
``start`` in UNIX seconds and its figures as text, newest first; a product has ``price_increment``,
``base_increment`` and, as the least order in its quote currency, ``quote_min_size``; in coins
``base_min_size`` and ``base_max_size``. Neither candle nor list of candles names its product.
"""

import msgspec

from tradewind.core.errors import MalformedPayloadError, UnknownSymbolError
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.ports import Listing
from tradewind.data.candles import Candles, candles_of
from tradewind.data.listing import listing_of
from tradewind.data.said_terms import require_symbol, said_grid, said_minimum, said_most, said_pair
from tradewind.data.stamps import step_ns_of

VENUE = "COINBASE"
HALF_SPREAD_BPS = 1.0
"""For sessions without quotes; the liquid pairs are quoted tighter, so costs are not flattered."""


class _Candle(msgspec.Struct, frozen=True):
    start: int
    low: float
    high: float
    open: float
    close: float
    volume: float


class _Candles(msgspec.Struct, frozen=True):
    candles: list[_Candle]


class _Product(msgspec.Struct, frozen=True):
    product_id: str
    base_increment: str
    price_increment: str
    base_currency_id: str
    quote_currency_id: str
    status: str
    product_type: str = "SPOT"
    quote_min_size: str = ""
    base_min_size: str = ""
    base_max_size: str = ""
    is_disabled: bool = False
    trading_disabled: bool = False
    view_only: bool = False


class _Pages(msgspec.Struct, frozen=True):
    has_next: bool = False


class _Products(msgspec.Struct, frozen=True):
    products: tuple[msgspec.Raw, ...]
    pagination: _Pages = _Pages()


_candles = msgspec.json.Decoder(_Candles, strict=False)
_product = msgspec.json.Decoder(_Product)
_products = msgspec.json.Decoder(_Products)


def decode_candles(body: bytes) -> Candles:
    """Candles by their open, oldest first; MalformedPayloadError where they cannot be that."""
    rows = _candles.decode(body).candles
    step_ns = step_ns_of([row.start for row in rows]) if rows else 1
    figures = [(row.open, row.high, row.low, row.close, row.volume) for row in rows]
    return candles_of([row.start * step_ns for row in rows], figures)


def decode_product(body: bytes, wanted: str) -> Instrument:
    """The instrument behind the product ``wanted`` (``BTC-USD``); its fees are not among what is public.

    Raises
    ------
    UnknownSymbolError
        It is not a spot market, or not traded now.
    MalformedPayloadError
        Another product was answered, or one without a grid.
    """
    found = _product.decode(body)
    if found.product_id != wanted:
        message = f"The product {found.product_id[:40]!r} came where {wanted!r} was asked for."
        raise MalformedPayloadError(message)
    return _instrument(found)


def decode_products(body: bytes) -> Listing:
    """All spot markets that are traded now; a row that cannot be one is left out and named.

    Raises
    ------
    MalformedPayloadError
        No row can be read, or the answer is a part of the list.
    """
    said = _products.decode(body)
    if said.pagination.has_next:
        message = f"Coinbase answered with the first {len(said.products)} of its products alone."
        raise MalformedPayloadError(message, "Ask for pairs by name, or tell of this answer.")
    return listing_of(said.products, "product_id", _listed)


def _listed(row: bytes) -> Instrument:
    found = _product.decode(row)
    said_pair(found.base_currency_id, found.quote_currency_id, found.product_id)
    return _instrument(found)


def _instrument(found: _Product) -> Instrument:
    wanted = found.product_id
    shut = found.is_disabled or found.trading_disabled or found.view_only or found.status != "online"
    if shut or found.product_type != "SPOT":
        message = (
            f"Coinbase does not trade {wanted} on its spot market now: its status is {found.status[:40]!r}."
        )
        raise UnknownSymbolError(message, "Choose another pair, or try again later.")
    symbol = wanted.replace("-", "/")
    require_symbol(f"{found.base_currency_id}/{found.quote_currency_id}", symbol, "Coinbase")
    return Instrument(
        symbol=symbol,
        asset_class=AssetClass.CRYPTO,
        venue=VENUE,
        quote_currency=found.quote_currency_id,
        tick_size=said_grid(found.price_increment, wanted, "price_increment"),
        lot_size=said_grid(found.base_increment, wanted, "base_increment"),
        minimum_notional=said_minimum(found.quote_min_size, wanted, "quote_min_size"),
        minimum_quantity=said_minimum(found.base_min_size, wanted, "base_min_size"),
        maximum_quantity=said_most(found.base_max_size, wanted, "base_max_size"),
        calendar="24/7",
        shortable=False,
        half_spread_bps=HALF_SPREAD_BPS,
    )
