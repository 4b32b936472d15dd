"""A broker outside of the process: late, twice, out of order, silent, and differing from the book."""

import threading
import time
from collections.abc import Sequence

import msgspec
import pytest
from engine_parts import (
    CASH_E8,
    COIN,
    START_NS,
    STOCK,
    OpenGate,
    QuietBoard,
    external_start,
    run_whole,
    whole_feed,
)
from outside_broker import OutsideBroker

from tradewind.app.session.closed_trades import closed_trades
from tradewind.core.accounts import AccountSnapshot, CashMoved, TradeClosed
from tradewind.core.book import Book
from tradewind.core.decisions import BreakerTripped, CancelRequested, OrderRequested
from tradewind.core.errors import BrokerError
from tradewind.core.events import AnyEvent, FeedStatus, SessionOpened, Timer
from tradewind.core.market import Bar, Event
from tradewind.core.orders import (
    BrokerReport,
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderType,
    Side,
)
from tradewind.core.timestamps import NS_PER_MINUTE
from tradewind.core.vocabulary import CashReason
from tradewind.engine.actions import enter_order
from tradewind.engine.cash import differences
from tradewind.engine.driver.broker_desk import DeskSettings
from tradewind.engine.driver.loop import Driver, DriverSettings
from tradewind.engine.driver.mailbox import LineBack, Mailbox, Reported
from tradewind.engine.driver.recovery import recover
from tradewind.engine.driver.snapshots import SessionParts
from tradewind.engine.driver.thread_outbox import ThreadOutbox
from tradewind.engine.driver.told_before import ToldBefore
from tradewind.engine.reducer import Reducer
from tradewind.journal.memory import MemoryJournal
from tradewind.views.session.view import SessionView

QUICK = DriverSettings(broker=DeskSettings(sweep_s=3.0, again_s=0.01))
LIMIT = OrderType.LIMIT


class ByHand:
    """A strategy that sends what a timer's name says: ``buy 10``, ``limit 10``, ``cancel ID``."""

    name = "flipper"
    made = 0

    def on_event(self, event: AnyEvent, book: Book) -> Sequence[Event]:
        if not isinstance(event, Timer) or event.owner != self.name:
            return ()
        what, _, rest = event.name.partition(" ")
        if what == "cancel":
            return (
                CancelRequested(
                    ts_event=event.ts_event, client_order_id=rest, instrument_id=STOCK.id, reason="asked"
                ),
            )
        self.made += 1
        order = Order(
            client_order_id=f"o{self.made}", decision_id=f"d{self.made}", strategy=self.name,
            instrument_id=STOCK.id, side=Side.BUY, quantity_lots=int(rest), ts_decided=event.ts_event,
            order_type=LIMIT if what == "limit" else OrderType.MARKET,
            limit_price_ticks=10_000 if what == "limit" else None,
        )  # fmt: skip
        return (OrderRequested(ts_event=event.ts_event, order=order),)

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self.made)

    def restore(self, state: bytes) -> None:
        self.made = msgspec.msgpack.decode(state)


