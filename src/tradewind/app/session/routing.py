"""An order routed over the books that a file shows."""

from decimal import Decimal
from pathlib import Path

import msgspec

from tradewind.app.yaml_lines import read_yaml
from tradewind.core.errors import ConfigError
from tradewind.core.money import to_decimal, to_grid_exact
from tradewind.core.orders import Side
from tradewind.execution.router import Level, VenueQuote, route


class VenueShown(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One venue of the file: prices with quantities of the side that is taken, and what it costs."""

    book: tuple[tuple[float | str, float | str], ...]
    taker_bps: float = 0.0
    order_cost: float | str = 0
    latency_ms: float = 0.0
    fill_ratio: float = 1.0


class BooksShown(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file: the common grid, the expected drift, and the venues by name."""

    tick: str | float
    lot: str | float
    venues: dict[str, VenueShown]
    drift_bps_per_s: float = 0.0


class LegShown(msgspec.Struct, frozen=True, kw_only=True):
    """Part of the order for one venue, exact."""

    venue: str
    quantity: str
    limit: str


class RouteShown(msgspec.Struct, frozen=True, kw_only=True):
    """The split. ``price`` is a unit's expected one, costs and drift in it; NaN where nothing is routed."""

    side: str
    legs: tuple[LegShown, ...]
    unrouted: str
    price: float


def route_over(path: Path, side: str, quantity: str) -> RouteShown:
    """The split of least expected cost; ConfigError names what in the file or the order makes no sense."""
    try:
        books = msgspec.convert(read_yaml(path).values, BooksShown)
        taken, tick, lot = Side(side), Decimal(str(books.tick)), Decimal(str(books.lot))
        wanted = to_grid_exact(Decimal(quantity), lot, "The quantity")
        venues = [_venue(name, shown, tick, lot) for name, shown in books.venues.items()]
    except (msgspec.ValidationError, ValueError, ArithmeticError) as error:
        message = f"{path} or the order on it cannot be read: {error or type(error).__name__}."
        step = "Give --side buy or sell, a decimal --quantity, and a file as docs/routing.md shows it."
        raise ConfigError(message, step) from error
    found = route(taken, wanted, venues, books.drift_bps_per_s)
    routed = wanted - found.unrouted_lots
    return RouteShown(
        side=taken,
        legs=tuple(
            LegShown(
                venue=leg.venue,
                quantity=format(to_decimal(leg.lots, lot), "f"),
                limit=format(to_decimal(leg.limit_ticks, tick), "f"),
            )
            for leg in found.legs
        ),
        unrouted=format(to_decimal(found.unrouted_lots, lot), "f"),
        price=float(taken.sign * found.cost / routed) * float(tick) if routed else float("nan"),
    )


def _venue(name: str, shown: VenueShown, tick: Decimal, lot: Decimal) -> VenueQuote:
    levels = tuple(
        Level(
            to_grid_exact(Decimal(str(price)), tick, f"A price of {name}"),
            to_grid_exact(Decimal(str(quantity)), lot, f"A quantity of {name}"),
        )
        for price, quantity in shown.book
    )
    return VenueQuote(
        name=name,
        levels=levels,
        taker_bps=shown.taker_bps,
        order_cost_ticks=round(Decimal(str(shown.order_cost)) / (tick * lot)),
        latency_ms=shown.latency_ms,
        fill_ratio=shown.fill_ratio,
    )
