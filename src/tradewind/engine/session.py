"""The driver: takes events in order, journals each with its decisions, and lets effects out when they may.

A step (an input and all that it led to) is committed whole. An *external* broker, whose effects outlive
this process, is called only after the step that caused the call is durable. A venue that lives inside the
process dies with it, so its steps may be committed in groups: between groups everything has settled, and a
crash falls back to such a point.
"""

from collections import deque
from collections.abc import Iterable

from tradewind.core.decisions import OrderRequested
from tradewind.core.events import AnyEvent, SessionEnded, SessionOpened, Timer
from tradewind.core.forecasts import FactorRow
from tradewind.core.market import Bar, Event, Quote
from tradewind.core.orders import BrokerReport, Pending
from tradewind.core.ports import Broker, JournalWriter, ModelHost
from tradewind.core.vocabulary import TimerName
from tradewind.engine.recovery import Recovered
from tradewind.engine.reducer import Reducer, effects_of

_MILESTONES = (SessionOpened, SessionEnded)
"""Events after which nothing waits for the group to fill."""


class Session:
    """Binds reducer, journal, broker and model host into the one loop.

    Parameters
    ----------
    host
        Where models run beside the loop; None where forecasts arrive in the feed (backtests).
    commit_every
        Records after which a group is made durable, at the next point at which all has settled.
    snapshot_every
        Records between snapshots; 0 for none.
    """

    def __init__(
        self,
        reducer: Reducer,
        journal: JournalWriter,
        broker: Broker,
        host: ModelHost | None = None,
        *,
        commit_every: int = 2_000,
        snapshot_every: int = 0,
    ) -> None:
        self._reducer = reducer
        self._journal = journal
        self._broker = broker
        self._host = host
        self._commit_every = commit_every
        self._snapshot_every = snapshot_every
        self._committed_to = journal.next_seq
        self._snapshot_at = journal.next_seq
        self._waiting: deque[AnyEvent] = deque()
        self._rows: list[FactorRow] = []

    def run(self, feed: Iterable[AnyEvent]) -> None:
        """Take the whole feed, oldest first, and make the last group durable."""
        take = self.take
        for event in feed:
            take(event)
        self.commit()

    def take(self, event: AnyEvent) -> None:
        """One event from the feed, and everything that follows from it until all has settled."""
        kind = type(event)
        if kind is Bar or kind is Quote:
            # What a bar does to resting orders happened before its close, so it is heard first.
            for report in self._broker.on_market(event):
                self._step(report)  # type: ignore[arg-type]
        self._step(event)
        if self._waiting:
            self._settle()
        if kind is Timer and self._host is not None and event.name == TimerName.CYCLE:  # type: ignore[union-attr]
            self._forecast(event.ts_event)
        if self._journal.next_seq - self._committed_to >= self._commit_every or kind in _MILESTONES:
            self.commit()
        if self._snapshot_every and self._journal.next_seq - self._snapshot_at >= self._snapshot_every:
            self._save_snapshot()

    def reconcile(self, recovered: Recovered) -> None:
        """After a crash: hear all that the broker reported meanwhile, then send what it never answered.

        Repeated reports change nothing and brokers know a repeated order by its id, so that an order is
        neither lost nor doubled whichever of the two had crossed the wire.
        """
        self._waiting.extend(self._broker.reconcile(recovered.since_ns))  # type: ignore[arg-type]
        self._settle()
        still_open = self._reducer.state.book.open_orders if recovered.unanswered else {}
        for requested in recovered.unanswered:
            if isinstance(still_open.get(requested.order.client_order_id), Pending):
                self._waiting.extend(self._broker.submit(requested.order))  # type: ignore[arg-type]
        self._settle()
        self.commit()

    def commit(self) -> None:
        """Make all that was taken so far durable."""
        self._journal.commit()
        self._committed_to = self._journal.next_seq

    def _step(self, event: AnyEvent) -> None:
        cause = self._journal.append(event)
        decisions = self._reducer.step(event)
        if not decisions:
            return
        append = self._journal.append
        for decision in decisions:
            append(decision, cause)
            if isinstance(decision, FactorRow):
                self._rows.append(decision)
        self._let_out(decisions)

    def _let_out(self, decisions: list[Event]) -> None:
        effects = effects_of(decisions)
        if not effects:
            return
        broker = self._broker
        if broker.external:
            self.commit()
        for effect in effects:
            reports: Iterable[BrokerReport]
            if isinstance(effect, OrderRequested):
                reports = broker.submit(effect.order)
            else:
                reports = broker.cancel(effect.client_order_id)
            self._waiting.extend(reports)  # type: ignore[arg-type]

    def _settle(self) -> None:
        while self._waiting:
            self._step(self._waiting.popleft())

    def _forecast(self, ts_ns: int) -> None:
        """Ask the models about the cycle's rows; what they say comes back as events, then it is decided."""
        rows, self._rows = self._rows, []
        if rows and self._host is not None and self._reducer.state.opened:
            for forecast in self._host.forecasts(rows):
                self._step(forecast)
            self._step(Timer(ts_event=ts_ns, name=TimerName.DECIDE))
            self._settle()

    def _save_snapshot(self) -> None:
        self.commit()
        self._snapshot_at = self._journal.next_seq
        self._journal.save_snapshot(self._snapshot_at - 1, self._reducer.snapshot())
        self._journal.commit()