class Desk:
    """A session at the made-up broker, moved by hand."""

    def __init__(self, broker: OutsideBroker | None = None, journal: MemoryJournal | None = None) -> None:
        self.broker = broker or OutsideBroker({STOCK.id: STOCK, COIN.id: COIN}, CASH_E8)
        self.journal = journal or MemoryJournal()
        self.mailbox = Mailbox()
        self.parts = SessionParts(
            Reducer([ByHand()], OpenGate(), QuietBoard(), lambda decision, book: ())  # type: ignore[arg-type]
        )
        self.found = recover(self.journal, self.parts)
        self.driver = Driver(
            self.parts,
            self.journal,
            ThreadOutbox(self.broker, self.mailbox, 5.0, time.monotonic),
            mailbox=self.mailbox,
            settings=QUICK,
            told_before=ToldBefore(
                lambda: [r.event.trade_id for r in self.journal.read_kind(OrderFilled)],  # type: ignore[union-attr]
                lambda: [r.event.order.client_order_id for r in self.journal.read_kind(OrderRequested)],  # type: ignore[union-attr]
            ),
        )
        if not self.found.last_seq:
            self.driver.take(external_start())
            self.driver.take(
                Bar(ts_event=START_NS, instrument_id=STOCK.id, open=100.0, high=100.0, low=100.0, close=100.0,
                    volume=1.0, warmup=True)
            )  # fmt: skip
            self.driver.take(SessionOpened(ts_event=START_NS))
            self.at_ns = START_NS
        else:
            self.at_ns = self.book.now_ns

    def hand(self, what: str) -> None:
        """A person's order through the strategy, and what comes of it at once."""
        self.at_ns += NS_PER_MINUTE
        self.driver.step(Timer(ts_event=self.at_ns, owner="flipper", name=what))
        self.driver.wait_for_all()

    def says(self, *reports: BrokerReport) -> None:
        """What the broker says by itself."""
        self.driver.on_item(Reported(list(reports)))

    def asks(self, times: int = 1) -> None:
        """So many questions and their answers, at once."""
        for _ in range(times):
            self.driver.desk.expect((), ())
            asked = self.count("reconcile")
            self.until(lambda asked=asked: self.count("reconcile") > asked)  # type: ignore[misc]
            self.until(lambda: not self.driver.desk._asking)

    def until(self, true: object) -> None:
        deadline = time.monotonic() + 10.0
        while not true():  # type: ignore[operator]
            assert time.monotonic() < deadline, "it did not happen"
            self.driver.meet_deadlines(self.driver.session_ns())
            item = self.mailbox.get(0.01)
            if item is not None:
                self.driver.on_item(item)

    def count(self, call: str) -> int:
        return len([1 for name, _ in self.broker.calls if name == call])

    @property
    def book(self) -> Book:
        return self.parts.reducer.state.book

    @property
    def halted(self) -> str:
        trips = self.events(BreakerTripped)
        return trips[-1].reason if trips else ""  # type: ignore[union-attr]

    def events(self, *kinds: type) -> list[Event]:
        self.driver.commit()
        return [record.event for record in self.journal.read_kind(*kinds)]

    def assert_equal_to_the_broker(self) -> None:
        assert self.book.net_lots.get(STOCK.id, 0) == self.broker.positions.get(STOCK.id, 0)
        assert self.book.accounts["main"]["USD"].cash_e8 == self.broker.cash_e8


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_what_is_told_by_stream_and_by_question_is_booked_once_and_recorded_once(desk: Desk) -> None:
    desk.hand("buy 10")
    desk.says(*desk.broker.said["o1"], *desk.broker.said["o1"])
    desk.asks(3)
    assert len(desk.events(OrderFilled)) == len(desk.events(OrderAccepted)) == 1
    desk.assert_equal_to_the_broker()
    assert not desk.halted


def test_an_old_fill_told_again_after_ten_thousand_others_changes_nothing(desk: Desk) -> None:
    desk.hand("buy 1")
    (first,) = desk.events(OrderFilled)
    for _ in range(10_050):
        desk.at_ns += 1
        desk.driver.step(Timer(ts_event=desk.at_ns, owner="flipper", name="buy 1"))
    desk.driver.wait_for_all()
    assert first.trade_id not in desk.parts.reducer.state.seen_trades  # type: ignore[union-attr]
    desk.driver.commit()
    before, records = desk.book.net_lots[STOCK.id], desk.journal.last_seq()
    desk.says(first)  # type: ignore[arg-type]
    desk.asks()
    assert desk.book.net_lots[STOCK.id] == before == 10_051
    assert not desk.halted
    kinds = {type(record.event) for record in desk.journal.read(records + 1)}
    assert kinds <= {AccountSnapshot}
    desk.assert_equal_to_the_broker()


def test_a_fill_that_the_stream_brings_after_the_end_of_its_order_is_booked(desk: Desk) -> None:
    desk.hand("limit 10")
    fill = desk.broker.fill("o1", 4)
    desk.broker.end("o1")
    desk.says(desk.broker.said["o1"][-1])
    assert not desk.book.open_orders
    desk.says(fill)
    desk.asks()
    assert not desk.halted
    assert desk.book.net_lots == {STOCK.id: 4}
    desk.assert_equal_to_the_broker()


