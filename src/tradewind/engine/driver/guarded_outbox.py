"""An outbox behind the second gate: an order that the gate refuses never leaves for the broker outside."""

from collections.abc import Iterable, Sequence

from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdopted
from tradewind.core.decisions import OrderRequested, Refused
from tradewind.core.events import AnyEvent, Record
from tradewind.core.market import Bar, Quote
from tradewind.core.orders import BrokerReport, SubmissionUnknown
from tradewind.core.ports import SecondGate
from tradewind.core.second_gate import rejected_by_second_gate
from tradewind.engine.driver.mailbox import Question
from tradewind.engine.driver.outbox import Effect, Outbox

_SHOWN = (Bar, Quote, CorporateAction, CashMoved, PositionAdopted)


class GuardedOutbox:
    """An :class:`~tradewind.engine.driver.outbox.Outbox` around another."""

    def __init__(self, outbox: Outbox, gate: SecondGate) -> None:
        self._outbox, self._gate = outbox, gate
        self.name, self.external = outbox.name, outbox.external

    def send(self, effect: Effect) -> Sequence[BrokerReport]:
        """Let an effect out, unless the gate refuses; taking an order off needs no leave."""
        if isinstance(effect, OrderRequested):
            verdict = self._gate.check(effect.order, effect.order.ts_decided)
            if isinstance(verdict, Refused):
                return (rejected_by_second_gate(effect.order, verdict),)
        return self._outbox.send(effect)

    def heard(self, report: BrokerReport) -> None:
        """The loop takes this report; the gate hears it too."""
        self._gate.saw_report(report)
        self._outbox.heard(report)

    def answered(self, client_order_id: str) -> None:
        """An effect on this order has been carried out, or has failed."""
        self._outbox.answered(client_order_id)

    def waiting(self) -> bool:
        """Whether an effect has not been carried out."""
        return self._outbox.waiting()

    def overdue(self, now_s: float, ts_ns: int) -> list[SubmissionUnknown]:
        """Orders whose submission was not answered in time."""
        return self._outbox.overdue(now_s, ts_ns)

    def ask(self, question: Question) -> None:
        """Ask the broker how everything stands."""
        self._outbox.ask(question)

    def close(self) -> None:
        """Let go of threads."""
        self._outbox.close()


class GateBeside:
    """The gate's place beside the loop, as a :class:`~tradewind.core.ports.BesideLoop`.

    It is shown the market before the loop hears it, kept in snapshots, and shown the records again after a
    crash.
    """

    def __init__(self, gate: SecondGate) -> None:
        self._gate = gate

    def on_market(self, event: AnyEvent) -> Sequence[BrokerReport]:
        """Show it to the gate; the broker outside hears the market by itself."""
        self._gate.saw_market(event)
        return ()

    def rebuild(self, records: Iterable[Record | AnyEvent]) -> None:
        """Show the gate what it had seen."""
        for record in records:
            event = record.event if isinstance(record, Record) else record
            if isinstance(event, _SHOWN):
                self._gate.saw_market(event)
            elif isinstance(event, OrderRequested):
                self._gate.check(event.order, event.order.ts_decided)
            elif isinstance(event, BrokerReport):
                self._gate.saw_report(event)

    def snapshot(self) -> bytes:
        """All that the gate has seen; equal states give equal bytes."""
        return self._gate.snapshot()

    def restore(self, state: bytes) -> None:
        """Become what was snapshot."""
        self._gate.restore(state)
