"""What Binance's streams say: reports of orders, balances, trades, best prices, closed bars.

Source: https://developers.binance.com/docs/binance-spot-api-docs (user data stream, web socket streams).
"""

from typing import Any

from tradewind.execution.venue_server.binance import answers
from tradewind.execution.venue_server.binance.answers import ms, price, units
from tradewind.execution.venue_server.binance.asking import wire
from tradewind.execution.venue_server.binance.prices import kline, trade
from tradewind.execution.venue_server.books import Books
from tradewind.execution.venue_server.orders import Change, VenueOrder
from tradewind.execution.venue_server.tape import BarDone, Shown

EXECUTIONS = {
    "new": "NEW",
    "partial_fill": "TRADE",
    "fill": "TRADE",
    "canceled": "CANCELED",
    "expired": "EXPIRED",
    "rejected": "REJECTED",
}


NONE = "0.00000000"


def report(books: Books, change: Change) -> dict[str, Any] | None:
    """The ``executionReport`` of a change; None of one that Binance does not speak of."""
    kind, fill = EXECUTIONS.get(change.event), change.fill
    if kind is None:
        return None
    told = _order(books, change.order) | {"E": ms(change.ts_ns), "T": ms(change.ts_ns)}
    told["x"] = "EXPIRED" if told["X"] == "EXPIRED" else kind
    if fill is None:
        nothing = {"l": NONE, "L": NONE, "n": "0", "N": None, "t": -1, "m": False, "Y": NONE}
        return told | nothing
    listing = books.listings[change.order.asked.instrument_id]
    return told | {
        "l": units(fill.lots),
        "L": price(listing, fill.price_ticks),
        "n": units(fill.fee_e8),
        "N": fill.fee_asset,
        "t": fill.number,
        "m": fill.maker,
        "Y": units(fill.value_e8),
    }


def _order(books: Books, one: VenueOrder) -> dict[str, Any]:
    """What a report says of the order itself."""
    listing = books.listings[one.asked.instrument_id]
    return {
        "e": "executionReport",
        "s": wire(listing),
        "c": one.asked.client_order_id,
        "S": str(one.asked.side).upper(),
        "o": answers.type_of(one),
        "f": str(one.asked.time_in_force).upper(),
        "q": units(one.lots),
        "p": price(listing, one.asked.limit_ticks),
        "P": price(listing, one.asked.stop_ticks),
        "F": NONE,
        "g": -1,
        "C": "",
        "X": answers.status_of(one),
        "r": "NONE",
        "i": one.number,
        "z": units(one.filled_lots),
        "I": one.number,
        "w": one.is_open,
        "M": False,
        "O": ms(one.created_ns),
        "Z": units(one.spent_e8),
        "Q": NONE,
        "W": ms(one.created_ns),
        "V": "NONE",
    }


def balances(books: Books) -> dict[str, Any]:
    """The ``outboundAccountPosition`` of now."""
    now = ms(books.now_ns)
    rows = [
        {"a": asset, "f": units(free), "l": units(locked)}
        for asset, (free, locked) in answers.balances(books).items()
    ]
    return {"e": "outboundAccountPosition", "E": now, "u": now, "B": rows}


def shown_events(books: Books, shown: Shown, number: int) -> dict[str, dict[str, Any]]:
    """By kind of stream, what a new price is told as."""
    listing = books.listings[shown.instrument_id]
    made = trade(listing, shown, number)
    at = {"E": ms(shown.ts_ns), "s": wire(listing)}
    facts = {"p": made["price"], "q": made["qty"], "T": made["time"], "m": False, "M": True}
    size = units(shown.size_lots)
    best = {"b": price(listing, shown.bid_ticks), "B": size, "a": price(listing, shown.ask_ticks), "A": size}
    return {
        "trade": {"e": "trade", **at, "t": number, **facts},
        "aggTrade": {"e": "aggTrade", **at, "a": number, "f": number, "l": number, **facts},
        "bookTicker": {"u": number, "s": at["s"], **best},
    }


def bar_event(books: Books, done: BarDone) -> dict[str, Any]:
    """A bar that has closed; how many trades it had nobody recorded."""
    listing, timeframe = books.listings[done.bar.instrument_id], books.tape.timeframe
    row = kline(listing, done.bar, timeframe.length_ns)
    figures = dict(zip("tohlcv", row[:6], strict=True))
    return {
        "e": "kline",
        "E": ms(done.ts_ns),
        "s": wire(listing),
        "k": figures
        | {"T": row[6], "s": wire(listing), "i": str(timeframe), "f": -1, "L": -1, "n": 0, "x": True}
        | {"q": NONE, "V": NONE, "Q": NONE, "B": "0"},
    }
