"""The venue's desk: clients' orders over the simulated venue, a pure function of the inputs it was given.

It reads no clock and draws nothing at random, so that the same inputs lead to the same orders, fills and
money after a restart, to the last digit.
"""

from collections.abc import Mapping, Sequence
from uuid import uuid5

import msgspec

from tradewind.core.money import notional_e8
from tradewind.core.orders import (
    BrokerReport,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    TimeInForce,
)
from tradewind.core.trading_calendar import FOREVER_NS
from tradewind.execution.venue.settings import VenueSettings
from tradewind.execution.venue.simulated import SimulatedVenue
from tradewind.execution.venue_server.account import worth_of
from tradewind.execution.venue_server.books import Books
from tradewind.execution.venue_server.floor import Floor
from tradewind.execution.venue_server.funds import check_funds, reckoned_ticks
from tradewind.execution.venue_server.inputs import (
    Advanced,
    AnyInput,
    CancelAsked,
    HaltSet,
    Placed,
    RefusedError,
    ReplaceAsked,
)
from tradewind.execution.venue_server.listing import NAMESPACE, Listing
from tradewind.execution.venue_server.orders import Asked, Change, Fill, Status, VenueOrder
from tradewind.execution.venue_server.tape import BarDone, DayDone, Tape

AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)


