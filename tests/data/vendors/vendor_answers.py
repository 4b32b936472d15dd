"""What a module ``NAME_answers.py`` in this folder says of the vendor NAME, as ``VENDOR``.

It is written from a recorded payload or from the vendor's documentation, never from our parser: it knows no
code of ours but the plain types here. Each says in its first lines which of the two it is.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from misbehaving_site import Asked, Reply

MINUTE = 60 * 1_000_000_000
HOUR, DAY = 60 * MINUTE, 1_440 * MINUTE
NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True)
class Held:
    """One bar that the vendor has, times in UTC ns."""

    opened: int
    closed: int
    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True)
class Shop:
    """How the vendor behaves.

    ``stale``: it answers with its bars of the days before ``now_ns``, whatever span is asked for. ``symbol``:
    what it says its rows are of, where that is not what was asked for.
    """

    now_ns: int
    stale: bool = False
    symbol: str = ""

    def bars(self, held: tuple[Held, ...], from_ns: int, to_ns: int, *, end_inside: bool) -> list[Held]:
        """Bars that it answers a span of opens with: also the one that is still being made."""
        begun = [bar for bar in held if bar.opened <= self.now_ns]
        if self.stale:
            return begun[-40:]
        return [b for b in begun if from_ns <= b.opened < to_ns or (end_inside and b.opened == to_ns)]


@dataclass(frozen=True)
class Vendor:
    """What is asked of it and what it should give.

    ``start_ns`` and ``end_ns`` hold more than one page where it pages, and ``end_ns`` lies after ``now_ns``:
    the last bar there is not closed. ``keys`` are the keywords of keys that it cannot do without.
    """

    instrument_id: str
    timeframe: str
    offers: tuple[str, ...]
    now_ns: int
    start_ns: int
    end_ns: int
    held: tuple[Held, ...]
    answer: Callable[[Asked, Shop], Reply]
    unknown: tuple[str, Reply]
    """An instrument that it does not have, and its words."""
    limited: Reply
    """Its own words for *too many calls*."""
    wrong_key: Reply | None = None
    """Its own words for a key that is wrong; KEY stands where it repeats the key."""
    keys: tuple[str, ...] = ()
    names_symbol: bool = True
    """Whether its answers say what they are of; if not, another symbol's rows cannot be told."""
    least_calls: int = 1
    has_ohlc: bool = True
    has_volume: bool = True
    settles_s: float = 0.0
    """How long after its end a bar is taken as closed."""
    stale_by_ns: int = DAY
    arguments: Mapping[str, str] = field(default_factory=dict)
    """What else the provider is made with."""
    is_data: Callable[[Asked], bool] = lambda asked: True
    """Which calls are for bars, where it is asked for other things as well."""


@dataclass(frozen=True)
class SaidTerms:
    """What a vendor says of one pair; values may be anything that JSON can hold, ``LEFT_OUT`` is no field."""

    base: str = "BTC"
    quote: str = "USD"
    tick: object = "0.01000000"
    lot: object = "0.00001000"
    minimum: object = "5.00000000"
    trading: bool = True


LEFT_OUT = object()


@dataclass(frozen=True)
class Describes:
    """A vendor that describes its instruments, as ``DESCRIBES`` in its module.

    ``says`` is what it answers of pairs; the one that is asked for is the last. ``lists``: its answer is a
    list that may hold others, or the same one twice.
    """

    venue: str
    path: str
    says: Callable[[tuple[SaidTerms, ...]], object]
    unknown: Reply
    lists: bool
    least: str = "minimum_notional"
    """What ``SaidTerms.minimum`` is of an instrument of ours."""
    most: str = "3400"
    """The most quantity that it says; empty where it says none."""


@dataclass(frozen=True)
class Lists:
    """A vendor that lists its instruments, as ``LISTS`` in its module.

    ``row`` is one of its list, ``whole`` the list as it answers; ``symbol_field`` says what a row is of.
    """

    path: str
    row: Callable[[SaidTerms], dict[str, object]]
    whole: Callable[[list[object]], object]
    symbol_field: str
    calls: int = 1
    """Requests that all classes together take."""


def present(fields: Mapping[str, object]) -> dict[str, object]:
    """The fields that are not left out."""
    return {name: value for name, value in fields.items() if value is not LEFT_OUT}


def js(value: object, status: int = 200, **headers: str) -> Reply:
    """An answer of JSON."""
    return status, {"Content-Type": "application/json", **headers}, json.dumps(value).encode()


def ns(moment: datetime) -> int:
    """UTC ns of an aware time, exact to the second."""
    return int(moment.timestamp()) * 1_000_000_000


def utc(ts_ns: int) -> datetime:
    """The moment as a time in UTC."""
    return datetime.fromtimestamp(ts_ns // 1_000_000_000, UTC)


def wave(opened: int, closed: int, step: int, scale: float = 100.0) -> Held:
    """A bar with figures of its own, of two decimals."""
    base = round(scale + step % 37, 2)
    return Held(opened, closed, base, base + 1.5, base - 1.25, base + 0.75, 1_000.0 + step % 11)


def around_the_clock(start: int, count: int, length: int) -> tuple[Held, ...]:
    """Bars of a market that never closes."""
    return tuple(wave(start + n * length, start + (n + 1) * length, n) for n in range(count))


def new_york_days(first: date, last: date, holidays: frozenset[date] = frozenset()) -> Iterator[date]:
    """Weekdays without the holidays named."""
    day = first
    while day <= last:
        if day.weekday() < 5 and day not in holidays:
            yield day
        day += timedelta(days=1)


def at_new_york(day: date, hour: int, minute: int = 0) -> int:
    """UTC ns of a time of day in New York, daylight saving and all."""
    return ns(datetime.combine(day, time(hour, minute), NEW_YORK))
