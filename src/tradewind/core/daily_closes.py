"""Closes of the latest days by instrument, kept in the book so that risk can be measured inside the loop.

A day is the account's. An instrument's close is its last mark of that day; days on which it had none are
left out. Warm-up bars count, so a session that was handed history can be measured from its first order on.
Returns are total: a dividend belongs to the day on which it went ex. Those of the warm-up are not known.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from tradewind.core.accounts import CorporateAction, price_factor, split_ticks
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
        if closes.paid and closes.paid[0][0] <= closes.days[0]:
            del closes.paid[0]


def note_dividend(book: Book, instrument_id: str, paid: Fraction, mark: Fraction, day: int) -> None:
    """The instrument went ex ``paid`` ticks on the account's ``day``, which left it at ``mark`` ticks."""
    closes = book.closes.get(instrument_id)
    if closes is None:
        return  # no close of before it to have a return from
    closes.paid.append((day, float(paid)))
    if closes.days[-1] >= day:
        closes.ticks[-1] = round(mark)


def split_closes(book: Book, action: CorporateAction) -> None:
    """Put an instrument's closes on the basis after a split, so that it makes no return."""
    closes = book.closes.get(action.instrument_id)
    if closes is not None:
        closes.ticks[:] = [split_ticks(ticks, action) for ticks in closes.ticks]
        closes.paid[:] = [(day, paid * price_factor(action)) for day, paid in closes.paid]


def joint_returns(book: Book, instrument_ids: Sequence[str], most: int) -> list[list[float]]:
    """Simple returns, dividends included, of some instruments over the days on which all have a close.

    One row a day, oldest first, at most ``most``; one column an instrument, in the order asked for. Where one
    of them rests (a stock at the weekend) the others' moves of those days fall into the next common one, so
    that a row is the same span for all. A day after a close of nothing or less is left out.
    """
    known = [closes for closes in map(book.closes.get, instrument_ids) if closes is not None]
    if not known or len(known) < len(instrument_ids):
        return []
    by_day = [dict(zip(closes.days, closes.ticks, strict=True)) for closes in known]
    common = [day for day in by_day[0] if all(day in closes for closes in by_day)]
    rows: list[list[float]] = []
    for before, day in pairwise(common):
        if all(closes[before] > 0 for closes in by_day):
            rows.append(
                [
                    (ticks[day] + _paid_between(closes, before, day)) / ticks[before] - 1.0
                    for closes, ticks in zip(known, by_day, strict=True)
                ]
            )
    return rows[-most:]


def _paid_between(closes: DailyCloses, before: int, day: int) -> float:
    """Dividends of a unit, in ticks, that went ex after the day ``before`` and up to ``day``."""
    return sum(paid for ex_day, paid in closes.paid if before < ex_day <= day) if closes.paid else 0.0
