"""Facts about instruments, each with the moment from which it holds and the moment it could be known.

Facts are only ever added: a later word on the same matter stands beside the earlier one, and what was known
at a moment is what a backtest may use then.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tradewind.core.timestamps import iso
from tradewind.store.tables import Tables

FACTS = "reference_facts"


class FactKind(StrEnum):
    """What a fact is about, and what its value says."""

    LISTED = "listed"
    """It trades from then on; no value."""
    DELISTED = "delisted"
    """It trades no more from then on. What each unit is paid: an amount in its quote currency (``0``: it is
    worthless; an acquisition for cash says the cash), or ``last``, the last close."""
    MERGED = "merged"
    """It trades no more from then on, as it became another instrument's shares: the terms of one share (see
    :mod:`~tradewind.data.reference.share_terms`)."""
    SPUN_OFF = "spun_off"
    """Who held it then was given shares of another instrument beside it: these terms, without cash."""
    SYMBOL = "symbol"
    """It is called so from then on; it stays the same instrument."""
    BORNE_BY = "borne_by"
    """Stands under a name: from then on it is that of another instrument, the value. Written beside each
    `symbol`, so that a name is found without reading all facts."""
    SECTOR = "sector"
    MARKET_CLASS = "market_class"
    """Class of its market value: large, mid, small."""
    JOINED = "joined"
    """It belongs to the index named."""
    LEFT = "left"
    """It no longer belongs to the index named."""


LAST_CLOSE = "last"
ENDS = frozenset({FactKind.DELISTED, FactKind.MERGED})
"""After these it trades no more, until it is listed again."""


@dataclass(frozen=True)
class Fact:
    """One fact. ``effective_ns`` is when it begins to hold, ``known_ns`` when it could first be known."""

    instrument_id: str
    kind: FactKind
    value: str
    effective_ns: int
    known_ns: int
    source: str = ""


@dataclass(frozen=True)
class KnownFacts:
    """What was known of one instrument at a moment; empty texts and None where nothing was."""

    listed_ns: int | None = None
    delisted_ns: int | None = None
    symbol: str = ""
    sector: str = ""
    market_class: str = ""
    indices: tuple[str, ...] = ()


def known_facts(facts: Iterable[Fact], as_of_ns: int) -> KnownFacts:
    """What holds at a moment by what was known then. Facts are of one instrument.

    Of several words on one matter the one with the latest effect counts, and of these the one known last. A
    delisting that was told of again before it came was put off, or brought forward, to the day told last.
    """
    heard = without_put_off([f for f in facts if f.known_ns <= as_of_ns])
    seen = [f for f in heard if f.effective_ns <= as_of_ns]
    seen.sort(key=lambda f: (f.effective_ns, f.known_ns))
    newest = {fact.kind: fact for fact in seen}
    member: dict[str, bool] = {}
    for fact in seen:
        if fact.kind in (FactKind.JOINED, FactKind.LEFT):
            member[fact.value] = fact.kind is FactKind.JOINED
    listed = newest.get(FactKind.LISTED)
    delisted = next((fact for fact in reversed(seen) if fact.kind in ENDS), None)
    if listed is not None and delisted is not None and delisted.effective_ns <= listed.effective_ns:
        delisted = None  # it was listed again
    return KnownFacts(
        listed_ns=None if listed is None else listed.effective_ns,
        delisted_ns=None if delisted is None else delisted.effective_ns,
        symbol=_value(newest, FactKind.SYMBOL),
        sector=_value(newest, FactKind.SECTOR),
        market_class=_value(newest, FactKind.MARKET_CLASS),
        indices=tuple(sorted(name for name, inside in member.items() if inside)),
    )


def without_put_off(heard: Sequence[Fact]) -> list[Fact]:
    """The facts without ends that a later word on the same end has replaced.

    A later word is of another end where it was heard after a new listing that followed the first one.
    """
    ends = [f for f in heard if f.kind in ENDS]
    again = [f.effective_ns for f in heard if f.kind is FactKind.LISTED]

    def replaced(end: Fact) -> bool:
        return any(
            later.known_ns > end.known_ns
            and not any(end.effective_ns <= new <= later.known_ns for new in again)
            for later in ends
        )

    return [f for f in heard if f.kind not in ENDS or not replaced(f)]


def save_facts(tables: Tables, facts: Sequence[Fact]) -> int:
    """Add facts; those that are stored already change nothing. Gives how many were new."""
    import pyarrow as pa

    by_instrument: dict[str, list[Fact]] = {}
    for fact in facts:
        by_instrument.setdefault(fact.instrument_id, []).append(fact)
    new = 0
    for name, own in by_instrument.items():
        before = read_facts(tables, name)
        known = {_key(fact) for fact in before}
        added = {_key(fact): fact for fact in own if _key(fact) not in known}
        if not added:
            continue
        rows = list(added.values())
        frame = pa.table(
            {
                "kind": pa.array([f.kind.value for f in rows], pa.string()),
                "value": pa.array([f.value for f in rows], pa.string()),
                "effective_ns": pa.array([f.effective_ns for f in rows], pa.int64()),
                "known_ns": pa.array([f.known_ns for f in rows], pa.int64()),
                "source": pa.array([f.source for f in rows], pa.string()),
            }
        )
        key = ["effective_ns", "kind", "value", "known_ns"]
        tables.upsert(FACTS, {"instrument_id": name}, frame, key)
        new += len(rows)
    return new


def read_facts(tables: Tables, instrument_id: str) -> list[Fact]:
    """All facts of an instrument, in the order of their effect; none where nothing is known."""
    partition = {"instrument_id": instrument_id}
    if not tables.has(FACTS, partition):
        return []
    return [
        Fact(
            instrument_id,
            FactKind(row["kind"]),
            row["value"],
            row["effective_ns"],
            row["known_ns"],
            row["source"],
        )
        for row in tables.read(FACTS, partition).to_pylist()
    ]


def described_instruments(tables: Tables) -> list[str]:
    """Ids of all instruments of which something is known."""
    return [part["instrument_id"] for part in tables.partitions(FACTS)]


def fact_words(fact: Fact) -> str:
    """``2015-03-02 delisted last (known 2015-02-01)``."""
    known = f" (known {iso(fact.known_ns)[:10]})" if fact.known_ns != fact.effective_ns else ""
    return f"{iso(fact.effective_ns)[:10]} {fact.kind.value} {fact.value}".rstrip() + known


def _value(newest: Mapping[FactKind, Fact], kind: FactKind) -> str:
    return newest[kind].value if kind in newest else ""


def _key(fact: Fact) -> tuple[int, str, str, int]:
    return fact.effective_ns, fact.kind.value, fact.value, fact.known_ns
