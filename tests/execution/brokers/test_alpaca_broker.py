"""The Alpaca broker against the local venue server, and what goes wrong there on purpose."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import alpaca_client  # noqa: F401 - before anything of alpaca-py

# isort: split
import pytest
from rehearsing import AAPL, BITCOIN, Rehearsal, make_venue, serving

from tradewind.core.errors import BrokerError, BrokerRefusedError, ConfigError
from tradewind.core.orders import (
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderType,
    Side,
    TimeInForce,
)
from tradewind.execution.brokers.alpaca.broker import AlpacaBroker
from tradewind.execution.brokers.credentials import AccountKind, Credentials, read_credentials
from tradewind.execution.brokers.registry import BROKERS, BrokerRequest, open_broker

INSTRUMENTS = {AAPL.id: AAPL, BITCOIN.id: BITCOIN}


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    with serving(make_venue(tmp_path / "alpaca.jsonl")) as served:
        served.step(2)
        yield served


def request_of(rehearsal: Rehearsal, **changes: object) -> BrokerRequest:
    fields: dict[str, object] = {
        "instruments": INSTRUMENTS,
        "credentials": Credentials(AccountKind.PAPER, rehearsal.key, rehearsal.secret),
        "rest_url": rehearsal.url,
        "stream_url": rehearsal.stream_url,
        "timeout_s": 2.0,
    }
    return BrokerRequest(**(fields | changes))  # type: ignore[arg-type]


@pytest.fixture
def broker(rehearsal: Rehearsal) -> Iterator[AlpacaBroker]:
    made = open_broker("alpaca", AccountKind.PAPER, request_of(rehearsal))
    yield made
    made.close()


def buy(name: str, lots: int = 10, **changes: object) -> Order:
    fields: dict[str, object] = {
        "client_order_id": name,
        "decision_id": "d",
        "strategy": "test",
        "instrument_id": AAPL.id,
        "side": Side.BUY,
        "quantity_lots": lots,
        "time_in_force": TimeInForce.DAY,
    }
    return Order(**(fields | changes))  # type: ignore[arg-type]


def limit(name: str, ticks: int, lots: int = 10, **changes: object) -> Order:
    return buy(name, lots, order_type=OrderType.LIMIT, limit_price_ticks=ticks, **changes)


def kinds(reports) -> list[type]:
    return [type(report) for report in reports]


def fills(reports) -> list[OrderFilled]:
    return [report for report in reports if isinstance(report, OrderFilled)]


@contextmanager
def listening(broker: AlpacaBroker, rehearsal: Rehearsal) -> Iterator[tuple[list, list]]:
    heard: list = []
    lost: list = []
    thread = threading.Thread(target=broker.listen, args=(heard.extend, lost.append))
    thread.start()
    try:
        until(lambda: rehearsal.state()["listeners"] == 1)
        yield heard, lost
    finally:
        broker.close()
        thread.join(5)
        assert not thread.is_alive()


def until(done: Callable[[], bool], within_s: float = 15.0) -> None:
    deadline = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_an_order_is_taken_filled_and_held(broker, rehearsal):
    (said,) = broker.submit(buy("a"))
    assert (type(said), said.client_order_id) == (OrderAccepted, "a")
    (fill,) = fills(broker.knows("a"))
    assert (fill.quantity_lots, fill.price_ticks, fill.side) == (10, 10_001, Side.BUY)
    snapshot = broker.account()
    assert snapshot.positions == {AAPL.id: 10}
    assert snapshot.cash_e8 == {"USD": (100_000 * 100 - 10 * 10_001) * 10**6}


def test_the_same_name_again_changes_nothing(broker):
    broker.submit(buy("a"))
    assert OrderFilled in kinds(broker.submit(buy("a")))
    assert broker.account().positions == {AAPL.id: 10}


def test_coins_are_held_in_lots_and_the_rest_as_cash(broker):
    broker.submit(buy("c", 12_345, instrument_id=BITCOIN.id, time_in_force=TimeInForce.IOC))
    snapshot = broker.account()
    held = snapshot.positions[BITCOIN.id] * 1_000 + snapshot.cash_e8.get("BTC", 0)
    assert held == 12_345_000 - 12_345  # one part in a thousand is the fee, in coins


def test_a_cancel_says_how_the_order_stands(broker, rehearsal):
    broker.submit(limit("r", 9_000))
    assert kinds(broker.cancel("r")) == [OrderAccepted, OrderCanceled]
    assert kinds(broker.cancel("r")) == [OrderAccepted, OrderCanceled]
    assert broker.cancel("nobody") == ()
    broker.submit(limit("s", 9_000))
    rehearsal.tell("/venue/faults", fault="cancel_races", where="DELETE /v2/orders/*")
    assert kinds(broker.cancel("s")) == [OrderAccepted, OrderFilled]


def test_everything_is_reconciled_in_order_and_repeats_are_equal(broker, rehearsal):
    since = broker.account().ts_event - 10**9
    broker.submit(buy("big", 1_500))
    rehearsal.step(2)
    broker.submit(limit("rest", 9_000))
    broker.submit(limit("gone", 9_000))
    broker.cancel("gone")
    broker.submit(limit("ioc", 9_000, time_in_force=TimeInForce.IOC))
    told = broker.reconcile(since)
    by_name = {
        name: kinds(one for one in told if one.client_order_id == name)
        for name in ("big", "rest", "gone", "ioc")
    }
    assert by_name["big"] == [OrderAccepted, OrderFilled, OrderFilled]
    assert by_name["rest"] == [OrderAccepted]
    assert by_name["gone"] == [OrderAccepted, OrderCanceled]
    assert by_name["ioc"][1:] in ([OrderCanceled], [OrderExpired])
    assert [one.quantity_lots for one in fills(told)] == [1_000, 500]
    again = broker.reconcile(since)
    assert [(type(a), a.client_order_id) for a in again] == [(type(b), b.client_order_id) for b in told]


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [
        ({"fault": "no_answer"}, True),
        ({"fault": "disconnect"}, False),
        ({"fault": "error", "status": 502, "carried_out": True}, True),
        ({"fault": "error", "status": 504, "carried_out": False}, False),
        ({"fault": "no_answer", "seconds": 2.5}, True),
    ],
)
def test_no_answer_is_unknown_and_resolved_by_name(broker, rehearsal, fault, arrived):
    rehearsal.faults([{"where": "POST /v2/orders", **fault}])
    with pytest.raises(BrokerError):
        broker.submit(buy("lost"))
    assert bool(broker.knows("lost")) == arrived
    assert broker.account().positions == ({AAPL.id: 10} if arrived else {})


def test_a_rate_limit_is_waited_for(broker, rehearsal):
    rehearsal.tell("/venue/faults", fault="too_many", where="POST /v2/orders", seconds=1)
    began = time.monotonic()
    assert kinds(broker.submit(buy("a"))) == [OrderAccepted]
    assert time.monotonic() - began >= 0.9
    rehearsal.tell("/venue/faults", fault="too_many", where="POST /v2/orders", seconds=60)
    with pytest.raises(BrokerError, match="another"):
        broker.submit(buy("b"))


@pytest.mark.parametrize(
    ("order", "begins"),
    [
        (buy("x", 100_000), "insufficient_funds: "),
        (buy("x", instrument_id="MSFT.XNAS"), "unknown_symbol: "),
        (buy("x", instrument_id=BITCOIN.id, order_type=OrderType.LIMIT), "not_offered: "),
    ],
)
def test_refusals_are_typed(broker, order, begins):
    (said,) = broker.submit(order)
    assert isinstance(said, OrderRejected)
    assert said.reason.startswith(begins)


def test_fills_come_by_stream_once_and_in_order(broker, rehearsal):
    rehearsal.faults([{"fault": "duplicate", "where": "stream", "times": 0}])
    with listening(broker, rehearsal) as (heard, lost):
        broker.submit(buy("big", 1_500))
        rehearsal.step(2)
        until(lambda: sum(fill.quantity_lots for fill in fills(heard)) >= 1_500)
        time.sleep(0.1)
    assert [fill.quantity_lots for fill in fills(heard)] == [1_000, 500]
    assert lost == []


def test_messages_in_another_order_lose_nothing(broker, rehearsal):
    with listening(broker, rehearsal) as (heard, lost):
        rehearsal.faults([{"fault": "reorder", "where": "stream", "skip": 1}])
        broker.submit(buy("big", 1_500))
        rehearsal.step(2)
        until(lambda: len(fills(heard)) == 2)
        broker.submit(limit("r", 9_000))
        broker.cancel("r")
        until(lambda: OrderCanceled in kinds(heard))
    assert sum(fill.quantity_lots for fill in fills(heard)) == 1_500
    assert lost == []


def test_a_line_that_breaks_is_swept_up(broker, rehearsal):
    with listening(broker, rehearsal) as (heard, lost):
        rehearsal.faults([{"fault": "disconnect", "where": "stream"}])
        broker.submit(buy("a"))
        until(lambda: lost != [])
        assert len(fills(heard)) == 1
        broker.submit(buy("b"))
        until(lambda: len(fills(heard)) == 2)
    assert "broke" in lost[0]


def test_wrong_keys_open_nothing_and_are_not_shown(rehearsal):
    pair = Credentials(AccountKind.PAPER, "PKwrong-key", "guessed-secret")
    made = AlpacaBroker(request_of(rehearsal, credentials=pair))
    with pytest.raises(BrokerRefusedError) as refused:
        made.account()
    with pytest.raises(BrokerRefusedError) as unheard:
        made.listen(lambda _: None, lambda _: None)
    for text in (str(refused.value), str(unheard.value), repr(pair), repr(made.__dict__)):
        assert "guessed-secret" not in text
        assert "PKwrong-key" not in text
    made.close()


def test_paper_and_live_keys_are_kept_apart(rehearsal):
    names = ("TRADEWIND_ALPACA_PAPER_API", "TRADEWIND_ALPACA_LIVE_API")
    both = {f"{name}_{part}": f"{name}{part}" for name in names for part in ("KEY", "SECRET")}
    assert read_credentials("alpaca", AccountKind.PAPER, both).key == both["TRADEWIND_ALPACA_PAPER_API_KEY"]
    with pytest.raises(ConfigError, match="LIVE_API_KEY is not set"):
        read_credentials("alpaca", AccountKind.LIVE, {k: v for k, v in both.items() if "PAPER" in k})
    with pytest.raises(ConfigError, match="same key"):
        read_credentials("alpaca", AccountKind.LIVE, dict.fromkeys(both, "one"))
    live = Credentials(AccountKind.LIVE, "AKlive", "secret")
    with pytest.raises(ConfigError, match="paper session"):
        open_broker("alpaca", AccountKind.PAPER, request_of(rehearsal, credentials=live))
    with pytest.raises(ConfigError, match="other kind"):
        AlpacaBroker(request_of(rehearsal, credentials=Credentials(AccountKind.PAPER, "AKlive", "secret")))


def test_every_broker_enters_with_what_it_needs():
    assert "alpaca" in BROKERS.names()
    for entry in BROKERS.entries():
        assert entry.extra == "brokers"
