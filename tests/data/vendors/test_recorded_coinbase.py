"""Coinbase's recorded answers, and what its products become."""

import json
from random import Random

import numpy as np
import pytest
from misbehaving_site import StandingClock, open_site
from recorded import archived

from tradewind.core.errors import MalformedPayloadError, UnknownSymbolError
from tradewind.core.instruments import require_built
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_HOUR, NS_PER_S, parse_ns
from tradewind.data.vendors.coinbase.history import CoinbaseProvider

pytestmark = pytest.mark.services

PAYLOADS = "nautilus_adapter_payloads.tar.xz"
NOW = parse_ns("2026-04-07")


@pytest.fixture
def at(tmp_path):
    """What ``how`` gives of a provider before a site that always says ``body``."""

    def call(body, how):
        clock = StandingClock(NOW)
        with open_site(lambda asked: (200, {}, body)) as site:
            provider = CoinbaseProvider(
                tmp_path, base_url=site.url, clock=clock, sleep=clock.sleep, random=Random(1)
            )
            try:
                return how(provider)
            finally:
                provider.close()

    return call


def test_recorded_candles(at, shared_data):
    body = archived(shared_data, PAYLOADS, "coinbase/test_data/http_candles.json")
    rows = {int(row["start"]): row for row in json.loads(body)["candles"]}
    first = min(rows) * NS_PER_S
    request = BarRequest("BTC/USD", "1h", first + NS_PER_HOUR, first + 3 * NS_PER_HOUR)
    bars = at(body, lambda provider: provider.bars(request))
    np.testing.assert_array_equal(bars.ts_event, [start * NS_PER_S + NS_PER_HOUR for start in sorted(rows)])
    for name in ("open", "high", "low", "close", "volume"):
        assert getattr(bars, name).tolist() == [float(rows[start][name]) for start in sorted(rows)]


def test_recorded_product(at, shared_data):
    body = archived(shared_data, PAYLOADS, "coinbase/test_data/http_product.json")
    found = at(body, lambda provider: provider.instrument("BTC/USD.COINBASE"))
    assert (found.id, found.tick_size, found.lot_size) == ("BTC/USD.COINBASE", "0.01", "0.00000001")
    assert (found.calendar, found.quote_currency, found.fees) == ("24/7", "USD", None)
    assert found.minimum_notional == "1"
    require_built(found)


PRODUCT = {
    "product_id": "ETH-USD",
    "base_increment": "0.00000001",
    "quote_increment": "0.01",
    "price_increment": "0.01",
    "base_currency_id": "ETH",
    "quote_currency_id": "USD",
    "status": "online",
    "product_type": "SPOT",
}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"status": "delisted"}, UnknownSymbolError),
        ({"trading_disabled": True}, UnknownSymbolError),
        ({"product_type": "FUTURE"}, UnknownSymbolError),
        ({"product_id": "BTC-USD"}, MalformedPayloadError),
        ({"price_increment": "0"}, MalformedPayloadError),
        ({"base_increment": "much"}, MalformedPayloadError),
    ],
)
def test_a_product_that_cannot_be_traded_is_refused(at, change, error):
    with pytest.raises(error, match=r"ETH-USD|BTC-USD"):
        at(json.dumps(PRODUCT | change).encode(), lambda provider: provider.instrument("ETH/USD"))
