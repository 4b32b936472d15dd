"""What goes wrong on purpose, as an unmodified alpaca-py meets it."""

import json
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import alpaca_client  # noqa: F401 - before anything of alpaca-py

# isort: split
import pytest
import requests
import yaml
from alpaca.common.exceptions import APIError
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderSide, OrderStatus, TimeInForce
from alpaca.trading.requests import LimitOrderRequest, MarketOrderRequest
from rehearsing import Rehearsal, make_venue, serving
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tradewind.core.errors import ConfigError
from tradewind.execution.venue_server.faults.script import FaultScript, Kind, read_faults

COMMON = {"symbol": "AAPL", "side": OrderSide.BUY, "time_in_force": TimeInForce.GTC}


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    with serving(make_venue(tmp_path / "alpaca.jsonl")) as served:
        served.step(2)
        yield served


@pytest.fixture
def client(rehearsal: Rehearsal) -> Iterator[TradingClient]:
    made = TradingClient(rehearsal.key, rehearsal.secret, url_override=rehearsal.url)
    made._retry_wait = 0
    yield made
    made._session.close()


def buy(qty: float = 1, **what: object) -> MarketOrderRequest:
    return MarketOrderRequest(qty=qty, **(COMMON | what))


@contextmanager
def listening(rehearsal: Rehearsal) -> Iterator[ClientConnection]:
    with connect(rehearsal.stream_url) as socket:
        authorise(rehearsal, socket)
        yield socket


def authorise(rehearsal: Rehearsal, socket: ClientConnection) -> None:
    pair = {"key_id": rehearsal.key, "secret_key": rehearsal.secret}
    for asked in (
        {"action": "authenticate", "data": pair},
        {"action": "listen", "data": {"streams": ["trade_updates"]}},
    ):
        socket.send(json.dumps(asked))
        socket.recv()


def struck(rehearsal: Rehearsal) -> list[int]:
    told = requests.get(f"{rehearsal.url}/venue/faults", timeout=10).json()
    return [one["struck"] for one in told]


def heard(socket: ClientConnection, count: int) -> list[tuple[str, str]]:
    told = [json.loads(socket.recv(timeout=10))["data"] for _ in range(count)]
    return [(one["event"], one["order"]["client_order_id"]) for one in told]


def test_an_order_that_was_taken_and_never_answered_is_found_by_its_name(client, rehearsal):
    rehearsal.tell("/venue/faults", fault="no_answer", where="POST /v2/orders")
    with pytest.raises(requests.exceptions.ConnectionError):
        client.submit_order(buy(client_order_id="lost"))
    found = client.get_order_by_client_id("lost")
    assert found.status is OrderStatus.FILLED
    with pytest.raises(APIError, match="unique"):  # sending it again would not double it
        client.submit_order(buy(client_order_id="lost"))
    assert client.get_open_position("AAPL").qty == "1"


def test_a_cut_connection_carries_nothing_out(client, rehearsal):
    rehearsal.tell("/venue/faults", fault="disconnect", where="POST *")
    with pytest.raises(requests.exceptions.ConnectionError):
        client.submit_order(buy(client_order_id="cut"))
    with pytest.raises(APIError) as refused:
        client.get_order_by_client_id("cut")
    assert refused.value.status_code == 404


def test_too_many_requests_say_when_to_come_again(client, rehearsal):
    rehearsal.tell("/venue/faults", fault="too_many", where="GET /v2/account", seconds=7, times=2)
    answer = requests.get(
        f"{rehearsal.url}/v2/account",
        headers={"APCA-API-KEY-ID": rehearsal.key, "APCA-API-SECRET-KEY": rehearsal.secret},
        timeout=10,
    )
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert client.get_account().currency == "USD"  # alpaca-py comes again by itself


@pytest.mark.parametrize("carried_out", [False, True])
def test_an_error_of_the_server_may_or_may_not_have_carried_it_out(client, rehearsal, carried_out):
    rehearsal.tell("/venue/faults", fault="error", where="POST *", status=502, carried_out=carried_out)
    with pytest.raises(APIError) as refused:
        client.submit_order(buy())
    assert refused.value.status_code == 502
    assert len(client.get_all_positions()) == carried_out


def test_a_late_answer_is_the_right_one(client, rehearsal):
    rehearsal.tell("/venue/faults", fault="delay", where="POST *", seconds=0.2)
    assert client.submit_order(buy()).status is OrderStatus.FILLED
    assert struck(rehearsal) == [1]


def test_an_order_filled_in_part_at_once(client, rehearsal):
    rehearsal.tell("/venue/faults", fault="partial", where="POST /v2/orders", part=0.25)
    made = client.submit_order(buy(8))
    assert (made.status, made.filled_qty) == (OrderStatus.PARTIALLY_FILLED, "2")
    rehearsal.bars()
    assert client.get_order_by_id(made.id).filled_qty == "8"


