"""Where to send an order that several venues could fill: the split that is expected to cost least.

Pure. Of a venue count its book, its fee, what the market is expected to move until the order arrives, and how
much of what was shown it really gave in the past. Prices are ticks and quantities lots of one grid.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

import msgspec

from tradewind.core.errors import ConfigError
from tradewind.core.orders import Side

MOST_VENUES = 12
"""Every set of venues is looked at, so that costs of an order count exactly: 4,096 of twelve."""

_BPS = 10_000


class Level(NamedTuple):
    """So many lots at one price."""

    price_ticks: int
    lots: int


class VenueQuote(msgspec.Struct, frozen=True, kw_only=True):
    """One venue as the router sees it."""

    name: str
    levels: tuple[Level, ...]
    """The side that is taken (asks to buy, bids to sell), best price first."""
    taker_bps: float = 0.0
    order_cost_ticks: int = 0
    """What an order costs whatever its size (a fixed fee, a ticket), in ticks x lots."""
    latency_ms: float = 0.0
    fill_ratio: float = 1.0
    """Part of what the book showed that orders really got there, by history."""


class Leg(NamedTuple):
    """Part of the order for one venue; its limit is the worst price that it may pay there."""

    venue: str
    lots: int
    limit_ticks: int


class Route(NamedTuple):
    """The split, and what it is expected to pay (buy) or to bring (sell, below zero) in ticks x lots."""

    legs: tuple[Leg, ...]
    unrouted_lots: int
    cost: Fraction


class _Step(NamedTuple):
    unit_cost: Fraction
    venue: int
    lots: int
    price_ticks: int


def route(side: Side, lots: int, venues: Sequence[VenueQuote], drift_bps_per_s: float = 0.0) -> Route:
    """The split of least expected cost among those that route most.

    Parameters
    ----------
    lots
        Of the whole order.
    drift_bps_per_s
        What the price is expected to move against the order in a second: what a venue's latency costs.

    Returns
    -------
    Route
        With ``unrouted_lots`` where all venues together are expected to have less. Of equal ones that with
        fewer legs, of venues named first.

    Raises
    ------
    ConfigError
        A quantity or a venue's figure makes no sense, or there are more than twelve venues.
    """
    _check(side, lots, venues, drift_bps_per_s)
    steps = [_steps(side, index, venue, drift_bps_per_s) for index, venue in enumerate(venues)]
    most = min(lots, sum(step.lots for of_venue in steps for step in of_venue))
    best: Route | None = None
    for count in range(len(venues) + 1):
        for chosen in combinations(range(len(venues)), count):
            found = _taken(lots, venues, [steps[index] for index in chosen])
            if lots - found.unrouted_lots == most and (best is None or found.cost < best.cost):
                best = found
    return best if best is not None else Route((), lots, Fraction(0))


def _steps(side: Side, index: int, venue: VenueQuote, drift_bps_per_s: float) -> list[_Step]:
    """A venue's levels with all that a lot costs there, as much of each as history says is really there."""
    worse = Fraction(venue.taker_bps) + Fraction(drift_bps_per_s) * Fraction(venue.latency_ms) / 1_000
    ratio, shown, given = Fraction(venue.fill_ratio), 0, 0
    steps = []
    for level in venue.levels:
        shown += level.lots
        there = int(shown * ratio) - given
        given += there
        cost = side.sign * level.price_ticks + abs(level.price_ticks) * worse / _BPS
        if there:
            steps.append(_Step(cost, index, there, level.price_ticks))
    return steps


def _taken(lots: int, venues: Sequence[VenueQuote], steps: Sequence[Sequence[_Step]]) -> Route:
    """Cheapest lots first: with costs of a lot that only rise inside a venue that is the best of one set."""
    left, cost = lots, Fraction(0)
    taken: dict[int, Leg] = {}
    for step in sorted((step for of_venue in steps for step in of_venue), key=lambda one: one[:2]):
        part = min(step.lots, left)
        if part == 0:
            break
        before = taken.get(step.venue)
        if before is None:
            cost += venues[step.venue].order_cost_ticks
        whole = part + (before.lots if before is not None else 0)
        taken[step.venue] = Leg(venues[step.venue].name, whole, step.price_ticks)
        cost += part * step.unit_cost
        left -= part
    return Route(tuple(taken[index] for index in sorted(taken)), left, cost)


def _check(side: Side, lots: int, venues: Sequence[VenueQuote], drift_bps_per_s: float) -> None:
    problem = ""
    if lots <= 0:
        problem = f"its quantity is {lots} lots"
    elif not drift_bps_per_s >= 0.0:
        problem = f"the drift is {drift_bps_per_s} bps a second"
    elif len(venues) > MOST_VENUES:
        problem = f"there are {len(venues)} venues, of {MOST_VENUES} at most"
    elif len({venue.name for venue in venues}) < len(venues):
        problem = "two venues have one name"
    for venue in venues:
        prices = [side.sign * level.price_ticks for level in venue.levels]
        if prices != sorted(prices) or any(level.lots <= 0 for level in venue.levels):
            problem = f"the book of {venue.name} is not in order, or has a level of no lots"
        elif not 0.0 <= venue.fill_ratio <= 1.0 or not venue.latency_ms >= 0.0:
            problem = f"{venue.name} has fill ratio {venue.fill_ratio} and {venue.latency_ms} ms of latency"
        elif not -_BPS < venue.taker_bps < _BPS or venue.order_cost_ticks < 0:
            problem = f"{venue.name} takes {venue.taker_bps} bps and {venue.order_cost_ticks} for an order"
    if problem:
        message = f"The order cannot be routed: {problem}."
        raise ConfigError(message, "Correct it, and route again.")
