"""Any broker behind a second gate: an order that the gate refuses never reaches the broker.

The gate hears all that the broker hears and says, and nothing else: it does not know the book.
"""

from collections.abc import Iterable, Sequence

import msgspec

from tradewind.core.decisions import Refused
from tradewind.core.events import AnyEvent, Record
from tradewind.core.orders import BrokerReport, Order
from tradewind.core.ports import SecondGate, SimulatedBroker
from tradewind.core.second_gate import rejected_by_second_gate
from tradewind.execution.venue.rebuilding import Rebuilding

UNPARENTED = "last_look_parent"
"""The gate's word on an order whose entry is not out. A venue in the process refuses it itself."""


class _State(msgspec.Struct, kw_only=True):
    broker: bytes
    gate: bytes


class GuardedBroker:
    """A :class:`~tradewind.core.ports.SimulatedBroker` around another: same orders, same reports.

    A refusal is a report like any other (:mod:`tradewind.core.second_gate`).
    """

    def __init__(self, broker: SimulatedBroker, gate: SecondGate) -> None:
        self._broker, self._gate = broker, gate
        self.name, self.external = broker.name, broker.external
        self._unheard: tuple[BrokerReport, ...] = ()

    def submit(self, order: Order) -> Sequence[BrokerReport]:
        """Send an order that the gate lets through; reject it otherwise."""
        verdict = self._gate.check(order, order.ts_decided)
        if isinstance(verdict, Refused) and (self.external or verdict.rule != UNPARENTED):
            return (rejected_by_second_gate(order, verdict),)
        return self._heard(self._broker.submit(order))

    def cancel(self, client_order_id: str) -> Sequence[BrokerReport]:
        """Take an order off the broker's book; canceling needs no leave."""
        return self._heard(self._broker.cancel(client_order_id))

    def on_market(self, event: AnyEvent) -> Sequence[BrokerReport]:
        """Show an event to gate and broker; what the broker reports, the gate hears too."""
        self._gate.saw_market(event)
        reports = self._broker.on_market(event)
        return self._heard(reports) if reports else reports

    def reconcile(self, since_ns: int) -> Sequence[BrokerReport]:
        """What the broker reported meanwhile, and what a rebuild found missing in the journal, once."""
        unheard, self._unheard = self._unheard, ()
        return (*unheard, *self._heard(self._broker.reconcile(since_ns)))

    def rebuild(self, records: Iterable[Record | AnyEvent]) -> None:
        """Live through records again, broker and gate together; ReplayDivergedError where they differ."""
        self._unheard = tuple(Rebuilding(self.submit, self.cancel, self.on_market).run(records))

    def snapshot(self) -> bytes:
        """Broker and gate; equal states give equal bytes."""
        return _encoder.encode(_State(broker=self._broker.snapshot(), gate=self._gate.snapshot()))

    def restore(self, state: bytes) -> None:
        """Become what was snapshot."""
        kept = _decoder.decode(state)
        self._broker.restore(kept.broker)
        self._gate.restore(kept.gate)

    def _heard(self, reports: Sequence[BrokerReport]) -> Sequence[BrokerReport]:
        for report in reports:
            self._gate.saw_report(report)
        return reports


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_State)
