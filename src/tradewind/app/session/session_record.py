"""One pass over a session's records for all that a report needs of them."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain

import msgspec

from tradewind.app.session.closed_trades import KINDS as TRADE_KINDS
from tradewind.app.session.closed_trades import ClosedTrades
from tradewind.app.session.daily_equity import DailyAccount, DailyEquity
from tradewind.app.session.last_session import last_start, with_books
from tradewind.app.session.price_lines import PriceLines
from tradewind.app.session.session_costs import SessionCosts
from tradewind.core.book import Book
from tradewind.core.decisions import AccountMarked, BreakerRearmed, BreakerTripped, OrderRefused
from tradewind.core.events import SessionStarted
from tradewind.core.journal_ports import KindReader
from tradewind.core.orders import OrderRejected

KINDS: tuple[type[msgspec.Struct], ...] = (*TRADE_KINDS, OrderRefused)
REJECTED = "rejected by the venue"


@dataclass
class SessionRecord:
    """What was read; ``book`` is as it stands after the last record."""

    started: SessionStarted
    first_seq: int
    book: Book
    daily: DailyAccount
    trades: ClosedTrades
    costs: SessionCosts
    prices: PriceLines
    marks: list[AccountMarked] = field(default_factory=list)
    trips: list[tuple[BreakerTripped, BreakerRearmed | None]] = field(default_factory=list)
    """Each time that a breaker tripped, and what armed it again; None while it is tripped."""
    refusals: Counter[str] = field(default_factory=Counter)
    """Refused orders by rule, and those that the venue rejected."""


def read_session(reader: KindReader) -> SessionRecord:
    """A journal's last session.

    Raises
    ------
    JournalError
        The journal holds no session.
    """
    started, start = last_start(reader)
    daily, trades, costs, prices = DailyEquity(), ClosedTrades(), SessionCosts(), PriceLines()
    records = with_books(reader, KINDS)
    first = next(records)
    found = SessionRecord(started, start, first[1], daily.account(), trades, costs, prices)
    for record, book in chain([first], records):
        for follower in (daily, trades, costs, prices):
            follower.take(record, book)
        _note(found, record.event)
    found.daily = daily.account()
    return found


def _note(found: SessionRecord, event: object) -> None:
    match event:
        case AccountMarked():
            found.marks.append(event)
        case BreakerTripped():
            found.trips.append((event, None))
        case BreakerRearmed():
            for place, (trip, rearmed) in enumerate(found.trips):
                same = (trip.breaker, trip.scope_key) == (event.breaker, event.scope_key)
                if same and rearmed is None:
                    found.trips[place] = (trip, event)
        case OrderRefused():
            found.refusals[event.refusal.rule] += 1
        case OrderRejected():
            found.refusals[REJECTED] += 1
        case _:
            pass
