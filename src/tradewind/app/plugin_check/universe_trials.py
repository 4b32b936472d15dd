"""Questions to universe filters: candidates with much, little and no history, with facts and without."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from tradewind.app.market.candidates import candidate_of
from tradewind.app.plugin_check import made_up
from tradewind.app.plugin_check.probe import Probe
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.panel import BarColumns
from tradewind.data.reference.facts import Fact, FactKind
from tradewind.data.universe.registry import FILTERS, Screened

_SEEDS = (1, 2)
_STOCK = Instrument(
    symbol="GOOD",
    asset_class=AssetClass.EQUITY,
    venue="MADE",
    quote_currency="USD",
    tick_size="0.01",
    lot_size="1",
    calendar="24/7",
)


def universe_probes(name: str) -> list[Probe]:
    """Each is asked twice: the second time everything after the moment is another, and nothing may change."""
    return [
        Probe(
            f"{kept} bars of series {seed}, {'with' if told else 'without'} facts",
            partial(_ask, name, seed, kept, told=told),
            _judge,
        )
        for seed in _SEEDS
        for kept in (0, 1, 30, 250)
        for told in (True, False)
    ]


def _ask(name: str, seed: int, kept: int, *, told: bool) -> Any:
    found = FILTERS.get(name)
    bars = made_up.bars("GOOD.MADE", seed)
    as_of_ns = int(bars.ts_event[kept - 1]) if kept else int(bars.ts_event[0]) - 1
    facts = [
        Fact("GOOD.MADE", kind, value, as_of_ns - 1, as_of_ns - 1)
        for kind, value in ((FactKind.LISTED, ""), (FactKind.SECTOR, "made"), (FactKind.JOINED, "MADE 500"))
        if told
    ]
    return [
        found(candidate_of(_STOCK, known, "24/7", (), facts, as_of_ns), found.defaults)
        for known in (bars, _other_future(bars, kept))
    ]


def _other_future(bars: BarColumns, kept: int) -> BarColumns:
    past = np.arange(len(bars)) < kept
    changed = {
        column: np.where(past, getattr(bars, column), 3.0 * getattr(bars, column))
        for column in ("open", "high", "low", "close", "volume")
    }
    return BarColumns(bars.instrument_id, bars.timeframe, bars.ts_event, **changed, synthetic=True)


def _judge(answers: Sequence[Any]) -> str:
    strange = [one for one in answers if not isinstance(one, Screened)]
    if strange:
        return f"it gives a {type(strange[0]).__name__}, not a Screened"
    if not all(one.words for one in answers):
        return "it gives no words"
    first, second = answers
    if repr(first) != repr(second):
        return f"it says {first.words!r}, and {second.words!r} when what comes later is another"
    return ""
