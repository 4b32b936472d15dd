"""When a fill was, in words: the bar that it lies in, where its time is that bar's close."""

from tradewind.core.market import Bar, Timeframe
from tradewind.core.orders import Order, OrderFilled, OrderType
from tradewind.core.timestamps import iso
from tradewind.views.explanation.look_back import KindReader, backwards_kind


def fill_moment(reader: KindReader, seq: int, fill: OrderFilled, order: Order) -> str:
    """``at the open of the 1d bar that closed at ...`` of a market order, ``within`` it of others.

    Of a fill at no bar's close (on a quote, by a venue that says when) its own time. ``seq`` is its record.
    """
    found: Bar | None = None
    for record in backwards_kind(reader, seq, Bar):
        bar = record.event
        if not isinstance(bar, Bar) or bar.ts_event < fill.ts_event:
            break
        same = (bar.instrument_id, bar.ts_event) == (fill.instrument_id, fill.ts_event)
        if same and (found is None or _length(bar) < _length(found)):
            found = bar
    if found is None:
        return f"at {iso(fill.ts_event)}"
    place = "at the open of" if order.order_type is OrderType.MARKET else "within"
    return f"{place} the {found.timeframe} bar that closed at {iso(fill.ts_event)}"


def _length(bar: Bar) -> int:
    return Timeframe(bar.timeframe).length_ns
