"""Calendars of releases: reports of companies and macro figures, scheduled and published, point in time.

What a calendar says of a release is a row with the moment at which it could first be known: that it is due
on a day, that the day has moved, that it is out, that it is not to come any more. Rows are only ever added,
so reading as of a moment gives what was believed then.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isinf, isnan
from typing import ClassVar, NamedTuple, Protocol

from tradewind.core.errors import MalformedPayloadError
from tradewind.core.timestamps import NS_PER_HOUR, iso

_LEAST, _MOST = -(2**63), 2**63 - 1


class Timing(StrEnum):
    """How exactly a release's moment is told."""

    EXACT = "exact"
    BEFORE_OPEN = "before_open"
    DURING_SESSION = "during_session"
    AFTER_CLOSE = "after_close"
    DAY = "day"
    """Some time of the day."""


class ReleaseStatus(StrEnum):
    """What is said of a release."""

    SCHEDULED = "scheduled"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"
    """Its calendar has it no more: it is not to come, or another day stands for it."""


class Release(NamedTuple):
    """What was known of one release since ``ts_known``. Times are UTC ns; NaN where a figure is not given.

    ``event`` tells releases of one calendar apart and stays the same while the day moves, where the source
    tells it (a fiscal quarter, the number of a filing; else the day itself). It comes in
    ``ts_begin <= moment <= ts_end``: one moment where ``timing`` is exact. ``estimate`` and ``actual`` are in
    ``unit``.
    """

    event: str
    ts_known: int
    ts_begin: int
    ts_end: int
    timing: Timing
    status: ReleaseStatus
    what: str = ""
    estimate: float = float("nan")
    actual: float = float("nan")
    unit: str = ""


@dataclass(frozen=True)
class CalendarRequest:
    """Releases due in ``start_ns <= ts_begin < end_ns``, past ones too; ``calendar`` is the source's id."""

    calendar: str
    start_ns: int
    end_ns: int


@dataclass(frozen=True)
class Releases:
    """Releases of one calendar, by event and moment known, each row one revision.

    A row known at ``asked_ns`` is told by sight: its source does not say since when it is known.
    ``whole_from_ns <= ts_begin < whole_to_ns`` is the span of which the answer has all that is scheduled, so
    that what is missing there was withdrawn; both 0 where it has no such span. Made by :func:`releases_of`.
    """

    calendar: str
    source: str
    rows: tuple[Release, ...]
    asked_ns: int
    whole_from_ns: int = 0
    whole_to_ns: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    def as_of(self, moment_ns: int) -> tuple[Release, ...]:
        """Of each release what was known last at ``moment_ns``, by time; none that was withdrawn by then."""
        return known_releases(self.rows, moment_ns)


class CalendarSource(Protocol):
    """A source of calendars. ``known`` are ids that it is known to have, each with what it is; not all."""

    name: str
    known: ClassVar[Mapping[str, str]]

    def releases(self, request: CalendarRequest) -> Releases:
        """All that is asked for; a typed DataError, or UnknownSymbolError, otherwise."""
        ...


def releases_of(
    calendar: str,
    source: str,
    rows: Iterable[Release],
    asked_ns: int,
    whole_ns: tuple[int, int] = (0, 0),
) -> Releases:
    """Rows in any order as releases, sorted; a row that is there twice once.

    Raises
    ------
    MalformedPayloadError
        A release ends before it begins, has an infinite figure or a time beyond 64 bits, says nothing to tell
        it by, is known after ``asked_ns``, or is told in two ways at one moment.
    """
    kept: dict[tuple[str, int], Release] = {}
    for row in sorted(rows, key=lambda row: (row.event, row.ts_known)):
        _check(calendar, row, asked_ns)
        before = kept.setdefault((row.event, row.ts_known), row)
        if not same_release(before, row):
            message = f"{calendar} says two things of {row.event} at once, known {iso(row.ts_known)}."
            raise MalformedPayloadError(message, "A release is told in one way at a moment.")
    return Releases(calendar, source, tuple(kept.values()), asked_ns, *whole_ns)


def known_releases(rows: Iterable[Release], moment_ns: int) -> tuple[Release, ...]:
    """Of each event the row known last at ``moment_ns``, by time; those that are withdrawn are left out."""
    newest: dict[str, Release] = {}
    for row in sorted((row for row in rows if row.ts_known <= moment_ns), key=lambda row: row.ts_known):
        newest[row.event] = row
    there = (row for row in newest.values() if row.status is not ReleaseStatus.WITHDRAWN)
    return tuple(sorted(there, key=lambda row: (row.ts_begin, row.event)))


def hours_to_next(known: Iterable[Release], moment_ns: int) -> float:
    """Hours from a moment to the begin of the next release that is still to come; NaN where none is known.

    ``known`` are releases as they were known then (:func:`known_releases`). One whose span has begun and is
    not over counts as 0, unless it is out.
    """
    waits = [
        max(row.ts_begin - moment_ns, 0) / NS_PER_HOUR
        for row in known
        if row.ts_end >= moment_ns and row.status is ReleaseStatus.SCHEDULED
    ]
    return min(waits, default=float("nan"))


def hours_since_last(known: Iterable[Release], moment_ns: int) -> float:
    """Hours since the last release's span was over; 0 inside one, NaN where none is known."""
    waits = [max(moment_ns - row.ts_end, 0) / NS_PER_HOUR for row in known if row.ts_begin <= moment_ns]
    return min(waits, default=float("nan"))


def same_release(one: Release, other: Release) -> bool:
    """Whether two rows say the same, whenever they were known."""
    return _plain(one) == _plain(other)


def _plain(row: Release) -> tuple[object, ...]:
    figures = (None if isnan(figure) else figure for figure in (row.estimate, row.actual))
    return (row.event, row.ts_begin, row.ts_end, row.timing, row.status, row.what, row.unit, *figures)


def _check(calendar: str, row: Release, asked_ns: int) -> None:
    times = (row.ts_known, row.ts_begin, row.ts_end)
    if not row.event:
        fault = "has nothing to tell it by"
    elif not all(_LEAST <= moment <= _MOST for moment in times):
        fault = "has a time beyond the years 1678 to 2262"
    elif row.ts_end < row.ts_begin:
        fault = f"ends at {iso(row.ts_end)}, before it begins at {iso(row.ts_begin)}"
    elif row.ts_known > asked_ns:
        fault = f"is said to be known at {iso(row.ts_known)}, after it was asked for at {iso(asked_ns)}"
    elif isinf(row.estimate) or isinf(row.actual):
        fault = "has a figure that is infinite"
    else:
        return
    message = f"A release {row.event!r} of {calendar} {fault}."
    raise MalformedPayloadError(message, "A release has an id, finite figures and times of 64 bits.")
