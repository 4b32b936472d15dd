"""Where effects leave: to a venue in the process at once, or through a thread to one outside."""

from collections.abc import Sequence
from typing import Protocol

from tradewind.core.decisions import CancelRequested, OrderRequested
from tradewind.core.orders import BrokerReport, SubmissionUnknown
from tradewind.core.ports import Broker
from tradewind.engine.driver.mailbox import Question

Effect = OrderRequested | CancelRequested


class Outbox(Protocol):
    """Where effects leave."""

    name: str
    external: bool
    """True when effects outlive this process: then records are durable before one leaves."""

    def send(self, effect: Effect) -> Sequence[BrokerReport]:
        """Let an effect out; what was said at once."""
        ...

    def heard(self, report: BrokerReport) -> None:
        """The loop takes this report, which is news."""
        ...

    def answered(self, client_order_id: str) -> None:
        """An effect on this order has been carried out, or has failed."""
        ...

    def waiting(self) -> bool:
        """Whether an effect has not been carried out."""
        ...

    def overdue(self, now_s: float, ts_ns: int) -> list[SubmissionUnknown]:
        """Orders whose submission was not answered in time: each is said once, then the broker is asked."""
        ...

    def ask(self, question: Question) -> None:
        """Ask the broker how everything stands; the answer comes through the mailbox."""
        ...

    def close(self) -> None:
        """Let go of threads."""
        ...


class DirectOutbox:
    """A venue inside the process answers at once and dies with it."""

    external = False

    def __init__(self, venue: Broker) -> None:
        self._venue = venue
        self.name = venue.name

    def send(self, effect: Effect) -> Sequence[BrokerReport]:
        """The venue's answer."""
        if isinstance(effect, OrderRequested):
            return self._venue.submit(effect.order)
        return self._venue.cancel(effect.client_order_id)

    def heard(self, report: BrokerReport) -> None:
        """The venue knows what it said."""

    def answered(self, client_order_id: str) -> None:
        """All is answered."""

    def waiting(self) -> bool:
        """Never."""
        return False

    def overdue(self, now_s: float, ts_ns: int) -> list[SubmissionUnknown]:
        """Never any."""
        return []

    def ask(self, question: Question) -> None:
        """It has said everything already."""

    def close(self) -> None:
        """Nothing to let go of."""
