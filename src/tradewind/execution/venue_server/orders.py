"""Orders of clients as the venue server keeps them, in no broker's words."""

from enum import StrEnum

import msgspec

from tradewind.core.orders import OrderType, Side, TimeInForce


class Status(StrEnum):
    """Where an order stands."""

    NEW = "new"
    HELD = "held"
    """It waits for its parent."""
    PARTLY = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    REPLACED = "replaced"


OPEN = (Status.NEW, Status.HELD, Status.PARTLY)


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One order as a client asked for it, on the grids.

    ``trail_ticks`` or ``trail_e6`` (parts in a million of the price) make it a trailing stop. Orders of a
    ``group`` cancel one another; one that ``waits`` does so for the first of its request. ``words`` are the
    client's own that only its protocol knows.
    """

    client_order_id: str
    instrument_id: str
    side: Side
    lots: int
    order_type: OrderType = OrderType.MARKET
    limit_ticks: int | None = None
    stop_ticks: int | None = None
    trail_ticks: int = 0
    trail_e6: int = 0
    time_in_force: TimeInForce = TimeInForce.DAY
    reduces: bool = False
    group: str = ""
    waits: bool = False
    words: dict[str, str] = {}

    @property
    def trails(self) -> bool:
        """Whether its stop follows the price."""
        return bool(self.trail_ticks or self.trail_e6)


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """One fill. ``fee_e8`` is in ``fee_asset``: the coins bought, or the money received."""

    number: int
    order: int
    ts_ns: int
    lots: int
    price_ticks: int
    value_e8: int
    fee_e8: int
    fee_asset: str
    maker: bool
    left_lots: int
    position_lots: int
    """Signed, after it."""


class VenueOrder(msgspec.Struct, kw_only=True):
    """An order and all that has become of it. ``number`` counts from 1; ``id`` is a UUID made from it."""

    number: int
    id: str
    asked: Asked
    created_ns: int
    updated_ns: int
    status: Status = Status.NEW
    filled_lots: int = 0
    filled_value: int = 0
    """Sum of price in ticks times lots."""
    spent_e8: int = 0
    """Money of its fills in 1e-8."""
    fills: tuple[int, ...] = ()
    """Numbers of its fills."""
    ended_ns: int = 0
    parent: int = 0
    legs: tuple[int, ...] = ()
    replaces: int = 0
    replaced_by: int = 0
    stop_ticks: int | None = None
    """Where its stop stands now."""
    high_water_ticks: int | None = None
    lots: int = 0
    """Whole quantity now: others of its group may have taken some."""
    reckoned_ticks: int = 0
    """Price at which money is set aside for it."""
    inside: str = ""
    """Its present name at the simulated venue."""
    inside_count: int = 0
    why: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it may still fill."""
        return self.status in OPEN

    @property
    def left_lots(self) -> int:
        """What is not filled of it."""
        return self.lots - self.filled_lots


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Something that became of an order, for the streams; ``order`` is a copy of that moment."""

    event: str
    """``new``, ``fill``, ``partial_fill``, ``canceled``, ``expired``, ``rejected``, ``replaced``, ``held``"""
    order: VenueOrder
    ts_ns: int
    fill: Fill | None = None
