"""Orders as Binance's clients write them, read onto the grids, with Binance's filters."""

from decimal import Decimal
from uuid import uuid4

from tradewind.core.money import cash_from_decimal
from tradewind.core.orders import OrderType, Side, TimeInForce
from tradewind.execution.venue_server.binance.asking import (
    NEEDED,
    BinanceError,
    Params,
    figure,
    symbol_of,
)
from tradewind.execution.venue_server.listing import Listing
from tradewind.execution.venue_server.orders import Asked
from tradewind.execution.venue_server.venue import LocalVenue

TYPES = {
    "LIMIT": OrderType.LIMIT,
    "LIMIT_MAKER": OrderType.LIMIT,
    "MARKET": OrderType.MARKET,
    "STOP_LOSS": OrderType.STOP,
    "STOP_LOSS_LIMIT": OrderType.STOP_LIMIT,
}
"""What is offered; TAKE_PROFIT and its like are not."""

TIMES = {"GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK}
LEAST_NOTIONAL = Decimal(5)
NOT_TAKEN = ("icebergQty", "trailingDelta")
LONGEST_NAME = 36


def read_order(venue: LocalVenue, params: Params) -> Asked:
    """The order of one ``POST /api/v3/order``.

    Raises
    ------
    BinanceError
        A parameter is missing or wrong, or a filter of the symbol does not let it pass.
    """
    listing = symbol_of(venue, params)
    kind = params.get("type", "")
    if kind not in TYPES:
        raise BinanceError(-1116, "Invalid orderType.")
    if params.get("side") not in ("BUY", "SELL"):
        raise BinanceError(-1117, "Invalid side.")
    side = Side.BUY if params["side"] == "BUY" else Side.SELL
    for name in NOT_TAKEN:
        if name in params:
            raise BinanceError(-1106, f"Parameter '{name}' sent when not required.")
    has_limit, has_stop = kind not in ("MARKET", "STOP_LOSS"), kind.startswith("STOP")
    limit = _ticks(params, "price", listing) if has_limit else None
    stop = _ticks(params, "stopPrice", listing) if has_stop else None
    if not has_limit and "price" in params:
        raise BinanceError(-1106, "Parameter 'price' sent when not required.")
    words = {"post_only": "1"} if kind == "LIMIT_MAKER" else {}
    if "quoteOrderQty" in params:
        words["quote_quantity"] = f"{figure(params, 'quoteOrderQty'):.8f}"
    name = params.get("newClientOrderId") or uuid4().hex[:22]
    if len(name) > LONGEST_NAME:
        raise BinanceError(-1100, "Illegal characters found in parameter 'newClientOrderId'.")
    asked = Asked(
        client_order_id=name,
        instrument_id=listing.id,
        side=side,
        lots=_lots(venue, params, listing, kind, side),
        order_type=TYPES[kind],
        limit_ticks=limit,
        stop_ticks=stop,
        time_in_force=_time_in_force(params, kind),
        words=words,
    )
    _check_filters(venue, asked, listing)
    return asked


def _time_in_force(params: Params, kind: str) -> TimeInForce:
    if kind == "MARKET":
        return TimeInForce.IOC  # what cannot be had at once expires
    if kind in ("LIMIT_MAKER", "STOP_LOSS"):
        return TimeInForce.GTC
    given = params.get("timeInForce")
    if given is None:
        raise BinanceError(-1102, NEEDED.format("timeInForce"))
    if given not in TIMES or (kind == "STOP_LOSS_LIMIT" and given != "GTC"):
        raise BinanceError(-1115, "Invalid timeInForce.")
    return TIMES[given]


def _lots(venue: LocalVenue, params: Params, listing: Listing, kind: str, side: Side) -> int:
    if kind == "MARKET" and "quoteOrderQty" in params:
        if "quantity" in params:
            raise BinanceError(-1106, "Parameter 'quoteOrderQty' sent when not required.")
        ticks = _touch(venue, listing, side)
        amount = figure(params, "quoteOrderQty") / listing.price(ticks) // listing.step * listing.step
    else:
        amount = figure(params, "quantity")
    if amount <= 0 or amount % listing.step:
        raise BinanceError(-1013, "Filter failure: LOT_SIZE")
    return cash_from_decimal(amount)


def _touch(venue: LocalVenue, listing: Listing, side: Side) -> int:
    shown = venue.desk.shown.get(listing.id)
    if shown is None:
        raise BinanceError(-1013, "Market is closed.")
    return shown.ask_ticks if side is Side.BUY else shown.bid_ticks


def _ticks(params: Params, key: str, listing: Listing) -> int:
    amount = figure(params, key)
    ticks = amount / listing.instrument.tick
    if ticks != int(ticks):
        raise BinanceError(-1013, "Filter failure: PRICE_FILTER")
    return int(ticks)


def _check_filters(venue: LocalVenue, asked: Asked, listing: Listing) -> None:
    given = asked.limit_ticks or asked.stop_ticks
    touch = _touch(venue, listing, asked.side)
    value = listing.price(given or touch) * Decimal(asked.lots).scaleb(-8)
    if value < LEAST_NOTIONAL:
        raise BinanceError(-1013, "Filter failure: NOTIONAL")
    if asked.stop_ticks is not None and asked.side.sign * (touch - asked.stop_ticks) >= 0:
        raise BinanceError(-2010, "Stop price would trigger immediately.")
    crosses = asked.limit_ticks is not None and asked.side.sign * (asked.limit_ticks - touch) >= 0
    if asked.words.get("post_only") and crosses:
        raise BinanceError(-2010, "Order would immediately match and take.")