def test_more_than_was_left_of_an_ended_order_halts_entries(desk: Desk) -> None:
    desk.hand("limit 10")
    desk.says(OrderCanceled(ts_event=START_NS, client_order_id="o1", instrument_id=STOCK.id))
    desk.says(
        OrderFilled(
            ts_event=START_NS, client_order_id="o1", instrument_id=STOCK.id, trade_id="odd", side=Side.BUY,
            quantity_lots=11, price_ticks=10_000,
        )
    )  # fmt: skip
    assert "11 lots do not fit the 10" in desk.halted
    assert not desk.book.net_lots


def test_an_order_that_never_arrived_is_given_up_after_two_questions_and_not_sent_again(desk: Desk) -> None:
    desk.broker.loses = {"o1"}
    desk.hand("buy 10")
    (rejected,) = desk.events(OrderRejected)
    assert "never arrived" in rejected.reason  # type: ignore[union-attr]
    assert desk.count("submit") == 1
    assert desk.count("knows") == 2
    assert not desk.halted


def test_an_order_that_was_given_up_and_turns_up_after_all_is_taken_off_the_broker_s_book(desk: Desk) -> None:
    desk.broker.loses = {"o1"}
    desk.hand("limit 10")
    order = next(e.order for e in desk.events(OrderRequested))  # type: ignore[union-attr]
    desk.broker.orders["o1"] = order
    desk.broker.said["o1"] = [OrderAccepted(**desk.broker.about(order))]
    desk.asks(2)
    assert ("cancel", "o1") in desk.broker.calls
    assert isinstance(desk.broker.said["o1"][-1], OrderCanceled)
    assert not desk.halted


def test_a_cancel_whose_line_broke_is_sent_again_until_it_is_answered(desk: Desk) -> None:
    desk.hand("limit 10")
    desk.broker.breaks_on = {"cancel"}
    desk.driver.step(Timer(ts_event=desk.at_ns + 1, owner="flipper", name="cancel o1"))
    desk.until(lambda: desk.count("cancel") >= 3)
    assert desk.book.open_orders
    desk.broker.breaks_on = set()
    desk.until(lambda: not desk.book.open_orders)
    assert len(desk.events(CancelRequested)) == 1
    assert not desk.halted


def test_after_a_crash_orders_are_asked_for_by_name_cancels_sent_again_and_nothing_is_sent_twice(
    desk: Desk,
) -> None:
    desk.hand("limit 10")
    desk.hand("limit 20")
    # The process dies once the records are durable, before anything of them leaves.
    desk.driver.outbox.send = lambda effect: ()  # type: ignore[method-assign]
    for number, what in enumerate(("cancel o1", "buy 5", "buy 6")):
        desk.driver.step(Timer(ts_event=desk.at_ns + number, owner="flipper", name=what))
    arrived = next(s.order for s in desk.book.open_orders.values() if s.order.quantity_lots == 5)
    desk.broker.submit(arrived)
    desk.broker.calls.clear()
    again = Desk(desk.broker, desk.journal)
    assert {one.order.quantity_lots for one in again.found.unanswered} == {5, 6}
    again.driver.ask_broker(again.found.unanswered, again.found.uncanceled)
    again.until(lambda: "o1" not in again.book.open_orders)
    assert again.count("submit") == 0
    assert list(again.book.open_orders) == ["o2"]
    assert again.book.net_lots == {STOCK.id: 5}
    assert [e.client_order_id for e in again.events(OrderRejected)] == ["o4"]  # type: ignore[union-attr]
    assert not again.halted
    again.assert_equal_to_the_broker()


def test_an_account_that_differs_twice_halts_entries_and_says_where(desk: Desk) -> None:
    desk.hand("buy 10")
    desk.broker.positions[STOCK.id] += 3
    desk.broker.cash_e8 -= 500 * 10**8
    desk.until(lambda: bool(desk.halted))
    assert "AAPL.XNAS: the broker holds 13 lots, the book 10" in desk.halted
    assert "USD: the broker has" in desk.halted
    assert len(desk.events(AccountSnapshot)) == 1


def test_cash_within_the_broker_s_own_rounding_is_no_difference(desk: Desk) -> None:
    snapshot = AccountSnapshot(
        ts_event=desk.at_ns, account="main", cash_e8={"USD": CASH_E8 + 900_000}, cash_tolerance_e8=1_000_000
    )
    desk.driver.step(snapshot)
    assert not desk.halted
    desk.driver.step(msgspec.structs.replace(snapshot, cash_e8={"USD": CASH_E8 + 1_100_000}))
    assert "USD: the broker has" in desk.halted


