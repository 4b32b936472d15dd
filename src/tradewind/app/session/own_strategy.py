"""A strategy of one's own through the event engine: bars in, journal and account out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

from tradewind.app.session.wiring import build_reducer, build_venue
from tradewind.core.book import Book
from tradewind.core.errors import NoDataError, UnknownSymbolError
from tradewind.core.events import SessionEnded, SessionOpened, SessionStarted
from tradewind.core.instruments import Instrument
from tradewind.core.market import Bar
from tradewind.core.money import cash_from_decimal
from tradewind.core.ports import JournalWriter, Strategy
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
        There is no bar.
    UnknownSymbolError
        A bar is of an instrument that is not given.
    """
    if not bars:
        raise NoDataError("There is no bar to backtest on.", "Check the instruments and the dates.")
    _require_known(bars, instruments)
    log = journal if journal is not None else MemoryJournal()
    reducer = build_reducer(instruments, strategy, risk or {})
    session = Session(reducer, log, build_venue(instruments, venue or {}), commit_every=commit_every)
    start = SessionStarted(
        ts_event=bars[0].ts_event,
        session_id=strategy.name,
        mode="backtest",
        base_currency=instruments[0].quote_currency,
        cash_e8=cash_from_decimal(cash),
        instruments=tuple(instruments),
        strategy=strategy.name,
    )
    opened = SessionOpened(ts_event=bars[0].ts_event)
    ended = SessionEnded(ts_event=bars[-1].ts_event, reason="the feed is at its end")
    session.run(chain((start, opened), bars, (ended,)))
    return Outcome(reducer.state.book, log.next_seq - 1, log)


def _require_known(bars: Sequence[Bar], instruments: Sequence[Instrument]) -> None:
    known = sorted(instrument.id for instrument in instruments)
    strange = sorted({bar.instrument_id for bar in bars}.difference(known))
    if strange:
        message = f"Bars of {', '.join(strange)} belong to no instrument of the backtest."
        raise UnknownSymbolError(message, f"Name them by id, as SYMBOL.VENUE: {', '.join(known)}.")
