"""Names over time: whose a name is at a moment, and that an instrument never has two."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tradewind.data.reference.facts import Fact, FactKind
from tradewind.data.reference.names import LATEST_NS, bearer, borne_by, name_spans

KINDS = (FactKind.LISTED, FactKind.DELISTED, FactKind.SYMBOL)


@st.composite
def told(draw: st.DrawFn) -> list[Fact]:
    facts = []
    for _ in range(draw(st.integers(0, 8))):
        kind = draw(st.sampled_from(KINDS))
        value = {FactKind.SYMBOL: draw(st.sampled_from("ABC")), FactKind.DELISTED: "0"}.get(kind, "")
        at = draw(st.integers(1, 50))
        name = draw(st.sampled_from(("A.X", "B.X", "C.X")))
        facts.append(Fact(name, kind, value, at, at + draw(st.integers(0, 3))))
    return facts


@given(facts=told(), at=st.integers(0, 60))
def test_an_instrument_has_one_name_at_a_time_and_only_while_it_trades(facts: list[Fact], at: int) -> None:
    for name in ("A.X", "B.X", "C.X"):
        own = [fact for fact in facts if fact.instrument_id == name]
        spans = name_spans(name, facts)
        assert sum(span.start_ns <= at < span.end_ns for span in spans) <= 1
        assert all(one.end_ns <= other.start_ns for one, other in pairwise(spans))
        if not own:
            assert [(span.symbol, span.start_ns, span.end_ns) for span in spans] == [(name[0], 0, LATEST_NS)]
        named = [fact for fact in own if fact.kind is FactKind.SYMBOL]
        assert {span.symbol for span in spans} <= {name[0], *(fact.value for fact in named)}


@given(facts=told(), at=st.integers(0, 60), symbol=st.sampled_from("ABC"))
def test_a_name_is_that_of_who_bears_it_where_one_does(facts: list[Fact], at: int, symbol: str) -> None:
    stored = [*facts, *borne_by(facts)]
    called = f"{symbol}.X"

    def facts_of(name: str) -> list[Fact]:
        return [fact for fact in stored if fact.instrument_id == name]

    found = bearer(facts_of, called, at)
    claimed = {fact.instrument_id for fact in facts if fact.kind is FactKind.SYMBOL and fact.value == symbol}
    claimed -= {called}
    if not claimed:
        assert found == called, "nobody else was ever called so"
        return
    if any(fact.kind is not FactKind.BORNE_BY for fact in facts_of(called)):
        claimed.add(called)
    bearing = {
        name
        for name in claimed
        for span in name_spans(name, facts_of(name))
        if span.symbol == symbol and span.start_ns <= at < span.end_ns
    }
    assert found in (bearing or {called, *claimed})
