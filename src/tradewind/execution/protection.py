"""Stops and targets of one position: resting at the venue where it offers them, else watched in the loop.

A trailing stop is always the loop's: on each bar the level follows the best price and the resting stop is
replaced. Pure: state in, state and events out. A bar is first held against the levels as they stood before
it, then it moves them, so nothing looks ahead.
"""

import msgspec

from tradewind.core.decisions import CancelRequested, OrderRequested
from tradewind.core.errors import ConfigError, OrderError
from tradewind.core.orders import Order, OrderType, Side
from tradewind.core.settings import Age, Length, Limit, Part, Settings
from tradewind.execution.planner import client_order_id
from tradewind.kernels.fills import NO_FILL, exit_on_bar
from tradewind.kernels.stops import (
    atr_distance_ticks,
    best_price,
    distance_ticks,
    nearer_stop,
    stop_level,
    target_level,
    time_is_up,
    trailing_level,
)

ProtectionEvent = OrderRequested | CancelRequested


class ProtectionRules(Settings, frozen=True, kw_only=True):
    """Where a position is left; 0 switches a rule off. Of several stops the nearest counts."""

    stop_pct: Part = 0.0
    atr_stop: Length = 0.0
    """Average true ranges from the entry."""
    trail_pct: Part = 0.0
    """Part of the entry price at which the stop follows the best price."""
    target_pct: Limit = 0.0
    most_ns: Age = 0
    """Longest time in the position."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if not getattr(self, name) >= 0:
                message = f"The protection rule {name} is {getattr(self, name)}."
                raise ConfigError(message, "Set it to 0 (off) or more.")


class Protection(msgspec.Struct, frozen=True, kw_only=True):
    """The levels of one position and the orders that stand for them; 0 or empty where there is none."""

    decision_id: str
    strategy: str
    instrument_id: str
    position_lots: int
    opened_ns: int
    stop_ticks: int
    target_ticks: int
    trail_ticks: int
    best_ticks: int
    most_ns: int
    native: bool
    """The venue holds stop and target; else the loop watches them and leaves at the market."""
    orders_made: int = 0
    stop_id: str = ""
    target_id: str = ""


def protect(
    opening: Order,
    position_lots: int,
    entry_ticks: int,
    opened_ns: int,
    rules: ProtectionRules,
    *,
    tick_size: float,
    average_true_range: float = 0.0,
    native: bool,
) -> tuple[Protection, tuple[ProtectionEvent, ...]]:
    """Levels for a position just opened by ``opening``, and where ``native`` the orders that stand for them.

    Raises
    ------
    OrderError
        There is no position, or an ATR stop is wanted and the average true range is not positive.
    """
    if position_lots == 0:
        message = f"Order {opening.client_order_id} left no position in {opening.instrument_id} to protect."
        raise OrderError(message, "Protect a position after the fill that opens it.")
    stop = 0
    if rules.stop_pct > 0.0:
        stop = stop_level(position_lots, entry_ticks, distance_ticks(entry_ticks, rules.stop_pct / 100.0))
    if rules.atr_stop > 0.0:
        distance = atr_distance_ticks(_positive(average_true_range, opening), rules.atr_stop, tick_size)
        stop = nearer_stop(position_lots, stop, stop_level(position_lots, entry_ticks, distance))
    trail = distance_ticks(entry_ticks, rules.trail_pct / 100.0) if rules.trail_pct > 0.0 else 0
    if trail:
        stop = nearer_stop(position_lots, stop, stop_level(position_lots, entry_ticks, trail))
    target = 0
    if rules.target_pct > 0.0:
        away = distance_ticks(entry_ticks, rules.target_pct / 100.0)
        target = target_level(position_lots, entry_ticks, away)
    protection = Protection(
        decision_id=opening.decision_id,
        strategy=opening.strategy,
        instrument_id=opening.instrument_id,
        position_lots=position_lots,
        opened_ns=opened_ns,
        stop_ticks=stop,
        target_ticks=target,
        trail_ticks=trail,
        best_ticks=entry_ticks,
        most_ns=rules.most_ns,
        native=native,
    )
    return _rest_orders(protection, opened_ns) if native else (protection, ())


def watch_bar(
    protection: Protection, open_ticks: int, high_ticks: int, low_ticks: int, ts_ns: int
) -> tuple[Protection | None, tuple[ProtectionEvent, ...]]:
    """What one bar means for the position: ``(protection, events)``, None once the position is to be left.

    The bar must lie after the entry. Where the venue holds the orders it has dealt with stop and target
    already; drop the protection when the position is gone.
    """
    levels = (protection.stop_ticks, protection.target_ticks)
    if not protection.native:
        outcome, _ = exit_on_bar(protection.position_lots, open_ticks, high_ticks, low_ticks, *levels, 0)
        if outcome != NO_FILL:
            return None, _leave(protection, ts_ns)
    if time_is_up(protection.opened_ns, ts_ns, protection.most_ns):
        return None, _leave(protection, ts_ns)
    if not protection.trail_ticks:
        return protection, ()
    side = protection.position_lots
    best = best_price(side, protection.best_ticks, high_ticks, low_ticks)
    stop = trailing_level(side, protection.stop_ticks, best, protection.trail_ticks)
    moved = stop != protection.stop_ticks
    protection = msgspec.structs.replace(protection, best_ticks=best, stop_ticks=stop)
    if not (moved and protection.native):
        return protection, ()
    cancel = _cancel(protection, protection.stop_id, ts_ns, "its level has moved")
    protection, requested = _order(protection, ts_ns, stop_ticks=stop)
    protection = msgspec.structs.replace(protection, stop_id=requested.order.client_order_id)
    return protection, (cancel, requested)


def _positive(average_true_range: float, opening: Order) -> float:
    if average_true_range > 0.0:
        return average_true_range
    message = (
        f"The average true range of {opening.instrument_id} is {average_true_range}: no "
        "stop can be set by it."
    )
    raise OrderError(message, "Wait until enough bars are there, or set stop_pct.")


def _rest_orders(protection: Protection, ts_ns: int) -> tuple[Protection, tuple[ProtectionEvent, ...]]:
    events: list[ProtectionEvent] = []
    if protection.stop_ticks:
        protection, requested = _order(protection, ts_ns, stop_ticks=protection.stop_ticks)
        protection = msgspec.structs.replace(protection, stop_id=requested.order.client_order_id)
        events.append(requested)
    if protection.target_ticks:
        protection, requested = _order(protection, ts_ns, limit_ticks=protection.target_ticks)
        protection = msgspec.structs.replace(protection, target_id=requested.order.client_order_id)
        events.append(requested)
    return protection, tuple(events)


def _leave(protection: Protection, ts_ns: int) -> tuple[ProtectionEvent, ...]:
    resting = [i for i in (protection.stop_id, protection.target_id) if i]
    cancels = [_cancel(protection, i, ts_ns, "its position is being left") for i in resting]
    return (*cancels, _order(protection, ts_ns)[1])


def _order(
    protection: Protection, ts_ns: int, *, stop_ticks: int = 0, limit_ticks: int = 0
) -> tuple[Protection, OrderRequested]:
    """An order that only reduces: a stop, a target, or with neither level the market."""
    kind = OrderType.STOP if stop_ticks else OrderType.LIMIT if limit_ticks else OrderType.MARKET
    order = Order(
        client_order_id=client_order_id(f"{protection.decision_id}.p", protection.orders_made),
        decision_id=protection.decision_id,
        strategy=protection.strategy,
        instrument_id=protection.instrument_id,
        side=Side.SELL if protection.position_lots > 0 else Side.BUY,
        quantity_lots=abs(protection.position_lots),
        order_type=kind,
        limit_price_ticks=limit_ticks or None,
        stop_price_ticks=stop_ticks or None,
        reduce_only=True,
        ts_decided=ts_ns,
    )
    after = msgspec.structs.replace(protection, orders_made=protection.orders_made + 1)
    return after, OrderRequested(ts_event=ts_ns, order=order)


def _cancel(protection: Protection, order_id: str, ts_ns: int, reason: str) -> CancelRequested:
    return CancelRequested(
        ts_event=ts_ns, client_order_id=order_id, instrument_id=protection.instrument_id, reason=reason
    )
