"""What Alpaca's REST says of orders, positions, the account and fills.

Source: https://docs.alpaca.markets/reference (trading API v2). Figures are decimal strings, times RFC 3339.
"""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from uuid import uuid5

from tradewind.core.money import cash_to_decimal, divide_half_even, notional_e8, to_decimal
from tradewind.core.orders import Side
from tradewind.core.timestamps import NS_PER_S, from_ns
from tradewind.execution.venue_server.account import worth_of
from tradewind.execution.venue_server.desk import Desk
from tradewind.execution.venue_server.funds import LEVERAGE, buying_power_e8, held_for_orders
from tradewind.execution.venue_server.listing import NAMESPACE, Listing
from tradewind.execution.venue_server.orders import Fill, VenueOrder

DOLLARS = "USD"
EXCHANGES = {"XNAS": "NASDAQ", "XNYS": "NYSE", "ARCX": "ARCA", "BATS": "BATS", "XASE": "AMEX"}


def moment(ts_ns: int) -> str:
    """``2021-03-16T18:38:01.942282000Z``."""
    return f"{from_ns(ts_ns):%Y-%m-%dT%H:%M:%S}.{ts_ns % NS_PER_S:09d}Z"


def text(amount: Decimal) -> str:
    """A figure without needless zeros and without an exponent."""
    return f"{amount.normalize():f}" if amount else "0"


def quantity(lots: int) -> str:
    """Lots as units."""
    return text(cash_to_decimal(lots))


def money(cash_e8: int) -> str:
    """An amount of dollars."""
    return text(cash_to_decimal(cash_e8))


def account_id(desk: Desk) -> str:
    """The account's UUID."""
    return str(uuid5(NAMESPACE, f"account:{desk.name}"))


def asset_class(listing: Listing) -> str:
    """``crypto`` or ``us_equity``."""
    return "crypto" if listing.is_coin else "us_equity"


def asset(listing: Listing) -> dict[str, Any]:
    """An entry of ``/v2/assets``."""
    coin = listing.is_coin
    told: dict[str, Any] = {
        "id": listing.asset_id,
        "class": asset_class(listing),
        "exchange": exchange(listing),
        "symbol": listing.instrument.symbol,
        "name": listing.instrument.symbol,
        "status": "active",
        "tradable": True,
        "marginable": not coin,
        "shortable": listing.instrument.shortable,
        "easy_to_borrow": listing.instrument.shortable,
        "fractionable": True,
        "min_trade_increment": text(listing.step),
        "price_increment": text(listing.instrument.tick),
        "maintenance_margin_requirement": 100 if coin else 25,
        "attributes": [],
    }
    return told | ({"min_order_size": text(listing.step)} if coin else {})


def exchange(listing: Listing) -> str:
    """Alpaca's word for where it trades."""
    return "CRYPTO" if listing.is_coin else EXCHANGES.get(listing.instrument.venue, "OTC")


def order(desk: Desk, one: VenueOrder, *, nested: bool = False) -> dict[str, Any]:
    """An order; with ``nested`` its legs are in it."""
    asked, listing = one.asked, desk.listings[one.asked.instrument_id]
    ended = {one.status.value: moment(one.ended_ns)} if one.ended_ns else {}
    kind = "trailing_stop" if asked.trails else str(asked.order_type)
    legs = [order(desk, desk.orders[leg - 1]) for leg in one.legs] if nested and one.legs else None
    return {
        "id": one.id,
        "client_order_id": asked.client_order_id,
        "created_at": moment(one.created_ns),
        "updated_at": moment(one.updated_ns),
        "submitted_at": moment(one.created_ns),
        "filled_at": ended.get("filled"),
        "expired_at": ended.get("expired"),
        "canceled_at": ended.get("canceled"),
        "failed_at": ended.get("rejected"),
        "replaced_at": ended.get("replaced"),
        "replaced_by": desk.orders[one.replaced_by - 1].id if one.replaced_by else None,
        "replaces": desk.orders[one.replaces - 1].id if one.replaces else None,
        "asset_id": listing.asset_id,
        "symbol": listing.instrument.symbol,
        "asset_class": asset_class(listing),
        "notional": asked.words.get("notional"),
        "qty": quantity(one.lots),
        "filled_qty": quantity(one.filled_lots),
        "filled_avg_price": text(average(one, listing)) if one.filled_lots else None,
        "order_class": asked.words.get("order_class", ""),
        "order_type": kind,
        "type": kind,
        "side": str(asked.side),
        "position_intent": asked.words.get("position_intent"),
        "time_in_force": str(asked.time_in_force),
        "limit_price": _price(listing, asked.limit_ticks),
        "stop_price": _price(listing, one.stop_ticks),
        "status": str(one.status),
        "extended_hours": False,
        "legs": legs,
        "trail_percent": text(Decimal(asked.trail_e6).scaleb(-4)) if asked.trail_e6 else None,
        "trail_price": _price(listing, asked.trail_ticks or None),
        "hwm": _price(listing, one.high_water_ticks),
    }


def average(one: VenueOrder, listing: Listing) -> Decimal:
    """Mean price of what is filled, to a millionth of a tick."""
    micro = divide_half_even(one.filled_value * 1_000_000, one.filled_lots)
    return to_decimal(micro, listing.instrument.tick.scaleb(-6))


def _price(listing: Listing, ticks: int | None) -> str | None:
    return None if ticks is None else text(listing.price(ticks))


