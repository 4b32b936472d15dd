"""What transaction-cost analysis says: one row an order, sums by what orders have in common.

Money is in 1e-8 of the session's base currency and positive where it was lost.
"""

from fractions import Fraction
from typing import NamedTuple

import msgspec

BPS = 10_000


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """Where an implementation shortfall went; the parts add up to it to the unit."""

    delay_e8: int = 0
    """From the decision to the order's arrival at the market, on what was filled."""
    timing_e8: int = 0
    """What the market moved while the order worked, from its arrival to each fill."""
    spread_e8: int = 0
    """Half of the spread where liquidity was taken; negative where it was made and earned."""
    impact_e8: int = 0
    """The rest of each fill's distance from the market at its moment."""
    fees_e8: int = 0
    opportunity_e8: int = 0
    """What the market moved, from the decision to the order's end, on what was not filled."""

    @property
    def total_e8(self) -> int:
        """All parts."""
        return sum(getattr(self, name) for name in self.__struct_fields__)

    def plus(self, other: "Parts") -> "Parts":
        """Each part added."""
        return Parts(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


class OrderCosts(msgspec.Struct, frozen=True, kw_only=True):
    """One order. Bps are of the benchmark's own price and positive where the order did worse; NaN where it
    has no fill, or the benchmark is not known.
    """

    client_order_id: str
    decision_id: str
    instrument_id: str
    venue: str
    strategy: str
    algorithm: str
    """Of which algorithm's orders it is one; ``none`` where the planner sent it itself."""
    side: str
    order_type: str
    state: str
    decided: str
    hour: int
    """Of the day in UTC in which it was decided."""
    quantity: float
    filled: float
    decision_price: float
    arrival_price: float
    average_price: float
    end_price: float
    decision_value_e8: int
    """Of the whole order at the decision's price: what bps of the shortfall are of."""
    traded_value_e8: int
    shortfall_e8: int
    """Paper portfolio less the real one (Perold 1988), reckoned without the parts."""
    shortfall_bps: float
    parts: Parts
    versus_bps: dict[str, float]
    """Average price against ``decision``, ``arrival``, ``vwap`` and ``close``."""
    markout_bps: dict[str, float]
    """How far the price went the order's way after its fills, by number of prices after."""


class CostGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Orders that have something in common, such as the same venue."""

    by: str
    name: str
    orders: int
    filled_orders: int
    decision_value_e8: int
    traded_value_e8: int
    shortfall_e8: int
    shortfall_bps: float
    parts: Parts
    versus_bps: dict[str, float]
    """Means by traded value, over the orders for which each is known."""
    markout_bps: dict[str, float]


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """An order that is not counted, and why."""

    client_order_id: str
    instrument_id: str
    reason: str


class SlippageSeen(NamedTuple):
    """One fill that took liquidity, as the cost model sees it."""

    instrument_id: str
    ts_ns: int
    realized_bps: float
    """Distance of the fill from the market at its moment, positive when worse."""
    impact_unit_bps: float
    """What the square-root law gives for a coefficient of 1; 0 where there is no volume figure."""
    weight: float
    """Traded value in the base currency."""


class TransactionCosts(msgspec.Struct, frozen=True, kw_only=True):
    """The analysis of one session."""

    session_id: str
    base_currency: str
    orders: tuple[OrderCosts, ...]
    groups: tuple[CostGroup, ...]
    total: CostGroup
    left_out: tuple[LeftOut, ...] = ()
    seen: tuple[SlippageSeen, ...] = ()
    notes: tuple[str, ...] = ()


def bps_of(part: Fraction | int, whole: Fraction | int) -> float:
    """``part`` in bps of the size of ``whole``; NaN where that is nothing."""
    return float(BPS * Fraction(part) / abs(Fraction(whole))) if whole else float("nan")
