"""Effects to a broker: in the process at once, or through a thread, whose missing answers become events."""

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from tradewind.core.decisions import CancelRequested, OrderRequested
from tradewind.core.errors import TradewindError
from tradewind.core.orders import BrokerReport, Order, SubmissionUnknown
from tradewind.core.ports import Broker
from tradewind.engine.driver.mailbox import Mailbox, Reported

Effect = OrderRequested | CancelRequested


class Outbox(Protocol):
    """Where effects leave."""

    external: bool
    """True when effects outlive this process: then records are durable before one leaves."""

    def send(self, effect: Effect) -> Sequence[BrokerReport]:
        """Let an effect out; what the broker said at once."""
        ...

    def answered(self, client_order_id: str) -> None:
        """An effect on this order was answered."""
        ...

    def done(self) -> None:
        """One effect was carried out, or failed."""
        ...

    def waiting(self) -> bool:
        """Whether an effect has not been carried out."""
        ...

    def overdue(self, now_s: float, ts_ns: int) -> list[SubmissionUnknown]:
        """Orders whose submission was not answered in time: each is said once, then the broker is asked."""
        ...

    def ask(self, since_ns: int) -> None:
        """Ask the broker for everything it reported since."""
        ...

    def close(self) -> None:
        """Let go of threads."""
        ...


class DirectOutbox:
    """A venue inside the process answers at once and dies with it."""

    external = False

    def __init__(self, venue: Broker) -> None:
        self._venue = venue

    def send(self, effect: Effect) -> Sequence[BrokerReport]:
        """The venue's answer."""
        if isinstance(effect, OrderRequested):
            return self._venue.submit(effect.order)
        return self._venue.cancel(effect.client_order_id)

    def answered(self, client_order_id: str) -> None:
        """All is answered."""

    def done(self) -> None:
        """All is done."""

    def waiting(self) -> bool:
        """Never."""
        return False

    def overdue(self, now_s: float, ts_ns: int) -> list[SubmissionUnknown]:
        """Never any."""
        return []

    def ask(self, since_ns: int) -> None:
        """It has said everything already."""

    def close(self) -> None:
        """Nothing to let go of."""


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
        self, broker: Broker, mailbox: Mailbox, deadline_s: float, now_s: Callable[[], float]
    ) -> None:
        self._broker, self._mailbox, self._deadline_s, self._now_s = broker, mailbox, deadline_s, now_s
        self._work: queue.Queue[Effect | int | None] = queue.Queue()
        self._sent: dict[str, tuple[Order, float]] = {}
        self._busy = 0
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def send(self, effect: Effect) -> Sequence[BrokerReport]:
        """Hand the effect to the thread; the broker's word comes through the mailbox."""
        if isinstance(effect, OrderRequested):
            self._sent[effect.order.client_order_id] = (effect.order, self._now_s() + self._deadline_s)
        self._busy += 1
        self._work.put(effect)
        return ()

    def answered(self, client_order_id: str) -> None:
        """The broker has said something of this order."""
        self._sent.pop(client_order_id, None)

    def done(self) -> None:
        """One effect has been carried out, or has failed."""
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

    def ask(self, since_ns: int) -> None:
        """Ask for everything reported since, once what was sent before has been tried."""
        self._busy += 1
        self._work.put(since_ns)

    def close(self) -> None:
        """End the thread after what is in it; one that hangs in a call is left to itself."""
        self._work.put(None)
        self._thread.join(timeout=1.0)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            client_id = ""
            try:
                if isinstance(work, OrderRequested):
                    client_id = work.order.client_order_id
                    reports = self._broker.submit(work.order)
                elif isinstance(work, CancelRequested):
                    reports = self._broker.cancel(work.client_order_id)
                else:
                    reports = self._broker.reconcile(work)
            except (TradewindError, OSError) as error:  # the line broke: what the venue has is not known
                self._mailbox.put(Reported((), client_id, f"{type(error).__name__}: {error}", True))
            else:
                self._mailbox.put(Reported(reports, client_id, to_effect=True))


def unknown(order: Order, ts_ns: int, reason: str) -> SubmissionUnknown:
    """Nobody knows whether the venue has ``order``."""
    return SubmissionUnknown(
        ts_event=ts_ns,
        client_order_id=order.client_order_id,
        instrument_id=order.instrument_id,
        account=order.account,
        reason=reason,
    )
