"""What the driver keeps of a broker outside of the process, beside the book: what has not been answered.

Nothing is ever sent a second time. A submission without an answer is unknown until the broker has been asked
by its client order id; a cancel that failed is repeated once the broker has said that the order still stands.
The broker is asked how everything stands at the start, at intervals, and whenever a line broke.
"""

import time
from collections.abc import Container, Iterable, Sequence
from typing import Protocol

import msgspec

from tradewind.core.accounts import AccountSnapshot, CashMoved
from tradewind.core.book import PositionKey, key_of
from tradewind.core.decisions import CancelRequested, OrderRequested
from tradewind.core.events import AnyEvent, FeedStatus
from tradewind.core.orders import UNANSWERED, BrokerReport, OrderFilled, OrderRejected, SubmissionUnknown
from tradewind.core.settings import Limit, Settings
from tradewind.engine.cash import differences
from tradewind.engine.coin_fees import coins_owed
from tradewind.engine.driver.mailbox import Question, Reported, Told
from tradewind.engine.driver.outbox import Outbox
from tradewind.engine.driver.thread_outbox import unknown
from tradewind.engine.driver.told_before import ENDS, ToldBefore, without_ended
from tradewind.engine.state import EngineState

ASKED_TWICE = 2
"""An order that a broker does not know so many times in a row never reached it."""
_OVERLAP_NS = 10 * 60 * 10**9
"""How much further back the broker is asked than it was told to: clocks differ, and reports come late."""


class DeskSettings(Settings, frozen=True, kw_only=True):
    """How often a broker outside is asked how everything stands, in seconds."""

    sweep_s: Limit = 60.0
    """Between two questions while all is well; what a stream loses is found by them."""
    again_s: Limit = 5.0
    """Until the next one while something is not known, or an answer failed."""


class Session(Protocol):
    """What the desk looks at of the driver."""

    def state(self) -> EngineState:
        """The loop's state."""
        ...

    def session_ns(self) -> int:
        """The session's own time."""
        ...


