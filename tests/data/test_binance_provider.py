"""Binance over REST, from a real HTTP server on loopback in the documented shape."""

import json
from pathlib import Path
from random import Random

import numpy as np
import pytest
from loopback_http import SteppedClock, serve

from tradewind.core.errors import (
    ConfigError,
    MalformedPayloadError,
    NetworkError,
    NoDataError,
    RateLimitedError,
    UnknownSymbolError,
)
from tradewind.core.instruments import require_built
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_S, parse_ns
from tradewind.data.registry import PROVIDERS
from tradewind.data.vendors.binance.history import BinanceProvider

pytestmark = pytest.mark.services

FIXTURE = Path(__file__).parent / "fixtures" / "binance_exchange_info.json"
START = parse_ns("2024-03-01")
NOW = START + 40 * NS_PER_HOUR
MS = 1_000_000


def kline(open_ns, length_ns, price):
    """One row as the API documents it."""
    low, high = f"{price - 1:.2f}", f"{price + 1:.2f}"
    last = (open_ns + length_ns) // MS - 1
    return [
        open_ns // MS,
        f"{price:.2f}",
        high,
        low,
        f"{price + 0.5:.2f}",
        "12.5",
        last,
        "1.0",
        7,
        "6",
        "0.5",
        "0",
    ]


