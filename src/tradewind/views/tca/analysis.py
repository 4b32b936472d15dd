"""A session's transaction costs, from the records of its journal alone."""

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from tradewind.core.events import Record, SessionStarted
from tradewind.core.orders import Order
from tradewind.core.timestamps import NS_PER_HOUR, iso
from tradewind.core.vocabulary import Contingency, Liquidity
from tradewind.views.tca.following import Followed, OrderFollowed
from tradewind.views.tca.prices import PriceLine
from tradewind.views.tca.rows import (
    CostGroup,
    LeftOut,
    OrderCosts,
    Parts,
    SlippageSeen,
    TransactionCosts,
    bps_of,
)
from tradewind.views.tca.shortfall import Shortfall, shortfall_of

AFTER = (1, 5, 20)
"""Prices after a fill at which mark-outs are taken."""

NO_ALGORITHM = "none"

_NAN = float("nan")

GROUPS: dict[str, Callable[[OrderCosts], str]] = {
    "symbol": lambda row: row.instrument_id,
    "venue": lambda row: row.venue,
    "algorithm": lambda row: row.algorithm,
    "strategy": lambda row: row.strategy,
    "hour": lambda row: f"{row.hour:02d}",
}
"""What orders are grouped by."""


def analyse(
    start: SessionStarted,
    records: Iterable[Record],
    *,
    instrument_id: str = "",
    after: Sequence[int] = AFTER,
) -> TransactionCosts:
    """The analysis of one session.

    Parameters
    ----------
    start, records
        What it began with, and its records of ``following.KINDS`` in order.
    instrument_id
        Orders of this instrument alone; all if empty.
    after
        At how many prices after each fill mark-outs are taken.
    """
    followed = Followed(start).follow(records)
    rows, left, seen = [], [], []
    for one in followed:
        order = one.order
        if instrument_id not in ("", order.instrument_id):
            continue
        found = shortfall_of(one)
        if isinstance(found, str):
            left.append(
                LeftOut(
                    client_order_id=order.client_order_id, instrument_id=order.instrument_id, reason=found
                )
            )
            continue
        rows.append(_row(one, found, followed.line(order.instrument_id), after))
        seen += _slippage(one)
    return TransactionCosts(
        session_id=start.session_id,
        base_currency=start.base_currency,
        orders=tuple(rows),
        groups=tuple(group for by, key in GROUPS.items() for group in _grouped(by, key, rows)),
        total=_group("all", "all", rows),
        left_out=tuple(left),
        seen=tuple(seen),
        notes=start.notes,
    )


def algorithm_of(order: Order) -> str:
    """Whose slice an order is: an algorithm names itself in ``tag`` and its order in ``parent_id``."""
    return order.tag if order.parent_id and order.contingency is Contingency.NONE else NO_ALGORITHM


def _row(one: OrderFollowed, found: Shortfall, line: PriceLine, after: Sequence[int]) -> OrderCosts:
    order, instrument = one.order, one.instrument
    tick, lot = Fraction(instrument.tick), Fraction(instrument.lot)
    average = found.average_ticks
    return OrderCosts(
        client_order_id=order.client_order_id,
        decision_id=order.decision_id,
        instrument_id=order.instrument_id,
        venue=order.venue,
        strategy=order.strategy,
        algorithm=algorithm_of(order),
        side=order.side,
        order_type=order.order_type,
        state=one.state,
        decided=iso(order.ts_decided),
        hour=order.ts_decided // NS_PER_HOUR % 24,
        quantity=float(order.quantity_lots * lot),
        filled=float(one.filled_lots * lot),
        decision_price=float(found.decision_ticks * tick),
        arrival_price=float(found.arrival_ticks * tick) if one.fills else _NAN,
        average_price=float(average * tick) if average is not None else _NAN,
        end_price=float((one.end_ticks or 0) * tick),
        decision_value_e8=found.decision_value_e8,
        traded_value_e8=found.traded_value_e8,
        shortfall_e8=found.total_e8,
        shortfall_bps=bps_of(found.total_e8, found.decision_value_e8),
        parts=found.parts,
        versus_bps=_versus(one, found, line),
        markout_bps={str(count): _markout(one, line, count) for count in after},
    )


