"""Where the rooms meet: one function for each part that a session is made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import msgspec

from tradewind.core.book import Book
from tradewind.core.decisions import CancelRequested, DecisionMade, OrderRequested, Refused
from tradewind.core.errors import ConfigError, TradewindError
from tradewind.core.instruments import Instrument, find_instrument
from tradewind.core.market import Event
from tradewind.core.parents import ParentState
from tradewind.core.plugins import failures_in_words
from tradewind.core.ports import FactorStage, Strategy
from tradewind.core.settings import read_settings, table
from tradewind.core.trading_calendar import TradingCalendar, calendar_for
from tradewind.core.vocabulary import Outcome
from tradewind.data.catalogue import sample_instruments
from tradewind.engine.admission import refusal_of
from tradewind.engine.reducer import Reducer
from tradewind.execution.algorithm_registry import Algorithm, algorithm_from
from tradewind.execution.capabilities import Capabilities, CapabilityGate, capabilities_of
from tradewind.execution.guarded import GuardedBroker
from tradewind.execution.planner import PlannerSettings, orders_for_target
from tradewind.execution.trailing import follow_price
from tradewind.execution.venue.settings import VenueSettings
from tradewind.execution.venue.simulated import SimulatedVenue
from tradewind.execution.working import given_to, holding_still, is_on_its_way, next_slices, without_slices
from tradewind.risk.board import BreakerBoard
from tradewind.risk.gate import RuleGate
from tradewind.risk.last_look import LastLook, LastLookSettings
from tradewind.risk.registry import BREAKERS, RULES

S = TypeVar("S", bound=msgspec.Struct)
Settings = Mapping[str, Mapping[str, object]]

SECOND_GATE = "last_look"
"""Section of ``risk`` with the bounds of the gate beside the broker."""


@dataclass(frozen=True)
class Standing:
    """What a strategy may ask before it decides: nothing of it changes anything."""

    entry_block: Callable[[str, str, Book], str]
    """Instrument, strategy and book to why no new entry is allowed; empty where one is."""
    refusal: Callable[[DecisionMade], Refused | None]
    """What would stand against all orders that a decision comes to; None where one would leave."""


def build_reducer(
    instruments: Sequence[Instrument],
    strategies: Sequence[Strategy | Callable[[Standing], Strategy]],
    risk: Settings,
    *,
    planner: Mapping[str, object] | None = None,
    factors: FactorStage | None = None,
    calendars: Mapping[str, TradingCalendar],
    active: Mapping[str, Sequence[str]] | None = None,
) -> Reducer:
    """The deterministic heart of a session: strategy, limits, breakers and planner around one book.

    Parameters
    ----------
    strategies
        Each strategy, or how to make it, for one that asks what stands against its decisions.
    risk
        Settings by name of a rule or a breaker; ConfigError for a name that is neither. Instruments in them
        may be written as people write symbols.
    calendars
        Trading days by calendar name, the same that the venue goes by and ``SessionStarted`` records.
    active
        ``rules`` and ``breakers`` to hold, as a session that was begun recorded them. Else all of the
        package, and those from outside that ``risk`` names.
    """
    held = active or {}
    by_id = {instrument.id: instrument for instrument in instruments}
    limits, breakers = _split(_by_their_ids(risk_settings(risk), instruments))
    board = BreakerBoard(by_id, breakers, held.get("breakers"), calendars=calendars)
    # A venue inside the process cancels at once, so nothing needs to wait for its word.
    given = {"wait_for_cancels": "never", **table(planner, ("planner",))}
    algorithm = algorithm_from(given.pop("algorithm", None))
    planning = settings_from(PlannerSettings, given, "planner")
    plan = partial(_plan, by_id, planning, calendars, algorithm)
    capabilities = capabilities_of(planning.broker)
    gate = CapabilityGate(RuleGate(by_id, limits, held.get("rules")), capabilities, by_id)

    def refusal(decision: DecisionMade) -> Refused | None:
        try:
            planned = plan(decision, reducer.state.book)
        except TradewindError:
            return None  # the decision itself says it, as what failed
        return refusal_of(reducer.state, planned, board, gate)

    standing = Standing(board.entry_block, refusal)
    reducer = Reducer(
        [strategy(standing) if callable(strategy) else strategy for strategy in strategies],
        gate,
        board,
        plan,
        factors,
        lambda instrument_id, book: follow_price(book, by_id[instrument_id]),
        None if algorithm is None else partial(_work, by_id, algorithm, capabilities),
    )
    return reducer


def build_venue(
    instruments: Sequence[Instrument],
    settings: Mapping[str, object],
    seed: int = 0,
    *,
    calendars: Mapping[str, TradingCalendar],
    fill_timeframes: Mapping[str, str] | None = None,
    cash: Mapping[str, float] | None = None,
    base_currency: str = "",
    last_look: Mapping[str, object] | None = None,
) -> GuardedBroker:
    """The simulated venue for these instruments, behind the second gate.

    Parameters
    ----------
    calendars
        Trading days by calendar name, the same that the breakers go by.
    fill_timeframes
        By instrument, on which bars its orders fill where it has several.
    cash, base_currency
        Whole units of money at the start: from there the second gate reckons the equity that its bounds
        are parts of. Without it those bounds are off.
    last_look
        Settings of the second gate that differ from its defaults.
    """
    chosen = settings_from(VenueSettings, settings, "venue")
    by_id = {instrument.id: instrument for instrument in instruments}
    venue = SimulatedVenue(by_id, chosen, seed, calendars=calendars, fill_timeframes=fill_timeframes)
    return GuardedBroker(venue, build_gate(instruments, last_look, cash=cash, base_currency=base_currency))


def build_gate(
    instruments: Sequence[Instrument],
    last_look: Mapping[str, object] | None,
    *,
    cash: Mapping[str, float] | None,
    base_currency: str,
) -> LastLook:
    """The second gate, which stands beside the venue or broker; ``cash`` as :func:`build_venue` has it."""
    at = ("risk", SECOND_GATE)
    bounds = read_settings(LastLookSettings, table(last_look, at), None, at)
    by_id = {instrument.id: instrument for instrument in instruments}
    return LastLook(by_id, bounds, cash=cash, base_currency=base_currency)


def risk_settings(given: object) -> Settings:
    """What is given as ``risk``: settings by name of rule or breaker; ConfigError where it is no table."""
    return table(given, ("risk",))  # type: ignore[return-value]  # each one's own are looked at by who reads them


def settings_from(kind: type[S], given: Mapping[str, object], section: str) -> S:
    """A room's settings from a section of the configuration; ConfigError names the section and the key."""
    return read_settings(kind, given, None, (section,))


