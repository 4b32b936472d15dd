"""A provider's rows judged and repaired; the same rows are judged once a process.

A run loads the same series several times (for research, for a session, for its report), and judging ten years
of days takes some 10 ms, half of it an isolation forest.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.panel import BAR_COLUMNS
from tradewind.data.quality.finding import Finding
from tradewind.data.quality.inspect_bars import inspect_bars
from tradewind.data.quality.inspection import QualitySettings
from tradewind.data.quality.score import QualityScore
from tradewind.data.raw import BESIDE, RawBars
from tradewind.data.repair import Repaired, RepairPlan, repair

MOST_ROWS_KEPT = 2_000_000
"""Rows over all series that are remembered: about 200 MB."""


@dataclass(frozen=True)
class Judged:
    """What was found in the rows, their score, and what is left of them."""

    findings: tuple[Finding, ...]
    score: QualityScore
    repaired: Repaired


_kept: OrderedDict[bytes, Judged] = OrderedDict()


def forget() -> None:
    """Judge everything anew from now on."""
    _kept.clear()


def judge(
    raw: RawBars,
    instrument: Instrument,
    plan: RepairPlan,
    settings: QualitySettings | None,
    dismissed: Sequence[tuple[str, int, int]] = (),
) -> Judged:
    """The rows of an instrument, judged by all rules that mean something for it, and repaired by the plan.

    ``dismissed`` as in :func:`~tradewind.data.quality.inspect_bars.inspect_bars`.
    """
    if plan != RepairPlan() or dismissed:
        return _judged(raw, instrument, plan, settings, dismissed)
    key = _key(raw, instrument, settings)
    found = _kept.get(key)
    if found is None:
        found = _kept[key] = _judged(raw, instrument, plan, settings)
        while len(_kept) > 1 and sum(len(one.repaired.raw) for one in _kept.values()) > MOST_ROWS_KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return found


def _judged(
    raw: RawBars,
    instrument: Instrument,
    plan: RepairPlan,
    settings: QualitySettings | None,
    dismissed: Sequence[tuple[str, int, int]] = (),
) -> Judged:
    seen = replace(raw, actions=(*(raw.actions or ()), *plan.accepted)) if plan.accepted else raw
    senseless = _senseless(instrument)
    findings, score = inspect_bars(seen, instrument.calendar, settings, skip=senseless, dismissed=dismissed)
    return Judged(findings, score, repair(raw, plan, instrument.calendar))


def _senseless(instrument: Instrument) -> tuple[str, ...]:
    """Rules that say nothing of this kind of instrument: only shares are split."""
    shares = instrument.asset_class in (AssetClass.EQUITY, AssetClass.ETF)
    return () if shares else ("suspected_split",)


def _key(raw: RawBars, instrument: Instrument, settings: QualitySettings | None) -> bytes:
    """All that the judgement depends on, hashed."""
    digest = hashlib.sha256()
    for name in ("ts_event", *BAR_COLUMNS):
        digest.update(getattr(raw, name).tobytes())
    for name in BESIDE:
        values = getattr(raw, name)
        digest.update(b"" if values is None else values.tobytes())
    told = (
        raw.instrument_id,
        raw.timeframe,
        raw.source,
        raw.calendar,
        raw.synthetic,
        raw.has_ohlc,
        raw.has_volume,
        raw.adjusted,
        raw.actions,
        instrument.calendar,
        instrument.asset_class,
        settings,
    )
    digest.update(repr(told).encode())
    return digest.digest()
