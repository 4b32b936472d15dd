"""The instruments of the bundled sample: grids, calendars and what it costs to trade them.

Costs are those that a small private account met at a named broker; change them in the configuration.

* Stocks: Interactive Brokers, fixed pricing: 0.005 USD a share, at least 1 USD an order. Half spread 1 bp,
  the order of magnitude quoted for the largest US stocks. Whole shares.
* Currencies: Interactive Brokers, spot: 0.2 bp of the traded value, at least 2 USD an order (200 JPY where
  yen are paid). Half spread 0.5 bp or less.
* Bitcoin: Kraken Pro, first tier, in the years of the sample (2020-21): maker 16 bps, taker 26 bps. With
  a lot of 0.00001 BTC and a tick of 0.01 USD every position that cash can value fits 64 bits.
* Indices and the VIX are watched, not traded.

An instrument of one's own for which no fees are given pays what its class pays here.
"""

from types import MappingProxyType

import msgspec

from tradewind.core.instruments import AssetClass, FeeSchedule, Instrument
from tradewind.core.money import CASH_SCALE
from tradewind.core.ports import Instruments

STOCK_FEES = FeeSchedule(per_unit_e8=CASH_SCALE // 200, minimum_e8=CASH_SCALE)
CURRENCY_FEES = FeeSchedule(maker_rate_e8=2_000, taker_rate_e8=2_000, minimum_e8=2 * CASH_SCALE)
YEN_FEES = FeeSchedule(maker_rate_e8=2_000, taker_rate_e8=2_000, minimum_e8=200 * CASH_SCALE)
CRYPTO_FEES = FeeSchedule(maker_rate_e8=160_000, taker_rate_e8=260_000)
OTHER_STOCK_FEES = FeeSchedule(maker_rate_e8=100_000, taker_rate_e8=100_000)
"""Stocks that are not paid in dollars, of which the sample has none: 10 bps, above the broker's fixed
rates in Europe (5 bps) and Japan (8 bps). Cents a share mean nothing where a share costs thousands of yen."""

SAMPLE_STOCKS = {
    "AAPL": "XNAS",
    "FB": "XNAS",
    "GOOG": "XNAS",
    "IBM": "XNYS",
    "MSFT": "XNAS",
    "NFLX": "XNAS",
    "NVDA": "XNAS",
}
"""Stocks and the exchange that lists them; both exchanges keep the XNYS calendar."""


def stock(symbol: str, venue: str) -> Instrument:
    """A US stock in whole shares and cents."""
    return Instrument(
        symbol=symbol,
        asset_class=AssetClass.EQUITY,
        venue=venue,
        quote_currency="USD",
        tick_size="0.01",
        lot_size="1",
        calendar="XNYS",
        fees=STOCK_FEES,
        half_spread_bps=1.0,
    )


def index(symbol: str, venue: str) -> Instrument:
    """A US index or gauge: has a level, cannot be traded."""
    return Instrument(
        symbol=symbol,
        asset_class=AssetClass.INDEX,
        venue=venue,
        quote_currency="USD",
        tick_size="0.01",
        lot_size="1",
        calendar="XNYS",
        shortable=False,
        tradable=False,
        half_spread_bps=0.0,
    )


def currency_pair(symbol: str, half_spread_bps: float) -> Instrument:
    """A spot pair in units of its first currency; a tenth of a pip is the tick."""
    yen = symbol.endswith("JPY")
    return Instrument(
        symbol=symbol,
        asset_class=AssetClass.FX,
        venue="IDEALPRO",
        quote_currency=symbol.partition("/")[2],
        tick_size="0.001" if yen else "0.00001",
        lot_size="1",
        calendar="24/5",
        fees=YEN_FEES if yen else CURRENCY_FEES,
        half_spread_bps=half_spread_bps,
    )


def bitcoin() -> Instrument:
    """Bitcoin against US dollars, day and night."""
    return Instrument(
        symbol="BTC/USD",
        asset_class=AssetClass.CRYPTO,
        venue="KRAKEN",
        quote_currency="USD",
        tick_size="0.01",
        lot_size="0.00001",
        calendar="24/7",
        fees=CRYPTO_FEES,
        shortable=False,
        half_spread_bps=1.0,
    )


def usual_fees(asset_class: AssetClass, quote_currency: str) -> FeeSchedule:
    """What instruments of the sample of that class pay, for one of which nobody said what it pays."""
    if asset_class is AssetClass.CRYPTO:
        return CRYPTO_FEES
    if asset_class is AssetClass.FX:
        return YEN_FEES if quote_currency == "JPY" else CURRENCY_FEES
    return STOCK_FEES if quote_currency == "USD" else OTHER_STOCK_FEES


def with_usual_fees(instrument: Instrument) -> Instrument:
    """The instrument with the fees of its class where it came without; ``FeeSchedule()`` stays free."""
    if instrument.fees is not None:
        return instrument
    return msgspec.structs.replace(
        instrument, fees=usual_fees(instrument.asset_class, instrument.quote_currency)
    )


def sample_instruments() -> Instruments:
    """All instruments of the sample by id, read-only."""
    made = [
        *(stock(symbol, venue) for symbol, venue in SAMPLE_STOCKS.items()),
        index("SPX", "CBOE"),
        index("COMP", "XNAS"),
        index("VIX", "CBOE"),
        bitcoin(),
        currency_pair("EUR/USD", 0.3),
        currency_pair("GBP/USD", 0.4),
        currency_pair("USD/JPY", 0.4),
    ]
    return MappingProxyType({instrument.id: instrument for instrument in made})
