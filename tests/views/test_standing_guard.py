"""What protects a position should the process die: only what the venue has, and can fill without more ado."""

import pytest

from tradewind.core.book import Book, Position
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.orders import Order, OrderType, Pending, Side, Working
from tradewind.core.vocabulary import Contingency
from tradewind.views.standing_guard import guard_count, guard_rows

APPLE = Instrument(
    symbol="AAPL", asset_class=AssetClass.EQUITY, venue="SIM", quote_currency="USD", tick_size="0.01",
    lot_size="1", calendar="24/7",
)  # fmt: skip


def order(name: str, signed: int, **changes: object) -> Order:
    fields: dict[str, object] = {
        "client_order_id": name, "decision_id": "d", "strategy": "s", "instrument_id": APPLE.id,
        "side": Side.BUY if signed > 0 else Side.SELL, "quantity_lots": abs(signed),
        "order_type": OrderType.STOP, "stop_price_ticks": 9_500, "reduce_only": True,
    }  # fmt: skip
    return Order(**(fields | changes))  # type: ignore[arg-type]


LIMIT = {"order_type": OrderType.LIMIT, "stop_price_ticks": None, "limit_price_ticks": 11_000}


@pytest.mark.parametrize(
    ("orders", "covered", "words"),
    [
        ([], "0", "nothing"),
        ([order("a", -10)], "10", "stop at 95.00"),
        ([order("a", -4)], "4", "stop at 95.00 for 4 of it"),
        ([order("a", -6), order("b", -6, stop_price_ticks=9_400)], "10", "stop at 94.00, 95.00"),
        ([order("a", -6, group_id="g"), order("b", -6, group_id="g")], "6", "stop at 95.00 for 6 of it"),
        ([order("a", -10, trail_pct=5.0)], "10", "stop at 95.00, trailing while the process lives"),
        ([order("a", -10, **LIMIT)], "0", "nothing"),  # a target is no protection
        ([order("a", 10, stop_price_ticks=10_500)], "0", "nothing"),
        ([order("a", -10, reduce_only=False)], "0", "nothing"),
        ([order("a", -10, strategy="other")], "0", "nothing"),
    ],
)
def test_stops_that_rest_at_the_venue_count(orders: list[Order], covered: str, words: str) -> None:
    (row,) = guard_rows(book(*orders))
    assert (row.protected_quantity, row.protection) == (covered, words)
    assert guard_count((row,)).startswith(f"{int(words != 'nothing')} of 1")


def test_what_is_on_its_way_or_waits_for_its_entry_does_not_count() -> None:
    on_its_way = book()
    on_its_way.open_orders["a"] = Pending(order=order("a", -10))
    assert guard_rows(on_its_way)[0].protection == "nothing"
    child = order("a", -10, parent_id="e", contingency=Contingency.OTO)
    entry = order("e", 10, order_type=OrderType.MARKET, stop_price_ticks=None, reduce_only=False)
    assert guard_rows(book(child, entry))[0].protection == "nothing"
    begun = book(child)
    begun.open_orders["e"] = Working(order=entry, filled_lots=3)
    assert guard_rows(begun)[0].protection == "stop at 95.00"


def book(*orders: Order) -> Book:
    made = Book(base_currency="USD", instruments={APPLE.id: APPLE}, accounts={"main": {}})
    held = Position(instrument_id=APPLE.id, strategy="s", quantity_lots=10)
    made.positions[held.key] = held
    made.mark_ticks[APPLE.id] = 10_000
    made.open_orders |= {one.client_order_id: Working(order=one) for one in orders}
    return made
