"""What FRED answers, decoded to types and checked.

Source: FRED API, "fred/series", "fred/series/vintagedates" and "fred/series/observations" with
``file_type=json``. Real-time periods are dates in St. Louis, both ends inside. A value is text, ``.`` where
there is none. Answers of observations do not name their series, but repeat the spans that they are of.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import nan

import msgspec

from tradewind.core.errors import MalformedPayloadError
from tradewind.data.series_rows import read_date, read_number

MISSING = "."


class _Series(msgspec.Struct, frozen=True):
    id: str
    realtime_start: str
    units: str


class _About(msgspec.Struct, frozen=True):
    seriess: list[_Series]


class _Vintages(msgspec.Struct, frozen=True):
    count: int
    offset: int
    vintage_dates: list[str]


class _Row(msgspec.Struct, frozen=True):
    realtime_start: str
    date: str
    value: str


class _Page(msgspec.Struct, frozen=True):
    realtime_start: str
    realtime_end: str
    observation_start: str
    observation_end: str
    units: str
    output_type: int
    count: int
    offset: int
    observations: list[_Row]


@dataclass(frozen=True)
class Vintage:
    """What was said of a period on a day; NaN where there was nothing."""

    period: date
    since: date
    value: float


class _Hit(msgspec.Struct, frozen=True):
    id: str
    title: str
    frequency: str
    units: str
    observation_start: str
    observation_end: str


class _Hits(msgspec.Struct, frozen=True):
    seriess: list[_Hit]


_hits = msgspec.json.Decoder(_Hits)
_about = msgspec.json.Decoder(_About)
_vintages = msgspec.json.Decoder(_Vintages)
_page = msgspec.json.Decoder(_Page)


def decode_units(body: bytes, series_id: str) -> tuple[tuple[date, str], ...]:
    """The units of a series by the day since which they hold; MalformedPayloadError for another series."""
    rows = _about.decode(body).seriess
    if not rows:
        message = "There is no series in it."
        raise MalformedPayloadError(message)
    for row in rows:
        if row.id.upper() != series_id.upper():
            message = f"The series {row.id!r} came where {series_id!r} was asked for."
            raise MalformedPayloadError(message)
    return tuple(sorted((read_date(row.realtime_start, f"{row.id}'s units"), row.units) for row in rows))


def decode_vintages(body: bytes) -> tuple[int, list[date]]:
    """How many there are in all, and the days of this page."""
    said = _vintages.decode(body)
    return said.count, [read_date(text, "a vintage") for text in said.vintage_dates]


def decode_page(body: bytes, asked: Mapping[str, str | int]) -> tuple[int, list[Vintage]]:
    """How many rows there are in all, and those of this page; MalformedPayloadError for another span."""
    said = _page.decode(body)
    for name in ("realtime_start", "realtime_end", "observation_start", "observation_end", "offset"):
        if getattr(said, name) != asked[name]:
            message = f"Its {name} is {getattr(said, name)}, and {asked[name]} was asked for."
            raise MalformedPayloadError(message)
    if said.units != "lin" or said.output_type != 1:
        message = f"Its values are of units {said.units!r} and output_type {said.output_type}."
        raise MalformedPayloadError(message, "Only lin and 1 are understood.")
    return said.count, [_vintage(row) for row in said.observations]


def decode_hits(body: bytes) -> dict[str, str]:
    """Series that were found, each with its title, frequency, unit and span."""
    return {
        one.id: f"{one.title}; {one.frequency}, {one.units}, {one.observation_start} to {one.observation_end}"
        for one in _hits.decode(body).seriess
    }


def without_carried(vintages: Iterable[Vintage]) -> list[Vintage]:
    """Vintages by period and day, without those that only say that a value still holds.

    Each question is answered with what holds at the begin of its span as if it had been said then.
    """
    kept: list[Vintage] = []
    for one in sorted(vintages, key=lambda one: (one.period, one.since)):
        last = kept[-1] if kept else None
        same = last is not None and last.period == one.period and repr(last.value) == repr(one.value)
        if not same:
            kept.append(one)
    return kept


def _vintage(row: _Row) -> Vintage:
    period = read_date(row.date, "a period")
    value = nan if row.value == MISSING else read_number(row.value, f"{row.date}")
    return Vintage(period, read_date(row.realtime_start, f"what is said of {row.date}"), value)
