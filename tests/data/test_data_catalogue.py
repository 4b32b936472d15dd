"""The sample's instruments: grids that hold money in 64 bits, and calendars that exist."""

from decimal import Decimal

import pytest

from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.money import CASH_SCALE, INT64_MAX, notional_e8
from tradewind.core.timestamps import parse_ns
from tradewind.data.calendars import trading_days
from tradewind.data.catalogue import sample_instruments

ALL = list(sample_instruments().values())


@pytest.mark.parametrize("instrument", ALL, ids=lambda i: i.id)
def test_calendar_exists(instrument: Instrument) -> None:
    assert len(trading_days(instrument.calendar, parse_ns("2020-01-06"), parse_ns("2020-01-12"))) >= 5


@pytest.mark.parametrize("instrument", [i for i in ALL if i.tradable], ids=lambda i: i.id)
def test_a_thousand_million_fits(instrument: Instrument) -> None:
    price = {"BTC/USD": 67_000, "USD/JPY": 160}.get(instrument.symbol, 1)
    ticks = int(Decimal(price) / instrument.tick)
    lots = int(Decimal(10**9) / price / instrument.lot)
    value = notional_e8(ticks, lots, instrument.ratio)
    assert value == pytest.approx(10**9 * CASH_SCALE, rel=1e-6)
    assert ticks * lots < INT64_MAX


def test_what_is_watched_is_not_traded() -> None:
    watched = {i.id for i in ALL if not i.tradable}
    assert watched == {i.id for i in ALL if i.asset_class is AssetClass.INDEX}
    assert watched == {"SPX.CBOE", "COMP.XNAS", "VIX.CBOE"}


def test_fees_of_real_orders() -> None:
    """100 shares cost 1 USD, 1,000 cost 5; a bitcoin bought at 60,000 costs 156; 100,000 euros cost 2."""
    known = sample_instruments()
    stock = known["AAPL.XNAS"].fee_schedule
    assert max(100 * stock.per_unit_e8, stock.minimum_e8) == 1 * CASH_SCALE
    assert max(1000 * stock.per_unit_e8, stock.minimum_e8) == 5 * CASH_SCALE
    assert 60_000 * known["BTC/USD.KRAKEN"].fee_schedule.taker_rate_e8 == 156 * CASH_SCALE
    euro = known["EUR/USD.IDEALPRO"].fee_schedule
    assert max(100_000 * euro.taker_rate_e8, euro.minimum_e8) == 2 * CASH_SCALE


def test_the_catalogue_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        sample_instruments()["AAPL.XNAS"] = ALL[0]  # type: ignore[index]
