"""What a rehearsal holds at a moment: orders, fills, money, prices; what can be read of it."""

from collections.abc import Iterator, Mapping

from tradewind.core.market import Bar
from tradewind.execution.venue_server.account import Account
from tradewind.execution.venue_server.inputs import RefusedError
from tradewind.execution.venue_server.listing import Listing
from tradewind.execution.venue_server.orders import Fill, VenueOrder
from tradewind.execution.venue_server.tape import Shown, Tape


class Books:
    """Orders, fills, money and prices of one rehearsal.

    Parameters
    ----------
    listings, tape
        What is traded, and at which prices.
    cash_e8
        Money at the start, by currency.
    name
        Of the rehearsal: ids of orders are made from it.
    """

    def __init__(
        self, listings: Mapping[str, Listing], tape: Tape, cash_e8: Mapping[str, int], name: str
    ) -> None:
        self.listings, self.tape, self.name = listings, tape, name
        self.account = Account(cash_e8=dict(cash_e8))
        self.orders: list[VenueOrder] = []
        self.fills: list[Fill] = []
        self.shown: dict[str, Shown] = {}
        self.left: dict[str, list[int]] = {}
        """By instrument, lots left to sell to the bid and to buy from the ask; absent where unbounded."""
        self.bars: dict[str, list[Bar]] = {key: list(bars) for key, bars in tape.history.items()}
        self.halted_until: dict[str, int] = {}
        self.day_equity_e8: dict[str, int] = dict(cash_e8)
        """Worth by currency when the last trading day ended; at first what there was at the start."""
        self.now_ns = tape.start_ns
        self.position = 0
        self.pledged: dict[tuple[str, int], int] = {}
        """By instrument and side, ticks times lots of open orders that may enlarge a holding."""
        self._by_client: dict[str, int] = {}
        self._by_id: dict[str, int] = {}
        self._open: dict[int, None] = {}

    def open_orders(self) -> Iterator[VenueOrder]:
        """Orders that may still fill, oldest first."""
        return (self.orders[number - 1] for number in list(self._open))

    def order(self, number: int) -> VenueOrder:
        """The order of that number; RefusedError where there is none."""
        if not 1 <= number <= len(self.orders):
            raise RefusedError("unknown", "order not found")
        return self.orders[number - 1]

    def by_id(self, order_id: str) -> VenueOrder | None:
        """The order of that UUID."""
        number = self._by_id.get(order_id)
        return None if number is None else self.orders[number - 1]

    def by_client_id(self, client_order_id: str) -> VenueOrder | None:
        """The newest order of that name."""
        number = self._by_client.get(client_order_id)
        return None if number is None else self.orders[number - 1]

    def pledge(self, order: VenueOrder, lots: int) -> None:
        """So many lots more (or fewer) of an order are open."""
        if not order.asked.reduces:
            key = order.asked.instrument_id, order.asked.side.sign
            self.pledged[key] = self.pledged.get(key, 0) + order.reckoned_ticks * lots

    def is_halted(self, instrument_id: str) -> bool:
        """Whether trading in an instrument is halted now."""
        return self.now_ns < self.halted_until.get(instrument_id, 0)

    def sizes(self, instrument_id: str) -> tuple[int, int]:
        """Lots that are left at bid and ask; 0 where nothing is, or the market shows no sizes."""
        left = self.left.get(instrument_id)
        return (left[0], left[1]) if left is not None else (0, 0)

    def marks(self) -> dict[str, int]:
        """Last prices in ticks."""
        return {name: shown.last_ticks for name, shown in self.shown.items()}
