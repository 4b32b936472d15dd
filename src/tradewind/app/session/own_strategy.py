"""A strategy of one's own through the event engine: bars in, journal and account out."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tradewind.app.session.active import active_limits
from tradewind.app.session.blocked import what_stopped
from tradewind.app.session.own_code import source_hash
from tradewind.app.session.own_input import CheckedStrategy, check_bars, check_cash, check_instruments
from tradewind.app.session.wiring import (
    SECOND_GATE,
    build_reducer,
    build_venue,
    risk_settings,
    settings_from,
)
from tradewind.core.book import Book
from tradewind.core.events import AccountTerms, SessionStarted, StrategyTerms
from tradewind.core.instruments import Instrument
from tradewind.core.journal_ports import JournalWriter
from tradewind.core.market import Bar
from tradewind.core.money import cash_from_decimal
from tradewind.core.ports import Strategy
from tradewind.core.settings import table
from tradewind.core.timestamps import NS_PER_HOUR
from tradewind.core.vocabulary import SessionMode
from tradewind.data.calendars import trading_calendars
from tradewind.data.catalogue import with_usual_fees
from tradewind.engine.driver.loop import Driver, DriverSettings
from tradewind.engine.driver.outbox import DirectOutbox
from tradewind.engine.driver.recorded import run_recorded
from tradewind.engine.driver.schedule import CycleSettings
from tradewind.engine.driver.snapshots import SessionParts
from tradewind.engine.feeds import recorded_feed
from tradewind.journal.memory import MemoryJournal

CYCLES = CycleSettings(on_bars=False, every_ns=NS_PER_HOUR)
"""The account is marked once an hour of the bars' time: no factor or model asks for more."""


@dataclass(frozen=True)
class Outcome:
    """What a run left behind."""

    book: Book
    records: int
    journal: JournalWriter
    warnings: tuple[str, ...] = ()
    """What stopped the strategy from trading; to be shown beside any figure of the run."""


def run_strategy(
    strategy: Strategy,
    instruments: Sequence[Instrument],
    bars: Sequence[Bar],
    *,
    cash: Decimal,
    journal: JournalWriter | None = None,
    risk: Mapping[str, Mapping[str, object]] | None = None,
    venue: Mapping[str, object] | None = None,
    planner: Mapping[str, object] | None = None,
    commit_every: int = 2_000,
) -> Outcome:
    """Backtest ``strategy`` bar by bar with costs, limits, breakers and journal, as a session would run.

    Parameters
    ----------
    instruments
        Each described once. One without ``fees`` pays the usual ones of its class, as a configured session
        does (:func:`tradewind.data.catalogue.usual_fees`); ``fees=FeeSchedule()`` takes none.
    bars
        Recorded bars of any timeframes, in order of when they were known.
    cash
        What the account begins with, exact, in the quote currency of the first instrument.
    risk, venue, planner
        Settings that differ from the defaults: by rule or breaker name, of the simulated venue, and of the
        planner (``{"protection": {"stop_pct": 4.0, "trail": True}}``).

    Warns
    -----
    UserWarning
        What kept the strategy from trading; the same words are ``Outcome.warnings``.

    Raises
    ------
    NoDataError
        There is no bar, or the trading days of an instrument's calendar are not known for the bars' span.
    DataError
        A bar cannot be one: see :func:`tradewind.app.session.own_input.check_bars`.
    ConfigError
        The cash, an instrument, a setting or a decision is none.
    UnknownSymbolError
        A bar is of an instrument that is not given.
    """
    cash = check_cash(cash)
    limits = risk_settings(risk)
    driving = settings_from(DriverSettings, {"commit_every": commit_every}, "run_strategy")
    check_instruments(instruments)
    check_bars(bars, instruments)
    code = type(strategy)
    strategy = CheckedStrategy(strategy, instruments)
    instruments = tuple(with_usual_fees(instrument) for instrument in instruments)
    log = journal if journal is not None else MemoryJournal()
    calendars = trading_calendars(
        (instrument.calendar for instrument in instruments), bars[0].ts_event, bars[-1].ts_event
    )
    reducer = build_reducer(instruments, [strategy], limits, planner=planner, calendars=calendars)
    currency = instruments[0].quote_currency
    simulated = build_venue(
        instruments,
        table(venue, ("venue",)),
        calendars=calendars,
        cash={currency: float(cash)},
        base_currency=currency,
        last_look=limits.get(SECOND_GATE),
    )
    parts = SessionParts(reducer, simulated, cycles=CYCLES)
    driver = Driver(parts, log, DirectOutbox(simulated), settings=driving)
    start = SessionStarted(
        ts_event=bars[0].ts_event,
        session_id=strategy.name,
        mode=SessionMode.BACKTEST,
        base_currency=instruments[0].quote_currency,
        accounts=(AccountTerms(cash_e8={instruments[0].quote_currency: cash_from_decimal(cash)}),),
        instruments=tuple(instruments),
        strategies=(
            StrategyTerms(
                strategy=strategy.name,
                parameters={"use": f"{code.__module__}.{code.__qualname__}", "sha256": source_hash(code)},
            ),
        ),
        plugins=active_limits(dict(risk or {})),
        calendars=tuple(calendars.values()),
    )
    run_recorded(driver, recorded_feed(start, (), bars, bars[0].ts_event))
    book = reducer.state.book
    said = what_stopped(book)
    for line in said:
        warnings.warn(line, stacklevel=2)
    return Outcome(book, log.next_seq - 1, log, said)
