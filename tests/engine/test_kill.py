"""``kill -9`` at random points of a session: no order lost, none doubled, and the same end as without."""

import json
import os
import random
import signal
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path

import pytest
from engine_parts import CASH_E8, COIN, STOCK, drive, external_start, make_reducer, make_venue, whole_feed

from tradewind.core.accounts import AccountSnapshot, CashMoved
from tradewind.core.decisions import OrderRequested
from tradewind.core.events import AnyEvent, SessionEnded, encode_event
from tradewind.core.money import notional_e8
from tradewind.core.orders import BrokerReport, Order, OrderAccepted, OrderFilled, OrderRejected, Side
from tradewind.engine.driver.broker_desk import DeskSettings
from tradewind.engine.driver.cursor import rest_of_feed
from tradewind.engine.driver.loop import Driver, DriverSettings
from tradewind.engine.driver.mailbox import Mailbox
from tradewind.engine.driver.recorded import run_recorded
from tradewind.engine.driver.recovery import recover
from tradewind.engine.driver.snapshots import SessionParts
from tradewind.engine.driver.thread_outbox import ThreadOutbox
from tradewind.engine.replay import replay
from tradewind.journal.audit import verify_file
from tradewind.journal.opening import open_reader, open_writer

DAYS = 250
KILLS = 60


def go_on(path: Path, commit_every: int, pace_s: float = 0.0) -> None:
    """Start or continue the session from its journal, as a restarted process does."""
    journal = open_writer(path)
    parts = SessionParts(make_reducer(), make_venue())
    with open_reader(path) as reader:
        found = recover(reader, parts)
    driver = drive(journal, parts, commit_every=commit_every, snapshot_every=150)
    feed = rest_of_feed(whole_feed(DAYS), parts.cursor)
    if not (found.last_seq and parts.reducer.state.ended):
        run_recorded(driver, slowly(feed, pace_s))
    journal.close()


def slowly(feed: Iterable[AnyEvent], pace_s: float) -> Iterator[AnyEvent]:
    for event in feed:
        yield event
        if pace_s:
            time.sleep(pace_s)


