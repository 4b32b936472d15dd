"""Listening to a broker: its stream, and sweeps that find what the stream did not say.

A sweep asks for everything since a kept cursor (the newest moment that the venue has told of, less an
overlap): after each reconnection, and at an interval as a safety net. What was handed on already is dropped
by the venue's fill id. A message that overtook another (an end before its fills) is never handed on as it
is: the order is asked for, and told whole.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tradewind.core.errors import BrokerError, BrokerRefusedError
from tradewind.core.orders import BrokerReport
from tradewind.core.timestamps import NS_PER_MINUTE
from tradewind.execution.brokers.heard import Heard
from tradewind.execution.brokers.line import TICK_S, Line
from tradewind.execution.brokers.standing import End, VenueFill, VenueOrder, accepted, end_of, filled

OVERLAP_NS = 2 * NS_PER_MINUTE
"""How far a sweep reaches back behind its cursor: venues enter fills in their lists a little late."""

Hear = Callable[[Sequence[BrokerReport]], None]
Lost = Callable[[str], None]


@dataclass(frozen=True)
class Told:
    """One message of a stream: an order as it then stood, and the fill that the message is of, if one."""

    order: VenueOrder
    fill: VenueFill | None = None


class Source(Protocol):
    """What is asked beside the stream; its calls are made from the listening thread alone."""

    def reconcile(self, since_ns: int) -> Sequence[BrokerReport]:
        """How every order stands that is open or changed since."""
        ...

    def knows(self, client_order_id: str) -> Sequence[BrokerReport]:
        """How one order stands, whole."""
        ...

    def venue_ns(self) -> int:
        """The venue's own time."""
        ...


class Following:
    """One listener.

    Parameters
    ----------
    source
        For sweeps and for single orders.
    read
        Reads one message; BrokerError where it makes no sense.
    line
        The stream; None for a venue that is followed by sweeps alone.
    every_s
        Seconds between two sweeps.
    clock
        UTC nanoseconds of this machine, for the time of receipt.
    """

    def __init__(
        self,
        source: Source,
        read: Callable[[str | bytes], Iterable[Told]],
        line: Line | None,
        every_s: float,
        clock: Callable[[], int],
    ) -> None:
        self._source, self._read, self._line = source, read, line
        self._every_s, self._clock = every_s, clock
        self._heard = Heard()
        self._closed = threading.Event()
        self._cursor_ns = 0
        self._due_s = 0.0

    def run(self, hear: Hear, lost: Lost) -> None:
        """Listen until :meth:`close`; ``hear`` and ``lost`` as the port says."""
        if self._line is not None:
            self._line.follow(
                lambda message: self._take(message, hear, lost),
                lambda reason: self._stands(reason, hear, lost),
                lambda: self._sweep_if_due(hear, lost),
            )
            return
        while not self._closed.is_set():
            self._sweep_if_due(hear, lost)
            self._closed.wait(TICK_S)

    def close(self) -> None:
        """End :meth:`run`."""
        self._closed.set()
        if self._line is not None:
            self._line.close()

    def _stands(self, reason: str, hear: Hear, lost: Lost) -> None:
        """The line stands: what was missed is swept up, then the listener is told."""
        self._sweep(hear, lost)
        if reason:
            lost(reason)

    def _sweep_if_due(self, hear: Hear, lost: Lost) -> None:
        if time.monotonic() >= self._due_s:
            self._sweep(hear, lost)

    def _sweep(self, hear: Hear, lost: Lost) -> None:
        self._due_s = time.monotonic() + self._every_s
        try:
            if not self._cursor_ns:
                self._cursor_ns = self._source.venue_ns()
            found = self._source.reconcile(self._cursor_ns - OVERLAP_NS)
        except BrokerRefusedError:
            raise
        except BrokerError as error:
            lost(f"a sweep failed: {error.message}")
            return
        self._hand_on(found, hear)

    def _take(self, message: str | bytes, hear: Hear, lost: Lost) -> None:
        try:
            for told in self._read(message):
                self._hand_on(self._reports(told), hear)
        except BrokerRefusedError:
            raise
        except BrokerError as error:
            lost(f"the stream said what cannot be used: {error.message}")

    def _reports(self, told: Told) -> Sequence[BrokerReport]:
        order, now_ns = told.order, self._clock()
        fills = [] if told.fill is None else self._heard.unheard([filled(told.fill, now_ns)])
        known = self._heard.filled_lots(order.venue_order_id)
        if known + sum(fill.quantity_lots for fill in fills) < order.filled_lots:
            return self._source.knows(order.client_order_id)  # something of it was not told yet
        if told.fill is not None:
            return fills
        return (accepted(order, now_ns),) if order.end is End.OPEN else end_of(order, now_ns)

    def _hand_on(self, reports: Sequence[BrokerReport], hear: Hear) -> None:
        fresh = self._heard.fresh(reports)
        self._cursor_ns = max([self._cursor_ns, *(report.ts_event for report in fresh)])
        if fresh:
            hear(fresh)
