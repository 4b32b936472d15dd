"""Whom a symbol means at a moment, by the facts that are stored: names change, and others take them."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from tradewind.core.instruments import symbol_of
from tradewind.data.reference.facts import Fact, described_instruments, read_facts
from tradewind.data.reference.names import FactsOf, bearer, has_own
from tradewind.store.tables import Tables


def borne_name(
    open_tables: Callable[[], Tables], told: Sequence[Fact], name: str, at_ns: int, exact: bool
) -> str:
    """The id of who is called ``name`` at a moment; the same where no fact says.

    ``name`` is ``SYMBOL.VENUE``, or a symbol that no known instrument has. ``exact``: people wrote the id. An
    id of which anything is known means that instrument for good, whoever bears its symbol. ``told`` are facts
    that count beside the stored ones.
    """
    tables = open_tables()
    facts_of = partial(_facts_of, tables, told)
    if "." not in name:
        there = dict.fromkeys((*described_instruments(tables), *(fact.instrument_id for fact in told)))
        bearers = _bearers(facts_of, (one for one in there if symbol_of(one) == name), at_ns)
        return bearers.pop() if len(bearers) == 1 else name
    if exact and has_own(facts_of(name)):
        return name
    return bearer(facts_of, name, at_ns)


def _bearers(facts_of: FactsOf, names: Iterable[str], at_ns: int) -> set[str]:
    return {bearer(facts_of, name, at_ns) for name in names}


def _facts_of(tables: Tables, told: Sequence[Fact], name: str) -> list[Fact]:
    return [*read_facts(tables, name), *(fact for fact in told if fact.instrument_id == name)]
