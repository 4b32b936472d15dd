"""The driver's loop: takes events in order, journals each with its decisions, and lets effects out.

A step (an input and all that it led to) is committed whole. A broker *outside* the process is called only
after the step that caused the call is durable. A venue *inside* dies with the process, so its steps are
committed in groups, always where nothing is outstanding: a crash falls back to such a point.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence

from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdopted
from tradewind.core.clock import Clock, WallClock
from tradewind.core.commands import heard
from tradewind.core.decisions import CancelRequested, OrderRequested
from tradewind.core.errors import TradewindError
from tradewind.core.events import AnyEvent, SessionEnded, SessionOpened, Timer
from tradewind.core.forecasts import FactorRow
from tradewind.core.journal_ports import CommandInbox, JournalWriter
from tradewind.core.market import Bar, Event, Quote
from tradewind.core.orders import UNANSWERED, BrokerReport
from tradewind.core.settings import Count, Settings
from tradewind.core.vocabulary import TimerName, Verb
from tradewind.engine.driver.asking import Asking
from tradewind.engine.driver.broker_desk import BrokerDesk, DeskSettings
from tradewind.engine.driver.mailbox import Answered, Came, Closed, Item, LineBack, Mailbox, Reported
from tradewind.engine.driver.outbox import Outbox
from tradewind.engine.driver.snapshots import SessionParts, encode_parts
from tradewind.engine.driver.told_before import ToldBefore
from tradewind.engine.marks import require_usable
from tradewind.engine.reducer import effects_of
from tradewind.engine.state import EngineState

_MARKET = frozenset({Bar, Quote, CorporateAction, CashMoved, PositionAdopted})
"""What a venue inside the process, and the gate beside it, must hear before the loop."""
_MILESTONES = (SessionOpened, SessionEnded)
"""Events after which nothing waits for the group to fill."""
HEAR_EVERY_S = 0.05
"""How often people are listened to while a recorded feed runs at full speed."""
STOPPED = "a person stopped it"


class DriverSettings(Settings, frozen=True, kw_only=True):
    """How the driver runs.

    Attributes
    ----------
    commit_every
        Records after which a group is made durable, at the next point at which all has settled.
    snapshot_every
        Records between snapshots, counted in the chain, so that a restart goes on counting; 0 for none.
    """

    commit_every: Count = 2_000
    snapshot_every: Count = 0
    broker: DeskSettings = DeskSettings()


class Driver:
    """Binds reducer, journal, broker and models into the one loop.

    Parameters
    ----------
    parts
        What the session is made of. Its venue hears the market; None where the broker lives elsewhere.
    outbox
        Where orders leave.
    asking
        How models are asked; None where nothing is forecast.
    clock
        Tells what time it is on a live feed; a recorded feed brings its own time.
    by_the_clock
        The feed is live: between two of its events time goes on by the clock, and never back.
    told_before
        Tells what a broker outside says again.
    """

    def __init__(
        self,
        parts: SessionParts,
        journal: JournalWriter,
        outbox: Outbox,
        *,
        asking: Asking | None = None,
        inbox: CommandInbox | None = None,
        mailbox: Mailbox | None = None,
        clock: Clock | None = None,
        settings: DriverSettings | None = None,
        on_cycle: Callable[[int], None] | None = None,
        by_the_clock: bool = False,
        told_before: ToldBefore | None = None,
    ) -> None:
        self._parts, self._journal, self.outbox = parts, journal, outbox
        self.reducer, self._venue = parts.reducer, parts.venue
        self._asking, self.inbox = asking, inbox
        self.mailbox = mailbox or Mailbox()
        self.clock = clock or WallClock()
        self.settings = settings or DriverSettings()
        self.on_cycle = on_cycle
        self.cursor, self.schedule = parts.cursor, parts.schedule
        self._committed_to = journal.next_seq
        self._snapshot_at = parts.snapshot_at
        self._said: deque[AnyEvent] = deque()
        self._rows: list[FactorRow] = []
        self.desk = BrokerDesk(outbox, self, told_before, self.settings.broker)
        self._deciding_ns = 0
        self._heard_s = 0.0
        self.gather_ns = parts.cycles.gather_ns
        self.by_the_clock = by_the_clock
        # Without snapshots a restart learns from the records what was taken of each series.
        self._keeps_cursor = self.settings.snapshot_every > 0
        self.stopped = False
        self.ended = False
        self.why_stopped = STOPPED

    # What comes in through the mailbox ---------------------------------------------------------

    def on_item(self, item: Item) -> None:
        """One item out of the mailbox, and everything that follows from it at once."""
        match item:
            case Came():
                self.take(item.event)
            case Answered():
                said = self._asking.take(item) if self._asking is not None else None
                for one in said or ():
                    self.step(one)
                self._decide_if_ready()
            case Reported():
                self._said.extend(self.desk.take(item))
            case LineBack():
                self._said.extend(self.desk.line_back(item.reason))
            case Closed():
                self._close(item)
        self.settle()

    def _close(self, item: Closed) -> None:
        """The feed is over; an error of its own is raised once everything before it is durable."""
        self.stopped = True
        if item.error is not None:
            self.settle()
            self.commit()
            raise item.error

    def meet_deadlines(self, ts_ns: int) -> None:
        """Make events of the answers of models and brokers that did not come in time."""
        now_s = time.monotonic()
        if self._asking is not None and self.is_deciding():
            for failure in self._asking.overdue(now_s):
                self.step(failure)
            self._decide_if_ready()
        self._said.extend(self.desk.overdue(now_s, ts_ns))
        self.settle()
        if self.desk.wants_to_ask(now_s):
            self.commit()
            self.desk.ask()

    # One event ---------------------------------------------------------------------------------

    def take(self, event: AnyEvent) -> None:
        """One event from a feed, with what a venue inside the process makes of it."""
        if self._keeps_cursor:
            self.cursor.note(event)
        else:
            self.cursor.move(event)
        self.schedule.note(event, self._parts.cycles)
        if (
            self._venue is not None
            and type(event) in _MARKET
            and (not self.reducer.state.book.open_orders or self._is_usable(event))
        ):
            # What a bar does to resting orders happened before its close, so it is heard first.
            for report in self._venue.on_market(event):
                self.step(report)  # type: ignore[arg-type]
        self.step(event)

    def step(self, event: AnyEvent) -> None:
        """Journal an input and all that it led to, and let its effects out."""
        cause = self._journal.append(event)
        decisions = self.reducer.step(event)
        if not decisions:
            return
        append = self._journal.append
        for decision in decisions:
            append(decision, cause)
            if type(decision) is FactorRow:
                self._rows.append(decision)
        effects = effects_of(decisions)
        if effects:
            if self.outbox.external:
                self.commit()
            for effect in effects:
                self._said.extend(self.outbox.send(effect))  # type: ignore[arg-type]

    def stop(self, why: str) -> None:
        """End in good order at the next chance; for signals too, so nothing is done here."""
        self.stopped, self.why_stopped = True, why

    def commit(self) -> None:
        """Make all that was taken so far durable."""
        self._journal.commit()
        self._committed_to = self._journal.next_seq

    def end(self, reason: str) -> None:
        """The session's last record."""
        self.settle()
        self.step(SessionEnded(ts_event=self.session_ns(), reason=reason))
        self.commit()
        self.ended = True

    def reconcile(self, reported: Sequence[BrokerReport], unanswered: Sequence[OrderRequested]) -> None:
        """After a crash, with a venue that died too: what it reports as rebuilt, then what it never answered.

        It knows a repeated order by its id, so that an order is neither lost nor doubled.
        """
        self._said.extend(reported)  # type: ignore[arg-type]
        self.settle()
        for requested in unanswered:
            if isinstance(self.state().book.open_orders.get(requested.order.client_order_id), UNANSWERED):
                self._said.extend(self.outbox.send(requested))  # type: ignore[arg-type]
        self.wait_for_all()
        self.commit()

    def ask_broker(
        self, unanswered: Sequence[OrderRequested] = (), uncanceled: Sequence[CancelRequested] = ()
    ) -> None:
        """At the start: ask a broker outside until it has said how everything stands, or a person stops.

        What was decided before a crash and never answered is asked for by name and never sent again.
        """
        self._said.extend(self.desk.owed())
        self.settle()
        self.desk.expect(unanswered, uncanceled)
        while not self.stopped and not (self.desk.reconciled and not self.desk.open_questions()):
            self.meet_deadlines(self.session_ns())
            item = self.mailbox.get(HEAR_EVERY_S)
            if item is not None:
                self.on_item(item)
            self.hear(force=False)
        self.commit()

    def reopen(self) -> None:
        """Go on with a session that a person stopped."""
        self.step(SessionOpened(ts_event=self.session_ns()))

    def _is_usable(self, event: Event) -> bool:
        """A bar that the reducer will refuse by name must not fill an order either."""
        if not isinstance(event, Bar | Quote):
            return True
        try:
            require_usable(self.reducer.state.book.instruments, event)
        except TradewindError:
            return False
        return True

    def settle(self) -> None:
        """Take what brokers reported, until nothing waits."""
        while self._said:
            event = self._said.popleft()
            if self.desk.is_news(event):
                if type(event) is CashMoved and self._venue is not None:
                    self._venue.on_market(event)  # the gate beside a broker outside keeps account of it
                self.step(event)
                self._said.extendleft(self.desk.follows(event))

    def wait_for_all(self) -> None:
        """Until models and broker have answered, or their deadlines have."""
        self.settle()
        while self.outbox.waiting() or self.is_deciding() or self.desk.open_questions():
            item = self.mailbox.get(HEAR_EVERY_S)
            if item is not None:
                self.on_item(item)
            self.meet_deadlines(self.session_ns())
            self.hear(force=False)

    # Time --------------------------------------------------------------------------------------

    def state(self) -> EngineState:
        """The loop's state."""
        return self.reducer.state

    def session_ns(self) -> int:
        """The session's own time: of what it last took, or by the clock where the feed is live."""
        taken = self.reducer.state.book.now_ns
        return max(taken, self.clock.now_ns()) if self.by_the_clock else taken

    def fire_timers(self, now_ns: int) -> None:
        """Timers that were asked for, in order; one that asks for itself again comes only later."""
        last = (-1, "", "")
        timers = self.reducer.state.timers
        while timers:
            waiting = [(t.at_ns, t.owner, t.name) for t in timers.values() if t.at_ns <= now_ns]
            last = min((key for key in waiting if key > last), default=(-1, "", ""))
            if last[0] < 0:
                return
            self.step(Timer(ts_event=last[0], owner=last[1], name=last[2]))
            self.settle()

    def cycle(self, now_ns: int) -> None:
        """Factor rows are computed, the account is marked, and models are asked about the rows."""
        timer = Timer(ts_event=now_ns, name=TimerName.CYCLE)
        self.schedule.note(timer, self._parts.cycles)
        self.step(timer)
        self.settle()
        if self.on_cycle is not None:
            self.on_cycle(now_ns)
        rows, self._rows = self._rows, []
        if self._asking is None or not self.reducer.state.opened:
            return
        said = self._asking.ask(now_ns, rows)
        self._deciding_ns = now_ns
        if said is None:
            return
        if not rows and not said:
            self._deciding_ns = 0
            return
        for one in said:
            self.step(one)
        self._decide_if_ready()

    def is_deciding(self) -> bool:
        """Whether models have been asked and it is not decided."""
        return self._deciding_ns > 0

    def _decide_if_ready(self) -> None:
        """All that can be known of the moment is known: decide."""
        if not self._deciding_ns or self._asking is None or self._asking.waiting():
            return
        now_ns, self._deciding_ns = self._deciding_ns, 0
        self.step(Timer(ts_event=now_ns, name=TimerName.DECIDE))
        self.settle()

    # People ------------------------------------------------------------------------------------

    def hear(self, *, force: bool) -> None:
        """Take what people asked for: stamped with the session's time, durable, only then acknowledged."""
        if self.inbox is None:
            return
        now_s = time.monotonic()
        if not force and now_s - self._heard_s < HEAR_EVERY_S:
            return
        self._heard_s = now_s
        for entry, sent in self.inbox.take():
            command = heard(sent, entry, self.session_ns())
            seq = self._journal.next_seq
            self.step(command)
            self.settle()
            self.commit()
            self.inbox.acknowledge(entry, seq)
            self.stopped = self.stopped or command.verb == Verb.STOP

    # Durability --------------------------------------------------------------------------------

    def all_settled(self) -> bool:
        """Whether nothing is outstanding: no report, no effect, no answer."""
        if self._said or self._deciding_ns:
            return False
        return not (self.outbox.external and self.outbox.waiting())

    def keep_up(self, event: AnyEvent | None) -> None:
        """Commit and keep a snapshot where it is time and nothing is outstanding."""
        seq, every = self._journal.next_seq, self.settings.snapshot_every
        snapshot_is_due = every and seq - self._snapshot_at >= every and self._models_rest()
        commit_is_due = seq - self._committed_to >= self.settings.commit_every or type(event) in _MILESTONES
        if not (snapshot_is_due or commit_is_due) or not self.all_settled():
            return
        if snapshot_is_due:
            self._save_snapshot()
        else:
            self.commit()

    def _models_rest(self) -> bool:
        """A model that is late for a cycle may still be taking in its rows."""
        return self._asking is None or self._asking.at_rest()

    def _save_snapshot(self) -> None:
        """In one commit with the records that it follows: a crash leaves both or neither."""
        self._journal.save_snapshot(self.session_ns(), encode_parts(self._parts))
        self.commit()
        self._snapshot_at = self._journal.next_seq
