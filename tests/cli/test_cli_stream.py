"""``tradewind data stream`` against a socket on loopback that speaks as Binance documents it."""

import asyncio
import json
import sys
import threading
from pathlib import Path

import pytest
from websockets.asyncio.server import serve

sys.path.append(str(Path(__file__).parents[1] / "data"))  # the servers of the data tests

from loopback_http import serve as serve_http

pytestmark = pytest.mark.services


def _ticker(number):
    data = {"u": number, "s": "BTCUSDT", "b": "100.10", "B": "2.0", "a": "100.20", "A": "1.5"}
    return json.dumps({"stream": "btcusdt@bookTicker", "data": data})


def _trade(number):
    time = 1_709_251_200_000 + 20 * number
    data = {
        "e": "trade",
        "s": "BTCUSDT",
        "t": number,
        "p": "100.15",
        "q": "0.5",
        "T": time,
        "m": number % 2 == 0,
    }
    return json.dumps({"stream": "btcusdt@trade", "data": data})


HOLES = threading.Event()
"""Whether closed bars come with one missing between them."""


def _kline(minute):
    end = 1_709_251_200_000 + 60_000 * minute
    kline = dict.fromkeys("ohlc", "100.0") | {"t": end - 60_000, "T": end - 1, "v": "1", "s": "BTCUSDT"}
    data = {"e": "kline", "s": "BTCUSDT", "k": kline | {"i": "1m", "x": True}}
    return json.dumps({"stream": "btcusdt@kline_1m", "data": data})


@pytest.fixture
def address():
    """A server in a thread of its own that sends a quote, and a trade where asked, every 20 ms."""
    ready, stop = threading.Event(), threading.Event()
    where = {}

    async def talk(socket):
        number = 0
        while not stop.is_set():
            number += 1
            await socket.send(_ticker(number))
            if HOLES.is_set() and number in (3, 5):
                await socket.send(_kline(number))
            if "@trade" in socket.request.path:
                await socket.send(_trade(number))
            await asyncio.sleep(0.02)

    async def run():
        async with serve(talk, "127.0.0.1", 0) as server:
            where["port"] = server.sockets[0].getsockname()[1]
            ready.set()
            while not stop.is_set():
                await asyncio.sleep(0.02)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert ready.wait(10)
    yield f"ws://127.0.0.1:{where['port']}"
    stop.set()
    thread.join(10)


def test_quotes_are_told_as_they_come(tw, address, tmp_path):
    words = (
        "data",
        "stream",
        "btc-usdt",
        "--url",
        address,
        "--rest-url",
        "http://127.0.0.1:9",
        "--home",
        tmp_path,
    )
    said = tw(*words, "--seconds", "1", "--json").json()
    assert said["quotes"]["BTC/USDT.BINANCE"] > 3
    assert said["last"]["quote BTC/USDT.BINANCE"]["bid"] == pytest.approx(100.10)
    done = tw(*words, "--seconds", "0.5")
    assert "quote instrument_id=BTC/USDT.BINANCE bid=100.1 ask=100.2" in done.out
    assert "quotes in 0.5 s" in done.err


def test_bars_of_trades_are_told_besides(tw, address, tmp_path):
    words = ("data", "stream", "BTCUSDT", "--url", address, "--rest-url", "http://127.0.0.1:9")
    words += ("--home", tmp_path, "--seconds", "1", "--trade-bars", "volume:2")
    said = tw(*words, "--json").json()
    assert said["trade_bars"]["BTC/USDT.BINANCE"] > 3
    bar = said["last"]["trade bar BTC/USDT.BINANCE"]
    assert (bar["rule"], bar["volume"], bar["trades"], bar["value"]) == (
        "volume:2",
        2.0,
        4,
        pytest.approx(200.3),
    )
    assert "bars of trades" in tw(*words).err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("BTCUSDT", "--seconds", "0"), "nothing to listen to"),
        (("BTCUSDT", "--timeframe", "2h"), "no bars of '2h'. Use one of 1m"),
        (("BTCUSDT", "--stream", "nobody"), "'nobody'"),
        (("BTCUSDT", "--trade-bars", "kagi:3"), "'kagi:3' is no rule"),
        (("BTCUSDT", "--url", "ws://example.com"), "not encrypted"),
        (("BTCUSDT", "--publish", "redis"), "redis.url is empty"),
        (("BTCUSDT", "--publish", "redis://example.com"), "rediss://"),
    ],
)
def test_bad_words_are_named(tw, tmp_path, words, said):
    done = tw("data", "stream", *words, "--home", tmp_path)
    assert done.code == 2
    assert said in done.one_error()


def test_the_address_of_a_source_in_the_configuration_is_the_one_that_is_asked(tw, address, tmp_path):
    config = tmp_path / "my.yaml"
    with serve_http(lambda path, query: (200, {}, b"[]")) as site:
        config.write_text(f"home: {tmp_path / 'home'}\nproviders: {{binance: {{base_url: '{site.url}'}}}}\n")
        HOLES.set()
        done = tw(
            "data", "stream", "btc-usdt", "--url", address, "--seconds", "2", "--config", config, "--json"
        )
        HOLES.clear()
        assert done.code == 0, done.err
        assert {path for path, _ in site.asked} == {"/api/v3/klines"}
