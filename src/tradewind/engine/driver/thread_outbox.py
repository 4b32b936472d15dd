"""Effects to a broker outside of the process, through one thread that may wait for it.

A question goes the same way as the effects, so that it is answered after all that was sent before it.
"""

import queue
import threading
from collections.abc import Callable, Sequence

from tradewind.core.accounts import AccountSnapshot
from tradewind.core.decisions import CancelRequested, OrderRequested
from tradewind.core.errors import BrokerError, TradewindError
from tradewind.core.orders import BrokerReport, Order, SubmissionUnknown
from tradewind.core.ports import ExternalBroker
from tradewind.engine.driver.mailbox import Closed, Mailbox, Question, Reported, Told
from tradewind.engine.driver.outbox import Effect

_LOOKS = 3
"""How often an account is looked at anew because it moved while the broker was asked."""


class ThreadOutbox:
    """An adapter that may take its time: effects leave in order through one thread.

    Parameters
    ----------
    deadline_s
        Seconds after which a submission without an answer is unknown.
    now_s
        A clock that never goes back.
    """

    external = True

    def __init__(
        self, broker: ExternalBroker, mailbox: Mailbox, deadline_s: float, now_s: Callable[[], float]
    ) -> None:
        self._broker, self._mailbox, self._deadline_s, self._now_s = broker, mailbox, deadline_s, now_s
        self.name = broker.name
        self._work: queue.Queue[Effect | Question | None] = queue.Queue()
        self._sent: dict[str, tuple[Order, float]] = {}
        self._busy = 0
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def send(self, effect: Effect) -> Sequence[BrokerReport]:
        """Leave it to the thread; the answer comes through the mailbox."""
        if isinstance(effect, OrderRequested):
            self._sent[effect.order.client_order_id] = (effect.order, self._now_s() + self._deadline_s)
        self._busy += 1
        self._work.put(effect)
        return ()

    def heard(self, report: BrokerReport) -> None:
        """The broker has said something of this order."""
        self._sent.pop(report.client_order_id, None)

    def answered(self, client_order_id: str) -> None:
        """An effect on this order has been carried out, or has failed."""
        self._sent.pop(client_order_id, None)
        self._busy -= 1

    def waiting(self) -> bool:
        """Whether an effect has not been carried out."""
        return self._busy > 0

    def overdue(self, now_s: float, ts_ns: int) -> list[SubmissionUnknown]:
        """Submissions without an answer in time."""
        late = [order for order, due_s in self._sent.values() if now_s >= due_s]
        for order in late:
            del self._sent[order.client_order_id]
        return [unknown(order, ts_ns, f"no answer within {self._deadline_s:g} s") for order in late]

    def ask(self, question: Question) -> None:
        """Ask how everything stands, once what was sent before has been tried."""
        self._work.put(question)

    def close(self) -> None:
        """End the thread after what is in it; one that hangs in a call is left to itself."""
        self._work.put(None)
        self._thread.join(timeout=1.0)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            try:
                self._mailbox.put(self._carried_out(work))
            except (TradewindError, OSError) as error:  # the line broke: what the venue has is not known
                self._mailbox.put(_failed(work, f"{type(error).__name__}: {error}"))
            except Exception as error:  # noqa: BLE001 - a fault of the adapter ends the session by name
                message = f"The broker {self.name} failed by itself: {type(error).__name__}: {error}."
                fault = BrokerError(message, "Look at its adapter; the session can go on under its name.")
                fault.__cause__ = error
                self._mailbox.put(Closed("", fault))
                return

    def _carried_out(self, work: Effect | Question) -> Reported:
        if isinstance(work, OrderRequested):
            return Reported(self._broker.submit(work.order), effect=work)
        if isinstance(work, CancelRequested):
            return Reported(self._broker.cancel(work.client_order_id), effect=work)
        return self._told(work)

    def _told(self, question: Question) -> Reported:
        """Everything since, and the account at a moment at which nothing moved; without one where it never
        stood still.
        """
        broker = self._broker
        reports: list[BrokerReport] = []
        never_had = []
        for client_id in question.orders:
            found = broker.knows(client_id)
            reports += found
            if not found:
                never_had.append(client_id)
        cash = broker.cash_moved(question.since_ns)
        still: AccountSnapshot | None = None
        before = broker.account()
        for _ in range(_LOOKS):
            reports += broker.reconcile(question.since_ns)
            after = broker.account()
            if (before.cash_e8, before.positions) == (after.cash_e8, after.positions):
                still = after
                break
            before = after
        return Reported(reports, told=Told(question, tuple(cash), still, tuple(never_had)))


def _failed(work: Effect | Question, error: str) -> Reported:
    if isinstance(work, Question):
        return Reported((), error=error, told=Told(work))
    return Reported((), error=error, effect=work)


def unknown(order: Order, ts_ns: int, reason: str) -> SubmissionUnknown:
    """Nobody knows whether the venue has ``order``."""
    return SubmissionUnknown(
        ts_event=ts_ns,
        client_order_id=order.client_order_id,
        instrument_id=order.instrument_id,
        account=order.account,
        reason=reason,
    )
