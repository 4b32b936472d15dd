"""Stops and targets of a position: where it is left without any further forecast.

Asked for by ``planner: {protection: {stop_atr: 2, target_atr: 3, trail: true, longest_bars: 20}}``. An order
that opens leaves as a bracket: stop and target are its children, wait until it has filled, and cancel one
another. They only reduce. With each decision of the same holder they are held against the position: one that
is covered as it is keeps its orders, one that changed gets new ones at the old levels, and one that is left
takes them along (the planner cancels them). A trailing stop follows the mark and never moves back, with each
decision and with each bar between (:mod:`tradewind.execution.trailing`); a position that is held for its
longest time is left at the market, unless the decision itself trades. A decision may bring rules of its own.

Pure: what rests is read from the book's open orders, so there is nothing to remember. Distances are average
true ranges from the decision's own factors, or a percentage where there are none.
"""

import math
from collections.abc import Callable, Sequence

import msgspec

from tradewind.core.decisions import CancelRequested, DecisionMade, OrderRefused, OrderRequested, Refused
from tradewind.core.instruments import Instrument
from tradewind.core.money import divide_half_even
from tradewind.core.orders import Order, OrderState, OrderType, Side
from tradewind.core.protection import ProtectionSettings
from tradewind.core.trading_calendar import ALWAYS_OPEN, TradingCalendar
from tradewind.core.vocabulary import Contingency
from tradewind.kernels.stops import (
    atr_distance_ticks,
    distance_ticks,
    stop_level,
    target_level,
    trailing_level,
)

STOP, TARGET, TIME = "stop", "target", "time_stop"
"""Tags of the orders that protect."""

