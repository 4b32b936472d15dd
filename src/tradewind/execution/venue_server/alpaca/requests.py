"""Orders as Alpaca's clients write them, read onto the grids; what cannot be is refused in its words."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import uuid4

import msgspec

from tradewind.core.errors import MoneyError
from tradewind.core.money import cash_from_decimal, to_grid_exact
from tradewind.core.orders import OrderType, Side, TimeInForce
from tradewind.execution.venue_server.desk import Desk
from tradewind.execution.venue_server.funds import price_of
from tradewind.execution.venue_server.inputs import RefusedError
from tradewind.execution.venue_server.listing import Listing
from tradewind.execution.venue_server.orders import Asked, VenueOrder

TYPES = {**{str(kind): kind for kind in OrderType}, "trailing_stop": OrderType.STOP}
CLASSES = ("", "simple", "bracket", "oco", "oto")
LONGEST_NAME = 128


def find(desk: Desk, word: object) -> Listing:
    """The listing that a symbol or an asset id means; coins are found without their slash too."""
    for listing in desk.listings.values():
        symbol = listing.instrument.symbol
        if word in (symbol, listing.asset_id) or (listing.is_coin and word == symbol.replace("/", "")):
            return listing
    raise RefusedError("no_asset", f'asset "{word}" not found')


def read_orders(desk: Desk, body: Mapping[str, Any]) -> tuple[Asked, ...]:
    """The orders of one ``POST /v2/orders``: the order itself, then its legs.

    Raises
    ------
    RefusedError
        Something is missing, contradicts itself, or is not offered here; the words name it.
    """
    listing = find(desk, body.get("symbol"))
    order_class = str(body.get("order_class") or "")
    if order_class not in CLASSES:
        raise RefusedError("invalid", f"order_class {order_class} is not offered here")
    if body.get("extended_hours"):
        raise RefusedError("invalid", "extended_hours is not offered here")
    main = _main(desk, body, listing, order_class)
    if order_class in ("", "simple"):
        if body.get("take_profit") or body.get("stop_loss"):
            raise RefusedError("invalid", "take_profit and stop_loss need order_class bracket, oco or oto")
        return (main,)
    if listing.is_coin:
        raise RefusedError("invalid", f"crypto orders cannot be of order_class {order_class}")
    if main.lots % 100_000_000:
        raise RefusedError("invalid", f"fractional orders must be simple orders, not {order_class}")
    return _with_legs(body, listing, order_class, main)


def _main(desk: Desk, body: Mapping[str, Any], listing: Listing, order_class: str) -> Asked:
    side = _word(body, "side", {"buy": Side.BUY, "sell": Side.SELL})
    kind = "limit" if order_class == "oco" and not body.get("type") else body.get("type")
    order_type = _word({"type": kind}, "type", TYPES)
    given = dict(body)
    if order_class == "oco":
        given["limit_price"] = (body.get("take_profit") or {}).get("limit_price", body.get("limit_price"))
    limit = _ticks(
        given, "limit_price", listing, needed=order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    )
    stops = order_type in (OrderType.STOP, OrderType.STOP_LIMIT) and kind != "trailing_stop"
    stop = _ticks(given, "stop_price", listing, needed=stops)
    trail_ticks, trail_e6 = _trail(given, listing) if kind == "trailing_stop" else (0, 0)
    name = str(body.get("client_order_id") or uuid4())
    if len(name) > LONGEST_NAME:
        raise RefusedError("invalid", f"client_order_id must be no more than {LONGEST_NAME} characters")
    asked = Asked(
        client_order_id=name,
        instrument_id=listing.id,
        side=side,
        lots=1,
        order_type=order_type,
        limit_ticks=limit,
        stop_ticks=stop,
        trail_ticks=trail_ticks,
        trail_e6=trail_e6,
        time_in_force=_time_in_force(body, listing),
        reduces=order_class == "oco",
        group=f"{name}:legs" if order_class == "oco" else "",
        words=_words(desk, body, listing, side, order_class),
    )
    return msgspec.structs.replace(asked, lots=_lots(desk, body, listing, asked))


def _words(
    desk: Desk, body: Mapping[str, Any], listing: Listing, side: Side, order_class: str
) -> dict[str, str]:
    held = desk.account.held(listing.id)
    opens = "to_open" if held * side.sign >= 0 else "to_close"
    words = {"position_intent": str(body.get("position_intent") or f"{side}_{opens}")}
    if order_class:
        words["order_class"] = order_class
    if body.get("notional"):
        words["notional"] = str(body["notional"])
    return words


def _with_legs(body: Mapping[str, Any], listing: Listing, order_class: str, main: Asked) -> tuple[Asked, ...]:
    profit, loss = body.get("take_profit") or {}, body.get("stop_loss") or {}
    if order_class in ("bracket", "oco") and not (profit and loss):
        raise RefusedError("invalid", f"{order_class} orders require take_profit and stop_loss")
    if order_class == "oto" and bool(profit) == bool(loss):
        raise RefusedError("invalid", "oto orders require exactly one of take_profit and stop_loss")
    away = main.side if order_class == "oco" else (Side.SELL if main.side is Side.BUY else Side.BUY)
    shared = msgspec.structs.replace(
        main,
        side=away,
        order_type=OrderType.LIMIT,
        limit_ticks=None,
        stop_ticks=None,
        reduces=True,
        waits=order_class != "oco",
        group=f"{main.client_order_id}:legs" if order_class != "oto" else "",
        words={"order_class": order_class, "position_intent": f"{away}_to_close"},
    )
    legs = []
    if profit and order_class != "oco":
        target = _ticks(profit, "limit_price", listing, needed=True, where="take_profit.")
        legs.append(msgspec.structs.replace(shared, client_order_id=str(uuid4()), limit_ticks=target))
    if loss:
        stop = _ticks(loss, "stop_price", listing, needed=True, where="stop_loss.")
        limit = _ticks(loss, "limit_price", listing, needed=False, where="stop_loss.")
        kind = OrderType.STOP if limit is None else OrderType.STOP_LIMIT
        leg = msgspec.structs.replace(shared, client_order_id=str(uuid4()), order_type=kind)
        legs.append(msgspec.structs.replace(leg, stop_ticks=stop, limit_ticks=limit))
    _check_sides(main, legs, order_class)
    return (main, *legs)


def _check_sides(main: Asked, legs: list[Asked], order_class: str) -> None:
    """A target lies beyond its stop, seen from the entry."""
    target = main.limit_ticks if order_class == "oco" else legs[0].limit_ticks
    stop = legs[-1].stop_ticks
    if target is None or stop is None or legs[-1].order_type is OrderType.LIMIT:
        return
    if (target - stop) * -legs[-1].side.sign <= 0:
        raise RefusedError("invalid", "take_profit.limit_price must be beyond stop_loss.stop_price")


def read_replacement(desk: Desk, old: VenueOrder, body: Mapping[str, Any]) -> Asked:
    """The order that ``PATCH /v2/orders/ID`` asks for in the place of an open one."""
    asked, listing = old.asked, desk.listings[old.asked.instrument_id]
    changes: dict[str, Any] = {
        "client_order_id": str(body.get("client_order_id") or uuid4()),
        "lots": old.lots,
        "stop_ticks": None if asked.trails else old.stop_ticks,
    }
    if body.get("qty") is not None:
        changes["lots"] = _grid(body["qty"], listing, "qty")
    if body.get("time_in_force") is not None:
        changes["time_in_force"] = _time_in_force(body, listing)
    for key, field in (("limit_price", "limit_ticks"), ("stop_price", "stop_ticks")):
        if body.get(key) is None:
            continue
        if getattr(asked, field) is None:
            raise RefusedError("invalid", f"{key} cannot be set on an order without one")
        changes[field] = _ticks(body, key, listing, needed=True)
    if body.get("trail") is not None:
        if not asked.trails:
            raise RefusedError("invalid", "trail is for trailing stop orders only")
        key = "trail_price" if asked.trail_ticks else "trail_percent"
        changes["trail_ticks"], changes["trail_e6"] = _trail({key: body["trail"]}, listing)
    return msgspec.structs.replace(asked, **changes)


def read_closing(desk: Desk, listing: Listing, query: Mapping[str, str]) -> Asked:
    """The market order that closes a position, or the part of it that ``qty`` or ``percentage`` say."""
    held = desk.account.held(listing.id)
    if not held:
        raise RefusedError("no_position", "position does not exist")
    side = Side.SELL if held > 0 else Side.BUY
    lots = abs(held)
    if query.get("qty"):
        lots = _grid(query["qty"], listing, "qty")
    elif query.get("percentage"):
        part = _decimal(query["percentage"], "percentage")
        if not 0 < part <= 100:
            raise RefusedError("invalid", "percentage must be above 0 and at most 100")
        step = cash_from_decimal(listing.step)
        lots = lots if part == 100 else int(lots * part / 100) // step * step
    if lots <= 0:
        raise RefusedError("invalid", "qty must be > 0")
    return Asked(
        client_order_id=str(uuid4()),
        instrument_id=listing.id,
        side=side,
        lots=lots,
        time_in_force=TimeInForce.GTC if listing.is_coin else TimeInForce.DAY,
        words={"position_intent": f"{side}_to_close"},
    )


def _lots(desk: Desk, body: Mapping[str, Any], listing: Listing, asked: Asked) -> int:
    quantity, notional = body.get("qty"), body.get("notional")
    if (quantity is None) == (notional is None):
        raise RefusedError("invalid", "exactly one of qty and notional is required")
    if quantity is not None:
        return _grid(quantity, listing, "qty")
    if asked.order_type is not OrderType.MARKET:
        raise RefusedError("invalid", "notional is for market orders only here")
    amount = _decimal(notional, "notional")
    exact = amount / listing.price(price_of(desk, asked))
    units = exact // listing.step * listing.step
    if units <= 0:
        raise RefusedError("invalid", "notional is too small")
    return cash_from_decimal(units)


def _grid(value: object, listing: Listing, key: str) -> int:
    amount = _decimal(value, key)
    if amount <= 0:
        raise RefusedError("invalid", f"{key} must be > 0")
    try:
        to_grid_exact(amount, listing.step, key)
        return to_grid_exact(amount, listing.instrument.lot, key)
    except MoneyError as error:
        raise RefusedError("invalid", f"{key} must be a multiple of {listing.step}") from error


def _ticks(
    body: Mapping[str, Any], key: str, listing: Listing, *, needed: bool, where: str = ""
) -> int | None:
    value = body.get(key)
    if value is None:
        if needed:
            raise RefusedError("invalid", f"{where}{key} is required")
        return None
    amount = _decimal(value, f"{where}{key}")
    if amount <= 0:
        raise RefusedError("invalid", f"{where}{key} must be > 0")
    try:
        return to_grid_exact(amount, listing.instrument.tick, key)
    except MoneyError as error:
        what = f"invalid {where}{key} {value}. sub-penny increment does not fulfill minimum pricing criteria"
        raise RefusedError("invalid", what) from error


def _trail(body: Mapping[str, Any], listing: Listing) -> tuple[int, int]:
    """``(ticks, parts in a million)`` of which one is nothing."""
    if (body.get("trail_price") is None) == (body.get("trail_percent") is None):
        raise RefusedError("invalid", "exactly one of trail_price and trail_percent is required")
    if body.get("trail_price") is not None:
        return _ticks(body, "trail_price", listing, needed=True) or 0, 0
    percent = _decimal(body["trail_percent"], "trail_percent")
    parts = int(percent.scaleb(4))
    if not 0 < parts < 1_000_000:
        raise RefusedError("invalid", "trail_percent must be above 0 and below 100")
    return 0, parts


def _time_in_force(body: Mapping[str, Any], listing: Listing) -> TimeInForce:
    found: TimeInForce = _word(body, "time_in_force", {str(one): one for one in TimeInForce})
    if listing.is_coin and found in (TimeInForce.DAY, TimeInForce.FOK):
        raise RefusedError("invalid", "invalid crypto time_in_force")
    return found


def _word(body: Mapping[str, Any], key: str, known: Mapping[str, Any]) -> Any:
    word = str(body.get(key) or "")
    if word not in known:
        offered = ", ".join(known)
        raise RefusedError("invalid", f"invalid {key} {word!r}: offered here are {offered}")
    return known[word]


def _decimal(value: object, key: str) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation as error:
        raise RefusedError("invalid", f"{key} is not a number: {value!r}") from error
    if not amount.is_finite():
        raise RefusedError("invalid", f"{key} is not a number: {value!r}")
    return amount
