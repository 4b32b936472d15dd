"""History for use: fetched, judged, repaired, stored, and read back from the store.

What is stored is the repaired raw series with the provider's corporate actions beside it. What comes back is
adjusted as of the end of what was asked for, so nothing in it was known only later. What is computed from is
adjusted for splits alone, as a session sees it; dividends are income beside it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tradewind.core.errors import ConfigError, UnusableDataError
from tradewind.core.instruments import Instrument, find_instrument
from tradewind.core.panel import BarColumns, Floats
from tradewind.core.ports import BarRequest, HistoryProvider, Instruments
from tradewind.data.adjustment import (
    CorporateAction,
    adjust,
    adjust_for_splits,
    dividends_by_bar,
    one_a_day,
)
from tradewind.data.cases import cases_of
from tradewind.data.choices import accepted_edits, dismissed, read_choices, save_cases
from tradewind.data.edits import ACTION, Edit, edit_actions, edit_bars, edit_raw
from tradewind.data.finer import fetch_raw
from tradewind.data.judging import judge
from tradewind.data.keeping import (
    read_actions,
    save_actions,
    save_calendar,
    save_findings,
    save_repairs,
    save_score,
)
from tradewind.data.quality.finding import Finding
from tradewind.data.quality.inspection import QualitySettings, prepare
from tradewind.data.quality.score import QualityScore
from tradewind.data.raw import bars_from_raw
from tradewind.data.reference.facts import read_facts
from tradewind.data.reference.names import name_spans
from tradewind.data.reference.share_terms import spin_off_steps, spun_off_income
from tradewind.data.repair import Repair, RepairPlan
from tradewind.data.under_names import of_its_time
from tradewind.store.bars import load_bars, save_bars
from tradewind.store.tables import Tables

Progress = Callable[[int, int, str], None]
"""Hears ``(series done, series in all, instrument just done)``."""


@dataclass(frozen=True)
class LoadedSeries:
    """One instrument's history and what is to be said of it.

    ``bars`` are for computing, adjusted for splits where the actions are known; ``as_stored`` are the same
    rows on the basis on which the provider gave them. ``actions`` is None where it knows nothing of them.
    ``income`` (T,) is what one unit of ``bars`` was paid in dividends going into each bar, 0.0 where nothing.
    """

    bars: BarColumns
    as_stored: BarColumns
    score: QualityScore
    findings: tuple[Finding, ...]
    repairs: tuple[Repair, ...]
    actions: tuple[CorporateAction, ...] | None
    calendar: str
    """When its bars are made: the provider's own word (a fixing, London days), else the instrument's."""
    income: Floats
    accepted: tuple[Edit, ...] = ()
    """Repairs that a person accepted; they are in ``bars``, ``as_stored``, ``actions`` and ``income``."""

    @property
    def total_return(self) -> bool:
        """Whether dividends count in what is earned: they are known, or in the provider's own prices."""
        return self.actions is not None or self.as_stored.adjusted


def load_history(
    provider: HistoryProvider,
    requests: Sequence[BarRequest],
    instruments: Instruments,
    tables: Tables,
    on_progress: Progress | None = None,
    *,
    plan: RepairPlan | None = None,
    settings: QualitySettings | None = None,
) -> dict[str, LoadedSeries]:
    """Load one series an instrument, by its id; loading the same again changes nothing in the store.

    A provider that has ``raw_bars`` (see :class:`~tradewind.data.raw.RawProvider`) is judged on its rows as
    they came, any other on the bars that it hands over.

    Raises
    ------
    ConfigError
        Two requests name the same instrument.
    UnknownSymbolError
        A request names no instrument, or a symbol that is traded on several venues.
    DataError
        The provider cannot serve a request, or nothing usable is left of it.
    """
    found = [find_instrument(instruments, request.instrument_id) for request in requests]
    counted = Counter(instrument.id for instrument in found)
    twice = sorted(name for name, count in counted.items() if count > 1)
    if twice:
        message = f"{', '.join(twice)} is asked for more than once."
        raise ConfigError(message, "Load one timeframe of an instrument at a time.")
    loaded: dict[str, LoadedSeries] = {}
    for instrument, asked in zip(found, requests, strict=True):
        request = replace(asked, instrument_id=instrument.id)
        loaded[instrument.id] = _load(provider, request, instrument, tables, plan or RepairPlan(), settings)
        if on_progress is not None:
            on_progress(len(loaded), len(requests), instrument.id)
    return loaded