Protective = OrderRequested | CancelRequested | OrderRefused
MakeOrder = Callable[..., Order]
"""``(side, lots, order_type=, limit_ticks=, stop_ticks=, ...)`` to an order of the decision, numbered."""


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to protect: signed lots that stay, their average price, since when, and the price now."""

    lots: int
    entry_ticks: int
    opened_ns: int
    mark_ticks: int | None


class Levels(msgspec.Struct, frozen=True, kw_only=True):
    """Where a position is left; None where there is no such rule."""

    stop: int | None
    target: int | None
    trail_pct: float = 0.0
    """How far the stop keeps from the price that it follows, in percent of it; 0 for one that stays."""


def average_ticks(cost_e8: int, lots: int, instrument: Instrument) -> int:
    """Average price in ticks of signed lots that cost so much."""
    numerator, denominator = instrument.ratio
    cost = cost_e8 if lots > 0 else -cost_e8
    return divide_half_even(cost * denominator, abs(lots) * numerator)


def protect(
    position: Position,
    openings: Sequence[Order],
    resting: Sequence[OrderState],
    decision: DecisionMade,
    instrument: Instrument,
    rules: ProtectionSettings,
    make: MakeOrder,
    *,
    grouped: bool = True,
    calendar: TradingCalendar = ALWAYS_OPEN,
) -> tuple[Protective, ...]:
    """Cancels and orders that leave a position protected, whatever became of it since the last decision.

    Parameters
    ----------
    position
        What is held and stays after the decision's own orders; 0 lots where nothing is held, or it is left.
    openings
        Orders of this decision that open: each gets its own stop and target as a bracket.
    resting
        The holder's open orders that protect, and those that open (parents of brackets), as they are now.
    grouped
        Whether the broker takes orders in groups; else a stop alone rests, once the position is held.

    Returns
    -------
    tuple
        A refusal of rule ``protection`` where a level is asked for and neither an average true range nor a
        percentage is known; the caller lets no order that opens leave then.
    """
    wants_levels = rules.stop_atr or rules.stop_pct or rules.target_atr or rules.target_pct
    if wants_levels and openings and _distances(decision, instrument, rules, 1) is None:
        return tuple(_unprotected(order, decision) for order in openings)
    planned: list[Protective] = []
    if position.lots:
        planned += _guard(position, resting, decision, instrument, rules, make, grouped, calendar)
    for opening in openings if grouped else ():
        entry = opening.limit_price_ticks
        entry = entry if entry is not None else position.mark_ticks
        if entry is not None:
            levels = _levels(opening.side.sign, entry, decision, instrument, rules)
            planned += _legs(
                opening.side.sign * opening.quantity_lots, levels, decision, make, opening.client_order_id
            )
    return tuple(planned)


def protects(order: Order) -> bool:
    """Whether an order only stands to leave a position at a level."""
    return order.reduce_only and order.order_type is not OrderType.MARKET


def _guard(
    position: Position,
    resting: Sequence[OrderState],
    decision: DecisionMade,
    instrument: Instrument,
    rules: ProtectionSettings,
    make: MakeOrder,
    grouped: bool,
    calendar: TradingCalendar,
) -> list[Protective]:
    """Hold the orders of what is held against it; those of entries that still wait are left to them."""
    parents = {state.order.client_order_id: state for state in resting if not protects(state.order)}
    own = [state for state in resting if protects(state.order)]
    waiting = [state for state in own if state.order.parent_id in parents]
    legs = [state for state in own if state.order.parent_id not in parents]
    lots = abs(position.lots) - sum(parents[i].filled_lots for i in {s.order.parent_id for s in waiting})
    if lots <= 0:
        return []
    out = [s for s in resting if s.order.reduce_only and not protects(s.order)]
    if (
        rules.longest_bars
        and not out
        and _bars_held(position.opened_ns, decision, calendar) >= rules.longest_bars
    ):
        leave = make(_exit_side(position), abs(position.lots), order_type=OrderType.MARKET, tag=TIME)
        gone = [_cancel(decision, state, "its position is held for its longest time") for state in own]
        return [*gone, OrderRequested(ts_event=decision.ts_event, order=leave)]
    fresh = _levels(1 if position.lots > 0 else -1, position.entry_ticks, decision, instrument, rules)
    levels = _levels_now(position, legs, fresh, decision, instrument, rules)
    if not grouped:
        levels = msgspec.structs.replace(levels, target=None)
    if _covered(legs, lots, levels, position):
        return []
    gone = [_cancel(decision, state, "its position or its level has changed") for state in legs]
    signed = lots if position.lots > 0 else -lots
    return [*gone, *_legs(signed, levels, decision, make, "")]


def _levels_now(
    position: Position,
    legs: Sequence[OrderState],
    fresh: Levels,
    decision: DecisionMade,
    instrument: Instrument,
    rules: ProtectionSettings,
) -> Levels:
    """Levels stay where they were set; only a trailing stop moves, and only towards the price."""
    side = 1 if position.lots > 0 else -1
    stops = [s.order.stop_price_ticks for s in legs if s.order.stop_price_ticks is not None]
    targets = [s.order.limit_price_ticks for s in legs if s.order.order_type is OrderType.LIMIT]
    stop = side * max(side * ticks for ticks in stops) if stops else fresh.stop
    target = targets[0] if targets else fresh.target
    away = _distances(decision, instrument, rules, abs(position.mark_ticks or 0))
    if rules.trail and stop is not None and away is not None and position.mark_ticks is not None and away[0]:
        trailed = _possible(stop_level(side, position.mark_ticks, away[0]), instrument)
        stop = trailing_level(side, stop, position.mark_ticks, away[0]) if trailed is not None else stop
    trail_pct = fresh.trail_pct
    if away is not None and position.mark_ticks:
        trail_pct = _trail_pct(rules, away[0], position.mark_ticks)
    return Levels(stop=stop, target=target, trail_pct=trail_pct)


def _covered(legs: Sequence[OrderState], lots: int, levels: Levels, position: Position) -> bool:
    """Whether the orders that rest are those that would be sent now."""
    side = _exit_side(position)
    if any(state.order.side is not side for state in legs):
        return False
    stops = [s for s in legs if s.order.stop_price_ticks is not None]
    targets = [s for s in legs if s.order.order_type is OrderType.LIMIT]
    at_level = all(s.order.stop_price_ticks == levels.stop for s in stops)
    whole = sum(s.remaining_lots for s in stops) == (lots if levels.stop is not None else 0)
    return (
        whole
        and at_level
        and sum(s.remaining_lots for s in targets) == (lots if levels.target is not None else 0)
    )


def _legs(
    signed_lots: int, levels: Levels, decision: DecisionMade, make: MakeOrder, parent_id: str
) -> list[Protective]:
    """A stop and a target that cancel one another, for a position of that many lots or an entry to it."""
    side = Side.SELL if signed_lots > 0 else Side.BUY
    both = levels.stop is not None and levels.target is not None
    contingency = Contingency.OTO if parent_id else Contingency.OCO if both else Contingency.NONE
    # Distinct for each decision, so that new orders never meet old ones that are on their way out.
    group = f"{parent_id or decision.decision_id}.exit" if both else ""
    common = {"contingency": contingency, "group_id": group, "parent_id": parent_id}
    made: list[Order] = []
    if levels.stop is not None:
        made.append(
            make(
                side,
                abs(signed_lots),
                order_type=OrderType.STOP,
                stop_ticks=levels.stop,
                trail_pct=levels.trail_pct,
                tag=STOP,
                **common,
            )
        )
    if levels.target is not None:
        made.append(
            make(
                side,
                abs(signed_lots),
                order_type=OrderType.LIMIT,
                limit_ticks=levels.target,
                tag=TARGET,
                **common,
            )
        )
    return [OrderRequested(ts_event=decision.ts_event, order=order) for order in made]


def _levels(
    side: int, entry_ticks: int, decision: DecisionMade, instrument: Instrument, rules: ProtectionSettings
) -> Levels:
    away = _distances(decision, instrument, rules, abs(entry_ticks))
    if away is None:
        return Levels(stop=None, target=None)
    stop, target = away
    return Levels(
        stop=_possible(stop_level(side, entry_ticks, stop), instrument) if stop else None,
        target=_possible(target_level(side, entry_ticks, target), instrument) if target else None,
        trail_pct=_trail_pct(rules, stop, entry_ticks),
    )


def _trail_pct(rules: ProtectionSettings, distance: int, price_ticks: int) -> float:
    """A trailing stop's distance as a part of the price: it holds through splits and great moves."""
    return 100.0 * distance / abs(price_ticks) if rules.trail and price_ticks else 0.0


