"""An unmodified alpaca-py hears its trade updates from the venue server."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import alpaca_client  # noqa: F401 - before anything of alpaca-py

# isort: split
import pytest
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderSide, TimeInForce
from alpaca.trading.requests import LimitOrderRequest, MarketOrderRequest, ReplaceOrderRequest
from alpaca.trading.stream import TradingStream
from rehearsing import SHARES, Rehearsal, make_venue, serving
from websockets.sync.client import connect

COMMON = {"symbol": "AAPL", "side": OrderSide.BUY, "time_in_force": TimeInForce.GTC}


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    with serving(make_venue(tmp_path / "alpaca.jsonl")) as served:
        served.step(2)
        yield served


@pytest.fixture
def client(rehearsal: Rehearsal) -> Iterator[TradingClient]:
    made = TradingClient(rehearsal.key, rehearsal.secret, url_override=rehearsal.url)
    yield made
    made._session.close()


@contextmanager
def hearing(rehearsal: Rehearsal, client: TradingClient) -> Iterator[list]:
    """The trade updates that alpaca-py's own stream hands on."""
    stream = TradingStream(rehearsal.key, rehearsal.secret, url_override=rehearsal.stream_url)
    stream._reconnect_min_backoff = 0.05
    heard = []

    async def note(update) -> None:
        heard.append(update)

    stream.subscribe_trade_updates(note)
    thread = threading.Thread(target=stream.run)
    thread.start()
    try:
        wait_until(lambda: rehearsal.state()["listeners"] == 1)
        yield heard
    finally:
        stream.stop()
        client.submit_order(LimitOrderRequest(qty=1, limit_price=1, **COMMON))  # it looks after a message
        thread.join(20)


def wait_until(done: Callable[[], bool], within_s: float = 20.0) -> None:
    deadline = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_every_change_of_an_order_is_told_in_order(client, rehearsal):
    with hearing(rehearsal, client) as heard:
        bought = client.submit_order(MarketOrderRequest(qty=1_500, **COMMON))
        rehearsal.step(1)
        rehearsal.step(1)
        rested = client.submit_order(LimitOrderRequest(qty=1, limit_price=90, **COMMON))
        replaced = client.replace_order_by_id(rested.id, ReplaceOrderRequest(limit_price=91))
        client.cancel_order_by_id(replaced.id)
        wait_until(lambda: len(heard) >= 7)
    told = [(update.event, update.order.id) for update in heard[:7]]
    assert told == [
        ("new", bought.id),
        ("partial_fill", bought.id),
        ("fill", bought.id),
        ("new", rested.id),
        ("replaced", rested.id),
        ("new", replaced.id),
        ("canceled", replaced.id),
    ]
    assert [(update.qty, update.position_qty) for update in heard[1:3]] == [(1_000, 1_000), (500, 1_500)]
    assert [update.order.filled_qty for update in heard[:3]] == ["0", "1000", "1500"]  # as of each moment
    assert len({update.execution_id for update in heard[1:3]}) == 2


def test_what_is_told_can_be_read_by_rest_already(client, rehearsal):
    with hearing(rehearsal, client) as heard:
        client.submit_order(LimitOrderRequest(qty=1, limit_price=99.5, client_order_id="seen", **COMMON))
        rehearsal.bars(8)
        wait_until(lambda: any(update.event == "fill" for update in heard))
        assert client.get_order_by_client_id("seen").status == "filled"


def test_the_wrong_secret_hears_nothing(client, rehearsal):
    with connect(rehearsal.stream_url) as socket:
        pair = {"key_id": rehearsal.key, "secret_key": "guessed"}
        socket.send(json.dumps({"action": "authenticate", "data": pair}))
        assert json.loads(socket.recv())["data"]["status"] == "unauthorized"
        socket.send(json.dumps({"action": "listen", "data": {"streams": ["trade_updates"]}}))
        assert json.loads(socket.recv())["data"]["status"] == "unauthorized"
        client.submit_order(MarketOrderRequest(qty=1, **COMMON))
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.2)


def test_prices_are_told_to_alpacas_data_stream(rehearsal):
    from alpaca.data.live import StockDataStream

    url = rehearsal.stream_url.replace("/stream", "/v2/iex")
    stream = StockDataStream(rehearsal.key, rehearsal.secret, url_override=url)
    told = {"bars": [], "quotes": [], "trades": []}

    def noting(kind: str):
        async def note(one) -> None:
            told[kind].append(one)

        return note

    for kind in told:
        getattr(stream, f"subscribe_{kind}")(noting(kind), "AAPL")
    thread = threading.Thread(target=stream.run)
    thread.start()
    try:
        wait_until(lambda: rehearsal.state()["listeners"] == 1)
        while not all(told.values()):  # until it has subscribed, and heard
            rehearsal.step(1)
            time.sleep(0.1)
        assert {one.symbol for kind in told.values() for one in kind} == {"AAPL"}
        assert told["bars"][0].close in SHARES
        assert told["quotes"][0].ask_price > told["quotes"][0].bid_price
        assert told["trades"][0].timestamp.tzinfo is not None
    finally:
        stream.stop()
        rehearsal.step(1)  # it looks after a message
        thread.join(20)
