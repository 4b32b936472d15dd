"""What the journal holds around an order: its decision, and the bar and forecasts that the decision saw."""

from dataclasses import dataclass, field

from tradewind.core.decisions import DecisionMade
from tradewind.core.errors import JournalError
from tradewind.core.events import Record, SessionStarted, StrategyTerms
from tradewind.core.forecasts import Forecast, ForecastFailed
from tradewind.core.instruments import Instrument
from tradewind.core.market import Bar
from tradewind.views.explanation.look_back import KindReader, backwards_kind, last_of_kind

Known = tuple[int, DecisionMade]


@dataclass(frozen=True)
class Context:
    """Each part with the sequence of its record; None where the journal holds none."""

    instrument: Instrument
    decision: Known | None = None
    bar: tuple[int, Bar] | None = None
    forecasts: dict[str, tuple[int, Forecast | ForecastFailed]] = field(default_factory=dict)
    own: tuple[int, StrategyTerms] | None = None
    """Of a strategy of somebody's own that decided: its terms, in the session's start."""


def find_decision(reader: KindReader, decision_id: str, before: int) -> Known | None:
    """The decision of that id before record ``before``, within the same session."""
    began = last_of_kind(reader, before, _any, SessionStarted)
    start = 1 if began is None else began.seq
    for record in reader.read_key(decision_id, DecisionMade, start=start, stop=before, newest_first=True):
        event = record.event
        if isinstance(event, DecisionMade) and event.decision_id == decision_id:
            return record.seq, event
    return None


def context_of(reader: KindReader, instrument_id: str, decision: Known | None, before: int) -> Context:
    """The newest bar, and the newest forecast of each model that voted, before the decision.

    Raises
    ------
    JournalError
        No session that knows the instrument starts before the record.
    """
    known_before = before if decision is None else decision[0]
    wanted = set() if decision is None else {vote.model for vote in decision[1].votes}
    bar: tuple[int, Bar] | None = None
    forecasts: dict[str, tuple[int, Forecast | ForecastFailed]] = {}
    for record in backwards_kind(reader, known_before, Bar, Forecast, ForecastFailed, SessionStarted):
        event = record.event
        if isinstance(event, SessionStarted) or (bar is not None and wanted <= forecasts.keys()):
            break
        if isinstance(event, Bar) and event.instrument_id == instrument_id and bar is None:
            bar = record.seq, event
        elif isinstance(event, Forecast | ForecastFailed) and event.instrument_id == instrument_id:
            forecasts.setdefault(event.model, (record.seq, event))
    instrument = instrument_of(reader, instrument_id, known_before)
    own = None if decision is None else _own_terms(reader, decision[1].strategy, known_before)
    return Context(instrument, decision, bar, forecasts, own)


def _own_terms(reader: KindReader, strategy: str, before: int) -> tuple[int, StrategyTerms] | None:
    start = last_of_kind(reader, before, _any, SessionStarted)
    if start is None or not isinstance(start.event, SessionStarted):
        return None
    named = (terms for terms in start.event.strategies if terms.strategy == strategy)
    return next(((start.seq, terms) for terms in named if "use" in terms.parameters), None)


def instrument_of(reader: KindReader, instrument_id: str, before: int) -> Instrument:
    """The instrument as the session that record ``before`` belongs to knows it; JournalError otherwise."""
    start = last_of_kind(reader, before, _any, SessionStarted)
    if start is not None and isinstance(start.event, SessionStarted):
        for instrument in start.event.instruments:
            if instrument.id == instrument_id:
                return instrument
    message = f"The journal's session does not know the instrument {instrument_id!r}."
    raise JournalError(message, "Check the journal with: tradewind audit verify.")


def _any(record: Record) -> bool:
    return record.seq > 0
