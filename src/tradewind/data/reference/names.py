"""Which name an instrument bore when, and which instrument a name meant at a moment.

An instrument keeps its id for good; what it was called, and when it traded at all, are facts of kinds
`symbol`, `listed`, `delisted` and `merged`. A name that another company takes later is another instrument's
from then on. Which bars are whose is no forecast, so the facts count here however late they were told.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tradewind.core.instruments import instrument_id, symbol_of, venue_of
from tradewind.data.reference.facts import ENDS, Fact, FactKind, without_put_off

FactsOf = Callable[[str], Sequence[Fact]]
LATEST_NS = 2**63 - 1
"""As a moment: whoever bears a name last."""


@dataclass(frozen=True)
class NameSpan:
    """It was called ``symbol`` and traded in ``start_ns <= ts < end_ns``."""

    symbol: str
    start_ns: int
    end_ns: int


def name_spans(name: str, facts: Iterable[Fact]) -> tuple[NameSpan, ...]:
    """The names of an instrument in the order of time; one that never ends where no fact says anything.

    Before its first fact of kind `symbol` it was called as in its id, unless a later fact gives it that name:
    then nobody says what it was called, and there is no span. Before a first listing there is none either.
    """
    told = without_put_off([fact for fact in facts if fact.instrument_id == name])
    spans: list[NameSpan] = []
    for symbol, start_ns, end_ns in _names(name, told):
        for first_ns, last_ns in _lives(told):
            span = NameSpan(symbol, max(start_ns, first_ns), min(end_ns, last_ns))
            if span.start_ns < span.end_ns:
                spans.append(span)
    return tuple(sorted(spans, key=lambda span: span.start_ns))


def bearer(facts_of: FactsOf, name: str, at_ns: int = LATEST_NS) -> str:
    """The id of the instrument that is called ``SYMBOL.VENUE`` at a moment; the same where no fact says.

    ``facts_of`` gives all facts that stand under an id or a name.
    Where nobody bears it then, it is who bore it last before, else who bears it first.
    """
    facts = facts_of(name)
    claims = list(dict.fromkeys(fact.value for fact in facts if fact.kind is FactKind.BORNE_BY))
    if not claims:
        return name
    if has_own(facts):
        claims.append(name)
    symbol = symbol_of(name)
    spans = [
        (span, claim)
        for claim in claims
        for span in name_spans(claim, facts_of(claim))
        if span.symbol == symbol
    ]
    begun = [found for found in spans if found[0].start_ns <= at_ns]
    if begun:
        return max(begun, key=lambda found: (found[0].end_ns > at_ns, found[0].start_ns))[1]
    return min(spans, key=lambda found: found[0].start_ns)[1] if spans else name


def has_own(facts: Iterable[Fact]) -> bool:
    """Whether facts say anything of an instrument itself, and not only who else bears its name."""
    return any(fact.kind is not FactKind.BORNE_BY for fact in facts)


def borne_by(facts: Sequence[Fact]) -> list[Fact]:
    """For each fact of a name the one that stands under the name, and says whose it is from then on."""
    return [
        Fact(name, FactKind.BORNE_BY, fact.instrument_id, fact.effective_ns, fact.known_ns, fact.source)
        for fact in facts
        if fact.kind is FactKind.SYMBOL
        and (name := instrument_id(fact.value, venue_of(fact.instrument_id))) != fact.instrument_id
    ]


def _names(name: str, facts: Sequence[Fact]) -> list[tuple[str, int, int]]:
    changes: dict[int, str] = {}
    for fact in sorted(facts, key=lambda f: (f.effective_ns, f.known_ns)):
        if fact.kind is FactKind.SYMBOL:
            changes[fact.effective_ns] = fact.value
    own = symbol_of(name)
    begins = {} if own in changes.values() else {0: own}
    begins |= changes
    starts = sorted(begins)
    ends = [*starts[1:], LATEST_NS]
    return [(begins[start], start, end) for start, end in zip(starts, ends, strict=True)]


def _lives(facts: Sequence[Fact]) -> list[tuple[int, int]]:
    """When it traded, by listings and ends."""
    turns = sorted(
        (fact.effective_ns, fact.kind is FactKind.LISTED)
        for fact in facts
        if fact.kind is FactKind.LISTED or fact.kind in ENDS
    )  # at one moment the end comes first: it was listed again
    lives: list[tuple[int, int]] = []
    begun = -1 if turns and turns[0][1] else 0
    for moment, begins in turns:
        if not begins and begun >= 0:
            lives.append((begun, moment))
            begun = -1
        elif begins and begun < 0:
            begun = moment
    return [*lives, (begun, LATEST_NS)] if begun >= 0 else lives
