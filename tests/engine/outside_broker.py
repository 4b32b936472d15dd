"""A broker outside of the loop, made up: it fills market orders at a price and keeps its own account.

It can break off, stay silent, forget to tell, tell twice and tell late; what it holds stays right. It is
written from the port's promises and knows nothing of the loop's state.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tradewind.core.accounts import AccountSnapshot, CashMoved
from tradewind.core.errors import NetworkError
from tradewind.core.events import AnyEvent
from tradewind.core.instruments import Instrument
from tradewind.core.money import notional_e8
from tradewind.core.orders import (
    BrokerReport,
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderType,
)


@dataclass
class OutsideBroker:
    """See the module. Limit orders rest until :meth:`fill` or a cancel; market orders fill at once."""

    instruments: dict[str, Instrument]
    cash_e8: int
    price_ticks: int = 10_000
    answer_after_s: float = 0.0
    breaks_on: set[str] = field(default_factory=set)
    """Calls after whose work the line breaks: ``submit``, ``cancel``, ``reconcile``; each as long as it is in
    here."""
    loses: set[str] = field(default_factory=set)
    """Client order ids that never arrive."""
    name: str = "outside"
    external: bool = True
    orders: dict[str, Order] = field(default_factory=dict)
    said: dict[str, list[BrokerReport]] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    calls: list[tuple[str, object]] = field(default_factory=list)
    moved: list[CashMoved] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def submit(self, order: Order) -> Sequence[BrokerReport]:
        with self.lock:
            client_id = order.client_order_id
            self.calls.append(("submit", client_id))
            if client_id not in self.loses:
                self.orders[client_id] = order
                self.said[client_id] = [OrderAccepted(**self.about(order))]
                if order.order_type is OrderType.MARKET:
                    self.fill(client_id, order.quantity_lots)
        time.sleep(self.answer_after_s)
        self.perhaps_break("submit")
        if client_id in self.loses:
            raise NetworkError("The line broke before the order.", "Ask the broker.")
        return list(self.said[client_id])

    def fill(self, client_id: str, lots: int) -> OrderFilled:
        """Trade so many lots of an order now."""
        with self.lock:
            order = self.orders[client_id]
            number = sum(len(one) for one in self.said.values())
            fill = OrderFilled(
                **self.about(order), trade_id=f"t{number}", side=order.side, quantity_lots=lots,
                price_ticks=self.price_ticks,
            )  # fmt: skip
            self.said[client_id].append(fill)
            ratio = self.instruments[order.instrument_id].ratio
            self.cash_e8 -= notional_e8(self.price_ticks, order.side.sign * lots, ratio)
            held = self.positions.get(order.instrument_id, 0)
            self.positions[order.instrument_id] = held + order.side.sign * lots
            return fill

    def cancel(self, client_order_id: str) -> Sequence[BrokerReport]:
        with self.lock:
            self.calls.append(("cancel", client_order_id))
            self.perhaps_break("cancel")
            self.end(client_order_id)
            return list(self.said[client_order_id])

    def end(self, client_order_id: str) -> None:
        """Take what is left of it off the book."""
        order, said = self.orders[client_order_id], self.said[client_order_id]
        filled = sum(one.quantity_lots for one in said if isinstance(one, OrderFilled))
        if filled < order.quantity_lots and not isinstance(said[-1], OrderCanceled | OrderRejected):
            said.append(OrderCanceled(**self.about(order), reason="as asked"))

    def on_market(self, event: AnyEvent) -> Sequence[BrokerReport]:
        return ()

    def reconcile(self, since_ns: int) -> Sequence[BrokerReport]:
        with self.lock:
            self.calls.append(("reconcile", since_ns))
            self.perhaps_break("reconcile")
            return [report for said in self.said.values() for report in said]

    def knows(self, client_order_id: str) -> Sequence[BrokerReport]:
        with self.lock:
            self.calls.append(("knows", client_order_id))
            return list(self.said.get(client_order_id, ()))

    def cash_moved(self, since_ns: int) -> Sequence[CashMoved]:
        return tuple(self.moved)

    def account(self) -> AccountSnapshot:
        with self.lock:
            held = {name: lots for name, lots in self.positions.items() if lots}
            return AccountSnapshot(ts_event=0, account="main", cash_e8={"USD": self.cash_e8}, positions=held)

    def listen(self, hear: Callable[[Sequence[BrokerReport]], None], lost: Callable[[str], None]) -> None:
        raise NotImplementedError("it has no stream")

    def close(self) -> None:
        pass

    def perhaps_break(self, call: str) -> None:
        if call in self.breaks_on:
            raise NetworkError(f"The line broke after {call}.", "Ask the broker.")

    def about(self, order: Order) -> dict[str, object]:
        return {
            "ts_event": order.ts_decided,
            "client_order_id": order.client_order_id,
            "instrument_id": order.instrument_id,
        }