def _by_their_ids(risk: Settings, instruments: Sequence[Instrument]) -> Settings:
    """The settings with the symbols that people wrote in them as ids, of the session or of the catalogue.

    A symbol that stays a symbol would block nothing, in silence.
    """
    given = risk.get("tradable", {})
    blocked = given.get("blocked", ()) if isinstance(given, Mapping) else None
    if not isinstance(blocked, list | tuple | set | frozenset):
        return risk  # the gate says what is wrong with it
    ours = {instrument.symbol for instrument in instruments}
    known = {name: one for name, one in sample_instruments().items() if one.symbol not in ours}
    known |= {instrument.id: instrument for instrument in instruments}
    named = [find_instrument(known, str(text)).id for text in blocked]
    return {**risk, "tradable": {**given, "blocked": named}} if named else risk


def _split(risk: Settings) -> tuple[dict[str, object], dict[str, object]]:
    """Settings of limits and of breakers, told apart by name."""
    limits = {name: given for name, given in risk.items() if name in RULES.names()}
    breakers = {name: given for name, given in risk.items() if name in BREAKERS.names()}
    unknown = set(risk) - set(limits) - set(breakers) - {SECOND_GATE}
    if unknown:
        name = min(unknown)
        message = f"No limit or breaker is called {name!r}."
        known = f"Known are: {', '.join([*RULES.names(), *BREAKERS.names(), SECOND_GATE])}."
        known += failures_in_words()
        raise ConfigError(message, known, location=("risk", name))
    return dict(limits), dict(breakers)


def _plan(
    instruments: Mapping[str, Instrument],
    settings: PlannerSettings,
    calendars: Mapping[str, TradingCalendar],
    algorithm: Algorithm | None,
    decision: DecisionMade,
    book: Book,
) -> Sequence[Event]:
    instrument = instruments[decision.instrument_id]
    calendar = calendar_for(instrument.calendar, calendars)
    if algorithm is None or decision.outcome not in (Outcome.TRADE, Outcome.CLOSE):
        return orders_for_target(book, decision, instrument, settings, calendar=calendar)
    if decision.outcome == Outcome.TRADE and is_on_its_way(book, decision, settings.no_trade_band_pct):
        seen, still = without_slices(book, decision), holding_still(book, decision)
        return orders_for_target(seen, still, instrument, settings, calendar=calendar)
    planned = orders_for_target(book, decision, instrument, settings, calendar=calendar)
    return given_to(algorithm, planned, book, decision)


def _work(
    instruments: Mapping[str, Instrument],
    algorithm: Algorithm,
    capabilities: Capabilities,
    parent: ParentState,
    book: Book,
    step_ns: int,
) -> Sequence[OrderRequested | CancelRequested]:
    instrument = instruments[parent.order.instrument_id]
    return next_slices(algorithm, parent, book, instrument, capabilities, step_ns)
