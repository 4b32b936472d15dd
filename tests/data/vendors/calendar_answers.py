"""What a module ``NAME_calendar.py`` in this folder says of the vendor NAME and its calendar, as ``VENDOR``.

It is written from the vendor's documentation, never from our parser. Each says in its first lines what it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from misbehaving_site import Asked, Reply

NEW_YORK = ZoneInfo("America/New_York")


class Due(NamedTuple):
    """What should come of an answer. Times are UTC ns; ``known`` None is the moment of asking."""

    event: str
    known: int | None
    begin: int
    end: int
    status: str
    estimate: float | None = None
    actual: float | None = None


@dataclass(frozen=True)
class Desk:
    """How the vendor behaves: what its answers are of, how many days its next date has moved, whether it is
    gone from its list.
    """

    now_ns: int
    calendar: str = ""
    moved_days: int = 0
    withdrawn: bool = False


@dataclass(frozen=True)
class CalendarVendor:
    """What is asked of it and what it should give."""

    calendar: str
    now_ns: int
    start_ns: int
    end_ns: int
    held: tuple[Due, ...]
    answer: Callable[[Asked, Desk], Reply]
    unknown: tuple[str, Reply]
    """A calendar that it does not have, and its words."""
    limited: Reply
    wrong_key: Reply | None = None
    """Its own words for a key that is wrong; KEY stands where it repeats the key."""
    keys: tuple[str, ...] = ()
    moves: str = ""
    """The event of its next date, where it says what is to come."""
    keeps_event: bool = True
    """Whether a date that moves is still of the same event."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


def new_york(day: date, clock: str = "00:00") -> int:
    """UTC ns of a clock in New York."""
    moment = datetime.combine(day, time.fromisoformat(clock), NEW_YORK).astimezone(UTC)
    return int(moment.timestamp()) * 1_000_000_000