def exchange(now_ns=NOW, length_ns=NS_PER_MINUTE, first_ns=START):
    """A respond function that has klines from ``first_ns`` up to now, the last still forming."""

    def respond(path, query):
        assert path == "/api/v3/klines"
        begin, end = int(query["startTime"]) * MS, int(query["endTime"]) * MS
        opens = range(max(-(-begin // length_ns) * length_ns, first_ns), min(end, now_ns) + 1, length_ns)
        rows = [kline(ns, length_ns, 100.0 + ns // length_ns % 50) for ns in opens[: int(query["limit"])]]
        return 200, {"Content-Type": "application/json"}, json.dumps(rows).encode()

    return respond


@pytest.fixture
def clock():
    return SteppedClock(NOW)


@pytest.fixture
def ask(tmp_path, clock):
    def call(respond, instrument_id="BTC/USDT", timeframe="1m", start=START, end=NOW, how=None):
        with serve(respond) as site:
            provider = BinanceProvider(
                tmp_path, base_url=site.url, clock=clock, sleep=clock.sleep, random=Random(1)
            )
            try:
                if how is not None:
                    return how(provider)
                return provider.bars(BarRequest(instrument_id, timeframe, start, end))
            finally:
                call.asked = site.asked
                provider.close()

    return call


def test_pages_join_without_a_seam(ask):
    bars = ask(exchange())
    assert len(ask.asked) == 3
    assert ask.asked[0][1]["symbol"] == "BTCUSDT"
    np.testing.assert_array_equal(np.diff(bars.ts_event), NS_PER_MINUTE)
    assert bars.ts_event[0] == START + NS_PER_MINUTE
    assert bars.ts_event[-1] == NOW - NS_PER_MINUTE  # the one at NOW closed under two seconds ago
    assert bars.close[0] == bars.open[0] + 0.5
    assert (bars.source, bars.adjusted, bars.has_volume) == ("binance", False, True)


def test_bars_are_stamped_by_their_close_and_the_span_is_half_open(ask):
    bars = ask(exchange(), start=START + 5 * NS_PER_MINUTE, end=START + 8 * NS_PER_MINUTE)
    assert ((bars.ts_event - START) // NS_PER_MINUTE).tolist() == [5, 6, 7]


@pytest.mark.parametrize(("after_s", "known"), [(1.0, False), (2.0, True)])
def test_a_bar_is_closed_two_seconds_after_its_end(ask, clock, after_s, known):
    clock.now = NOW + int(after_s * NS_PER_S)
    bars = ask(exchange(clock.now), start=NOW - 10 * NS_PER_MINUTE, end=NOW + NS_PER_HOUR)
    assert (bars.ts_event[-1] == NOW) == known


@pytest.mark.parametrize(("timeframe", "length"), [("4h", 4 * NS_PER_HOUR), ("1d", NS_PER_DAY)])
def test_other_timeframes(ask, timeframe, length):
    bars = ask(exchange(length_ns=length), timeframe=timeframe)
    assert bars.ts_event[0] == START + length
    assert ask.asked[0][1]["interval"] == timeframe


def test_every_page_weighs_two_on_the_budget(ask):
    def how(provider):
        before = provider.policy.budget.left()[0]
        provider.bars(BarRequest("BTC/USDT", "1m", START, NOW))
        return before - provider.policy.budget.left()[0]

    assert ask(exchange(), how=how) == 6


def test_the_past_is_cached_and_the_present_is_not(ask):
    def how(provider):
        for _ in range(2):
            provider.bars(BarRequest("BTC/USDT", "1m", START, START + NS_PER_HOUR))
            provider.bars(BarRequest("BTC/USDT", "1m", NOW - NS_PER_HOUR, NOW))

    ask(exchange(), how=how)
    assert len(ask.asked) == 3


def test_nothing_in_the_span(ask):
    with pytest.raises(NoDataError, match="no closed 1m bar"):
        ask(exchange(first_ns=NOW))
    with pytest.raises(NoDataError):
        ask(exchange(), start=NOW + NS_PER_DAY, end=NOW + 2 * NS_PER_DAY)
    assert ask.asked == []


def test_errors_are_typed(ask, clock):
    def answer(status, body, **headers):
        return lambda path, query: (status, headers, body)

    with pytest.raises(UnknownSymbolError, match="XXXUSDT"):
        ask(answer(400, b'{"code":-1121,"msg":"Invalid symbol."}'), "XXX/USDT")
    with pytest.raises(UnknownSymbolError, match="AAPL"):
        ask(answer(500, b""), "AAPL")
    with pytest.raises(NoDataError, match="Illegal"):
        ask(answer(400, b'{"code":-1100,"msg":"Illegal characters"}'))
    with pytest.raises(NoDataError, match="restricted"):
        ask(answer(451, b'{"code":0,"msg":"Service unavailable from a restricted location"}'))
    with pytest.raises(NetworkError):
        ask(answer(503, b"busy"))
    assert len(ask.asked) == 4
    with pytest.raises(NetworkError):
        ask(answer(302, b"", Location="http://example.com/"))
    for status in (429, 418):
        with pytest.raises(RateLimitedError) as limited:
            ask(
                answer(
                    status, b'{"code":-1003,"msg":"Too much request weight used"}', **{"Retry-After": "120"}
                )
            )
        assert limited.value.retry_after_s == pytest.approx(120.0)
    clock.sleep(121.0)
    assert len(ask(exchange())) > 0  # once the ban is over it is asked again


def test_an_unreachable_exchange(tmp_path, clock):
    provider = BinanceProvider(tmp_path, base_url="http://127.0.0.1:9", clock=clock, sleep=clock.sleep)
    with pytest.raises(NetworkError, match="could not be reached"):
        provider.bars(BarRequest("BTC/USDT", "1m", START, NOW))
    provider.close()
    with pytest.raises(ConfigError, match="not encrypted"):
        BinanceProvider(tmp_path, base_url="http://api.binance.com")


def in_unit(row, steps_a_ms):
    """The same row with times in a finer unit, as Binance's dumps have them since 2025."""
    return [row[0] * steps_a_ms, *row[1:6], (row[6] + 1) * steps_a_ms - 1, *row[7:]]


@pytest.mark.parametrize("steps_a_ms", [1, 1_000, 1_000_000])
def test_times_in_ms_us_and_ns_are_the_same_bars(ask, steps_a_ms):
    rows = [kline(START + n * NS_PER_MINUTE, NS_PER_MINUTE, 100.0 + n) for n in range(3)]
    body = json.dumps([in_unit(row, steps_a_ms) for row in rows]).encode()
    bars = ask(lambda path, query: (200, {}, body), start=START, end=START + NS_PER_HOUR)
    assert ((bars.ts_event - START) // NS_PER_MINUTE).tolist() == [1, 2, 3]


def test_times_in_seconds_are_the_same_bars(ask):
    rows = [kline(START + n * NS_PER_MINUTE, NS_PER_MINUTE, 100.0 + n) for n in range(3)]
    body = json.dumps([[row[0] // 1_000, *row[1:6], row[6] // 1_000, *row[7:]] for row in rows]).encode()
    bars = ask(lambda path, query: (200, {}, body), start=START, end=START + NS_PER_HOUR)
    assert ((bars.ts_event - START) // NS_PER_MINUTE).tolist() == [1, 2, 3]


GOOD_ROW = kline(START, NS_PER_MINUTE, 100.0)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>maintenance</html>",
        b'{"rows": []}',
        json.dumps([GOOD_ROW[:8]]).encode(),
        json.dumps([GOOD_ROW, GOOD_ROW]).encode(),
        json.dumps([[*GOOD_ROW[:2], "50.0", *GOOD_ROW[3:]]]).encode(),  # a high under the low
        json.dumps([[*GOOD_ROW[:4], "NaN", *GOOD_ROW[5:]]]).encode(),
        json.dumps([kline(START - NS_PER_DAY, NS_PER_MINUTE, 100.0)]).encode(),  # before what was asked for
        json.dumps([in_unit(GOOD_ROW, 1_000), kline(START + NS_PER_MINUTE, NS_PER_MINUTE, 1.0)]).encode(),
        json.dumps([[GOOD_ROW[0] * 1_000, *GOOD_ROW[1:]]]).encode(),  # opens in us and closes in ms
        json.dumps(
            [[GOOD_ROW[0] // 100_000, *GOOD_ROW[1:6], GOOD_ROW[6] // 100_000, *GOOD_ROW[7:]]]
        ).encode(),
        json.dumps([[GOOD_ROW[0] * 10**9, *GOOD_ROW[1:6], GOOD_ROW[6] * 10**9, *GOOD_ROW[7:]]]).encode(),
        json.dumps([[-1, *GOOD_ROW[1:]]]).encode(),
    ],
)
def test_malformed_rows_are_kept_aside(ask, tmp_path, body):
    with pytest.raises(MalformedPayloadError):
        ask(lambda path, query: (200, {}, body))
    assert len(list((tmp_path / "quarantine" / "binance").glob("*.payload"))) == 1


def test_a_snapshot_of_a_book(ask):
    body = b'{"lastUpdateId":5,"bids":[["9.5","1.0"]],"asks":[["10.0","2.0"],["11.0","3.0"]]}'

    def how(provider):
        found = provider.depth("BTC/USDT", 500)
        return found, provider.policy.budget.left()[0]

    found, left = ask(lambda path, query: (200, {}, body), how=how)
    assert ask.asked == [("/api/v3/depth", {"symbol": "BTCUSDT", "limit": "500"})]
    assert (found.last_update_id, found.bids, found.asks[1]) == (5, [(9.5, 1.0)], (11.0, 3.0))
    assert left == 6_000 - 25
    with pytest.raises(ConfigError, match="9000 levels"):
        ask(exchange(), how=lambda provider: provider.depth("BTC/USDT", 9_000))


def test_it_is_in_the_registry_and_needs_no_extra():
    entry = next(entry for entry in PROVIDERS.entries() if entry.name == "binance")
    assert (entry.needs, entry.plugin) == ((), BinanceProvider)


# What a pair is ------------------------------------------------------------------------------


def info(pair="BTCUSDT", status="TRADING", tick="0.01000000", lot="0.00001000", base="BTC", quote="USDT"):
    """An answer in the shape of the fixture, with another pair's figures."""
    said = json.loads(FIXTURE.read_bytes())
    one = said["symbols"][0]
    one |= {"symbol": pair, "status": status, "baseAsset": base, "quoteAsset": quote}
    for item in one["filters"]:
        if item["filterType"] == "PRICE_FILTER":
            item["tickSize"] = tick
        if item["filterType"] == "LOT_SIZE":
            item["stepSize"] = lot
    return json.dumps(said).encode()


def described(ask, body, symbol="BTC/USDT"):
    return ask(lambda path, query: (200, {}, body), how=lambda provider: provider.instrument(symbol))


def test_a_pair_is_described_by_the_exchange(ask):
    found = described(ask, FIXTURE.read_bytes(), "BTC/USDT.BINANCE")
    assert ask.asked == [("/api/v3/exchangeInfo", {"symbol": "BTCUSDT"})]
    assert (found.id, found.quote_currency, found.calendar) == ("BTC/USDT.BINANCE", "USDT", "24/7")
    assert (found.tick_size, found.lot_size, found.minimum_notional) == ("0.01", "0.00001", "5")
    assert found.fee_schedule.taker_rate_e8 * 10_000 / 1e8 == 10.0  # bps of the first tier
    require_built(found)


def test_grids_of_other_pairs(ask):
    small = described(ask, info("SHIBUSDT", tick="0.00000001", lot="1.00", base="SHIB"), "SHIB/USDT")
    assert (small.tick_size, small.lot_size) == ("0.00000001", "1")
    whole = described(ask, info("XBTC", tick="10.0", lot="100", base="X", quote="BTC"), "X/BTC")
    assert (whole.tick_size, whole.lot_size) == ("10", "100")


def test_a_pair_that_cannot_be_traded_is_refused_by_name(ask):
    with pytest.raises(UnknownSymbolError, match="status is BREAK"):
        described(ask, info(status="BREAK"))
    with pytest.raises(UnknownSymbolError, match="no 'ETHUSDT'"):
        described(ask, info(), "ETH/USDT")
    with pytest.raises(MalformedPayloadError, match="tickSize of BTCUSDT"):
        described(ask, info(tick="0.00000000"))
    with pytest.raises(MalformedPayloadError, match="stepSize"):
        described(ask, info(lot="much"))
