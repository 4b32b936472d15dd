"""What Binance says of a pair, as an instrument of ours: its grids, its coins, whether it trades.

Source: Binance Spot API, "Exchange information" (``GET /api/v3/exchangeInfo``): of each symbol the filter
``PRICE_FILTER`` has ``tickSize``, ``LOT_SIZE`` has ``stepSize``. Fees are those of the first tier, 0.1 % for
maker and taker (Binance, "Spot Trading Fee Rate", regular user, without the discount for paying in BNB).
"""

from decimal import Decimal

import msgspec

from tradewind.core.errors import MalformedPayloadError, UnknownSymbolError
from tradewind.core.instruments import AssetClass, FeeSchedule, Instrument

VENUE = "BINANCE"
FIRST_TIER = FeeSchedule(maker_rate_e8=100_000, taker_rate_e8=100_000)
HALF_SPREAD_BPS = 1.0
"""For sessions without quotes; the liquid pairs are quoted far tighter, so costs are not flattered."""

_TRADING = "TRADING"


class _Filter(msgspec.Struct, frozen=True):
    kind: str = msgspec.field(name="filterType")
    tick_size: str = msgspec.field(name="tickSize", default="")
    step_size: str = msgspec.field(name="stepSize", default="")


class _Pair(msgspec.Struct, frozen=True):
    symbol: str
    status: str
    base: str = msgspec.field(name="baseAsset")
    quote: str = msgspec.field(name="quoteAsset")
    filters: tuple[_Filter, ...]


class _Info(msgspec.Struct, frozen=True):
    symbols: tuple[_Pair, ...]


_decoder = msgspec.json.Decoder(_Info)


def decode_instrument(body: bytes, pair: str) -> Instrument:
    """The instrument behind Binance's ``pair`` (``BTCUSDT``).

    Raises
    ------
    UnknownSymbolError
        The answer does not hold it, or it is not traded now.
    MalformedPayloadError
        It has no grid of prices or quantities, or one that is none.
    """
    found = next((one for one in _decoder.decode(body).symbols if one.symbol == pair), None)
    if found is None:
        message = f"Binance's description holds no {pair!r}."
        raise UnknownSymbolError(message, "Check the pair's spelling at Binance.")
    if found.status != _TRADING:
        message = f"Binance does not trade {pair} now: its status is {found.status}."
        raise UnknownSymbolError(message, "Choose another pair, or try again later.")
    steps = {one.kind: one for one in found.filters}
    tick = steps["PRICE_FILTER"].tick_size if "PRICE_FILTER" in steps else ""
    lot = steps["LOT_SIZE"].step_size if "LOT_SIZE" in steps else ""
    return _instrument(
        f"{found.base}/{found.quote}", _grid(tick, pair, "tickSize"), _grid(lot, pair, "stepSize")
    )


def _instrument(symbol: str, tick_size: str, lot_size: str) -> Instrument:
    return Instrument(
        symbol=symbol,
        asset_class=AssetClass.CRYPTO,
        venue=VENUE,
        quote_currency=symbol.partition("/")[2],
        tick_size=tick_size,
        lot_size=lot_size,
        calendar="24/7",
        fees=FIRST_TIER,
        shortable=False,
        half_spread_bps=HALF_SPREAD_BPS,
    )


def _grid(text: str, pair: str, what: str) -> str:
    """``0.01000000`` as ``0.01``."""
    try:
        value = Decimal(text)
    except ArithmeticError:
        value = Decimal(0)
    if not value.is_finite() or value <= 0:
        message = f"The {what} of {pair} is {text!r}, which is no grid."
        raise MalformedPayloadError(message, "Choose another pair, or tell of this answer.")
    return f"{value.normalize():f}"