def read_history(
    tables: Tables,
    instrument_id: str,
    timeframe: str,
    start_ns: int,
    end_ns: int,
    *,
    source: str | None = None,
    adjusted: bool | None = None,
    as_of_ns: int | None = None,
) -> BarColumns:
    """Stored bars, adjusted as of ``as_of_ns`` (default: just before ``end_ns``) where actions are known.

    Repairs that were accepted are made to what is returned, which then says ``repaired``.

    ``source`` and ``adjusted`` (the basis on which the provider gave them) choose where several are stored.

    Raises
    ------
    StoreError
        Nothing of that name is stored, or several sources are and ``source`` does not choose.
    """
    raw = load_bars(tables, instrument_id, timeframe, start_ns, end_ns, source=source, adjusted=adjusted)
    raw = of_its_time(raw, name_spans(instrument_id, read_facts(tables, instrument_id)))
    key = (instrument_id, timeframe, raw.source)
    edits = accepted_edits(read_choices(tables, key))
    raw, actions = edit_bars(raw, edits), None if raw.adjusted else known_actions(tables, key, edits)
    return raw if actions is None else adjust(raw, actions, end_ns - 1 if as_of_ns is None else as_of_ns)


def known_actions(
    tables: Tables, key: tuple[str, str, str], edits: Sequence[Edit]
) -> tuple[CorporateAction, ...] | None:
    """Stored actions with the accepted edits made; None where nothing is known and none was accepted."""
    stored = read_actions(tables, key[0], key[2])
    if stored is None and not any(edit.kind == ACTION for edit in edits):
        return None
    return edit_actions(key[0], stored or (), edits)


def _load(
    provider: HistoryProvider,
    request: BarRequest,
    instrument: Instrument,
    tables: Tables,
    plan: RepairPlan,
    settings: QualitySettings | None,
) -> LoadedSeries:
    facts = read_facts(tables, instrument.id)
    names, steps = name_spans(instrument.id, facts), spin_off_steps(facts)
    raw = fetch_raw(provider, request, instrument.calendar, names)
    if raw.actions:
        raw = replace(raw, actions=one_a_day(raw.actions))  # the store has one of a kind a day
    key = (raw.instrument_id, raw.timeframe, raw.source)
    as_came = judge(raw, instrument, plan, settings, steps)
    choices = read_choices(tables, key)
    edits, judged = accepted_edits(choices), as_came
    if choices:
        judged = judge(edit_raw(raw, edits), instrument, plan, settings, (*dismissed(choices), *steps))
    findings, score, repaired = judged.findings, judged.score, as_came.repaired
    if not len(repaired.raw):
        message = f"None of the {len(raw)} rows of {raw.instrument_id} from {provider.name!r} can be used."
        raise UnusableDataError(message, "Ask another provider, or for another span.")
    save_bars(tables, bars_from_raw(repaired.raw))
    if raw.calendar and raw.calendar != instrument.calendar:
        save_calendar(tables, *key, raw.calendar)
    actions = repaired.raw.actions
    if actions is not None:
        told = int(raw.ts_event.min()), int(raw.ts_event.max())
        save_actions(tables, raw.instrument_id, raw.source, actions, told)
    save_score(tables, score, raw.source)
    save_findings(tables, *key, findings)
    found = as_came.findings
    cases = cases_of(prepare(raw, instrument.calendar, settings), found) if found else ()
    save_cases(tables, key, cases, (request.start_ns, request.end_ns))
    save_repairs(tables, raw.instrument_id, raw.timeframe, raw.source, repaired.repairs)
    span = (request.start_ns, request.end_ns)
    kept = load_bars(tables, *key[:2], *span, source=raw.source, adjusted=raw.adjusted)
    stored = edit_bars(of_its_time(kept, names), edits)
    # All that the store knows: an earlier request may have brought actions that this one did not.
    known = None if stored.adjusted else known_actions(tables, key, edits)
    as_of_ns = request.end_ns - 1
    paid = () if stored.adjusted else (*(known or ()), *spun_off_income(facts))
    return LoadedSeries(
        bars=stored if known is None else adjust_for_splits(stored, known, as_of_ns),
        as_stored=stored,
        score=score,
        findings=findings,
        repairs=repaired.repairs,
        actions=None if actions is None else edit_actions(raw.instrument_id, actions, edits),
        calendar=raw.calendar or instrument.calendar,
        income=dividends_by_bar(paid, stored.ts_event, as_of_ns),
        accepted=edits,
    )
