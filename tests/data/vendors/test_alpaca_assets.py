"""Stocks as Alpaca describes them: its client's recorded answer, and hosts of paper and of live keys."""

import json
from dataclasses import replace

import pytest
from misbehaving_site import StandingClock, open_site
from recorded import alpaca_mocks
from vendor_answers import js

from tradewind.core.errors import MissingKeyError, UnknownSymbolError
from tradewind.core.instruments import AssetClass, FeeSchedule
from tradewind.data.policy.redaction import Secret
from tradewind.data.vendors.alpaca.assets import decode_asset
from tradewind.data.vendors.alpaca.history import FREE, AlpacaProvider

pytestmark = pytest.mark.services

STOCK = {
    "class": "us_equity",
    "exchange": "NYSE",
    "symbol": "BRK.B",
    "status": "active",
    "tradable": True,
    "shortable": True,
    "easy_to_borrow": False,
    "fractionable": True,
}


def test_a_stock_as_recorded(shared_data):
    (said,) = [one["body"] for one in alpaca_mocks(shared_data) if one["test"].endswith("::test_get_asset")]
    found = decode_asset(json.dumps(said).encode(), "AAPL")
    assert (found.id, found.asset_class, found.quote_currency) == ("AAPL.XNAS", AssetClass.EQUITY, "USD")
    assert (found.tick_size, found.lot_size, found.calendar) == ("0.01", "1", "XNYS")
    assert (found.shortable, found.fees) == (True, FeeSchedule())


def test_what_is_hard_to_borrow_is_not_sold_short():
    found = decode_asset(json.dumps(STOCK).encode(), "BRK.B")
    assert (found.id, found.shortable) == ("BRK.B.XNYS", False)


@pytest.mark.parametrize(
    ("field", "value"),
    [("exchange", "OTC"), ("class", "us_option"), ("status", "inactive"), ("tradable", False)],
)
def test_what_is_not_traded_or_listed_elsewhere_is_refused(field, value):
    with pytest.raises(UnknownSymbolError, match=r"BRK\.B"):
        decode_asset(json.dumps(STOCK | {field: value}).encode(), "BRK.B")


@pytest.fixture
def asks(tmp_path):
    """Asks with a key that only the second of two hosts takes, or none of them."""

    def run(symbol, paper, live):
        clock = StandingClock(1_709_251_200_000_000_000)
        with open_site(lambda asked: paper) as first, open_site(lambda asked: live) as second:
            provider = AlpacaProvider(
                tmp_path,
                api_key=Secret("k3y"),
                api_secret=Secret("s3cret"),
                trading_urls=(first.url, second.url),
                settings=replace(FREE, timeout_s=10.0),
                clock=clock,
                sleep=clock.sleep,
            )
            try:
                return provider.instrument(symbol)
            finally:
                provider.close()
                asked = (*first.asked, *second.asked)
                assert {one.path for one in asked} == {"/v2/assets/BRK.B"}

    return run


REFUSED = js({"code": 40110000, "message": "request is not authorized"}, 401)


def test_a_key_of_live_trading_is_taken_by_the_second_host(asks):
    for spelt in ("BRK.B", "brk.b.alpaca", "BRK.B.XNYS"):
        assert asks(spelt, REFUSED, js(STOCK)).id == "BRK.B.XNYS"


def test_a_key_that_no_host_takes_is_said(asks):
    with pytest.raises(MissingKeyError):
        asks("BRK.B", REFUSED, REFUSED)


def test_without_keys_nobody_is_asked(tmp_path):
    provider = AlpacaProvider(tmp_path)
    with pytest.raises(MissingKeyError, match="TRADEWIND_ALPACA_API_KEY"):
        provider.instrument("BTC/USD")
    provider.close()
