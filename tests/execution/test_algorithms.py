"""Execution algorithms: their schedules against published and brute-force figures, and whole runs of them."""

import math
import warnings
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

import tradewind as tw
from tradewind.core.decisions import CancelRequested, OrderRefused, OrderRequested
from tradewind.core.errors import ConfigError, RegistryError
from tradewind.core.events import encode_event
from tradewind.core.orders import OrderFilled, OrderType, Side
from tradewind.core.parents import AlgorithmEnded, AlgorithmStarted
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_MINUTE
from tradewind.execution.algorithm_registry import ALGORITHMS, AtWork, algorithm_from
from tradewind.execution.algorithms.almgren_chriss import AlmgrenChrissSettings, part_left, urgency
from tradewind.execution.algorithms.vwap import usual_volume
from tradewind.journal.memory import MemoryJournal

MINE = tw.Instrument(
    symbol="MINE",
    asset_class=tw.AssetClass.EQUITY,
    venue="OWN",
    quote_currency="USD",
    tick_size="0.01",
    lot_size="1",
    calendar="24/7",
)
START_NS = 1_577_836_800_000_000_000
CALM = {
    name: {"limit": 1.0}
    for name in ("drawdown", "daily_loss", "rapid_loss", "position_loss", "strategy_drawdown")
} | {name: {"when_missing": "note"} for name in ("vix", "index_drop", "crypto_volatility")}


class Wants:
    """Decides on each bar for the target that ``targets`` has for it."""

    name = "wants"

    def __init__(self, *targets: int) -> None:
        self.targets, self.bars = targets, 0

    def on_event(self, event: tw.AnyEvent, book: tw.Book) -> Sequence[tw.Event]:
        if type(event) is not tw.Bar:
            return ()
        target = self.targets[min(self.bars, len(self.targets) - 1)]
        self.bars += 1
        return (
            tw.DecisionMade(
                ts_event=event.ts_event,
                decision_id=f"d{self.bars}",
                strategy=self.name,
                instrument_id=event.instrument_id,
                outcome="trade",
                reason="for the test",
                target_lots=target,
            ),
        )

    def snapshot(self) -> bytes:
        return str(self.bars).encode()

    def restore(self, state: bytes) -> None:
        self.bars = int(state)


def minutes(closes: Sequence[float], volumes: Sequence[float]) -> list[tw.Bar]:
    return [
        tw.Bar(
            ts_event=START_NS + (i + 1) * NS_PER_MINUTE,
            instrument_id=MINE.id,
            open=close,
            high=close + 0.05,
            low=close - 0.05,
            close=close,
            volume=volume,
            timeframe="1m",
        )
        for i, (close, volume) in enumerate(zip(closes, volumes, strict=True))
    ]


def ran(strategy: Any, bars: Sequence[tw.Bar], algorithm: Any, **options: Any) -> list[Any]:
    log = MemoryJournal()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it may be that nothing is to be traded
        tw.run_strategy(
            strategy,
            [MINE],
            bars,
            cash=Decimal(10_000_000),
            journal=log,
            risk=options.get("risk", CALM),
            planner={"algorithm": algorithm, **options.get("planner", {})},
        )
    return [record.event for record in log.read()]


def of(events: Sequence[Any], kind: Any) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def slices(events: Sequence[Any]) -> list[int]:
    return [event.order.quantity_lots for event in of(events, OrderRequested)]


def test_twap_sends_equal_slices_at_equal_distances() -> None:
    events = ran(Wants(600), minutes([9.0] * 20, [1e6] * 20), {"use": "twap", "minutes": 12, "slices": 6})
    (parent,) = of(events, AlgorithmStarted)
    sent = of(events, OrderRequested)
    assert [one.order.quantity_lots for one in sent] == [100] * 6
    assert [(one.ts_event - sent[0].ts_event) / NS_PER_MINUTE for one in sent] == [0, 2, 4, 6, 8, 10]
    assert {one.order.parent_id for one in sent} == {parent.order.client_order_id}
    assert {one.order.tag for one in sent} == {"twap"}
    (ended,) = of(events, AlgorithmEnded)
    assert (ended.filled_lots, ended.reason) == (600, "filled")


def test_pov_never_has_more_than_its_part_of_the_volume() -> None:
    volumes = [1_000.0, 500.0, 0.0, 3_000.0, 2_000.0, 10_000.0, 4_000.0]
    events = ran(Wants(900), minutes([9.0] * 7, volumes), {"use": "pov", "share": 0.1})
    assert slices(events) == [50, 300, 200, 350]  # the bar of the decision itself was over