def _distances(
    decision: DecisionMade, instrument: Instrument, rules: ProtectionSettings, price_ticks: int
) -> tuple[int, int] | None:
    """Ticks to stop and target, 0 where there is none; None where one is asked for and cannot be had."""
    found = []
    average = _average_range(decision, instrument, price_ticks)
    for ranges, percent in ((rules.stop_atr, rules.stop_pct), (rules.target_atr, rules.target_pct)):
        if ranges and average is not None:
            found.append(atr_distance_ticks(average, ranges, instrument.tick_float))
        elif percent:
            found.append(distance_ticks(price_ticks, percent / 100.0))
        elif ranges:
            return None
        else:
            found.append(0)
    return found[0], found[1]


def _average_range(decision: DecisionMade, instrument: Instrument, price_ticks: int) -> float | None:
    """Average true range in price units, from the decision's factors."""
    for name, scale in (("atr", 1.0), ("atr_14", 1.0), ("atr_pct_14", price_ticks * instrument.tick_float)):
        value = decision.factors.get(name, 0.0) * scale
        if value > 0.0 and math.isfinite(value):
            return value
    return None


def _possible(ticks: int, instrument: Instrument) -> int | None:
    """A level that the price can have; one that it never reaches is none."""
    return ticks if ticks >= 1 or instrument.negative_prices else None


def _bars_held(opened_ns: int, decision: DecisionMade, calendar: TradingCalendar) -> float:
    """Bars of the decision's timeframe since the position was opened, counted in trading time."""
    return calendar.bars_between(opened_ns, decision.ts_event, decision.timeframe) if opened_ns else 0.0


def _exit_side(position: Position) -> Side:
    return Side.SELL if position.lots > 0 else Side.BUY


def _cancel(decision: DecisionMade, state: OrderState, reason: str) -> CancelRequested:
    return CancelRequested(
        ts_event=decision.ts_event,
        client_order_id=state.order.client_order_id,
        instrument_id=decision.instrument_id,
        reason=reason,
    )


def _unprotected(order: Order, decision: DecisionMade) -> OrderRefused:
    reason = (
        f"Neither an average true range of {order.instrument_id} is known to set its stop and target by, "
        "nor is a percentage given."
    )
    return OrderRefused(
        ts_event=decision.ts_event, order=order, refusal=Refused(rule="protection", reason=reason)
    )
