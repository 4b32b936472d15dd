"""The router against all splits by brute force, on made-up and on recorded books."""

import gzip
import json
import math
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.errors import ConfigError
from tradewind.core.orders import Side
from tradewind.execution.router import Level, VenueQuote, route


def brute_force(side: Side, lots: int, venues: list[VenueQuote], drift: float) -> tuple[int, Fraction]:
    """Most lots routed, and the least cost of routing them: every split is priced lot by lot."""
    prices = []
    for venue in venues:
        rate = Fraction(venue.taker_bps) + Fraction(drift) * Fraction(venue.latency_ms) / 1000
        shown = [level.price_ticks for level in venue.levels for _ in range(level.lots)]
        # With half of what shows really there, the first lot is got where two are shown.
        ratio = Fraction(venue.fill_ratio)
        count = int(len(shown) * ratio)
        there = [shown[math.ceil(number / ratio) - 1] for number in range(1, count + 1)]
        prices.append([side.sign * price + abs(price) * rate / 10_000 for price in there])
    best = (0, Fraction(0))
    for split in product(*(range(min(len(own), lots) + 1) for own in prices)):
        routed = sum(split)
        if routed > lots:
            continue
        cost = sum(
            (sum(own[:part], Fraction(0)) for own, part in zip(prices, split, strict=True)), Fraction(0)
        )
        cost += sum(venue.order_cost_ticks for venue, part in zip(venues, split, strict=True) if part)
        if routed > best[0] or (routed == best[0] and cost < best[1]):
            best = (routed, cost)
    return best


def venue_of(
    index: int, side: Side, steps: list[tuple[int, int]], costs: tuple[int, int, int, int]
) -> VenueQuote:
    price, levels = 1_000, []
    for step, lots in steps:
        price += side.sign * step
        levels.append(Level(price, lots))
    fee, fixed, latency, ratio = costs
    return VenueQuote(
        name=f"V{index}",
        levels=tuple(levels),
        taker_bps=float(fee),
        order_cost_ticks=fixed,
        latency_ms=float(latency),
        fill_ratio=ratio / 4,
    )


STEPS = st.lists(st.tuples(st.integers(0, 6), st.integers(1, 4)), max_size=3)
COSTS = st.tuples(st.integers(-20, 60), st.integers(0, 20), st.integers(0, 300), st.integers(0, 4))


@settings(max_examples=60, deadline=None)
@given(
    side=st.sampled_from(list(Side)),
    lots=st.integers(1, 12),
    made=st.lists(st.tuples(STEPS, COSTS), min_size=1, max_size=3),
    drift=st.sampled_from([0.0, 0.5, 40.0]),
)
def test_no_split_is_cheaper(
    side: Side, lots: int, made: list[tuple[list[tuple[int, int]], tuple[int, int, int, int]]], drift: float
) -> None:
    venues = [venue_of(index, side, *one) for index, one in enumerate(made)]
    found = route(side, lots, venues, drift)
    assert (lots - found.unrouted_lots, found.cost) == brute_force(side, lots, venues, drift)
    assert sum(leg.lots for leg in found.legs) + found.unrouted_lots == lots


def test_a_split_over_the_recorded_books_of_two_markets(shared_data: Path) -> None:
    """BTC/USDT spot and perpetual of 8 August 2024: the cheapest of all two-way splits."""
    venues = []
    for name, fee in (("spot", 1.0), ("usdm", 0.5)):
        path = shared_data / "lob_l2_binance" / name / "btcusdt_20240808.gz"
        with gzip.open(path, "rt") as lines:
            bodies = (json.loads(line.partition(" ")[2]) for line in lines)
            shot = next(one for one in bodies if "lastUpdateId" in one)
        asks = [(round(float(price) * 10), int(float(size) * 1000)) for price, size in shot["asks"][:200]]
        levels = tuple(Level(price, lots) for price, lots in asks if lots)
        venues.append(VenueQuote(name=name, levels=levels, taker_bps=fee))
    lots = 8_000
    found = route(Side.BUY, lots, venues)

    def paid(venue: VenueQuote, part: int) -> float:
        left, cost = part, 0.0
        for level in venue.levels:
            take = min(left, level.lots)
            cost += take * level.price_ticks * (1 + venue.taker_bps / 1e4)
            left -= take
        return cost if left == 0 else float("inf")

    every = [paid(venues[0], part) + paid(venues[1], lots - part) for part in range(0, lots + 1, 10)]
    assert float(found.cost) <= min(every) * (1 + 1e-12)
    assert float(found.cost) == pytest.approx(min(every), rel=1e-6)
    assert found.unrouted_lots == 0


@pytest.mark.parametrize(
    ("lots", "fields", "words"),
    [
        (0, {}, "0 lots"),
        (5, {"levels": (Level(10, 1), Level(9, 1))}, "not in order"),
        (5, {"fill_ratio": 1.5}, "fill ratio"),
        (5, {"latency_ms": float("nan")}, "latency"),
        (5, {"taker_bps": float("nan")}, "bps"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(lots: int, fields: dict[str, object], words: str) -> None:
    given = {"name": "A", "levels": (Level(10, 5),)} | fields
    with pytest.raises(ConfigError, match=words):
        route(Side.BUY, lots, [VenueQuote(**given)])  # type: ignore[arg-type]