def test_vwap_follows_the_curve_that_was_heard_before() -> None:
    """A first day with a U-shaped hour teaches the curve; the order is decided when the second day begins."""
    quiet = NS_PER_DAY // NS_PER_MINUTE
    shape = [3_000.0] * 15 + [1_000.0] * 15 + [1_000.0] * 15 + [4_000.0] * 15
    volumes = shape + [0.0] * (quiet - 60) + [2_000.0] * 61
    wants = Wants(*[0] * (quiet - 1), 900)
    events = ran(wants, minutes([9.0] * len(volumes), volumes), {"use": "vwap", "minutes": 60})
    begun = of(events, AlgorithmStarted)[0].ts_event
    done = defaultdict(int)
    for one in of(events, OrderRequested):
        done[(one.ts_event - begun) // (15 * NS_PER_MINUTE)] += one.order.quantity_lots
    assert sum(done.values()) == 900
    assert [done[quarter] for quarter in range(4)] == pytest.approx([300, 100, 100, 400], abs=2)


def test_usual_volume_adds_up_over_days_and_parts() -> None:
    curve = tuple(float(i % 7 + 1) for i in range(96))
    assert usual_volume(curve, START_NS, START_NS + 2 * NS_PER_DAY) == pytest.approx(2 * sum(curve))
    middle = START_NS + 12_345_678_901_234
    whole = usual_volume(curve, START_NS, middle) + usual_volume(curve, middle, START_NS + NS_PER_DAY)
    assert whole == pytest.approx(sum(curve))


def test_iceberg_shows_one_tip_at_a_time_at_one_limit() -> None:
    closes = [9.0, 9.0, 8.7, 8.7, 8.7, 9.3, 8.7, 8.7]
    events = ran(Wants(500), minutes(closes, [1e6] * 8), {"use": "iceberg", "shown": 0.2})
    sent = [event.order for event in of(events, OrderRequested)]
    assert {(one.order_type, one.limit_price_ticks) for one in sent} == {(OrderType.LIMIT, 900)}
    assert [one.quantity_lots for one in sent] == [100] * 5
    assert all(fill.price_ticks <= 900 for fill in of(events, OrderFilled))


def test_limit_then_cross_crosses_when_patience_ends_or_the_price_runs() -> None:
    asked = {"use": "limit_then_cross", "minutes": 3, "offset_bps": 100, "give_up_bps": 50}
    patient = ran(Wants(100), minutes([9.0] * 8, [1e6] * 8), asked)
    first, second = (event.order for event in of(patient, OrderRequested))
    assert (first.order_type, first.limit_price_ticks) == (OrderType.LIMIT, 891)
    assert second.order_type is OrderType.MARKET
    assert second.ts_decided - first.ts_decided >= 3 * NS_PER_MINUTE
    run_away = ran(Wants(100), minutes([9.0, 9.2, 9.2, 9.2, 9.2], [1e6] * 5), asked)
    times = [event.ts_event for event in of(run_away, OrderRequested)]
    assert times[1] - times[0] <= 2 * NS_PER_MINUTE
    filled = ran(Wants(100), minutes([9.0, 9.0, 8.8, 8.8, 9.0], [1e6] * 5), asked)
    assert [fill.price_ticks for fill in of(filled, OrderFilled)] == [881]
    assert not of(filled, CancelRequested)


def test_almgren_chriss_has_the_figures_of_the_paper() -> None:
    """Section 3.4's example: with lambda 1e-6 kappa is about 0.61 a day, so that kappa T is about 3."""
    kappa = urgency(AlmgrenChrissSettings())
    assert kappa == pytest.approx(0.61, abs=0.005)
    assert kappa * 5 == pytest.approx(3.0, abs=0.05)


@pytest.mark.parametrize("aversion", [1e-8, 1e-6, 2e-5])
def test_almgren_chriss_is_where_the_minimum_is(aversion: float) -> None:
    """Equations 8 and 7 for E and V, minimized by a general method over all trajectories."""
    asked = AlmgrenChrissSettings(risk_aversion=aversion)
    shares, periods = 1e6, 5
    eta = asked.temporary_impact - asked.permanent_impact / 2

    def cost(left: Any) -> float:
        x = np.array([1.0, *left, 0.0]) * shares
        traded = -np.diff(x)
        expected = asked.permanent_impact * shares**2 / 2 + eta * np.sum(traded**2)
        variance = asked.volatility**2 * np.sum(x[1:] ** 2)
        return float(expected + aversion * variance) / 1e6

    found = minimize(cost, np.linspace(0.8, 0.2, 4), method="BFGS", options={"gtol": 1e-10}).x
    ours = [part_left(period, periods, urgency(asked)) for period in range(1, periods)]
    assert ours == pytest.approx(found.tolist(), abs=2e-5)


def test_almgren_chriss_works_an_order_along_its_trajectory() -> None:
    asked = {"use": "almgren_chriss", "minutes": 10, "periods": 5}
    events = ran(Wants(10_000), minutes([9.0] * 20, [1e7] * 20), asked)
    kappa = urgency(AlmgrenChrissSettings())
    left = [round(10_000 * math.sinh(kappa * (5 - j)) / math.sinh(kappa * 5)) for j in range(6)]
    assert slices(events) == [a - b for a, b in pairwise(left)]
    assert part_left(2, 4, 0.0) == 0.5
    assert part_left(1, 4, math.inf) == part_left(1, 4, 1e6) == 0.0


def test_a_target_that_stays_keeps_the_order_and_a_new_one_ends_it() -> None:
    bars = minutes([9.0] * 12, [1e6] * 12)
    asked = {"use": "twap", "minutes": 8, "slices": 8}
    same = ran(Wants(800, 800, 800, 800), bars, asked)
    assert len(of(same, AlgorithmStarted)) == 1
    turned = ran(Wants(800, 800, 800, -400), bars, asked)
    assert of(turned, AlgorithmEnded)[0].reason == "it no longer fits the target"
    held = sum(fill.side.sign * fill.quantity_lots for fill in of(turned, OrderFilled))
    assert held == -400


def test_a_refused_slice_ends_the_order() -> None:
    tight = CALM | {"order_size": {"limit": 0.00001}}
    events = ran(Wants(600), minutes([9.0] * 9, [1e6] * 9), "twap", risk=tight)
    assert len(of(events, OrderRefused)) >= 1
    assert not of(events, OrderRequested)
    assert "refused by" in of(events, AlgorithmEnded)[0].reason


def test_names_and_settings_that_are_none_are_refused_by_name() -> None:
    assert algorithm_from("") is None
    with pytest.raises(RegistryError, match="moonshot"):
        algorithm_from("moonshot")
    with pytest.raises(ConfigError, match="slics"):
        algorithm_from({"use": "twap", "slics": 3})
    with pytest.raises(ConfigError, match="names none"):
        algorithm_from({"minutes": 3})


@settings(max_examples=15, deadline=None)
@given(
    name=st.sampled_from(sorted(ALGORITHMS.names())),
    targets=st.lists(st.integers(-3_000, 3_000), min_size=1, max_size=12),
    walk=st.lists(st.integers(-20, 20), min_size=12, max_size=25),
    volume=st.sampled_from([0.0, 300.0, 2_000.0, 1e6]),
    order_type=st.sampled_from(["market", "limit"]),
)
def test_no_order_is_ever_overfilled_and_children_stay_inside_their_parent(
    name: str, targets: list[int], walk: list[int], volume: float, order_type: str
) -> None:
    closes = (np.cumsum(walk) / 100 + 9.0).clip(1.0).tolist()
    bars = minutes(closes, [volume] * len(walk))
    planner = {"order_type": order_type, "no_trade_band_pct": 0.0}
    events = ran(Wants(*targets), bars, {"use": name}, planner=planner)
    again = ran(Wants(*targets), bars, {"use": name}, planner=planner)
    assert [encode_event(event) for event in events] == [encode_event(event) for event in again]
    parents = {event.order.client_order_id: event.order for event in of(events, AlgorithmStarted)}
    children = {event.order.client_order_id: event.order for event in of(events, OrderRequested)}
    filled: dict[str, int] = defaultdict(int)
    for fill in of(events, OrderFilled):
        filled[children[fill.client_order_id].parent_id] += fill.quantity_lots
    for child in children.values():
        if child.parent_id:
            parent = parents[child.parent_id]
            assert (child.side, child.instrument_id) == (parent.side, parent.instrument_id)
            if parent.limit_price_ticks is not None and child.limit_price_ticks is not None:
                assert child.side.sign * (child.limit_price_ticks - parent.limit_price_ticks) <= 0
    for parent_id, parent in parents.items():
        assert filled[parent_id] <= parent.quantity_lots


def at_work(**fields: Any) -> AtWork:
    usual = {
        "side": Side.BUY,
        "quantity_lots": 1_000,
        "filled_lots": 0,
        "resting_lots": 0,
        "limit_ticks": None,
        "arrival_ticks": 900,
        "mark_ticks": 900,
        "instrument": MINE,
        "started_ns": START_NS,
        "now_ns": START_NS,
        "step_ns": NS_PER_MINUTE,
        "volume": 0.0,
        "curve": (),
    }
    return AtWork(**(usual | fields))


@pytest.mark.parametrize("name", sorted(ALGORITHMS.names()))
def test_what_is_due_never_shrinks_and_never_exceeds_the_order(name: str) -> None:
    found = ALGORITHMS.get(name)
    due = [
        found.due(at_work(now_ns=START_NS + m * NS_PER_MINUTE, volume=100.0 * m), found.defaults).lots
        for m in range(0, 600, 5)
    ]
    assert due == sorted(due)
    assert 0 <= due[0] <= due[-1] <= 1_000
