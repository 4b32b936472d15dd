"""An instrument that nobody describes, as one of its class usually is.

Grids and calendars are those of :mod:`tradewind.data.catalogue`; fees stay unsaid, so a run takes the usual
ones of the class.
"""

from tradewind.core.errors import ConfigError
from tradewind.core.instruments import AssetClass, Instrument

OWN_VENUE = "OWN"
"""Venue of an instrument of which nobody says where it is traded."""

_FIAT = """
AED ARS AUD BGN BRL CAD CHF CLP CNH CNY COP CZK DKK EUR GBP HKD HUF IDR ILS INR ISK JPY KRW MXN MYR NOK
NZD PEN PHP PLN RON RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR
"""
FIAT = frozenset(_FIAT.split())
"""Currencies of states (ISO 4217) that are traded in pairs; a pair of others is a coin's."""

_HALF_SPREAD_BPS = {AssetClass.CRYPTO: 2.0, AssetClass.FX: 0.5}
_OTHER_HALF_SPREAD_BPS = 2.0
"""Above those of the sample, whose stocks are the largest there are."""


def usual_class(symbol: str) -> AssetClass:
    """A pair of two states' currencies is FX, any other pair crypto, a plain symbol a stock."""
    base, slash, quote = symbol.partition("/")
    if not slash:
        return AssetClass.EQUITY
    return AssetClass.FX if {base, quote} <= FIAT else AssetClass.CRYPTO


def usual_instrument(
    symbol: str,
    venue: str = OWN_VENUE,
    *,
    asset_class: AssetClass | None = None,
    quote_currency: str = "",
    calendar: str = "",
    tick_size: str = "",
) -> Instrument:
    """The instrument ``symbol`` on ``venue``, with what is not given as it usually is.

    Raises
    ------
    ConfigError
        A coin without a tick, or a stock that is not paid in dollars without a calendar.
    """
    kind = asset_class if asset_class is not None else usual_class(symbol)
    quote = quote_currency or symbol.partition("/")[2] or "USD"
    watched = kind is AssetClass.INDEX
    return Instrument(
        symbol=symbol,
        asset_class=kind,
        venue=venue,
        quote_currency=quote,
        tick_size=tick_size or _tick(kind, symbol, quote),
        lot_size="0.00001" if kind is AssetClass.CRYPTO else "1",
        calendar=calendar or _calendar(kind, symbol, quote),
        shortable=kind not in (AssetClass.CRYPTO, AssetClass.INDEX),
        tradable=not watched,
        half_spread_bps=0.0 if watched else _HALF_SPREAD_BPS.get(kind, _OTHER_HALF_SPREAD_BPS),
    )


def _tick(kind: AssetClass, symbol: str, quote: str) -> str:
    if kind is AssetClass.CRYPTO:
        message = f"Nobody says what the smallest step of {symbol}'s price is."
        raise ConfigError(message, "Give its tick, such as '0.01': coins have no usual one.")
    if kind is AssetClass.FX:
        return "0.001" if quote == "JPY" else "0.00001"
    return "0.01"


def _calendar(kind: AssetClass, symbol: str, quote: str) -> str:
    if kind is AssetClass.CRYPTO:
        return "24/7"
    if kind is AssetClass.FX:
        return "24/5"
    if quote == "USD":
        return "XNYS"
    message = f"Nobody says on which days {symbol} is traded, which is paid in {quote}."
    raise ConfigError(message, "Name its calendar, such as XLON, XETR or XTKS.")