def test_a_cancel_that_comes_after_the_fill(client, rehearsal):
    rehearsal.tell("/venue/faults", fault="cancel_races", where="DELETE /v2/orders/*")
    made = client.submit_order(LimitOrderRequest(qty=3, limit_price=90, **COMMON))
    client.cancel_order_by_id(made.id)  # 204, as Alpaca answers before it knows
    done = client.get_order_by_id(made.id)
    assert (done.status, done.filled_avg_price) == (OrderStatus.FILLED, "90")
    assert client.get_open_position("AAPL").qty == "3"


def test_nothing_trades_in_a_halt(client, rehearsal):
    rehearsal.tell("/venue/faults", fault="halt", where="POST /v2/orders", symbol="AAPL", seconds=90)
    made = client.submit_order(buy())
    assert made.status is OrderStatus.NEW
    rehearsal.bars()
    assert client.get_order_by_id(made.id).status is OrderStatus.NEW
    rehearsal.bars()
    assert client.get_order_by_id(made.id).status is OrderStatus.FILLED
    assert rehearsal.tell("/venue/halt", symbol="AAPL")["halted"] == ["AAPL.XNAS"]
    assert rehearsal.tell("/venue/resume", symbol="AAPL")["halted"] == []


def test_the_clock_can_be_off(client, rehearsal):
    right = client.get_clock().timestamp
    rehearsal.tell("/venue/faults", fault="clock_skew", seconds=-120)
    assert right - client.get_clock().timestamp == timedelta(seconds=120)


def test_messages_come_twice_late_and_in_another_order(client, rehearsal):
    with listening(rehearsal) as socket:
        rehearsal.tell("/venue/faults", fault="duplicate", where="stream")
        client.submit_order(buy(client_order_id="a"))
        assert heard(socket, 3) == [("new", "a"), ("new", "a"), ("fill", "a")]
        rehearsal.tell("/venue/faults", fault="reorder", where="stream")
        client.submit_order(buy(client_order_id="b"))
        assert heard(socket, 2) == [("fill", "b"), ("new", "b")]
        rehearsal.tell("/venue/faults", fault="delay", where="stream", seconds=0.3)
        client.submit_order(buy(client_order_id="c"))
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.05)
        assert heard(socket, 2) == [("new", "c"), ("fill", "c")]
        assert struck(rehearsal) == [1, 1, 1]


def test_a_stream_that_breaks_loses_what_was_not_sent(client, rehearsal):
    with listening(rehearsal) as socket:
        rehearsal.tell("/venue/faults", fault="disconnect", where="stream", skip=1)
        client.submit_order(buy(client_order_id="a"))
        assert heard(socket, 1) == [("new", "a")]
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=10)
    assert client.get_order_by_client_id("a").status is OrderStatus.FILLED  # the sweep finds it


def test_a_script_counts_and_a_seed_repeats_it():
    rows = [
        {"fault": "delay", "skip": 1, "times": 2},
        {"fault": "error", "where": "GET *", "chance": 0.5, "times": 0},
    ]
    first, second = (FaultScript(read_faults(rows), seed=5) for _ in range(2))
    strikes = [[sorted(one.take("GET /x")) for _ in range(40)] for one in (first, second)]
    assert strikes[0] == strikes[1]
    assert [nth for nth, kinds in enumerate(strikes[0]) if "delay" in kinds] == [1, 2]
    assert 5 < sum("error" in kinds for kinds in strikes[0]) < 35
    assert first.take("POST /x") == {}


@pytest.mark.parametrize(
    "row",
    [
        {"fault": "gremlin"},
        {"fault": "delay", "second": 1},
        {"fault": "delay", "seconds": -1},
        {"fault": "error", "status": 200},
        {"fault": "partial", "part": 1.0},
        {"fault": "halt"},
        {"fault": "partial", "where": "stream"},
        {"fault": "duplicate", "where": "POST *"},
        {"fault": "delay", "chance": 0.0},
        {"fault": "delay", "seconds": float("nan")},
        "delay",
    ],
)
def test_a_fault_that_is_none_is_refused(row):
    with pytest.raises(ConfigError):
        read_faults([row])


def test_a_control_request_that_cannot_be_is_refused_in_words(rehearsal):
    for path, what in (
        ("/venue/faults", {"fault": "gremlin"}),
        ("/venue/faults", {"fault": "halt", "symbol": "NONE"}),
        ("/venue/halt", {}),
        ("/venue/resume", {"symbol": "NONE"}),
        ("/venue/step", {"steps": 0}),
        ("/venue/step", {"until": "soon"}),
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            rehearsal.tell(path, **what)
        assert refused.value.code == 400
        assert set(json.loads(refused.value.read())) == {"error", "next_step"}
        refused.value.close()


def test_the_script_of_the_page_can_be_read():
    page = (Path(__file__).parents[2] / "docs" / "venue.md").read_text("utf-8")
    rows = yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])
    assert len(read_faults(rows)) == 5
    for kind in Kind:
        assert f"`{kind}`" in page
