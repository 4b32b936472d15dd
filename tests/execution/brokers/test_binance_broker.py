"""The Binance broker (through ccxt) against the local venue server, and what goes wrong there on purpose."""

import decimal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rehearsing import BITCOIN, Rehearsal, make_venue, serving

from tradewind.core.errors import BrokerError, BrokerRefusedError
from tradewind.core.orders import (
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderType,
    Side,
    TimeInForce,
)
from tradewind.execution.brokers.credentials import AccountKind, Credentials
from tradewind.execution.brokers.registry import BrokerRequest, open_broker

pytest.importorskip("ccxt", reason="make setup-dev installs ccxt")


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    with serving(make_venue(tmp_path / "binance.jsonl", "binance")) as served:
        served.step(1)
        yield served


def opened(rehearsal: Rehearsal, secret: str = ""):
    request = BrokerRequest(
        instruments={BITCOIN.id: BITCOIN},
        credentials=Credentials(AccountKind.PAPER, rehearsal.key, secret or rehearsal.secret),
        rest_url=rehearsal.url,
        timeout_s=2.0,
        sweep_every_s=0.3,
    )
    return open_broker("binance", AccountKind.PAPER, request)


@pytest.fixture
def broker(rehearsal: Rehearsal) -> Iterator:
    made = opened(rehearsal)
    yield made
    made.close()


def buy(name: str, lots: int = 10_000, **changes: object) -> Order:
    fields: dict[str, object] = {
        "client_order_id": name,
        "decision_id": "d",
        "strategy": "test",
        "instrument_id": BITCOIN.id,
        "side": Side.BUY,
        "quantity_lots": lots,
        "time_in_force": TimeInForce.GTC,
    }
    return Order(**(fields | changes))  # type: ignore[arg-type]


def limit(name: str, ticks: int, lots: int = 10_000, **changes: object) -> Order:
    return buy(name, lots, order_type=OrderType.LIMIT, limit_price_ticks=ticks, **changes)


def kinds(reports) -> list[type]:
    return [type(report) for report in reports]


def test_an_order_fills_exactly_with_its_fee_in_coins(broker):
    rounding = decimal.getcontext().rounding
    accepted, fill = broker.submit(buy("a"))
    assert (type(accepted), fill.quantity_lots, fill.price_ticks) == (OrderAccepted, 10_000, 5_000_500)
    assert (fill.commission_e8, fill.fee_currency) == (10_000, "BTC")
    assert fill.trade_id.startswith(BITCOIN.id)
    assert broker.submit(buy("a")) == broker.knows("a") or kinds(broker.submit(buy("a")))[-1] is OrderFilled
    snapshot = broker.account()
    assert snapshot.positions == {BITCOIN.id: 9_990}
    assert snapshot.cash_e8 == {"USD": 94_999_5 * 10**7}
    assert decimal.getcontext().rounding == rounding


def test_cancels_say_how_the_order_stands(broker, rehearsal):
    assert kinds(broker.submit(limit("r", 4_000_000))) == [OrderAccepted]
    assert kinds(broker.cancel("r")) == [OrderAccepted, OrderCanceled]
    assert kinds(broker.cancel("r")) == [OrderAccepted, OrderCanceled]
    assert broker.cancel("nobody") == ()
    broker.submit(limit("s", 4_000_000))
    rehearsal.tell("/venue/faults", fault="cancel_races", where="DELETE /api/v3/order")
    assert kinds(broker.cancel("s")) == [OrderAccepted, OrderFilled]


def test_a_name_that_ended_is_not_used_again(broker):
    broker.submit(limit("r", 4_000_000))
    broker.cancel("r")
    assert kinds(broker.submit(limit("r", 4_000_000))) == [OrderAccepted, OrderCanceled]


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [
        ({"fault": "no_answer"}, True),
        ({"fault": "disconnect"}, False),
        ({"fault": "error", "status": 502, "carried_out": True}, True),
        ({"fault": "error", "status": 503, "carried_out": False}, False),
        ({"fault": "no_answer", "seconds": 2.5}, True),
    ],
)
def test_no_answer_is_unknown_and_resolved_by_name(broker, rehearsal, fault, arrived):
    rehearsal.faults([{"where": "POST /api/v3/order", **fault}])
    with pytest.raises(BrokerError) as unknown:
        broker.submit(buy("lost"))
    assert rehearsal.key not in str(unknown.value)
    assert bool(broker.knows("lost")) == arrived
    assert broker.account().positions == ({BITCOIN.id: 9_990} if arrived else {})


def test_a_rate_limit_is_waited_for_and_a_wrong_clock_put_right(broker, rehearsal):
    broker.account()
    rehearsal.tell("/venue/faults", fault="too_many", where="POST /api/v3/order", seconds=1)
    began = time.monotonic()
    assert kinds(broker.submit(buy("a"))) == [OrderAccepted, OrderFilled]
    assert time.monotonic() - began >= 0.9
    rehearsal.tell("/venue/faults", fault="clock_skew", seconds=-60)
    assert kinds(broker.submit(buy("b"))) == [OrderAccepted, OrderFilled]


@pytest.mark.parametrize(
    ("order", "begins"),
    [
        (buy("x", 300_000), "insufficient_funds: "),
        (limit("x", 4_000_000, 10), "minimum_notional: "),
        (buy("x", instrument_id="ETH/USD.BINANCE"), "unknown_symbol: "),
        (buy("x", time_in_force=TimeInForce.DAY, order_type=OrderType.LIMIT), "not_offered: "),
    ],
)
def test_refusals_are_typed(broker, order, begins):
    (said,) = broker.submit(order)
    assert isinstance(said, OrderRejected)
    assert said.reason.startswith(begins)


def test_fills_come_by_sweeps_once(broker, rehearsal):
    heard: list = []
    lost: list = []
    thread = threading.Thread(target=broker.listen, args=(heard.extend, lost.append))
    thread.start()
    try:
        broker.submit(limit("r", 4_850_000, 20_000))
        rehearsal.bars(4)
        deadline = time.monotonic() + 15
        while OrderFilled not in kinds(heard) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.7)
    finally:
        broker.close()
        thread.join(5)
    assert sum(one.quantity_lots for one in heard if isinstance(one, OrderFilled)) == 20_000
    assert lost == []


def test_everything_is_reconciled_in_order(broker, rehearsal):
    since = broker.account().ts_event
    broker.submit(limit("rest", 4_000_000))
    broker.submit(limit("gone", 4_000_000))
    broker.cancel("gone")
    broker.submit(buy("a"))
    told = broker.reconcile(since)
    assert [(type(one), one.client_order_id) for one in told] == [
        (OrderAccepted, "rest"),
        (OrderAccepted, "gone"),
        (OrderCanceled, "gone"),
        (OrderAccepted, "a"),
        (OrderFilled, "a"),
    ]


def test_the_wrong_secret_opens_nothing(rehearsal):
    stranger = opened(rehearsal, "guessed-secret")
    with pytest.raises(BrokerRefusedError) as refused:
        stranger.account()
    assert "guessed-secret" not in str(refused.value)
    stranger.close()
