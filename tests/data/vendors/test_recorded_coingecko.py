"""CoinGecko's recorded list of coins, and what its candles and days become."""

import json
from random import Random

import pytest
from misbehaving_site import StandingClock, open_site
from recorded import cassette_bodies
from vendor_answers import DAY, HOUR, MINUTE

from tradewind.core.errors import MalformedPayloadError, NoDataError, UnknownSymbolError
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import parse_ns
from tradewind.data.finer import fetch_raw
from tradewind.data.vendors.coingecko.history import CoinGeckoProvider
from tradewind.data.vendors.coingecko.wire import decode_coins

pytestmark = pytest.mark.services

NOW = parse_ns("2024-07-20T10:20:00+00:00")
MS = 1_000_000
COINS = [{"id": "bitcoin", "symbol": "btc"}]


@pytest.fixture
def ask(tmp_path):
    def call(timeframe, back_ns, said, *, symbol="BTC/USD", how=None):
        clock = StandingClock(NOW)

        def answer(asked):
            body = COINS if asked.path.endswith("/markets") else said
            status, body = body if isinstance(body, tuple) else (200, body)
            return status, {}, json.dumps(body).encode()

        with open_site(answer) as site:
            call.site = site
            provider = CoinGeckoProvider(
                tmp_path, base_url=site.url, clock=clock, sleep=clock.sleep, random=Random(1)
            )
            try:
                request = BarRequest(symbol, timeframe, NOW - back_ns, NOW + DAY)
                return how(provider, request) if how else provider.raw_bars(request)
            finally:
                provider.close()

    return call


def test_recorded_list_of_coins(shared_data):
    body = cassette_bodies(
        shared_data, "gamestonk_vcr_cassettes.tar.xz", "test_pycoingecko_model/test_get_coins[kwargs0].yaml"
    )[0]
    found = decode_coins(body)
    assert (found["BTC"], found["ETH"]) == ("bitcoin", "ethereum")
    ranks = {}
    for row in sorted(json.loads(body), key=lambda row: row["market_cap"] or 0, reverse=True):
        ranks.setdefault(row["symbol"].upper(), row["id"])
    assert found == ranks


def test_days_are_closes_alone_and_the_price_of_now_is_none(ask):
    midnights = [parse_ns(f"2024-07-{day}") for day in (17, 18, 19, 20)]
    prices = [[ns // MS, 100.0 + n] for n, ns in enumerate(midnights)] + [[NOW // MS, 999.0]]
    said = {"prices": prices, "market_caps": prices, "total_volumes": prices}
    raw = ask("1d", 4 * DAY, said)
    assert raw.ts_event.tolist() == midnights
    assert raw.close.tolist() == [100.0, 101.0, 102.0, 103.0]
    assert (raw.has_ohlc, raw.has_volume, raw.calendar) == (False, False, "24/7")
    assert ask.site.asked[-1].query == {"vs_currency": "usd", "days": "4", "interval": "daily"}


@pytest.mark.parametrize(("back_days", "asked"), [(3, "7"), (10, "14"), (29, "30"), (300, "30")])
def test_four_hours_reach_back_as_far_as_they_can(ask, back_days, asked):
    end = NOW - NOW % (4 * HOUR)
    said = [[(end - n * 4 * HOUR) // MS, 5.0, 6.0, 4.0, 5.5] for n in range(9, -1, -1)]
    raw = ask("4h", back_days * DAY, said)
    assert len(raw) == 10
    assert raw.ts_event[-1] == end
    assert ask.site.asked[-1].query["days"] == asked


def test_a_candle_that_is_being_made_is_left_out(ask):
    end = NOW - NOW % (30 * MINUTE)
    times = [end - 30 * MINUTE, end, NOW - 5 * MINUTE]
    raw = ask("30m", DAY, [[time // MS, 5.0, 6.0, 4.0, 5.5] for time in times])
    assert raw.ts_event.tolist() == times[:2]


def test_candles_of_another_length_are_refused(ask):
    end = NOW - NOW % (4 * DAY)
    said = [[(end - n * 4 * DAY) // MS, 5.0, 6.0, 4.0, 5.5] for n in range(5, -1, -1)]
    with pytest.raises(MalformedPayloadError, match="5760 minutes apart"):
        ask("4h", 30 * DAY, said)


def test_hours_are_made_of_half_hours(ask):
    end = NOW - NOW % HOUR
    said = [[(end - n * 30 * MINUTE) // MS, 5.0, 6.0, 4.0, 5.5] for n in range(11, -1, -1)]
    raw = ask("1h", DAY, said, how=lambda provider, request: fetch_raw(provider, request, "24/7"))
    assert raw.ts_event.tolist() == [end - n * HOUR for n in range(5, -1, -1)]
    assert not raw.has_volume


def test_a_currency_that_it_does_not_price_in(ask):
    with pytest.raises(UnknownSymbolError, match="bitcoin in USDT"):
        ask("30m", DAY, (422, {"error": "invalid vs_currency"}), symbol="BTC/USDT")
    with pytest.raises(NoDataError, match="something else"):
        ask("30m", DAY, (400, {"error": "something else"}))
    with pytest.raises(UnknownSymbolError, match="AAPL"):
        ask("30m", DAY, [], symbol="AAPL")