def test_what_the_account_holds_of_other_instruments_is_no_difference(desk: Desk) -> None:
    desk.broker.positions["XYZ.ELSEWHERE"] = 7
    desk.hand("buy 10")
    desk.asks(3)
    assert not desk.halted
    words = [event.positions for event in desk.events(AccountSnapshot)]  # type: ignore[union-attr]
    assert words[-1] == {STOCK.id: 10}


def test_a_difference_that_is_gone_at_the_second_look_is_none(desk: Desk) -> None:
    desk.hand("buy 10")
    desk.broker.cash_e8 += 10**8
    desk.asks()
    desk.broker.cash_e8 -= 10**8
    desk.asks(2)
    assert not desk.halted


def test_a_fill_that_comes_between_the_broker_s_word_and_ours_is_no_difference(desk: Desk) -> None:
    desk.hand("limit 10")
    desk.driver.desk.expect((), ())
    desk.driver.meet_deadlines(desk.at_ns)  # the question leaves
    deadline = time.monotonic() + 5
    while desk.mailbox.empty():
        assert time.monotonic() < deadline
        time.sleep(0.001)
    answer = desk.mailbox.get(0.0)
    assert answer is not None
    desk.says(desk.broker.fill("o1", 10))  # it overtakes the answer that was on its way
    desk.driver.on_item(answer)
    assert not desk.events(AccountSnapshot)
    desk.asks(2)
    assert desk.events(AccountSnapshot)
    assert not desk.halted
    desk.assert_equal_to_the_broker()


def test_the_broker_is_asked_from_where_it_was_last_told_and_not_from_the_first_moment(desk: Desk) -> None:
    for _ in range(30):
        desk.hand("buy 1")
    desk.asks()
    desk.driver.commit()
    told_ns = desk.parts.reducer.state.told_ns
    assert told_ns > START_NS + 20 * NS_PER_MINUTE
    again = Desk(desk.broker, desk.journal)
    desk.broker.calls.clear()
    again.driver.ask_broker()
    (since,) = [what for call, what in desk.broker.calls if call == "reconcile"]
    assert since == told_ns - 10 * NS_PER_MINUTE


def test_cash_that_moved_by_itself_is_booked_once_by_its_reference(desk: Desk) -> None:
    desk.broker.moved.append(
        CashMoved(
            ts_event=START_NS, account="main", currency="USD", amount_e8=5 * 10**8,
            reason=CashReason.DEPOSIT, reference="wire-1",
        )
    )  # fmt: skip
    desk.broker.cash_e8 += 5 * 10**8
    desk.asks(3)
    desk.assert_equal_to_the_broker()
    assert len(desk.events(CashMoved)) == 1
    assert not desk.halted


def test_a_stream_that_broke_is_told_and_what_it_said_meanwhile_is_asked_for(desk: Desk) -> None:
    desk.hand("limit 10")
    desk.broker.fill("o1", 10)
    desk.driver.on_item(LineBack("the socket closed"))
    desk.until(lambda: bool(desk.events(OrderFilled)))
    said = [(e.feed, e.status) for e in desk.events(FeedStatus)]  # type: ignore[union-attr]
    assert said == [("broker outside", "lost"), ("broker outside", "connected")]


def test_a_broker_that_cannot_be_asked_is_told_once_and_asked_until_it_answers(desk: Desk) -> None:
    desk.broker.breaks_on = {"reconcile"}
    helper = threading.Timer(0.3, desk.broker.breaks_on.clear)
    helper.start()
    desk.driver.ask_broker()
    assert desk.count("reconcile") > 2
    assert [e.status for e in desk.events(FeedStatus)] == ["lost", "connected"]  # type: ignore[union-attr]


def test_a_fault_of_an_adapter_ends_the_session_by_name_and_loses_no_record(desk: Desk) -> None:
    desk.broker.account = lambda: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    desk.hand("buy 1")
    with pytest.raises(BrokerError, match="The broker outside failed by itself: ZeroDivisionError"):
        desk.driver.ask_broker()
    assert desk.events(OrderFilled)


