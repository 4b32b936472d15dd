"""What a module ``NAME_series.py`` in this folder says of the vendor NAME and its series, as ``VENDOR``.

It is written from a recorded payload or from the vendor's documentation, never from our parser. Each says in
its first lines which of the two it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from misbehaving_site import Asked, Reply
from vendor_answers import DAY


class Value(NamedTuple):
    """What should come of an answer: the period's first moment, since when it is known (UTC ns), value, unit.

    ``known`` is None where the vendor does not say it: then it is the moment of asking.
    """

    period: int
    known: int | None
    value: float
    unit: str


@dataclass(frozen=True)
class Desk:
    """How the vendor behaves: ``stale`` answers are of a time before, ``series`` is what they are of."""

    now_ns: int
    stale: bool = False
    series: str = ""


@dataclass(frozen=True)
class SeriesVendor:
    """What is asked of it and what it should give. ``fresh_ns`` is the span that its newest values lie in."""

    series_id: str
    now_ns: int
    start_ns: int
    end_ns: int
    held: tuple[Value, ...]
    answer: Callable[[Asked, Desk], Reply]
    unknown: tuple[str, Reply]
    """An id of which it has nothing, and its words."""
    limited: Reply
    """Its own words for *too many calls*."""
    wrong_key: Reply | None = None
    """Its own words for a key that is wrong; KEY stands where it repeats the key."""
    keys: tuple[str, ...] = ()
    names_series: bool = True
    """Whether its answers say what they are of; if not, another series' rows cannot be told."""
    fresh_ns: int = 30 * DAY
    arguments: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    is_data: Callable[[Asked], bool] = lambda asked: True
    """Which calls are for values, where it is asked for other things as well."""