def _versus(one: OrderFollowed, found: Shortfall, line: PriceLine) -> dict[str, float]:
    benchmarks: dict[str, Fraction | int | None] = dict.fromkeys(("decision", "arrival", "vwap", "close"))
    average = found.average_ticks
    if average is None:
        return dict.fromkeys(benchmarks, _NAN)
    last_ns = max(fill.report.ts_event for fill in one.fills)
    benchmarks["decision"], benchmarks["arrival"] = found.decision_ticks, found.arrival_ticks
    benchmarks["vwap"] = line.vwap(one.order.ts_decided, last_ns)
    benchmarks["close"] = line.close_of_day(last_ns)
    sign = one.order.side.sign
    return {
        name: _NAN if price is None else bps_of(sign * (average - price), price)
        for name, price in benchmarks.items()
    }


def _markout(one: OrderFollowed, line: PriceLine, count: int) -> float:
    """By lots over the fills for which the price is known; positive where it went the order's way."""
    gained, paid = 0, 0
    for fill in one.fills:
        later = line.after(fill.report.ts_event, count)
        if later is not None:
            lots, price = fill.report.quantity_lots, fill.report.price_ticks
            gained += one.order.side.sign * lots * (later - price)
            paid += lots * price
    return bps_of(Fraction(gained), Fraction(paid))


def _slippage(one: OrderFollowed) -> list[SlippageSeen]:
    sign, rate = one.order.side.sign, one.rates[one.instrument.quote_currency] or Fraction(0)
    worth = float(Fraction(*one.instrument.ratio) * rate / 10**8)
    return [
        SlippageSeen(
            one.order.instrument_id,
            fill.report.ts_event,
            bps_of(sign * (fill.report.price_ticks - fill.middle_ticks), fill.middle_ticks),
            fill.impact_unit_bps,
            abs(fill.report.price_ticks) * fill.report.quantity_lots * worth,
        )
        for fill in one.fills
        if fill.report.liquidity is not Liquidity.MAKER and fill.middle_ticks
    ]


def _grouped(by: str, key: Callable[[OrderCosts], str], rows: Sequence[OrderCosts]) -> list[CostGroup]:
    members: dict[str, list[OrderCosts]] = {}
    for row in rows:
        members.setdefault(key(row), []).append(row)
    return [_group(by, name, members[name]) for name in sorted(members)]


def _group(by: str, name: str, rows: Sequence[OrderCosts]) -> CostGroup:
    parts = Parts()
    for row in rows:
        parts = parts.plus(row.parts)
    decided = sum(row.decision_value_e8 for row in rows)
    shortfall = sum(row.shortfall_e8 for row in rows)
    return CostGroup(
        by=by,
        name=name,
        orders=len(rows),
        filled_orders=sum(row.filled > 0 for row in rows),
        decision_value_e8=decided,
        traded_value_e8=sum(row.traded_value_e8 for row in rows),
        shortfall_e8=shortfall,
        shortfall_bps=bps_of(shortfall, decided),
        parts=parts,
        versus_bps=_means(rows, lambda row: row.versus_bps),
        markout_bps=_means(rows, lambda row: row.markout_bps),
    )


def _means(rows: Sequence[OrderCosts], of: Callable[[OrderCosts], dict[str, float]]) -> dict[str, float]:
    """Means by traded value over the orders for which a figure is known."""
    names = dict.fromkeys(name for row in rows for name in of(row))
    means = {}
    for name in names:
        known = [(of(row)[name], float(row.traded_value_e8)) for row in rows if math.isfinite(of(row)[name])]
        weight = math.fsum(value for _, value in known)
        means[name] = math.fsum(bps * value for bps, value in known) / weight if weight else _NAN
    return means