class BrokerDesk:
    """Follows what was sent, asks, and says what of the answers the loop should hear.

    Over a venue inside the process it has nothing to do: everything is news, and nothing is ever open.
    """

    def __init__(
        self,
        outbox: Outbox,
        session: Session,
        told_before: ToldBefore | None = None,
        settings: DeskSettings | None = None,
    ) -> None:
        self._outbox, self._session = outbox, session
        self._told_before = told_before or ToldBefore()
        self._settings = settings or DeskSettings()
        self._unknown: dict[str, int] = {}
        self._uncanceled: dict[str, CancelRequested] = {}
        self._asking = False
        self._next_s = time.monotonic() + self._settings.sweep_s
        self._fills_meanwhile: set[str] = set()
        self._differed = False
        self._lost = ""
        self._holders: dict[str, PositionKey] = {}
        self.reconciled = not outbox.external
        """Whether the broker has said how everything stands since this process began."""

    # What comes --------------------------------------------------------------------------------

    def take(self, item: Reported) -> list[AnyEvent]:
        """What the loop should hear of an item, in order; each is looked at again just before it does."""
        if item.told is not None:
            return self._answer(item, item.told)
        if item.effect is None:
            return _events(item.reports)
        client_id = _id_of(item.effect)
        self._outbox.answered(client_id)
        if not item.error:
            return _events(item.reports)
        self._soon()
        state = self._session.state().book.open_orders.get(client_id)
        if isinstance(item.effect, CancelRequested):
            self._uncanceled[client_id] = item.effect
            return []
        if not isinstance(state, UNANSWERED):
            return []
        self._unknown[client_id] = 0
        return [unknown(state.order, self._session.session_ns(), item.error)]

    def line_back(self, reason: str) -> list[AnyEvent]:
        """The broker's stream broke and stands again: ask what it said meanwhile."""
        self._soon(now=True)
        return [self._status("lost", reason), self._status("connected", "asked for what came meanwhile")]

    def is_news(self, event: AnyEvent) -> bool:
        """Whether the loop should hear it now, after all that it heard before; asked once for each."""
        if not self._outbox.external:
            return True
        if isinstance(event, AccountSnapshot):
            return self._is_of_this_moment(event)
        if isinstance(event, CashMoved):
            return event.reference not in self._session.state().seen_cash
        if not isinstance(event, BrokerReport):
            return True
        if not self._told_before.is_news(self._session.state(), event):
            return False
        self._outbox.heard(event)
        self._told_before.heard(event)
        if isinstance(event, OrderFilled) and event.fee_currency:
            self._note_holder(event)
        if not isinstance(event, SubmissionUnknown):
            self._unknown.pop(event.client_order_id, None)
        if isinstance(event, OrderFilled) and self._asking:
            self._fills_meanwhile.add(event.trade_id)
        return True

    def follows(self, event: AnyEvent) -> list[AnyEvent]:
        """What an event that was just taken brings with it: coins of a position for a fee taken in them."""
        key = self._holders.pop(event.trade_id, None) if isinstance(event, OrderFilled) else None
        if key is None or not isinstance(event, OrderFilled):
            return []
        paid = coins_owed(self._session.state().book, key, event.ts_event, f"coins-{event.trade_id}")
        return [] if paid is None else [paid]

    def owed(self) -> list[AnyEvent]:
        """After a crash between a fill and what follows it: coins that positions owe for their fees."""
        book, now_ns = self._session.state().book, self._session.session_ns()
        owed = (coins_owed(book, key, now_ns, f"coins-{key.strategy}-{now_ns}") for key in book.positions)
        return [one for one in owed if one is not None]

    def _note_holder(self, fill: OrderFilled) -> None:
        state = self._session.state()
        client_id = fill.client_order_id
        order = state.book.open_orders.get(client_id) or state.ended_short.get(client_id)
        if order is not None:
            self._holders[fill.trade_id] = key_of(order.order)

    # What is asked -----------------------------------------------------------------------------

    def overdue(self, now_s: float, ts_ns: int) -> Sequence[AnyEvent]:
        """Submissions that nobody answered in time; the broker is asked about them."""
        late = self._outbox.overdue(now_s, ts_ns)
        for report in late:
            self._unknown[report.client_order_id] = 0
            self._soon(now=True)
        return late

    def wants_to_ask(self, now_s: float) -> bool:
        """Whether it is time for a question, and none is on its way."""
        return self._outbox.external and not self._asking and now_s >= self._next_s

    def ask(self) -> None:
        """Put the question; the answer comes through the mailbox."""
        state = self._session.state()
        told_ns = state.told_ns or state.started_ns
        question = Question(told_ns - _OVERLAP_NS, self._session.session_ns(), tuple(self._unknown))
        self._asking = True
        self._fills_meanwhile = set()
        self._outbox.ask(question)

    def open_questions(self) -> bool:
        """Whether something that was sent is not known to have arrived, or not to."""
        return bool(self._unknown or self._uncanceled) or (self._asking and not self.reconciled)

    def expect(self, orders: Iterable[OrderRequested], cancels: Iterable[CancelRequested]) -> None:
        """After a crash: what was decided and never answered may or may not have left."""
        self._unknown |= {one.order.client_order_id: 0 for one in orders}
        self._uncanceled |= {one.client_order_id: one for one in cancels}
        self._soon(now=True)

    def _soon(self, *, now: bool = False) -> None:
        wait_s = 0.0 if now else self._settings.again_s
        self._next_s = min(self._next_s, time.monotonic() + wait_s)

    # Answers to questions ----------------------------------------------------------------------

    def _answer(self, item: Reported, told: Told) -> list[AnyEvent]:
        self._asking = False
        self._next_s = time.monotonic() + self._settings.sweep_s
        if item.error:
            self._soon()
            if self._lost:
                return []
            self._lost = item.error
            return [self._status("lost", item.error)]
        events: list[AnyEvent] = []
        if self._lost:
            self._lost = ""
            events.append(self._status("connected", ""))
        events += _events(without_ended(item.reports))
        events += self._given_up(told)
        events += told.cash
        if told.account is None:
            self._soon()
        else:
            events.append(self._of_the_session(told.account, told.question.asked_ns))
        self._fills_meanwhile -= {r.trade_id for r in item.reports if isinstance(r, OrderFilled)}
        self._repeat_cancels({r.client_order_id for r in item.reports if isinstance(r, ENDS)})
        if self._unknown:
            self._soon()
        self.reconciled = True
        return events

    def _of_the_session(self, account: AccountSnapshot, asked_ns: int) -> AccountSnapshot:
        """The account at the session's time, without what it holds of instruments of nobody here."""
        ours = self._session.state().book.instruments
        return msgspec.structs.replace(
            account,
            ts_event=self._session.session_ns(),
            told_ns=asked_ns,
            positions={name: lots for name, lots in account.positions.items() if name in ours},
        )

    def _given_up(self, told: Told) -> Iterable[AnyEvent]:
        for client_id in told.never_had:
            if client_id not in self._unknown:
                continue
            self._unknown[client_id] += 1
            if self._unknown[client_id] < ASKED_TWICE:
                continue
            del self._unknown[client_id]
            state = self._session.state().book.open_orders.get(client_id)
            if isinstance(state, UNANSWERED):
                yield OrderRejected(
                    ts_event=self._session.session_ns(),
                    client_order_id=client_id,
                    instrument_id=state.order.instrument_id,
                    account=state.order.account,
                    reason="the broker does not know it: it never arrived",
                )

    def _repeat_cancels(self, ended: Container[str]) -> None:
        """A cancel that failed is sent again while its order is open."""
        again, self._uncanceled = self._uncanceled, {}
        for client_id, effect in again.items():
            if client_id in self._unknown:
                self._uncanceled[client_id] = effect
            elif client_id in self._session.state().book.open_orders and client_id not in ended:
                self._outbox.send(effect)

    def _is_of_this_moment(self, snapshot: AccountSnapshot) -> bool:
        """A fill that the stream brought after the account was looked at is in the book and not in it. What
        differs is looked at twice before it counts: money may be on its way.
        """
        if self._fills_meanwhile:
            self._soon()
            return False
        found = differences(self._session.state().book, snapshot)
        again, self._differed = self._differed, bool(found)
        if found and not again:
            self._soon()
            return False
        return True

    def _status(self, status: str, detail: str) -> FeedStatus:
        now_ns, name = self._session.session_ns(), f"broker {self._outbox.name}"
        return FeedStatus(ts_event=now_ns, feed=name, status=status, detail=detail)


def _id_of(effect: OrderRequested | CancelRequested) -> str:
    return effect.order.client_order_id if isinstance(effect, OrderRequested) else effect.client_order_id


def _events(reports: Iterable[BrokerReport]) -> list[AnyEvent]:
    return list(reports)  # type: ignore[arg-type]  # each is one of the events