def test_an_order_from_elsewhere_halts_entries_and_names_it(desk: Desk) -> None:
    stranger = Order(
        client_order_id="by-hand", decision_id="", strategy="", instrument_id=STOCK.id, side=Side.BUY,
        quantity_lots=3,
    )  # fmt: skip
    desk.broker.submit(stranger)
    desk.asks()
    assert "by-hand" in desk.halted


def test_a_fee_taken_in_the_coins_that_were_bought_leaves_what_the_exchange_has_and_can_be_sold(
    desk: Desk,
) -> None:
    """Of 1 coin 0.00123 are kept back: 0.9987 are held in lots of 0.0001, and 0.00007 as dust."""
    desk.driver.take(
        Bar(ts_event=desk.at_ns, instrument_id=COIN.id, open=100.0, high=100.0, low=100.0, close=100.0,
            volume=1.0)
    )  # fmt: skip

    def trade(name: str, side: Side, lots: int, fee_e8: int, currency: str) -> None:
        order = Order(client_order_id=name, decision_id=name, strategy="flipper", instrument_id=COIN.id,
                      side=side, quantity_lots=lots)  # fmt: skip
        enter_order(desk.parts.reducer.state, order)
        desk.journal.append(OrderRequested(ts_event=desk.at_ns, order=order), desk.journal.next_seq - 1)
        desk.says(
            OrderFilled(
                ts_event=desk.at_ns, client_order_id=name, instrument_id=COIN.id, trade_id=f"t-{name}",
                side=side, quantity_lots=lots, price_ticks=10_000, commission_e8=fee_e8,
                fee_currency=currency,
            )
        )  # fmt: skip

    follows = desk.driver.desk.follows
    desk.driver.desk.follows = lambda event: []  # type: ignore[method-assign]  # a crash comes in between
    trade("in", Side.BUY, 10_000, 123_000, "BTC")
    desk.driver.desk.follows = follows  # type: ignore[method-assign]
    assert desk.book.net_lots == {COIN.id: 10_000}
    for owed in desk.driver.desk.owed():
        desk.driver.step(owed)
    assert desk.driver.desk.owed() == []
    trade("again", Side.BUY, 10_000, 0, "")
    trade("back", Side.SELL, 10_000, 0, "")
    ledgers = desk.book.accounts["main"]
    assert desk.book.net_lots == {COIN.id: 9_987}
    assert ledgers["BTC"].cash_e8 == 7_000
    account = AccountSnapshot(
        ts_event=desk.at_ns, account="main", positions={COIN.id: 9_987},
        cash_e8={"USD": CASH_E8 - 100 * 10**8, "BTC": 7_000},
    )  # fmt: skip
    assert differences(desk.book, account) == []
    desk.driver.commit()
    view = SessionView()
    view.apply_all(desk.journal.read())
    (row,) = view.changes().positions
    assert row.quantity == "0.9987"
    assert desk.book.equity_e8 == CASH_E8 - 12_300_000  # 0.00123 coins at 100
    trade("more", Side.BUY, 100, 250, "BTC")  # the dust pays for it
    assert (desk.book.net_lots, ledgers["BTC"].cash_e8) == ({COIN.id: 10_087}, 6_750)
    trade("out", Side.SELL, 10_087, 0, "")
    assert desk.book.net_lots == {}
    desk.driver.commit()
    (traded,) = closed_trades(desk.journal)
    assert (traded.quantity, traded.fills, traded.entry_price) == ("1.9987", 5, 100.0)
    (closed,) = desk.events(TradeClosed)
    assert closed.profit_e8 == pytest.approx(-12_300_000, abs=700_000)  # type: ignore[union-attr]
    assert not desk.halted
    paid = [event for event in desk.events(CashMoved) if event.reason is CashReason.COINS]  # type: ignore[union-attr]
    assert [event.amount_e8 for event in paid] == [130_000]  # type: ignore[union-attr]


def test_a_session_in_the_process_keeps_nothing_of_ended_orders() -> None:
    """What a session on the simulated venue remembers does not grow by what only a broker outside needs."""
    journal = MemoryJournal()
    driver = run_whole(journal, whole_feed(30))
    assert list(journal.read_kind(OrderFilled))
    assert not driver.reducer.state.ended_short
