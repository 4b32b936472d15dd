"""Facts about instruments as of a moment, against a plain reading of them; files refused by their line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import BarFileError, UnknownSymbolError
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.timestamps import NS_PER_DAY, parse_ns
from tradewind.core.vocabulary import ActionKind
from tradewind.data.reference.endings import ending_of
from tradewind.data.reference.fact_files import read_fact_file
from tradewind.data.reference.facts import (
    Fact,
    FactKind,
    described_instruments,
    known_facts,
    read_facts,
    save_facts,
)
from tradewind.store.parquet import ParquetTables

DAY = NS_PER_DAY
kinds = st.sampled_from([FactKind.SECTOR, FactKind.SYMBOL, FactKind.JOINED, FactKind.LEFT])
facts = st.builds(
    lambda kind, value, effective, delay: Fact(
        "A.XNAS", kind, value, effective * DAY, (effective + delay) * DAY
    ),
    kinds,
    st.sampled_from(["x", "y"]),
    st.integers(0, 12),
    st.integers(-3, 6),
)


@given(st.lists(facts, max_size=12, unique=True), st.integers(0, 20))
def test_what_was_known_is_the_newest_word_of_those_heard_by_then(told: list[Fact], day: int) -> None:
    known = known_facts(told, day * DAY)
    heard = [f for f in told if f.known_ns <= day * DAY and f.effective_ns <= day * DAY]
    for kind, found in ((FactKind.SECTOR, known.sector), (FactKind.SYMBOL, known.symbol)):
        own = sorted(((f.effective_ns, f.known_ns), n) for n, f in enumerate(heard) if f.kind is kind)
        top = [heard[n].value for key, n in own if key == own[-1][0]] if own else [""]
        assert found in top
    for name in ("x", "y"):
        about = [f for f in heard if f.kind in (FactKind.JOINED, FactKind.LEFT) and f.value == name]
        newest = max(((f.effective_ns, f.known_ns) for f in about), default=None)
        last = {f.kind for f in about if (f.effective_ns, f.known_ns) == newest}
        if len(last) <= 1:
            assert (name in known.indices) == (last == {FactKind.JOINED})
    later = [f for f in told if f.known_ns > day * DAY]
    assert known_facts([f for f in told if f not in later], day * DAY) == known


def test_facts_are_only_added(tmp_path: Path) -> None:
    tables = ParquetTables(tmp_path)
    first = Fact("A.XNAS", FactKind.SECTOR, "tech", 5 * DAY, 6 * DAY, "me")
    assert save_facts(tables, [first, first]) == 1
    before = [p.read_bytes() for p in tmp_path.rglob("*.parquet")]
    assert save_facts(tables, [first]) == 0
    assert [p.read_bytes() for p in tmp_path.rglob("*.parquet")] == before
    other = Fact("A.XNAS", FactKind.SECTOR, "retail", 5 * DAY, 9 * DAY)
    assert save_facts(tables, [other, Fact("B.XNAS", FactKind.LISTED, "", DAY, DAY)]) == 2
    assert set(read_facts(tables, "A.XNAS")) == {first, other}
    assert known_facts(read_facts(tables, "A.XNAS"), 7 * DAY).sector == "tech"
    assert known_facts(read_facts(tables, "A.XNAS"), 9 * DAY).sector == "retail"
    assert described_instruments(tables) == ["A.XNAS", "B.XNAS"]


def find(text: str, at_ns: int | None) -> str:
    if text not in ("ENRN", "LEH"):
        message = f"There is no instrument {text!r}."
        raise UnknownSymbolError(message)
    return f"{text}.XNYS"


GOOD = """instrument,kind,value,effective,known,source
ENRN,listed,,1985-07-01,,NYSE
ENRN,sector,"Utilities, gas",1990-01-01,,
ENRN,delisted,0,2002-01-15,2001-12-02,press
LEH,delisted,last,2008-09-17T13:30:00Z,2008-09-15,
LEH,left,S&P 500,2008-09-17,,
"""


def test_a_file_of_facts(tmp_path: Path) -> None:
    file = tmp_path / "facts.csv"
    file.write_text("\ufeff" + GOOD, "utf-8")
    found = read_fact_file(file, find)
    assert [f.kind.value for f in found] == ["listed", "sector", "delisted", "delisted", "left"]
    enron = found[2]
    assert (enron.known_ns, enron.effective_ns) == (parse_ns("2001-12-02"), parse_ns("2002-01-15"))
    assert found[1].value == "Utilities, gas"
    assert found[4].known_ns == found[4].effective_ns, "nothing is known before it takes effect unsaid"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ENRN,split,2,2001-01-01,,", "line 2: 'split' is no kind of fact"),
        ("ENRX,listed,,2001-01-01,,", "line 2: There is no instrument 'ENRX'"),
        ("ENRN,listed,yes,2001-01-01,,", "the value 'yes' is one too many"),
        ("ENRN,sector,,2001-01-01,,", "the value '' is missing"),
        ("ENRN,delisted,half,2001-01-01,,", "is neither an amount nor 'last'"),
        ("ENRN,delisted,-1,2001-01-01,,", "is no amount that can be paid"),
        ("ENRN,delisted,NaN,2001-01-01,,", "is no amount that can be paid"),
        ("ENRN,delisted,1e30,2001-01-01,,", "is no amount that can be paid"),
        ("ENRN,listed,,01/02/2001,,", "line 2: "),
        ("ENRN,listed,,2001-02-30,,", "line 2: "),
        ("ENRN,listed,,2001-01-01,never,", "line 2: "),
        ("ENRN,listed", "more or fewer cells"),
        ("ENRN,listed,,2001-01-01,,,,", "more or fewer cells"),
        ('ENRN,sector,"a\x1b[31mb",2001-01-01,,', "control characters"),
        (f"ENRN,sector,{'x' * 300},2001-01-01,,", "longer than 200"),
        ('ENRN,sector,"a,2001-01-01,,', "line"),
    ],
)
def test_a_line_that_says_what_cannot_be_is_named(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "facts.csv"
    file.write_text(GOOD.splitlines()[0] + "\n" + line + "\n", "utf-8")
    with pytest.raises(BarFileError) as error:
        read_fact_file(file, find)
    assert said in str(error.value)
    assert str(file) in str(error.value)


@pytest.mark.parametrize("head", ["instrument,kind,value", "instrument,kind,value,effective,colour", ""])
def test_columns_that_are_missing_or_strange_are_named(tmp_path: Path, head: str) -> None:
    file = tmp_path / "facts.csv"
    file.write_text(head + "\n", "utf-8")
    with pytest.raises(BarFileError, match="Columns are"):
        read_fact_file(file, find)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BarFileError, match="cannot be read"):
        read_fact_file(file, find)
    with pytest.raises(BarFileError, match="cannot be read"):
        read_fact_file(tmp_path / "none.csv", find)


def test_an_end_pays_what_was_said_or_the_last_close(make_bars) -> None:
    stock = Instrument(
        symbol="LEH",
        asset_class=AssetClass.EQUITY,
        venue="XNYS",
        quote_currency="USD",
        tick_size="0.01",
        lot_size="1",
        calendar="XNYS",
    )
    bars = make_bars("LEH.XNYS", length=10, close=[20.0] * 9 + [19.994])
    end = int(bars.ts_event[-1]) + DAY
    told = [Fact(stock.id, FactKind.DELISTED, "last", end, end - 3 * DAY)]
    event = ending_of(told, stock, bars)
    assert event is not None
    assert (event.kind, event.amount, event.ts_event) == (ActionKind.DELISTING, "19.99", end)
    earlier = ending_of([Fact(stock.id, FactKind.DELISTED, "last", end - 2 * DAY, 0)], stock, bars)
    assert earlier is not None
    assert earlier.amount == "20.00", "no close of after the end"
    corrected = [*told, Fact(stock.id, FactKind.DELISTED, "3.65", end, end)]
    assert getattr(ending_of(corrected, stock, bars), "amount", "") == "3.65"
    assert ending_of([], stock, bars) is None
