"""A strategy of one's own through the event engine: bars in, journal and account out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

from tradewind.app.session.wiring import SECOND_GATE, build_reducer, build_venue
from tradewind.core.book import Book
from tradewind.core.errors import NoDataError
from tradewind.core.events import AccountTerms, SessionEnded, SessionOpened, SessionStarted, StrategyTerms
from tradewind.core.instruments import Instrument
from tradewind.core.market import Bar
from tradewind.core.money import cash_from_decimal
from tradewind.core.ports import JournalWriter, Strategy
from tradewind.core.vocabulary import SessionMode
from tradewind.data.calendars import trading_calendars
from tradewind.engine.session import Session
from tradewind.journal.memory import MemoryJournal


@dataclass(frozen=True)
class Outcome:
    """What a run left behind."""

    book: Book
    records: int
    journal: JournalWriter


def run_strategy(
    strategy: Strategy,
    instruments: Sequence[Instrument],
    bars: Sequence[Bar],
    *,
    cash: Decimal,
    journal: JournalWriter | None = None,
    risk: Mapping[str, Mapping[str, object]] | None = None,
    venue: Mapping[str, object] | None = None,
    commit_every: int = 2_000,
) -> Outcome:
    """Backtest ``strategy`` bar by bar with costs, limits, breakers and journal, as a session would run.

    Parameters
    ----------
    bars
        Recorded bars in order of when they were known.
    risk, venue
        Settings that differ from the defaults, by rule or breaker name, and of the simulated venue.

    Raises
    ------
    NoDataError
        There is no bar, or the trading days of an instrument's calendar are not known for the bars' span.
    """
    if not bars:
        raise NoDataError("There is no bar to backtest on.", "Check the symbols and the dates.")
    log = journal if journal is not None else MemoryJournal()
    calendars = trading_calendars(
        (instrument.calendar for instrument in instruments), bars[0].ts_event, bars[-1].ts_event
    )
    reducer = build_reducer(instruments, [strategy], risk or {}, calendars=calendars)
    currency = instruments[0].quote_currency
    simulated = build_venue(
        instruments,
        venue or {},
        calendars=calendars,
        cash={currency: float(cash)},
        base_currency=currency,
        last_look=(risk or {}).get(SECOND_GATE),
    )
    session = Session(reducer, log, simulated, commit_every=commit_every)
    start = SessionStarted(
        ts_event=bars[0].ts_event,
        session_id=strategy.name,
        mode=SessionMode.BACKTEST,
        base_currency=instruments[0].quote_currency,
        accounts=(AccountTerms(cash_e8={instruments[0].quote_currency: cash_from_decimal(cash)}),),
        instruments=tuple(instruments),
        strategies=(StrategyTerms(strategy=strategy.name),),
        calendars=tuple(calendars.values()),
    )
    opened = SessionOpened(ts_event=bars[0].ts_event)
    ended = SessionEnded(ts_event=bars[-1].ts_event, reason="the feed is at its end")
    session.run(chain((start, opened), bars, (ended,)))
    return Outcome(reducer.state.book, log.next_seq - 1, log)
