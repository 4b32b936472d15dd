"""An unmodified ccxt.pro hears the venue's streams in Binance's protocol."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from rehearsing import COINS, Rehearsal, make_venue, serving
from websockets.sync.client import connect

ccxt = pytest.importorskip("ccxt", reason="make setup-dev installs ccxt")
pytest.importorskip("ccxt.pro", reason="make setup-dev installs ccxt")

PAIR = "BTC/USD"


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    with serving(make_venue(tmp_path / "binance.jsonl", "binance")) as served:
        served.step(1)
        yield served


def settings(rehearsal: Rehearsal) -> dict[str, object]:
    api, sockets = f"{rehearsal.url}/api/v3", rehearsal.url.replace("http", "ws")
    streams = {"spot": f"{sockets}/ws", "ws-api": {"spot": f"{sockets}/ws-api/v3"}}
    return {
        "apiKey": rehearsal.key,
        "secret": rehearsal.secret,
        "urls": {"api": {"public": api, "private": api, "ws": streams}},
        "options": {"fetchMarkets": {"types": ["spot"]}, "fetchCurrencies": False, "fetchMargins": False},
    }


@pytest.fixture
async def exchange(rehearsal: Rehearsal) -> AsyncIterator:
    made = ccxt.pro.binance(settings(rehearsal))
    await made.load_markets()
    yield made
    await made.close()


async def until(done) -> None:
    async with asyncio.timeout(20):
        while not done():
            await asyncio.sleep(0.01)


async def test_orders_are_told_with_their_fees(exchange, rehearsal):
    await exchange.authenticate({"type": "spot"})
    watching = asyncio.create_task(exchange.watch_orders(PAIR))
    made = await exchange.create_order(PAIR, "limit", "buy", 0.2, 48_500)
    (told,) = await asyncio.wait_for(watching, 20)
    assert (told["id"], told["status"], told["filled"]) == (made["id"], "open", 0.0)
    watching = asyncio.create_task(exchange.watch_orders(PAIR))
    await asyncio.to_thread(rehearsal.bars, 4)
    told = (await asyncio.wait_for(watching, 20))[-1]
    assert (told["id"], told["status"], told["filled"]) == (made["id"], "closed", 0.2)
    assert (told["fee"]["currency"], told["fee"]["cost"]) == ("BTC", 0.0002)
    await until(lambda: exchange.balance["spot"].get("BTC", {}).get("free") == 0.1998)


async def test_prices_are_told(exchange, rehearsal):
    watching = [
        asyncio.create_task(one)
        for one in (
            exchange.watch_trades(PAIR),
            exchange.watch_ohlcv(PAIR, "1m"),
            exchange.watch_bids_asks([PAIR]),
        )
    ]
    everything = asyncio.gather(*watching)
    while not everything.done():  # until all have subscribed, and heard
        await asyncio.to_thread(rehearsal.step)
        await asyncio.sleep(0.2)
    trades, bars, best = await everything
    assert 47_000 < trades[-1]["price"] < 54_000
    assert bars[-1][4] in COINS
    assert best[PAIR]["ask"] > best[PAIR]["bid"] > 47_000


def test_a_listen_key_opens_the_account(rehearsal):
    exchange = ccxt.binance(settings(rehearsal))
    key = exchange.public_post_userdatastream()["listenKey"]
    assert exchange.public_put_userdatastream({"listenKey": key}) == {}
    with pytest.raises(ccxt.ExchangeError):
        exchange.public_put_userdatastream({"listenKey": "another"})
    url = rehearsal.url.replace("http", "ws")
    with connect(f"{url}/ws/{key}") as account, connect(f"{url}/ws/guessed") as stranger:
        exchange.create_order(PAIR, "market", "buy", 0.1)
        told = [json.loads(account.recv(timeout=10)) for _ in range(3)]
        assert [one["e"] for one in told] == ["executionReport", "executionReport", "outboundAccountPosition"]
        assert [one.get("x") for one in told[:2]] == ["NEW", "TRADE"]
        with pytest.raises(TimeoutError):
            stranger.recv(timeout=0.1)
    exchange.session.close()


def test_streams_of_several_names_say_which(rehearsal):
    url = rehearsal.url.replace("http", "ws")
    with connect(f"{url}/stream?streams=btcusd@trade/btcusd@kline_1m") as socket:
        socket.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": 7}))
        assert json.loads(socket.recv(timeout=10)) == {"result": ["btcusd@kline_1m", "btcusd@trade"], "id": 7}
        socket.send(json.dumps({"method": "UNSUBSCRIBE", "params": ["btcusd@trade"], "id": 8}))
        assert json.loads(socket.recv(timeout=10)) == {"result": None, "id": 8}
        rehearsal.bars(1)
        told = json.loads(socket.recv(timeout=10))
        assert (told["stream"], told["data"]["k"]["c"]) == ("btcusd@kline_1m", "50000.00000000")


def test_reports_have_every_field_that_was_recorded(rehearsal, shared_data):
    import tarfile

    exchange = ccxt.binance(settings(rehearsal))
    key = exchange.public_post_userdatastream()["listenKey"]
    folder = "./crates/adapters/binance/test_data/spot/user_data_json"
    with (
        tarfile.open(shared_data / "api_payloads/nautilus_adapter_payloads.tar.xz") as archive,
        connect(f"{rehearsal.url.replace('http', 'ws')}/ws/{key}") as account,
    ):
        exchange.create_order(PAIR, "market", "buy", 0.1)
        told = [json.loads(account.recv(timeout=10)) for _ in range(3)]
        for name, one in zip(("execution_report_wrapped", "account_position"), told[::2], strict=True):
            recorded = json.load(archive.extractfile(f"{folder}/{name}.json"))
            assert set(recorded.get("event", recorded)) == set(one)
    exchange.session.close()
