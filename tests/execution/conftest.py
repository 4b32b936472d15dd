"""Instruments, orders and bars that the tests of execution share.

All trade round the clock, so that a day is a day; what exchange hours do is tested in test_venue_hours.py.
"""

from collections.abc import Callable

import pytest

from tradewind.core.instruments import AssetClass, FeeSchedule, Instrument
from tradewind.core.market import Bar
from tradewind.core.orders import Order, Side
from tradewind.core.timestamps import NS_PER_DAY

STOCK = Instrument(
    symbol="AAPL",
    asset_class=AssetClass.EQUITY,
    venue="SIM",
    quote_currency="USD",
    tick_size="0.01",
    lot_size="1",
    calendar="24/7",
    fees=FeeSchedule(per_unit_e8=500_000, minimum_e8=100_000_000),
)
COIN = Instrument(
    symbol="BTC/USDT",
    asset_class=AssetClass.CRYPTO,
    venue="SIM",
    quote_currency="USDT",
    tick_size="0.01",
    lot_size="0.00000001",
    calendar="24/7",
    fees=FeeSchedule(maker_rate_e8=50_000, taker_rate_e8=100_000),
    shortable=False,
)
PAIR = Instrument(
    symbol="EUR/USD",
    asset_class=AssetClass.FX,
    venue="SIM",
    quote_currency="USD",
    tick_size="0.00001",
    lot_size="1",
    calendar="24/7",
)


@pytest.fixture(scope="session")
def instruments() -> dict[str, Instrument]:
    return {instrument.id: instrument for instrument in (STOCK, COIN, PAIR)}


@pytest.fixture(scope="session")
def make_order() -> Callable[..., Order]:
    """An order of 100 shares to buy at the market, decided at the close of day 1."""

    def make(client_order_id: str = "o-1", **changes: object) -> Order:
        fields: dict[str, object] = {
            "client_order_id": client_order_id,
            "decision_id": "d-1",
            "strategy": "test",
            "instrument_id": "AAPL.SIM",
            "side": Side.BUY,
            "quantity_lots": 100,
            "ts_decided": NS_PER_DAY,
        }
        return Order(**(fields | changes))  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def make_bar() -> Callable[..., Bar]:
    """A daily bar of day ``day`` with the prices ``open, high, low, close``."""

    def make(day: float, prices: tuple[float, float, float, float], **changes: object) -> Bar:
        open_, high, low, close = prices
        fields: dict[str, object] = {
            "ts_event": int(day * NS_PER_DAY),
            "instrument_id": "AAPL.SIM",
            "open": open_,
            "high": high,
            "low": low,
            "close": close,
            "volume": 1e6,
        }
        return Bar(**(fields | changes))  # type: ignore[arg-type]

    return make
