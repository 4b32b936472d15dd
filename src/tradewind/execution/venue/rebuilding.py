"""How a venue inside the process stands up again after a crash: it lives through the journal once more.

A loop may write what a bar did to the orders before the bar itself, for it happened before the bar's close.
So a recorded report whose cause has not come by yet waits, with all that follows it, for its bar, quote or
corporate action.
"""

from collections.abc import Callable, Iterable, Sequence

from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdopted
from tradewind.core.decisions import CancelRequested, OrderRequested
from tradewind.core.errors import ReplayDivergedError
from tradewind.core.events import AnyEvent, Record
from tradewind.core.market import Bar, Quote
from tradewind.core.orders import BrokerReport, Order, OrderFilled

HEARD = (Bar, Quote, CorporateAction, PositionAdopted)
"""Events by which a venue may change."""

Key = tuple[str, str, str]


class Rebuilding:
    """Gives a venue its past again and holds its reports against the recorded ones.

    Parameters
    ----------
    submit, cancel, on_market
        The venue's own methods.
    """

    def __init__(
        self,
        submit: Callable[[Order], Sequence[BrokerReport]],
        cancel: Callable[[str], Sequence[BrokerReport]],
        on_market: Callable[[AnyEvent], Sequence[BrokerReport]],
    ) -> None:
        self._submit = submit
        self._cancel = cancel
        self._on_market = on_market
        self._unrecorded: dict[Key, BrokerReport] = {}
        self._waiting_for: BrokerReport | None = None
        self._held: list[tuple[int, AnyEvent]] = []

    def run(self, records: Iterable[Record | AnyEvent]) -> list[BrokerReport]:
        """Reports that the venue made and the journal lacks, because the crash came in between.

        Raises
        ------
        ReplayDivergedError
            The venue reports otherwise than recorded: its settings, seed or instruments have changed.
        """
        seq = 0
        for record in records:
            seq, event = (record.seq, record.event) if isinstance(record, Record) else (seq + 1, record)
            if self._waiting_for is None:
                self._take(seq, event)
            elif self._is_its_cause(event):
                self._catch_up(seq, event)
            else:
                self._held.append((seq, event))
        if self._waiting_for is not None:
            raise _diverged(self._held[0][0], self._waiting_for, "nothing in the journal brings it")
        return list(self._unrecorded.values())

    def _take(self, seq: int, event: AnyEvent) -> None:
        if isinstance(event, BrokerReport):
            expected = self._unrecorded.pop(_key(event), None)
            if expected is None:
                self._waiting_for = event
                self._held.append((seq, event))
            elif expected != event:
                raise _diverged(seq, event, f"the venue says {expected}")
        elif isinstance(event, OrderRequested):
            self._note(self._submit(event.order))
        elif isinstance(event, CancelRequested):
            self._note(self._cancel(event.client_order_id))
        elif isinstance(event, HEARD):
            if self._unrecorded:
                raise _diverged(seq, next(iter(self._unrecorded.values())), "the journal does not have it")
            self._note(self._on_market(event))
        elif isinstance(event, CashMoved):
            self._on_market(event)  # a gate beside the venue keeps account of it; no venue answers

    def _catch_up(self, seq: int, event: AnyEvent) -> None:
        """The cause has come: act on it, then on what was held."""
        held, self._held, self._waiting_for = self._held, [], None
        self._take(seq, event)
        for number, later in held:
            self._take(number, later)
            if self._waiting_for is not None:
                raise _diverged(number, self._waiting_for, "what came at its time does not bring it")

    def _is_its_cause(self, event: AnyEvent) -> bool:
        report = self._waiting_for
        if report is None or not isinstance(event, HEARD):
            return False
        of_it = event.instrument_id == report.instrument_id or (
            isinstance(event, CorporateAction) and event.into == report.instrument_id
        )
        return of_it and event.ts_event == report.ts_event

    def _note(self, reports: Sequence[BrokerReport]) -> None:
        for report in reports:
            self._unrecorded[_key(report)] = report


def _key(report: BrokerReport) -> Key:
    trade_id = report.trade_id if isinstance(report, OrderFilled) else ""
    return type(report).__name__, report.client_order_id, trade_id


def _diverged(seq: int, report: BrokerReport, why: str) -> ReplayDivergedError:
    what = f"{type(report).__name__} of {report.client_order_id}"
    message = f"The rebuilt venue differs from record {seq} on: {what}; {why}."
    return ReplayDivergedError(message, "Start with the settings and seed of the recorded session.", seq=seq)
