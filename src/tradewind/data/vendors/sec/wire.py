"""What EDGAR answers, decoded to types and checked.

Source: SEC, "EDGAR Application Programming Interfaces": ``companyconcept`` has every fact that a company
reported under one tag, each with its filing (``accn``) and the day of it (``filed``); ``submissions`` has the
newest filings with ``acceptanceDateTime``.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import msgspec

from tradewind.core.errors import MalformedPayloadError
from tradewind.core.timestamps import to_ns
from tradewind.data.series_rows import end_of, read_date, require_finite

NEW_YORK = ZoneInfo("America/New_York")
EDGAR_OPENS = time(6)
"""EDGAR gives nothing out before six: what was accepted after 17:30 comes out on the next day."""

LENGTHS = {"3m": (80, 101), "6m": (170, 197), "9m": (260, 287), "12m": (350, 386)}
"""Days of a period, both ends inside, by the word that an id has for it; ``instant`` is a day's own value."""

INSTANT = "instant"


class _Fact(msgspec.Struct, frozen=True):
    end: str
    val: float
    accn: str
    filed: str
    start: str | None = None


class _Concept(msgspec.Struct, frozen=True):
    cik: int
    taxonomy: str
    tag: str
    units: dict[str, list[_Fact]]


class _Recent(msgspec.Struct, frozen=True, rename="camel"):
    accession_number: list[str]
    filing_date: list[str]
    acceptance_date_time: list[str]


class _Older(msgspec.Struct, frozen=True):
    name: str


class _Filings(msgspec.Struct, frozen=True):
    recent: _Recent
    files: list[_Older]


class _Submissions(msgspec.Struct, frozen=True):
    cik: str | int
    filings: _Filings


class Fact(msgspec.Struct, frozen=True):
    """A value of a period that begins on ``begins``, reported by the filing ``accn`` of the day ``filed``."""

    begins: date
    value: float
    accn: str
    filed: date


_concept = msgspec.json.Decoder(_Concept)
_submissions = msgspec.json.Decoder(_Submissions)


def decode_facts(body: bytes, cik: int, taxonomy: str, tag: str) -> dict[tuple[str, str], list[Fact]]:
    """Facts by unit and length; those of odd lengths are left out.

    Raises
    ------
    MalformedPayloadError
        It is of another company or tag, a period ends before it begins, or a value or date is none.
    """
    said = _concept.decode(body)
    if (said.cik, said.taxonomy, said.tag) != (cik, taxonomy, tag):
        message = (
            f"{said.taxonomy}/{said.tag} of {said.cik} came where {taxonomy}/{tag} of {cik} was asked for."
        )
        raise MalformedPayloadError(message)
    found: dict[tuple[str, str], list[Fact]] = {}
    for unit, facts in said.units.items():
        for fact in facts:
            end = read_date(fact.end, tag)
            begins = end if fact.start is None else read_date(fact.start, tag)
            length = INSTANT if fact.start is None else _length((end - begins).days + 1, tag)
            value = require_finite(fact.val, f"{tag} of {fact.end}")
            made = Fact(begins, value, fact.accn, read_date(fact.filed, f"the filing {fact.accn}"))
            found.setdefault((unit, length), []).append(made)
    return found


def decode_acceptances(body: bytes, cik: int) -> dict[str, datetime]:
    """By filing, when it was accepted as a clock in New York says, of the newest thousand or so.

    The texts end in ``Z``, and for some companies are the clock of New York all the same. Read as New York's
    they are never too early, and at most five hours late. Where there are older filings elsewhere, the first
    day of these is left out: others of that day may be there, and filings of a day are told in one way.
    """
    said = _submissions.decode(body)
    recent = said.filings.recent
    columns = (recent.accession_number, recent.filing_date, recent.acceptance_date_time)
    if str(said.cik).lstrip("0") != str(cik) or len({len(column) for column in columns}) != 1:
        message = f"It is of {said.cik} where {cik} was asked for, or its columns differ in length."
        raise MalformedPayloadError(message)
    cut = min(recent.filing_date, default="") if said.filings.files else ""
    try:
        return {
            accn: datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)
            for accn, day, text in zip(*columns, strict=True)
            if day != cut
        }
    except ValueError as error:
        message = f"A moment of acceptance is none: {error}"
        raise MalformedPayloadError(message) from error


def last_of_a_moment(facts: Iterable[Fact], accepted: Mapping[str, datetime]) -> Iterator[tuple[Fact, int]]:
    """Facts with the moment since which they are known; of filings known at once the last one's alone."""
    by_moment: dict[tuple[date, int], list[Fact]] = {}
    for fact in facts:
        by_moment.setdefault((fact.begins, known_at(fact, accepted.get(fact.accn))), []).append(fact)
    for (_, known_ns), there in by_moment.items():
        last = max(fact.accn for fact in there)
        yield from ((fact, known_ns) for fact in there if fact.accn == last)


def known_at(fact: Fact, accepted: datetime | None) -> int:
    """When a fact could be read: accepted and given out; without that moment the end of its filing's day."""
    if accepted is None:
        return end_of(fact.filed, NEW_YORK)
    opened = datetime.combine(fact.filed, EDGAR_OPENS, NEW_YORK)
    return to_ns(max(accepted, opened))


def _length(days: int, tag: str) -> str:
    if days < 1:
        message = f"A period of {tag} ends before it begins."
        raise MalformedPayloadError(message)
    return next((word for word, (least, end) in LENGTHS.items() if least <= days < end), "")
