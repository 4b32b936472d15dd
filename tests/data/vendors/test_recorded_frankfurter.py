"""Frankfurter's recorded rates, and what is no pair of currencies."""

import json
from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest
from misbehaving_site import StandingClock, open_site
from recorded import cassette_bodies

from tradewind.core.errors import MalformedPayloadError, UnknownSymbolError
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import parse_ns, to_ns
from tradewind.data.vendors.frankfurter.history import FrankfurterProvider

pytestmark = pytest.mark.services

CASSETTE = "TestCcxtPlugin.test_get_fiat_exchange_rate.yaml"


@pytest.fixture
def ask(tmp_path):
    def call(body, instrument_id="EUR/USD", start="2020-01-02", end="2020-12-20"):
        clock = StandingClock(parse_ns("2024-05-13"))
        with open_site(lambda asked: (200, {}, body)) as site:
            call.site = site
            provider = FrankfurterProvider(
                tmp_path, base_url=site.url, clock=clock, sleep=clock.sleep, random=Random(1)
            )
            try:
                return provider.bars(BarRequest(instrument_id, "1d", parse_ns(start), parse_ns(end)))
            finally:
                provider.close()

    return call


def test_recorded_rates_are_known_when_they_are_published(ask, shared_data):
    body = cassette_bodies(shared_data, "dali_rp2_ccxt_cassettes.tar.xz", CASSETTE)[0]
    rates = json.loads(body)["rates"]
    bars = ask(body)
    days = sorted(day for day in rates if day < "2020-12-20")
    berlin = ZoneInfo("Europe/Berlin")
    at_16 = [
        to_ns(datetime.fromisoformat(f"{day}T16:00").replace(tzinfo=berlin).astimezone(UTC)) for day in days
    ]
    assert bars.ts_event.tolist() == at_16
    assert bars.close.tolist() == [rates[day]["USD"] for day in days]
    assert (bars.has_ohlc, bars.has_volume) == (False, False)


@pytest.mark.parametrize("symbol", ["BTC/USD", "AAPL", "EUR/EUR"])
def test_what_is_no_pair_of_currencies_is_not_asked_for(ask, symbol):
    with pytest.raises(UnknownSymbolError, match=symbol):
        ask(b"{}", symbol)
    assert ask.site.asked == []


@pytest.mark.parametrize(
    "change",
    [{"base": "GBP"}, {"rates": {"2020-01-02": {"JPY": 121.0}}}, {"rates": {"2020-01-02": {"USD": 0.0}}}],
)
def test_rates_of_another_pair_or_of_nothing_are_refused(ask, change):
    good = {"amount": 1.0, "base": "EUR", "rates": {"2020-01-02": {"USD": 1.12}}}
    with pytest.raises(MalformedPayloadError):
        ask(json.dumps(good | change).encode())