class Desk(Books):
    """Acts on the inputs of one rehearsal.

    Parameters
    ----------
    listings, tape, cash_e8, name
        As of :class:`~tradewind.execution.venue_server.books.Books`.
    names_once
        Whether a ``client_order_id`` may never be used again; else as soon as its order has ended.
    """

    def __init__(
        self,
        listings: Mapping[str, Listing],
        tape: Tape,
        cash_e8: Mapping[str, int],
        name: str,
        *,
        names_once: bool = True,
    ) -> None:
        super().__init__(listings, tape, cash_e8, name)
        self._names_once = names_once
        self._changes: list[Change] = []
        venue = SimulatedVenue(
            {key: listing.instrument for key, listing in listings.items()},
            VenueSettings(fill_on="quote", through_ticks=0, impact_coefficient=0.0, half_spread_bps=0.0),
            calendars=tape.calendars,
        )
        self._floor = Floor(self, venue, self._hear)

    # Inputs ----------------------------------------------------------------------------------

    def check(self, given: AnyInput) -> None:
        """RefusedError where the input cannot be taken; nothing has changed then."""
        if isinstance(given, Placed):
            names = [asked.client_order_id for asked in given.orders]
            if len(set(names)) < len(names) or any(self._is_taken(name) for name in names):
                raise RefusedError("duplicate", "client_order_id must be unique")
            check_funds(self, given.orders[0])
        elif isinstance(given, ReplaceAsked):
            old = self.order(given.number)
            self._require_open(old)
            if given.asked.lots <= old.filled_lots:
                raise RefusedError("invalid", "qty must be above what is filled")
            if self._is_taken(given.asked.client_order_id):
                raise RefusedError("duplicate", "client_order_id must be unique")
            if old.status is not Status.HELD:
                wanted = msgspec.structs.replace(given.asked, lots=given.asked.lots - old.filled_lots)
                check_funds(self, wanted, [old])
        elif isinstance(given, CancelAsked):
            for number in given.numbers:
                self._require_open(self.order(number))

    def apply(self, given: AnyInput) -> list[Change]:
        """Act on an input that was checked; what became of orders by it."""
        self.now_ns = max(self.now_ns, given.ts_ns)
        if isinstance(given, Advanced):
            self._advance(given.to)
        elif isinstance(given, Placed):
            self._place(given)
        elif isinstance(given, CancelAsked):
            self._cancel(given)
        elif isinstance(given, ReplaceAsked):
            self._replace(given)
        elif isinstance(given, HaltSet):
            until = FOREVER_NS if given.until_ns is None else given.until_ns
            self.halted_until[given.instrument_id] = until
        changes, self._changes = self._changes, []
        return changes

    def _is_taken(self, client_order_id: str) -> bool:
        known = self.by_client_id(client_order_id)
        return known is not None and (self._names_once or known.is_open)

    def _require_open(self, order: VenueOrder) -> None:
        if not order.is_open:
            raise RefusedError("ended", f'order is already in "{order.status}" state')

    # Prices ----------------------------------------------------------------------------------

    def _advance(self, to: int) -> None:
        for step in self.tape.steps[self.position : to]:
            self.now_ns = max(self.now_ns + 1, step.ts_ns)
            self.position += 1
            if isinstance(step, BarDone):
                self.bars[step.bar.instrument_id].append(step.bar)
            elif isinstance(step, DayDone):
                self._end_day(step.instrument_id)
                self.day_equity_e8 = {
                    currency: worth_of(self.account, self.listings, self.marks(), currency).equity_e8
                    for currency in self.account.cash_e8
                }
            elif not self.is_halted(step.instrument_id):
                self.shown[step.instrument_id] = step
                self._floor.show(step)

    def _end_day(self, instrument_id: str) -> None:
        for order in list(self.open_orders()):
            of_day = order.asked.time_in_force is TimeInForce.DAY
            if order.asked.instrument_id == instrument_id and of_day and order.is_open:
                self._floor.take_off(order)
                self.end(order, Status.EXPIRED)

    # Requests --------------------------------------------------------------------------------

    def _place(self, given: Placed) -> None:
        placed = [self._enter(asked) for asked in given.orders]
        parent = placed[0]
        for leg in placed[1:]:
            parent.legs += (leg.number,)
            if leg.asked.waits:
                leg.parent, leg.status = parent.number, Status.HELD
        for order in placed:
            self._note("held" if order.status is Status.HELD else "new", order)
            self._floor.send(order)
        self._floor.meet(parent, given.part)
        self._end_what_cannot_wait(placed)

    def _end_what_cannot_wait(self, placed: Sequence[VenueOrder]) -> None:
        for order in placed:
            if order.is_open and order.asked.time_in_force in AT_ONCE:
                self._floor.take_off(order)
                self.end(order, Status.CANCELED, f"{order.asked.time_in_force}: not to be had at once")

    def _enter(self, asked: Asked) -> VenueOrder:
        number = len(self.orders) + 1
        order = VenueOrder(
            number=number,
            id=str(uuid5(NAMESPACE, f"order:{self.name}:{number}")),
            asked=asked,
            created_ns=self.now_ns,
            updated_ns=self.now_ns,
            lots=asked.lots,
            stop_ticks=asked.stop_ticks,
            reckoned_ticks=reckoned_ticks(self, asked),
        )
        self.orders.append(order)
        self.pledge(order, order.lots)
        self._open[number] = None
        self._by_client[asked.client_order_id] = number
        self._by_id[order.id] = number
        return order

    def _cancel(self, given: CancelAsked) -> None:
        for number in given.numbers:
            order = self.orders[number - 1]
            if given.races and order.is_open:
                self._floor.trade_at_its_price(order)
        for number in given.numbers:
            order = self.orders[number - 1]
            if not order.is_open:
                continue  # the fill was first
            for other in self._with_its_group(order):
                self._floor.take_off(other)
                if other.is_open:  # what waited for the one before has gone with it
                    self.end(other, Status.CANCELED)

    def _with_its_group(self, order: VenueOrder) -> list[VenueOrder]:
        """The order, what waits for it, and what shares its group."""
        group = order.asked.group
        return [order] + [
            other
            for other in self.open_orders()
            if other is not order
            and (other.parent == order.number or (group != "" and other.asked.group == group))
        ]

    def _replace(self, given: ReplaceAsked) -> None:
        old = self.orders[given.number - 1]
        legs = [order for order in self.open_orders() if order.parent == old.number]
        for order in (*legs, old):
            self._floor.take_off(order)
        new = self._enter(msgspec.structs.replace(given.asked, lots=given.asked.lots - old.filled_lots))
        new.replaces, new.parent, new.legs = old.number, old.parent, old.legs
        old.replaced_by = new.number
        waiting = old.status is Status.HELD
        self.end(old, Status.REPLACED)
        if waiting:
            new.status = Status.HELD
        self._note("new", new)
        for other in self.orders:
            if other.parent == old.number:
                other.parent = new.number
            if other.legs and old.number in other.legs:
                other.legs = tuple(new.number if leg == old.number else leg for leg in other.legs)
        self._floor.send(new)
        for leg in legs:
            self._floor.send(leg)
        self._floor.meet(new)
        self._end_what_cannot_wait([new])

    # What the simulated venue says -----------------------------------------------------------

    def _hear(self, reports: Sequence[BrokerReport], inside: Mapping[str, int]) -> None:
        """Take in what became of orders; ``inside`` are their numbers by their names at the venue."""
        for report in reports:
            number = inside.get(report.client_order_id)
            if number is None or not self.orders[number - 1].is_open:
                continue
            order = self.orders[number - 1]
            if isinstance(report, OrderFilled):
                self._fill(order, report)
            elif isinstance(report, OrderReplaced):
                before = order.lots
                order.lots = order.filled_lots + report.quantity_lots - report.filled_lots
                self.pledge(order, order.lots - before)
                order.updated_ns = self.now_ns
            elif isinstance(report, OrderCanceled):
                self.end(order, Status.CANCELED, report.reason)
            elif isinstance(report, OrderExpired):
                self.end(order, Status.EXPIRED)
            elif isinstance(report, OrderRejected):
                self.end(order, Status.REJECTED, report.reason)

    def _fill(self, order: VenueOrder, report: OrderFilled) -> None:
        listing = self.listings[report.instrument_id]
        value = notional_e8(report.price_ticks, report.quantity_lots, listing.instrument.ratio)
        fee, paid_in = self.account.book(report, listing)
        order.filled_lots += report.quantity_lots
        self.pledge(order, -report.quantity_lots)
        order.filled_value += report.quantity_lots * report.price_ticks
        order.updated_ns = self.now_ns
        fill = Fill(
            number=len(self.fills) + 1,
            order=order.number,
            ts_ns=self.now_ns,
            lots=report.quantity_lots,
            price_ticks=report.price_ticks,
            value_e8=value,
            fee_e8=fee,
            fee_asset=paid_in,
            maker=report.liquidity.value == "maker",
            left_lots=order.left_lots,
            position_lots=self.account.held(report.instrument_id),
        )
        self.fills.append(fill)
        order.fills += (fill.number,)
        order.spent_e8 += value
        whole = order.left_lots == 0
        order.status = Status.FILLED if whole else Status.PARTLY
        if whole:
            order.ended_ns = self.now_ns
            self._open.pop(order.number, None)
        self._note("fill" if whole else "partial_fill", order, fill)
        for leg in self.open_orders():
            if leg.parent == order.number and leg.status is Status.HELD:
                leg.status = Status.NEW
                self._note("new", leg)

    def end(self, order: VenueOrder, status: Status, why: str = "") -> None:
        """An order is over."""
        self.pledge(order, -order.left_lots)
        order.status, order.why = status, why
        order.ended_ns = order.updated_ns = self.now_ns
        self._open.pop(order.number, None)
        self._note(str(status), order)

    def _note(self, event: str, order: VenueOrder, fill: Fill | None = None) -> None:
        copied = msgspec.structs.replace(order)
        self._changes.append(Change(event=event, order=copied, ts_ns=self.now_ns, fill=fill))
