"""Questions to execution algorithms: orders of both sides, begun, half done and late."""

from functools import partial
from typing import Any

from tradewind.app.plugin_check.probe import Probe
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.orders import Side
from tradewind.core.timestamps import NS_PER_MINUTE
from tradewind.execution.algorithm_registry import ALGORITHMS, AtWork, Due

_START_NS = 1_577_836_800_000_000_000
_STOCK = Instrument(
    symbol="GOOD",
    asset_class=AssetClass.EQUITY,
    venue="MADE",
    quote_currency="USD",
    tick_size="0.01",
    lot_size="1",
    calendar="24/7",
)


def algorithm_probes(name: str) -> list[Probe]:
    """Each asks for what is due of an order of 1,000 lots."""
    return [
        Probe(
            f"{side} after {minutes} minutes, {filled} filled, volume {volume:g}",
            partial(_ask, name, side, minutes, filled, volume),
            _judge,
        )
        for side in Side
        for minutes in (0, 7, 90, 100_000)
        for filled in (0, 400)
        for volume in (0.0, 5_000.0)
    ]


def _ask(name: str, side: Side, minutes: int, filled: int, volume: float) -> Any:
    found = ALGORITHMS.get(name)
    order = AtWork(
        side=side,
        quantity_lots=1_000,
        filled_lots=filled,
        resting_lots=0,
        limit_ticks=None,
        arrival_ticks=900,
        mark_ticks=905,
        instrument=_STOCK,
        started_ns=_START_NS,
        now_ns=_START_NS + minutes * NS_PER_MINUTE,
        step_ns=NS_PER_MINUTE,
        volume=volume,
        curve=(volume,) * 96,
    )
    return found.due(order, found.defaults)


def _judge(answer: Any) -> str:
    if not isinstance(answer, Due):
        return f"it gives a {type(answer).__name__}, not a Due"
    if not isinstance(answer.lots, int) or not 0 <= answer.lots <= 1_000:
        return f"{answer.lots!r} lots are due of an order of 1000"
    if answer.limit_ticks is not None and answer.limit_ticks < 1:
        return f"its limit is {answer.limit_ticks} ticks"
    return ""
