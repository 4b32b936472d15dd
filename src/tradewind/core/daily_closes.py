"""Closes of the latest days by instrument, kept in the book so that risk can be measured inside the loop.

A day is the account's. An instrument's close is its last mark of that day; days on which it had none are
left out. Warm-up bars count, so a session that was handed history can be measured from its first order on.
"""

from collections.abc import Sequence
from itertools import pairwise

from tradewind.core.accounts import CorporateAction, split_ticks
from tradewind.core.book import Book, DailyCloses

KEPT_DAYS = 253
"""Closes that are kept of each instrument: 252 returns, a year of an exchange."""


def note_close(book: Book, instrument_id: str, ticks: int, day: int) -> None:
    """The instrument was marked at ``ticks`` on the account's ``day``: so far its close of that day."""
    closes = book.closes.get(instrument_id)
    if closes is None:
        closes = book.closes[instrument_id] = DailyCloses()
    if closes.days and closes.days[-1] >= day:
        closes.ticks[-1] = ticks
        return
    closes.days.append(day)
    closes.ticks.append(ticks)
    if len(closes.days) > KEPT_DAYS:
        del closes.days[0], closes.ticks[0]


def split_closes(book: Book, action: CorporateAction) -> None:
    """Put an instrument's closes on the basis after a split, so that it makes no return."""
    closes = book.closes.get(action.instrument_id)
    if closes is not None:
        closes.ticks[:] = [split_ticks(ticks, action) for ticks in closes.ticks]


def joint_returns(book: Book, instrument_ids: Sequence[str], most: int) -> list[list[float]]:
    """Simple returns of some instruments over the days on which all of them have a close.

    One row a day, oldest first, at most ``most``; one column an instrument, in the order asked for. Where one
    of them rests (a stock at the weekend) the others' moves of those days fall into the next common one, so
    that a row is the same span for all. A day after a close of nothing or less is left out.
    """
    known = [book.closes.get(instrument_id) for instrument_id in instrument_ids]
    if not known or any(closes is None for closes in known):
        return []
    by_day = [dict(zip(closes.days, closes.ticks, strict=True)) for closes in known if closes is not None]
    common = [day for day in by_day[0] if all(day in closes for closes in by_day)]
    rows: list[list[float]] = []
    for before, day in pairwise(common):
        if all(closes[before] > 0 for closes in by_day):
            rows.append([closes[day] / closes[before] - 1.0 for closes in by_day])
    return rows[-most:]
