"""Facts about instruments for people: brought in from a file, and shown as of a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tradewind.app.market.workspace import Workspace
from tradewind.data.reference.fact_files import read_fact_file
from tradewind.data.reference.facts import (
    Fact,
    KnownFacts,
    described_instruments,
    known_facts,
    read_facts,
    save_facts,
)


@dataclass(frozen=True)
class Described:
    """An instrument with all its facts, and what was known of it at a moment."""

    instrument_id: str
    facts: tuple[Fact, ...]
    known: KnownFacts


def import_facts(workspace: Workspace, path: Path, *, dry_run: bool = False) -> tuple[int, int]:
    """Facts in a file, and how many of them were new (with ``dry_run``: would be); all are added, or none.

    Raises
    ------
    BarFileError
        The file says something that cannot be; it names the line and the value.
    StoreError
        The store refuses.
    """

    def find(text: str) -> str:
        return next(iter(workspace.instruments.named([text])))

    facts = read_fact_file(path, find)
    if dry_run:
        names = {fact.instrument_id for fact in facts}
        known = {fact for name in names for fact in read_facts(workspace.tables, name)}
        return len(facts), len(set(facts) - known)
    workspace.bars.make()
    return len(facts), save_facts(workspace.tables, facts)


def described(workspace: Workspace, symbols: Sequence[str], as_of_ns: int) -> list[Described]:
    """What is known of the instruments named, or of all of which something is."""
    tables = workspace.tables
    names = list(workspace.instruments.named(symbols)) if symbols else described_instruments(tables)
    found = []
    for name in names:
        facts = tuple(read_facts(tables, name))
        found.append(Described(name, facts, known_facts(facts, as_of_ns)))
    return found
