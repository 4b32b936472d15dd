"""Which pieces of a history are still to be fetched, on a grid that does not depend on when it is asked.

A piece is fetched, judged and stored whole. Pieces lie on a fixed grid of time, so that a backfill that was
broken off anywhere and goes on later makes the very pieces that one in a single run makes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.core.market import Timeframe
from tradewind.core.panel import Ints
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.asked import Span, inside_spans
from tradewind.data.calendars import expected_closes

_PIECE_DAYS = (
    (Timeframe.D1, 1_826),
    (Timeframe.H1, 365),
    (Timeframe.M15, 120),
    (Timeframe.M5, 60),
    (Timeframe.M1, 14),
)
"""Days of a piece of bars of that length or longer: some ten thousand bars of a market that never closes."""


@dataclass(frozen=True)
class Piece:
    """One span to be asked for, and how many bars are due in it and neither stored nor known not to be."""

    span: Span
    missing: int


def pieces_to_fetch(
    timeframe: str, calendar: str, wanted: Span, stored_ts: Ints, answered: Sequence[Span]
) -> list[Piece]:
    """Pieces of ``wanted`` in which something is missing, oldest first.

    ``stored_ts`` (N,) are the times of stored bars, ``answered`` the spans that the source has answered.
    A piece that reaches into the future is asked for up to the end of what is wanted.

    Raises
    ------
    NoDataError
        The calendar does not know its trading days for all of that time.
    """
    missing = missing_closes(timeframe, calendar, wanted, stored_ts, answered)
    length_ns = piece_ns(timeframe)
    numbers, counts = np.unique(missing // length_ns, return_counts=True)
    return [
        Piece(
            Span(
                max(number * length_ns, wanted.start_ns),
                min((number + 1) * length_ns, wanted.end_ns),
            ),
            count,
        )
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True)
    ]


def missing_closes(
    timeframe: str, calendar: str, wanted: Span, stored_ts: Ints, answered: Sequence[Span]
) -> Ints:
    """Bar times that are due in a span, not stored, and in no span that the source has answered."""
    due = expected_closes(calendar, timeframe, wanted.start_ns, wanted.end_ns)
    absent: Ints = due[~np.isin(due, stored_ts) & ~inside_spans(due, answered)]
    return absent


def piece_ns(timeframe: str) -> int:
    """Length of a piece."""
    length_ns = Timeframe(timeframe).length_ns
    days = next(days for frame, days in _PIECE_DAYS if length_ns >= frame.length_ns)
    return days * NS_PER_DAY


def answered_part(asked: Span, newest_ts: int | None, now_ns: int) -> Span:
    """What an answer settles: the whole span, or up to its newest bar where it reaches into the present.

    A bar that has just closed may come a little later, so nothing after the newest one is settled in the last
    two days; ``newest_ts`` is None where nothing came.
    """
    settled_ns = now_ns - 2 * NS_PER_DAY
    if asked.end_ns <= settled_ns:
        return asked
    newest_ns = asked.start_ns if newest_ts is None else newest_ts + 1
    return Span(asked.start_ns, max(newest_ns, min(settled_ns, asked.end_ns)))
