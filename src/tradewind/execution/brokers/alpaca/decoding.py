"""Alpaca's orders, fills and holdings, read exactly and held against what they have to be.

Source: https://docs.alpaca.markets/docs/orders-at-alpaca (order lifecycle, statuses),
https://docs.alpaca.markets/reference/getaccountactivities.
"""

from collections.abc import Mapping
from typing import Any

from tradewind.core.instruments import AssetClass, Instrument
from tradewind.execution.brokers.figures import (
    figure,
    lots_of,
    moment,
    nonsense,
    not_negative,
    positive,
    shown,
    side_of,
    word,
)
from tradewind.execution.brokers.standing import End, VenueFill, VenueOrder

ENDS = {
    "filled": End.FILLED,
    "canceled": End.CANCELED,
    "replaced": End.CANCELED,
    "expired": End.EXPIRED,
    "rejected": End.REJECTED,
}
OPEN = frozenset(
    {
        "new",
        "accepted",
        "pending_new",
        "accepted_for_bidding",
        "held",
        "partially_filled",
        "pending_cancel",
        "pending_replace",
        "pending_review",
        "stopped",
        "suspended",
        "calculated",
        "done_for_day",
    }
)
_ENDED_AT = {
    End.FILLED: ("filled_at",),
    End.CANCELED: ("canceled_at", "replaced_at"),
    End.EXPIRED: ("expired_at",),
    End.REJECTED: ("failed_at",),
}


class Symbols:
    """The instruments of the session by Alpaca's symbols; coins also without their slash."""

    def __init__(self, instruments: Mapping[str, Instrument]) -> None:
        self._known: dict[str, Instrument] = {}
        for instrument in instruments.values():
            self._known[instrument.symbol] = instrument
            if instrument.asset_class is AssetClass.CRYPTO:
                self._known[instrument.symbol.replace("/", "")] = instrument

    def get(self, symbol: str) -> Instrument | None:
        """The instrument; None for one that is not of the session."""
        return self._known.get(symbol)


def read_order(row: Mapping[str, Any], symbols: Symbols) -> VenueOrder | None:
    """An order; None for one of a symbol that the session does not trade, or one by its value alone."""
    instrument = symbols.get(word(row, "symbol"))
    if instrument is None or row.get("qty") is None:
        return None
    name, status = word(row, "id"), word(row, "status")
    if status not in ENDS and status not in OPEN:
        message = f"order {name} has the status {shown(status)}"
        raise nonsense(message)
    end = ENDS.get(status, End.OPEN)
    accepted = moment(row.get("submitted_at") or row.get("created_at"), "submitted_at")
    ended = next((row[key] for key in _ENDED_AT.get(end, ()) if row.get(key)), row.get("updated_at"))
    return VenueOrder(
        venue_order_id=name,
        client_order_id=str(row.get("client_order_id") or name),
        instrument=instrument,
        side=side_of(row.get("side")),
        lots=lots_of(positive(row.get("qty"), "qty"), instrument, "qty"),
        filled_lots=lots_of(not_negative(row.get("filled_qty"), "filled_qty"), instrument, "filled_qty"),
        end=end,
        ts_accepted=accepted,
        ts_ended=moment(ended, "the end") if end is not End.OPEN else 0,
        reason=_reason(row, status),
    )


def _reason(row: Mapping[str, Any], status: str) -> str:
    if status == "replaced":
        return f"replaced at the venue by {row.get('replaced_by')}"
    return "the venue gives no reason" if status == "rejected" else ""


def read_update(data: Mapping[str, Any], order: VenueOrder) -> VenueFill:
    """The fill of a trade update, which carries the order as it then stood."""
    return VenueFill(
        trade_id=trade_id(order.venue_order_id, order.filled_lots),
        venue_order_id=order.venue_order_id,
        client_order_id=order.client_order_id,
        instrument=order.instrument,
        side=order.side,
        lots=lots_of(positive(data.get("qty"), "qty"), order.instrument, "qty"),
        price=figure(data.get("price"), "price"),
        ts_ns=moment(data.get("timestamp"), "timestamp"),
    )


def read_fill(row: Mapping[str, Any], order: VenueOrder) -> VenueFill:
    """A fill of the account's activities, of an order that is known."""
    instrument, side = order.instrument, side_of(row.get("side"))
    if side is not order.side:
        message = f"a fill of order {order.venue_order_id} is a {side}, the order a {order.side}"
        raise nonsense(message)
    total = lots_of(positive(row.get("cum_qty"), "cum_qty"), instrument, "cum_qty")
    return VenueFill(
        trade_id=trade_id(order.venue_order_id, total),
        venue_order_id=order.venue_order_id,
        client_order_id=order.client_order_id,
        instrument=instrument,
        side=side,
        lots=lots_of(positive(row.get("qty"), "qty"), instrument, "qty"),
        price=figure(row.get("price"), "price"),
        ts_ns=moment(row.get("transaction_time"), "transaction_time"),
    )


def trade_id(venue_order_id: str, filled_lots: int) -> str:
    """A fill by its order and what was filled after it.

    Stream and activities both say these; that the ids which they give the fill are the same is nowhere
    promised, and a fill that is booked twice is a wrong position.
    """
    return f"{venue_order_id}:{filled_lots}"
