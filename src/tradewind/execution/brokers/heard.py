"""What a listener has handed on already, so that what is told again is dropped."""

from collections.abc import Iterable, Sequence

from tradewind.core.orders import BrokerReport, OrderFilled

MOST = 1_000_000
"""Reports that are remembered; the oldest is forgotten first. A day of one fill a second has 86,400."""


class Heard:
    """Fills by the venue's id, beginnings and ends of orders, and how many lots of each order were filled."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: dict[str, None] = {}
        self._lots: dict[str, int] = {}

    def fresh(self, reports: Iterable[BrokerReport]) -> tuple[BrokerReport, ...]:
        """The reports without those that were handed on before; those that are new count as handed on."""
        return tuple(report for report in reports if self._is_new(report))

    def unheard(self, fills: Sequence[OrderFilled]) -> list[OrderFilled]:
        """Those that were not handed on; nothing is remembered by asking."""
        return [fill for fill in fills if fill.trade_id not in self._known]

    def filled_lots(self, venue_order_id: str) -> int:
        """Lots of an order whose fills were handed on."""
        return self._lots.get(venue_order_id, 0)

    def _is_new(self, report: BrokerReport) -> bool:
        order = report.venue_order_id or report.client_order_id
        key = report.trade_id if isinstance(report, OrderFilled) else f"{type(report).__name__}:{order}"
        if key in self._known:
            return False
        self._known[key] = None
        if isinstance(report, OrderFilled):
            self._lots[order] = self._lots.get(order, 0) + report.quantity_lots
        for kept in (self._known, self._lots):
            if len(kept) > self._most:
                kept.pop(next(iter(kept)))
        return True
