"""What Alpaca says of an asset, as an instrument of ours: where it is listed, its grids, whether it trades.

Source: Alpaca, "Trading API", ``GET /v2/assets/{symbol}``: stocks have ``exchange``, ``tradable``,
``shortable`` and ``easy_to_borrow``, coins ``min_order_size``, ``min_trade_increment`` and
``price_increment``. Stocks are traded in whole shares and cents here, also where Alpaca takes fractions. Fees
of coins are those of the first tier, 15 bps for makers and 25 bps for takers (Alpaca, "Crypto Trading Fees");
stocks cost no commission, and what regulators take of sales is left out.
"""

import msgspec

from tradewind.core.errors import MalformedPayloadError, UnknownSymbolError
from tradewind.core.instruments import AssetClass, FeeSchedule, Instrument
from tradewind.core.ports import Listing
from tradewind.data.listing import listing_of
from tradewind.data.said_terms import said_grid, said_minimum, said_pair
from tradewind.data.us_listings import us_symbol

VENUE = "ALPACA"
"""Where coins are traded; stocks bear the exchange that lists them."""

FIRST_TIER = FeeSchedule(maker_rate_e8=150_000, taker_rate_e8=250_000)
NO_COMMISSION = FeeSchedule()
_MICS = {
    "NASDAQ": "XNAS",
    "NYSE": "XNYS",
    "AMEX": "XASE",
    "ARCA": "ARCX",
    "NYSEARCA": "ARCX",
    "BATS": "BATS",
}
_COIN_HALF_SPREAD_BPS, _STOCK_HALF_SPREAD_BPS = 5.0, 2.0
_ACTIVE = "active"


class _Asset(msgspec.Struct, frozen=True):
    kind: str = msgspec.field(name="class")
    exchange: str
    symbol: str
    status: str
    tradable: bool
    shortable: bool = False
    easy_to_borrow: bool = False
    min_order_size: str = ""
    min_trade_increment: str = ""
    price_increment: str = ""


_decoder = msgspec.json.Decoder(_Asset)
_rows = msgspec.json.Decoder(tuple[msgspec.Raw, ...])


def decode_asset(body: bytes, symbol: str) -> Instrument:
    """The instrument ``symbol`` (``BTC/USD``, ``AAPL``).

    Raises
    ------
    UnknownSymbolError
        It is not traded now, or is listed where nothing of ours is.
    MalformedPayloadError
        The answer is of another symbol, or it has no grid of prices or quantities, or one that is none.
    """
    said = _decoder.decode(body)
    if said.symbol != symbol:
        message = f"The asset {said.symbol[:40]!r} came where {symbol!r} was asked for."
        raise MalformedPayloadError(message)
    return _instrument(said)


def decode_assets(body: bytes) -> Listing:
    """All assets that are traded now; one that cannot be an instrument is left out and named.

    Raises
    ------
    MalformedPayloadError
        No row can be read.
    """
    return listing_of(_rows.decode(body), "symbol", _listed)


def _listed(row: bytes) -> Instrument:
    said = _decoder.decode(row)
    if said.kind == "crypto":
        base, _, quote = said.symbol.partition("/")
        said_pair(base, quote, said.symbol)
    else:
        us_symbol(f"{said.symbol}.XNYS", "Alpaca")
    return _instrument(said)


def _instrument(said: _Asset) -> Instrument:
    if said.status != _ACTIVE or not said.tradable:
        message = f"Alpaca does not trade {said.symbol:.40} now: its status is {said.status:.40}."
        raise UnknownSymbolError(message, "Choose another one, or try again later.")
    return _coin(said) if said.kind == "crypto" else _stock(said)


def _coin(said: _Asset) -> Instrument:
    return Instrument(
        symbol=said.symbol,
        asset_class=AssetClass.CRYPTO,
        venue=VENUE,
        quote_currency=said.symbol.partition("/")[2],
        tick_size=said_grid(said.price_increment, said.symbol, "price_increment"),
        lot_size=said_grid(said.min_trade_increment, said.symbol, "min_trade_increment"),
        minimum_quantity=said_minimum(said.min_order_size, said.symbol, "min_order_size"),
        calendar="24/7",
        fees=FIRST_TIER,
        shortable=False,
        half_spread_bps=_COIN_HALF_SPREAD_BPS,
    )


def _stock(said: _Asset) -> Instrument:
    venue = _MICS.get(said.exchange)
    if said.kind != "us_equity" or venue is None:
        message = f"{said.symbol} is {said.kind[:40]!r} on {said.exchange[:40]!r} at Alpaca."
        raise UnknownSymbolError(message, f"Described are coins, and stocks of {', '.join(_MICS)}.")
    return Instrument(
        symbol=said.symbol,
        asset_class=AssetClass.EQUITY,
        venue=venue,
        quote_currency="USD",
        tick_size="0.01",
        lot_size="1",
        calendar="XNYS",
        fees=NO_COMMISSION,
        shortable=said.shortable and said.easy_to_borrow,
        half_spread_bps=_STOCK_HALF_SPREAD_BPS,
    )
