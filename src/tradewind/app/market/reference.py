"""Facts about instruments for people: brought in from a file, and shown as of a moment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tradewind.app.market.former_names import borne_name
from tradewind.app.market.names import InstrumentNames
from tradewind.app.market.workspace import Workspace
from tradewind.data.reference.fact_files import OF_ITSELF, read_fact_file
from tradewind.data.reference.facts import (
    Fact,
    KnownFacts,
    described_instruments,
    known_facts,
    read_facts,
    save_facts,
)
from tradewind.data.reference.names import borne_by, has_own


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
    of_ids = replace(workspace.instruments, borne=None)
    itself = [
        fact for fact in read_fact_file(path, partial(_found, of_ids, of_ids)) if fact.kind in OF_ITSELF
    ]
    told = [*itself, *borne_by(itself)]  # what the file says of names counts for its other lines
    by_name = replace(of_ids, borne=partial(borne_name, lambda: workspace.tables, told))
    facts = read_fact_file(path, partial(_found, of_ids, by_name))
    if dry_run:
        names = {fact.instrument_id for fact in facts}
        known = {fact for name in names for fact in read_facts(workspace.tables, name)}
        return len(facts), len(set(facts) - known)
    workspace.bars.make()
    new = save_facts(workspace.tables, facts)
    save_facts(workspace.tables, borne_by(facts))
    return len(facts), new


def _found(of_ids: InstrumentNames, by_name: InstrumentNames, text: str, at_ns: int | None) -> str:
    return next(iter(of_ids.named([text]) if at_ns is None else by_name.named([text], at_ns)))


def described(workspace: Workspace, symbols: Sequence[str], as_of_ns: int) -> list[Described]:
    """What is known of the instruments named, or of all of which something is."""
    tables = workspace.tables
    names = list(workspace.instruments.named(symbols)) if symbols else described_instruments(tables)
    found = []
    for name in names:
        facts = tuple(read_facts(tables, name))
        if not symbols and not has_own(facts):
            continue  # a name that others bore, and no instrument
        found.append(Described(name, facts, known_facts(facts, as_of_ns)))
    return found
