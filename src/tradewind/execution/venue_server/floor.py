"""Between the desk and the simulated venue: orders under names of the venue, prices, displayed sizes.

What is shown may be had once: fills take it from the size on their side until the next price. An order that
comes meets what is shown at that moment, as at an exchange.
"""

from collections.abc import Callable, Mapping, Sequence

from tradewind.core.market import Quote
from tradewind.core.orders import BrokerReport, Order, OrderFilled, OrderType, Side
from tradewind.core.vocabulary import Contingency
from tradewind.execution.venue.simulated import SimulatedVenue
from tradewind.execution.venue_server.books import Books
from tradewind.execution.venue_server.orders import Status, VenueOrder
from tradewind.execution.venue_server.tape import Shown

HOLDER = "client"
Hear = Callable[[Sequence[BrokerReport], Mapping[str, int]], None]


class Floor:
    """The simulated venue as the desk uses it."""

    def __init__(self, books: Books, venue: SimulatedVenue, hear: Hear) -> None:
        self._books, self._venue, self._tell = books, venue, hear
        self._inside: dict[str, int] = {}

    # Orders ----------------------------------------------------------------------------------

    def send(self, order: VenueOrder) -> None:
        """Put an order on the venue's book, under a new name."""
        order.inside_count += 1
        order.inside = f"{order.number}.{order.inside_count}"
        self._inside[order.inside] = order.number
        asked = order.asked
        if asked.trails and order.stop_ticks is None:
            self._follow(order, self._books.shown[asked.instrument_id].last_ticks)
        contingency, parent = self._hangs_on(order)
        sent = Order(
            client_order_id=order.inside,
            decision_id=order.inside,
            strategy=HOLDER,
            instrument_id=asked.instrument_id,
            side=asked.side,
            quantity_lots=order.left_lots,
            order_type=OrderType.STOP if asked.trails else asked.order_type,
            limit_price_ticks=asked.limit_ticks,
            stop_price_ticks=order.stop_ticks,
            time_in_force=asked.time_in_force,
            reduce_only=asked.reduces,
            ts_decided=self._books.now_ns,
            parent_id=parent,
            group_id=asked.group,
            contingency=contingency,
        )
        self._hear(self._venue.submit(sent))

    def send_again(self, order: VenueOrder) -> None:
        """Take an order off and put it on as it is now; clients do not see that."""
        self.take_off(order)
        self.send(order)

    def take_off(self, order: VenueOrder) -> None:
        """Take an order off the venue's book; the desk says what that means."""
        if self._inside.pop(order.inside, None) is not None:
            self._hear(self._venue.cancel(order.inside))

    def _hangs_on(self, order: VenueOrder) -> tuple[Contingency, str]:
        if order.status is Status.HELD and order.parent:
            return Contingency.OTO, self._books.orders[order.parent - 1].inside
        return (Contingency.OCO if order.asked.group else Contingency.NONE), ""

    # Prices ----------------------------------------------------------------------------------

    def show(self, shown: Shown) -> None:
        """A new price, with its full size on both sides."""
        name = shown.instrument_id
        self._books.left.pop(name, None)
        if shown.size_lots:
            self._books.left[name] = [shown.size_lots, shown.size_lots]
        for order in list(self._books.open_orders()):
            moved = order.asked.trails and order.asked.instrument_id == name
            if moved and order.status is not Status.HELD and self._follow(order, shown.last_ticks):
                self.send_again(order)
        self._present(shown)

    def meet(self, order: VenueOrder, part: float = 1.0) -> None:
        """An order that just came meets what is shown; with ``part`` below 1 so much of it at most."""
        shown = self._books.shown.get(order.asked.instrument_id)
        if shown is None or self._books.is_halted(shown.instrument_id) or not _trades_at(order, shown):
            return
        if part < 1.0:
            side = 1 if order.asked.side is Side.BUY else 0
            left = self._books.left.setdefault(shown.instrument_id, [order.lots, order.lots])
            grid = self._books.listings[shown.instrument_id].grid_lots(order.lots)
            left[side] = min(left[side], max(int(order.lots * part) // grid, 1) * grid)
        self._present(shown)

    def trade_at_its_price(self, order: VenueOrder) -> None:
        """The market comes to a resting order's price with size enough: the fill that a cancel races."""
        price = order.stop_ticks if order.asked.limit_ticks is None else order.asked.limit_ticks
        shown = self._books.shown.get(order.asked.instrument_id)
        if price is None or shown is None:
            return
        buys = order.asked.side is Side.BUY
        at = Shown(
            ts_ns=self._books.now_ns,
            instrument_id=shown.instrument_id,
            bid_ticks=max(price - 1, 1) if buys else price,
            ask_ticks=price if buys else price + 1,
            last_ticks=price,
            size_lots=order.left_lots,
        )
        kept = self._books.left.pop(at.instrument_id, None)
        self._books.left[at.instrument_id] = [order.left_lots, order.left_lots]
        self._present(at)
        if kept is None:
            del self._books.left[at.instrument_id]
        else:
            self._books.left[at.instrument_id] = kept

    def _present(self, shown: Shown) -> None:
        name = shown.instrument_id
        tick = self._books.listings[name].instrument.tick_float
        lot = self._books.listings[name].instrument.lot_float
        bid_left, ask_left = self._books.left.get(name, [-1, -1])
        self._books.now_ns += 1  # an order fills on what comes after it
        quote = Quote(
            ts_event=self._books.now_ns,
            instrument_id=name,
            bid=shown.bid_ticks * tick if bid_left else 0.0,
            ask=shown.ask_ticks * tick if ask_left else 0.0,
            bid_size=max(bid_left, 0) * lot,
            ask_size=max(ask_left, 0) * lot,
        )
        if quote.bid or quote.ask:
            self._hear(self._venue.on_market(quote))

    def _follow(self, order: VenueOrder, last_ticks: int) -> bool:
        """Move a trailing stop after the price; whether it moved."""
        asked, best = order.asked, order.high_water_ticks
        better = max if asked.side is Side.SELL else min
        order.high_water_ticks = last_ticks if best is None else better(best, last_ticks)
        away = asked.trail_ticks or max(order.high_water_ticks * asked.trail_e6 // 1_000_000, 1)
        stop = max(order.high_water_ticks + asked.side.sign * away, 1)
        moved, order.stop_ticks = stop != order.stop_ticks, stop
        return moved

    def _hear(self, reports: Sequence[BrokerReport]) -> None:
        for report in reports:
            left = self._books.left.get(report.instrument_id)
            if left is not None and isinstance(report, OrderFilled):
                side = 1 if report.side is Side.BUY else 0
                left[side] = max(left[side] - report.quantity_lots, 0)
        self._tell(reports, self._inside)


def _trades_at(order: VenueOrder, shown: Shown) -> bool:
    """Whether what is shown does anything to an order that just came; all others have met it already."""
    asked, side = order.asked, order.asked.side.sign
    touch = shown.ask_ticks if side > 0 else shown.bid_ticks
    if not order.is_open or order.status is Status.HELD:
        return False
    if order.stop_ticks is not None:
        return side * (touch - order.stop_ticks) >= 0
    return asked.limit_ticks is None or side * (asked.limit_ticks - touch) >= 0