def position(desk: Desk, listing: Listing) -> dict[str, Any]:
    """A holding at the last price."""
    held = desk.account.holdings[listing.id]
    last = desk.shown[listing.id].last_ticks if listing.id in desk.shown else 0
    value = notional_e8(last, held.lots, listing.instrument.ratio)
    gain = value - held.cost_e8
    part = Decimal(gain) / abs(held.cost_e8) if held.cost_e8 else Decimal(0)
    entry = abs(cash_to_decimal(held.cost_e8) / cash_to_decimal(held.lots))
    before = previous_close(desk, listing) or listing.price(last)
    today = listing.price(last) / before - 1
    day_gain = (listing.price(last) - before) * cash_to_decimal(held.lots)
    return {
        "asset_id": listing.asset_id,
        "symbol": listing.instrument.symbol,
        "exchange": exchange(listing),
        "asset_class": asset_class(listing),
        "asset_marginable": not listing.is_coin,
        "avg_entry_price": text(entry.quantize(Decimal("1e-9"), rounding=ROUND_HALF_EVEN)),
        "qty": quantity(held.lots),
        "qty_available": quantity(_available(desk, listing, held.lots)),
        "side": "long" if held.lots > 0 else "short",
        "market_value": money(value),
        "cost_basis": money(held.cost_e8),
        "unrealized_pl": money(gain),
        "unrealized_plpc": text(part.quantize(Decimal("1e-12"), rounding=ROUND_HALF_EVEN)),
        "unrealized_intraday_pl": text(day_gain.quantize(Decimal("1e-8"), rounding=ROUND_HALF_EVEN)),
        "unrealized_intraday_plpc": text(today.quantize(Decimal("1e-12"), rounding=ROUND_HALF_EVEN)),
        "current_price": text(listing.price(last)),
        "lastday_price": text(before),
        "change_today": text(today.quantize(Decimal("1e-12"), rounding=ROUND_HALF_EVEN)),
    }


def _available(desk: Desk, listing: Listing, lots: int) -> int:
    left = max(abs(lots) - held_for_orders(desk, listing.id), 0)
    return left if lots > 0 else -left


def previous_close(desk: Desk, listing: Listing) -> Decimal | None:
    """Close of the newest bar before the trading day that it is now; None where there is none."""
    calendar = desk.tape.calendars.get(listing.instrument.calendar)
    day_ns = 86_400 * NS_PER_S
    start = desk.now_ns // day_ns * day_ns if calendar is None else calendar.session_bounds(desk.now_ns)[0]
    for bar in reversed(desk.bars[listing.id]):
        if bar.ts_event <= start:
            return Decimal(repr(bar.close)).quantize(listing.instrument.tick, rounding=ROUND_HALF_EVEN)
    return None


def account(desk: Desk) -> dict[str, Any]:
    """The answer of ``/v2/account``."""
    worth = worth_of(desk.account, desk.listings, desk.marks(), DOLLARS)
    power = money(buying_power_e8(desk, DOLLARS, coins=False))
    gross = worth.long_e8 - worth.short_e8
    return {
        "id": account_id(desk),
        "account_number": f"PA{desk.name[:10].upper()}",
        "status": "ACTIVE",
        "crypto_status": "ACTIVE",
        "currency": DOLLARS,
        "buying_power": power,
        "regt_buying_power": power,
        "non_marginable_buying_power": money(buying_power_e8(desk, DOLLARS, coins=True)),
        "cash": money(worth.cash_e8),
        "accrued_fees": "0",
        "pending_transfer_in": "0",
        "pending_transfer_out": "0",
        "portfolio_value": money(worth.equity_e8),
        "equity": money(worth.equity_e8),
        "last_equity": money(desk.day_equity_e8.get(DOLLARS, 0)),
        "long_market_value": money(worth.long_e8),
        "short_market_value": money(worth.short_e8),
        "initial_margin": money(gross // LEVERAGE),
        "maintenance_margin": money(gross // 4),
        "last_maintenance_margin": money(gross // 4),
        "sma": "0",
        "multiplier": str(LEVERAGE),
        "trading_blocked": False,
        "transfers_blocked": False,
        "account_blocked": False,
        "trade_suspended_by_user": False,
        "shorting_enabled": True,
        "created_at": moment(desk.tape.start_ns),
    }


def fill_activity(desk: Desk, fill: Fill) -> dict[str, Any]:
    """An entry of ``/v2/account/activities/FILL``."""
    one = desk.orders[fill.order - 1]
    listing = desk.listings[one.asked.instrument_id]
    whole = fill.left_lots == 0
    stamp = f"{from_ns(fill.ts_ns):%Y%m%d%H%M%S}{fill.ts_ns % NS_PER_S // 1_000_000:03d}"
    return {
        "id": f"{stamp}::{execution_id(desk, fill)}",
        "account_id": account_id(desk),
        "activity_type": "FILL",
        "transaction_time": moment(fill.ts_ns),
        "type": "fill" if whole else "partial_fill",
        "price": text(listing.price(fill.price_ticks)),
        "qty": quantity(fill.lots),
        "side": "buy" if one.asked.side is Side.BUY else "sell",
        "symbol": listing.instrument.symbol,
        "leaves_qty": quantity(fill.left_lots),
        "order_id": one.id,
        "cum_qty": quantity(one.lots - fill.left_lots),
        "order_status": "filled" if whole else "partially_filled",
    }


def execution_id(desk: Desk, fill: Fill) -> str:
    """A fill's UUID."""
    return str(uuid5(NAMESPACE, f"fill:{desk.name}:{fill.number}"))