def run_and_kill(work: Callable[[], None], after_s: float) -> bool:
    """Run ``work`` in a child process and kill it after a while; True when it had ended before."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            os._exit(code)
    deadline = time.monotonic() + after_s
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            assert status == 0, f"the session failed by itself with status {status}"
            return True
        time.sleep(0.0005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def growing_spans(rng: random.Random, least: float, most: float) -> Iterator[float]:
    """Random spans to live, longer with each try, so that a busy machine too gets to the end."""
    for tries in count():
        yield rng.uniform(least, most) * 1.1**tries


def contents(path: Path) -> list[bytes]:
    with open_reader(path) as reader:
        return [encode_event(record.event) for record in reader.read()]


def is_complete(path: Path) -> bool:
    with open_reader(path) as reader:
        return any(True for _ in reader.read_kind(SessionEnded))


@pytest.mark.slow
def test_sixty_kills_leave_the_same_journal_as_none(tmp_path: Path) -> None:
    whole = tmp_path / "whole.journal"
    go_on(whole, commit_every=20)
    expected = contents(whole)
    rng = random.Random(11)
    kills = rounds = 0
    while kills < KILLS:
        rounds += 1
        path = tmp_path / f"killed-{rounds}.journal"
        spans = growing_spans(rng, 0.005, 0.12)
        while not run_and_kill(lambda at=path: go_on(at, 20, 0.0001), next(spans)):
            kills += 1
            open_writer(path).close()  # a kill may come before the file was made whole
            verify_file(path)
        assert is_complete(path)
        assert contents(path) == expected
        verify_file(path)
    with open_reader(path) as reader:
        full, tail = make_reducer(), SessionParts(make_reducer(), make_venue())
        replay(reader.read(), full)
        found = recover(reader, tail)
    assert found.from_snapshot > 0
    assert found.replayed < 400
    assert tail.reducer.snapshot() == full.snapshot()


class OutsideBroker:
    """A venue whose orders outlive the process: a file that each order is appended to, once by id."""

    name = "outside"
    external = True

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def submit(self, order: Order) -> Sequence[BrokerReport]:
        if any(line["id"] == order.client_order_id for line in self._known):
            return self._reports(order.client_order_id)
        line = {
            "id": order.client_order_id, "instrument_id": order.instrument_id, "side": order.side,
            "lots": order.quantity_lots, "ts": order.ts_decided,
        }  # fmt: skip
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._known.append(line)
        return self._reports(order.client_order_id)

    def cancel(self, client_order_id: str) -> Sequence[BrokerReport]:
        return ()

    def on_market(self, event: object) -> Sequence[BrokerReport]:
        return ()

    def reconcile(self, since_ns: int) -> Sequence[BrokerReport]:
        return [report for line in self._known for report in self._reports(line["id"])]

    def knows(self, client_order_id: str) -> Sequence[BrokerReport]:
        return self._reports(client_order_id) if client_order_id in [one["id"] for one in self._known] else ()

    def cash_moved(self, since_ns: int) -> Sequence[CashMoved]:
        return ()

    def account(self) -> AccountSnapshot:
        cash, held = CASH_E8, dict.fromkeys((STOCK.id, COIN.id), 0)
        for line in self._known:
            signed = Side(line["side"]).sign * line["lots"]
            held[line["instrument_id"]] += signed
            cash -= notional_e8(10_000, signed, {STOCK.id: STOCK, COIN.id: COIN}[line["instrument_id"]].ratio)
        positions = {name: lots for name, lots in held.items() if lots}
        return AccountSnapshot(ts_event=0, account="main", cash_e8={"USD": cash}, positions=positions)

    def listen(self, hear: object, lost: object) -> None:
        raise NotImplementedError("it has no stream")

    def close(self) -> None:
        pass

    def _reports(self, client_order_id: str) -> Sequence[BrokerReport]:
        line = next(line for line in self._known if line["id"] == client_order_id)
        about = {
            "ts_event": line["ts"],
            "client_order_id": line["id"],
            "instrument_id": line["instrument_id"],
        }
        return (
            OrderAccepted(**about),
            OrderFilled(
                **about, trade_id=f"t-{line['id']}", side=Side(line["side"]), quantity_lots=line["lots"],
                price_ticks=10_000,
            ),
        )  # fmt: skip


def go_on_outside(path: Path, orders: Path) -> None:
    journal = open_writer(path)
    broker, mailbox = OutsideBroker(orders), Mailbox()
    parts = SessionParts(make_reducer())
    with open_reader(path) as reader:
        found = recover(reader, parts)
    outbox = ThreadOutbox(broker, mailbox, deadline_s=30.0, now_s=time.monotonic)
    settings = DriverSettings(commit_every=20, broker=DeskSettings(sweep_s=0.05, again_s=0.005))
    driver = Driver(parts, journal, outbox, mailbox=mailbox, settings=settings)
    feed = rest_of_feed([external_start(), *whole_feed(DAYS)[1:]], parts.cursor)
    if found.last_seq:
        driver.ask_broker(found.unanswered, found.uncanceled)
    if not (found.last_seq and parts.reducer.state.ended):
        run_recorded(driver, feed)
    outbox.close()
    journal.close()


@pytest.mark.slow
def test_kills_around_a_broker_outside_the_process_lose_and_double_no_order(tmp_path: Path) -> None:
    rng = random.Random(5)
    kills = rounds = 0
    while kills < 25:
        rounds += 1
        path, orders = tmp_path / f"{rounds}.journal", tmp_path / f"{rounds}.orders"
        spans = growing_spans(rng, 0.01, 0.15)
        while not run_and_kill(lambda p=path, o=orders: go_on_outside(p, o), next(spans)):
            kills += 1
        with open_reader(path) as reader:
            decided = [r.event.order.client_order_id for r in reader.read_kind(OrderRequested)]
            never_left = {r.event.client_order_id for r in reader.read_kind(OrderRejected)}
            reducer = make_reducer()
            replay(reader.read(), reducer)
        sent = [json.loads(line)["id"] for line in orders.read_text().splitlines()]
        assert len(decided) > 50
        assert sent == [one for one in decided if one not in never_left]
        assert len(set(sent)) == len(sent)
        assert "reconciliation" not in reducer.state.book.breakers
        assert reducer.state.book.open_orders == {}
        assert reducer.state.book.fills_seen == len(sent)
