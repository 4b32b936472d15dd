"""What Binance's REST says of orders, trades and the account. Times are the rehearsal's, in milliseconds."""

from decimal import Decimal
from typing import Any

from tradewind.core.money import cash_to_decimal
from tradewind.core.orders import OrderType, TimeInForce
from tradewind.execution.venue_server.binance.asking import wire
from tradewind.execution.venue_server.books import Books
from tradewind.execution.venue_server.funds import held_for_orders, reserved_e8
from tradewind.execution.venue_server.listing import Listing
from tradewind.execution.venue_server.orders import Fill, Status, VenueOrder

STATUSES = {
    Status.NEW: "NEW",
    Status.HELD: "PENDING_NEW",
    Status.PARTLY: "PARTIALLY_FILLED",
    Status.FILLED: "FILLED",
    Status.CANCELED: "CANCELED",
    Status.EXPIRED: "EXPIRED",
    Status.REJECTED: "REJECTED",
    Status.REPLACED: "CANCELED",
}
TYPES = {
    OrderType.LIMIT: "LIMIT",
    OrderType.MARKET: "MARKET",
    OrderType.STOP: "STOP_LOSS",
    OrderType.STOP_LIMIT: "STOP_LOSS_LIMIT",
}
AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)


def ms(ts_ns: int) -> int:
    """Milliseconds since 1970."""
    return ts_ns // 1_000_000


def eight(amount: Decimal) -> str:
    """A figure with its eight decimals."""
    return f"{amount:.8f}"


def units(lots: int) -> str:
    """Lots (1e-8) or money (1e-8) as a figure."""
    return eight(cash_to_decimal(lots))


def status_of(one: VenueOrder) -> str:
    """Binance's word; what could not be had at once has expired there."""
    if one.status is Status.CANCELED and one.asked.time_in_force in AT_ONCE:
        return "EXPIRED"
    return STATUSES[one.status]


def type_of(one: VenueOrder) -> str:
    """Binance's word for the kind of order."""
    return "LIMIT_MAKER" if one.asked.words.get("post_only") else TYPES[one.asked.order_type]


def _common(books: Books, one: VenueOrder) -> dict[str, Any]:
    asked, listing = one.asked, books.listings[one.asked.instrument_id]
    market = asked.order_type is OrderType.MARKET
    return {
        "symbol": wire(listing),
        "orderId": one.number,
        "orderListId": -1,
        "clientOrderId": asked.client_order_id,
        "price": price(listing, asked.limit_ticks),
        "origQty": units(one.lots),
        "executedQty": units(one.filled_lots),
        "origQuoteOrderQty": asked.words.get("quote_quantity", "0.00000000"),
        "cummulativeQuoteQty": units(one.spent_e8),
        "status": status_of(one),
        "timeInForce": "GTC" if market else str(asked.time_in_force).upper(),
        "type": type_of(one),
        "side": str(asked.side).upper(),
        "selfTradePreventionMode": "NONE",
    } | ({} if one.asked.stop_ticks is None else {"stopPrice": price(listing, one.asked.stop_ticks)})


def price(listing: Listing, ticks: int | None) -> str:
    """A price; nothing where an order has none."""
    return eight(Decimal(0) if ticks is None else listing.price(ticks))


def order(books: Books, one: VenueOrder) -> dict[str, Any]:
    """An order as it is asked for."""
    return {
        "stopPrice": "0.00000000",
        **_common(books, one),
        "icebergQty": "0.00000000",
        "time": ms(one.created_ns),
        "updateTime": ms(one.updated_ns),
        "isWorking": one.status is not Status.HELD,
        "workingTime": ms(one.created_ns),
    }


def placed(books: Books, one: VenueOrder, detail: str) -> dict[str, Any]:
    """The answer to a new order: ``ACK``, ``RESULT`` or ``FULL``."""
    told = _common(books, one) | {"transactTime": ms(one.created_ns), "workingTime": ms(one.created_ns)}
    if detail == "ACK":
        return {
            key: told[key] for key in ("symbol", "orderId", "orderListId", "clientOrderId", "transactTime")
        }
    if detail == "RESULT":
        return told
    listing = books.listings[one.asked.instrument_id]
    fills = [
        {
            "price": price(listing, fill.price_ticks),
            "qty": units(fill.lots),
            "commission": units(fill.fee_e8),
            "commissionAsset": fill.fee_asset,
            "tradeId": fill.number,
        }
        for fill in (books.fills[number - 1] for number in one.fills)
    ]
    return told | {"fills": fills}


def canceled(books: Books, one: VenueOrder, name: str) -> dict[str, Any]:
    """The answer to a cancel; ``name`` is the cancel's own."""
    told = _common(books, one) | {"transactTime": ms(one.updated_ns)}
    return told | {"origClientOrderId": told["clientOrderId"], "clientOrderId": name}


def trade(books: Books, fill: Fill) -> dict[str, Any]:
    """An entry of ``myTrades``."""
    one = books.orders[fill.order - 1]
    listing = books.listings[one.asked.instrument_id]
    return {
        "symbol": wire(listing),
        "id": fill.number,
        "orderId": fill.order,
        "orderListId": -1,
        "price": price(listing, fill.price_ticks),
        "qty": units(fill.lots),
        "quoteQty": units(fill.value_e8),
        "commission": units(fill.fee_e8),
        "commissionAsset": fill.fee_asset,
        "time": ms(fill.ts_ns),
        "isBuyer": one.asked.side.sign > 0,
        "isMaker": fill.maker,
        "isBestMatch": True,
    }


def balances(books: Books) -> dict[str, tuple[int, int]]:
    """``(free, locked)`` by asset, in 1e-8."""
    told: dict[str, tuple[int, int]] = {}
    for currency, cash in books.account.cash_e8.items():
        locked = min(reserved_e8(books, currency), cash)
        told[currency] = (cash - locked, locked)
    for name, listing in books.listings.items():
        free, locked = told.get(listing.base, (0, 0))
        held = books.account.held(name)
        taken = min(held_for_orders(books, name), held)
        told[listing.base] = (free + held - taken, locked + taken)
    return told


def account(books: Books) -> dict[str, Any]:
    """The answer of ``/api/v3/account``."""
    fees = next(iter(books.listings.values())).instrument.fee_schedule
    rates = {"maker": units(fees.maker_rate_e8), "taker": units(fees.taker_rate_e8)}
    return {
        "makerCommission": fees.maker_rate_e8 // 10_000,
        "takerCommission": fees.taker_rate_e8 // 10_000,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": rates | {"buyer": "0.00000000", "seller": "0.00000000"},
        "canTrade": True,
        "canWithdraw": False,
        "canDeposit": False,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": ms(books.now_ns),
        "accountType": "SPOT",
        "balances": [
            {"asset": asset, "free": units(free), "locked": units(locked)}
            for asset, (free, locked) in balances(books).items()
        ],
        "permissions": ["SPOT"],
        "uid": int(books.name[:8], 16),
    }
