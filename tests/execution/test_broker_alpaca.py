"""Alpaca as a broker, over real sockets at the local venue: what is sent once, found again, and told once."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import alpaca_client  # noqa: F401 - before anything of alpaca-py

# isort: split
import pytest
from rehearsing import AAPL, Rehearsal, make_venue, serving

from tradewind.core.errors import BrokerError, BrokerRefusedError, ConfigError
from tradewind.core.orders import (
    BrokerReport,
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderType,
    Side,
    TimeInForce,
)
from tradewind.core.ports import ExternalBroker
from tradewind.execution.brokers.credentials import AccountKind, Credentials, read_credentials
from tradewind.execution.brokers.registry import BrokerRequest, open_broker

PAPER = AccountKind.PAPER
E8 = 10**8


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    with serving(make_venue(tmp_path / "state.jsonl")) as found:
        found.step(1)
        yield found


@contextmanager
def opened(rehearsal: Rehearsal, **given: object) -> Iterator[ExternalBroker]:
    keys = Credentials(PAPER, rehearsal.key, rehearsal.secret)
    wanted = {
        "instruments": {AAPL.id: AAPL}, "credentials": keys, "rest_url": rehearsal.url,
        "stream_url": rehearsal.stream_url, "timeout_s": 2.0, "sweep_every_s": 0.3,
    }  # fmt: skip
    broker = open_broker("alpaca", PAPER, BrokerRequest(**(wanted | given)))  # type: ignore[arg-type]
    try:
        yield broker
    finally:
        broker.close()


@pytest.fixture
def broker(rehearsal: Rehearsal) -> Iterator[ExternalBroker]:
    with opened(rehearsal) as found:
        yield found


def order(name: str, lots: int = 10, **given: object) -> Order:
    usual = {"decision_id": "d", "strategy": "s", "instrument_id": AAPL.id, "side": Side.BUY}
    return Order(client_order_id=name, quantity_lots=lots, **(usual | given))  # type: ignore[arg-type]


def resting(name: str, lots: int = 10) -> Order:
    return order(
        name, lots, order_type=OrderType.LIMIT, limit_price_ticks=9_000, time_in_force=TimeInForce.GTC
    )


def kinds(reports: Sequence[BrokerReport]) -> list[type]:
    return [type(report) for report in reports]


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10.0
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_an_order_is_accepted_filled_and_counted_by_the_account_to_the_cent(
    broker: ExternalBroker, rehearsal: Rehearsal
) -> None:
    assert kinds(broker.submit(order("one"))) == [OrderAccepted]
    rehearsal.step(1)
    reports = broker.knows("one")
    assert kinds(reports) == [OrderAccepted, OrderFilled]
    fill = reports[-1]
    assert isinstance(fill, OrderFilled)
    assert (fill.side, fill.quantity_lots, fill.client_order_id) == (Side.BUY, 10, "one")
    account = broker.account()
    assert account.positions == {AAPL.id: 10}
    assert account.cash_e8 == {"USD": 100_000 * E8 - 10 * fill.price_ticks * E8 // 100}
    assert kinds(broker.reconcile(0)) == [OrderAccepted, OrderFilled]


def test_the_same_order_again_is_answered_with_how_it_stands_and_is_there_once(
    broker: ExternalBroker, rehearsal: Rehearsal
) -> None:
    broker.submit(resting("one"))
    assert kinds(broker.submit(resting("one"))) == [OrderAccepted]
    assert rehearsal.state()["orders"] == 1


@pytest.mark.parametrize(
    ("fault", "is_there"),
    [
        ({"fault": "no_answer"}, True),
        ({"fault": "error", "carried_out": True}, True),
        ({"fault": "error"}, False),
        ({"fault": "disconnect"}, False),
    ],
    ids=["no answer", "error after", "error before", "cut"],
)
def test_an_order_that_nobody_answered_is_unknown_and_found_by_its_name_or_not_at_all(
    broker: ExternalBroker, rehearsal: Rehearsal, fault: dict[str, object], is_there: bool
) -> None:
    rehearsal.faults([{"where": "POST /v2/orders", **fault}])
    with pytest.raises(BrokerError):
        broker.submit(resting("one"))
    assert kinds(broker.knows("one")) == ([OrderAccepted] if is_there else [])
    assert rehearsal.state()["orders"] == int(is_there)


def test_a_request_that_came_too_soon_is_sent_when_the_venue_says_and_carried_out_once(
    broker: ExternalBroker, rehearsal: Rehearsal
) -> None:
    rehearsal.faults([{"fault": "too_many", "where": "POST /v2/orders", "seconds": 1}])
    begun_s = time.monotonic()
    assert kinds(broker.submit(resting("one"))) == [OrderAccepted]
    assert time.monotonic() - begun_s >= 1.0
    assert rehearsal.state()["orders"] == 1


def test_a_cancel_ends_the_order_and_one_that_comes_too_late_tells_the_fill(
    broker: ExternalBroker, rehearsal: Rehearsal
) -> None:
    broker.submit(resting("one"))
    assert kinds(broker.cancel("one")) == [OrderAccepted, OrderCanceled]
    assert kinds(broker.cancel("one"))[-1] is OrderCanceled
    assert broker.cancel("never-sent") == ()
    broker.submit(resting("two"))
    rehearsal.faults([{"fault": "cancel_races", "where": "DELETE *"}])
    assert OrderFilled in kinds(broker.cancel("two"))
    assert broker.account().positions == {AAPL.id: 10}


def test_what_the_venue_refuses_is_a_rejection_with_its_reason(broker: ExternalBroker) -> None:
    (refused,) = broker.submit(order("dear", 1_000_000))
    assert isinstance(refused, OrderRejected)
    assert refused.reason
    (unknown,) = broker.submit(order("odd", instrument_id="XYZ.XNAS"))
    assert isinstance(unknown, OrderRejected)
    assert "XYZ.XNAS" in unknown.reason


@pytest.mark.timeout(60)
def test_the_stream_tells_each_fill_once_and_says_when_it_was_gone(
    broker: ExternalBroker, rehearsal: Rehearsal
) -> None:
    heard: list[BrokerReport] = []
    lost: list[str] = []
    thread = threading.Thread(target=broker.listen, args=(heard.extend, lost.append))
    thread.start()
    wait_for(lambda: rehearsal.state()["listeners"] == 1)
    rehearsal.faults(
        [
            {"fault": "duplicate", "where": "stream", "times": 0, "chance": 0.5},
            {"fault": "reorder", "where": "stream", "times": 0, "chance": 0.5},
        ]
    )
    for number in range(5):
        broker.submit(order(f"o{number}"))
        rehearsal.step(1)
    fills = [f"o{number}" for number in range(5)]
    wait_for(lambda: sorted(r.client_order_id for r in heard if isinstance(r, OrderFilled)) == fills)
    rehearsal.faults([{"fault": "disconnect", "where": "stream", "times": 1}])
    broker.submit(order("gone"))
    rehearsal.step(1)
    wait_for(lambda: bool(lost))
    wait_for(lambda: "gone" in [r.client_order_id for r in heard if isinstance(r, OrderFilled)])
    broker.close()
    thread.join(10)
    assert not thread.is_alive()
    told = [r.trade_id for r in heard if isinstance(r, OrderFilled)]
    assert len(set(told)) == len(told) == 6


def test_wrong_keys_are_the_callers_own_fault(rehearsal: Rehearsal) -> None:
    with (
        opened(rehearsal, credentials=Credentials(PAPER, "nobody", "nothing")) as stranger,
        pytest.raises(BrokerRefusedError) as caught,
    ):
        stranger.account()
    assert "nothing" not in str(caught.value)


def test_paper_and_live_keys_are_kept_apart(rehearsal: Rehearsal) -> None:
    pair = {"TRADEWIND_ALPACA_PAPER_API_KEY": "PK1234", "TRADEWIND_ALPACA_PAPER_API_SECRET": "secret-one"}
    found = read_credentials("alpaca", PAPER, pair)
    assert (found.kind, found.key) == (PAPER, "PK1234")
    assert "secret-one" not in repr(found)
    with pytest.raises(ConfigError, match="TRADEWIND_ALPACA_LIVE_API_KEY"):
        read_credentials("alpaca", AccountKind.LIVE, pair)
    both = pair | {"TRADEWIND_ALPACA_LIVE_API_KEY": "PK1234", "TRADEWIND_ALPACA_LIVE_API_SECRET": "x"}
    with pytest.raises(ConfigError, match="set for paper and for live"):
        read_credentials("alpaca", PAPER, both)
    live, odd = Credentials(AccountKind.LIVE, "AK1", "s"), Credentials(PAPER, "AK1", "s")
    with pytest.raises(ConfigError, match="A paper session was given credentials of a live account"):
        open_broker("alpaca", PAPER, BrokerRequest(instruments={}, credentials=live))
    with pytest.raises(ConfigError, match="one of the other kind"):
        open_broker("alpaca", PAPER, BrokerRequest(instruments={}, credentials=odd))
