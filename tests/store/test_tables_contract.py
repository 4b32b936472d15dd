"""What a store of tables promises, by every store there is: in files and on a real PostgreSQL server."""

import math
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres_site import PostgresSite

from tradewind.core.errors import StoreError
from tradewind.store.names import encode
from tradewind.store.parquet import ParquetTables
from tradewind.store.postgres.tables import PostgresTables
from tradewind.store.postgres.upgrade import upgrade
from tradewind.store.tables import Between, Tables, key_of, provenance_of

PRICES = ("open", "high", "low", "close", "volume")
BARS = {"instrument_id": "BTC/USDT.BINANCE", "timeframe": "1h", "source": "binance", "basis": "raw"}
_numbers = count()


@pytest.fixture(scope="module", params=["files", pytest.param("postgres", marks=pytest.mark.services)])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    if request.param == "files":
        return ParquetTables(tmp_path_factory.mktemp("store"))
    site: PostgresSite = request.getfixturevalue("postgres")
    server = site.fresh()
    upgrade(server)
    return PostgresTables(server)


@pytest.fixture
def part() -> dict[str, str]:
    return new_part()


def new_part() -> dict[str, str]:
    return {"instrument_id": f"TEST{next(_numbers)}.XNAS"}


def bars(times: list[int], values: list[float] | None = None) -> pa.Table:
    held = np.array(values or [float(t) for t in times])
    return pa.table({"ts_event": pa.array(times, pa.int64())} | dict.fromkeys(PRICES, held))


def facts(rows: list[tuple[int, str, str, int, str | None]]) -> pa.Table:
    kinds = [pa.int64(), pa.string(), pa.string(), pa.int64(), pa.string()]
    names = ("effective_ns", "kind", "value", "known_ns", "source")
    columns = list(zip(*rows, strict=True)) or [()] * 5
    return pa.table([pa.array(c, kind) for c, kind in zip(columns, kinds, strict=True)], names=list(names))


FACT_KEY = ["effective_ns", "kind", "value", "known_ns"]


def bits(table: pa.Table) -> list[tuple[Any, ...]]:
    """Rows with numbers by their bits, so that NaN equals itself and -0.0 is not 0.0."""
    columns = [
        [struct.pack("<d", value) if isinstance(value, float) else value for value in column.to_pylist()]
        for column in table.columns
    ]
    return list(zip(*columns, strict=True))


any_time = st.integers(-(2**63), 2**63 - 1)
any_number = st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([-0.0, 0.0, 5e-324, math.nan])
any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.dictionaries(any_time, any_number, min_size=1, max_size=20))
def test_numbers_come_back_bit_for_bit(store: Tables, rows: dict[int, float]) -> None:
    part, table = {**BARS, "source": f"s{next(_numbers)}"}, bars(list(rows), list(rows.values()))
    assert store.upsert("bars", part, table, ["ts_event"]).rows == len(rows)
    back = store.read("bars", part)
    order = np.argsort(np.array(list(rows)))
    assert bits(back) == bits(table.take(pa.array(order)))
    assert back.schema.remove_metadata() == table.schema
    assert not store.upsert("bars", part, table, ["ts_event"]).changed


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(any_time, any_text, any_text, any_time, any_text | st.none()), max_size=12))
def test_texts_come_back_in_the_order_of_their_bytes(store: Tables, rows: list[Any]) -> None:
    part = new_part()
    known = {row[:4]: row for row in rows}
    store.upsert("reference_facts", part, facts(rows), FACT_KEY)
    back = store.read("reference_facts", part)
    wanted = sorted(known.values(), key=lambda row: (row[0], row[1].encode(), row[2].encode(), row[3]))
    assert bits(back) == [tuple(row) for row in wanted]
    assert back.schema.remove_metadata() == facts([(1, "a", "b", 2, "c")]).schema


def test_empty_values_stay_empty_and_are_not_nan(store: Tables) -> None:
    names = ("id", "rule", "severity", "what", "edit")
    values = [1.5, None, math.nan]
    table = pa.table(
        {name: pa.array(["x", "", None], pa.string()) for name in names}
        | {name: pa.array([3, 1, 2], pa.int64()) for name in ("first_ns", "last_ns", "rows")}
        | {name: pa.array(values, pa.float64()) for name in ("old", "new")}
        | {"nth": pa.array([0, 1, 2], pa.int64())}
    )
    part = {"instrument_id": "X.XNAS", "timeframe": "1d", "source": f"s{next(_numbers)}"}
    store.upsert("quality_cases", part, table, ["nth"])
    assert bits(store.read("quality_cases", part)) == bits(table)


Step = tuple[str, dict[int, float]]
steps = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "add", "replace", "sum", "drop"]),
        st.dictionaries(st.integers(0, 12), st.floats(-9, 9), max_size=8),
    ),
    max_size=10,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_any_steps_leave_what_a_dictionary_would_hold(store: Tables, steps: list[Step]) -> None:
    part, model, written = {**BARS, "source": f"s{next(_numbers)}"}, dict[int, float](), False

    def summed(old: pa.Table | None, new: pa.Table, key: Any) -> pa.Table:
        """Adds up; a moment whose sum is negative goes."""
        held: dict[int, float] = {}
        for table in ([] if old is None else [old]) + [new]:
            for row in table.to_pylist():
                held[row["ts_event"]] = held.get(row["ts_event"], 0.0) + row["open"]
        kept = {ts: value for ts, value in sorted(held.items()) if value >= 0}
        return bars(list(kept), list(kept.values()) or None)

    for what, rows in steps:
        before = dict(model) if written else None
        if what == "drop":
            store.drop("bars", part)
            model, written = {}, False
            continue
        table = bars(list(rows), list(rows.values()) or None)
        if what == "sum":
            for ts, value in rows.items():
                model[ts] = model.get(ts, 0.0) + value
            model = {ts: value for ts, value in model.items() if value >= 0}
            made = store.upsert("bars", part, table, ["ts_event"], merge=summed)
        else:
            model = dict(rows) if what == "replace" else model | rows
            made = store.upsert("bars", part, table, ["ts_event"], replace=what == "replace")
        written = True
        assert made.rows == len(model)
        same = before is not None and {k: struct.pack("<d", v) for k, v in before.items()} == {
            k: struct.pack("<d", v) for k, v in model.items()
        }
        assert made.changed is not same
    assert store.has("bars", part) is written
    if written:
        back = store.read("bars", part)
        wanted = sorted(model.items())
        assert [row["ts_event"] for row in back.to_pylist()] == [ts for ts, _ in wanted]
        assert bits(back.select(["close"])) == [(struct.pack("<d", v),) for _, v in wanted]
    else:
        with pytest.raises(StoreError, match="nothing under"):
            store.read("bars", part)
    assert store.damaged("bars") == []


def test_a_part_of_rows_and_columns(store: Tables) -> None:
    part = {**BARS, "source": f"s{next(_numbers)}"}
    store.upsert("bars", part, bars(list(range(100))), ["ts_event"], {"why": "test"})
    back = store.read("bars", part, columns=["close", "ts_event"], where=Between("ts_event", 10, 13))
    assert back.to_pydict() == {"close": [10.0, 11.0, 12.0], "ts_event": [10, 11, 12]}
    assert (provenance_of(back), key_of(back)) == ({"why": "test"}, ["ts_event"])
    assert len(store.read("bars", part, where=Between("ts_event", 98))) == 2
    assert len(store.read("bars", part, where=Between("ts_event", high=3))) == 3
    assert len(store.read("bars", part, where=Between("ts_event", 500, 600))) == 0
    assert provenance_of(store.read("bars", part, columns=())) == {"why": "test"}
    with pytest.raises(StoreError, match="no column 'colour'"):
        store.read("bars", part, columns=["colour"])
    with pytest.raises(StoreError, match="values of its own type"):
        store.read("bars", part, where=Between("ts_event", "a"))


def test_texts_are_compared_by_their_bytes(store: Tables, part: dict[str, str]) -> None:
    words = ["a", "B", "ä", "Z", "z", "_", "€", "10", "9"]
    store.upsert("reference_facts", part, facts([(1, w, "v", 1, "s") for w in words]), FACT_KEY)
    found = store.read("reference_facts", part, columns=["kind"], where=Between("kind", "A", "a"))
    wanted = sorted((w for w in words if b"A" <= w.encode() < b"a"), key=str.encode)
    assert found.column("kind").to_pylist() == wanted


Refused = Callable[[Tables, dict[str, str]], object]
REFUSED: dict[str, Refused] = {
    "another provenance": lambda s, p: s.upsert("bars", p, bars([9]), ["ts_event"], {"v": "2"}),
    "a key of other columns": lambda s, p: s.upsert("bars", p, bars([9]), ["open"], {"v": "1"}),
    "a key column that is not there": lambda s, p: s.upsert("bars", p, bars([9]), ["day"], {"v": "1"}),
    "a column less": lambda s, p: s.upsert("bars", p, bars([9]).drop(["low"]), ["ts_event"], {"v": "1"}),
    "a column of another type": lambda s, p: s.upsert(
        "bars", p, bars([9]).set_column(1, "open", pa.array(["9"])), ["ts_event"], {"v": "1"}
    ),
    "an empty key": lambda s, p: s.upsert(
        "bars", p, bars([9]).set_column(0, "ts_event", pa.array([None], pa.int64())), ["ts_event"], {"v": "1"}
    ),
    "a merge that fails": lambda s, p: s.upsert(
        "bars", p, bars([9]), ["ts_event"], {"v": "1"}, merge=_failing
    ),
}


def _failing(*_: object) -> pa.Table:
    raise StoreError("The merge says no.", "Nothing.")


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_changes_nothing(store: Tables, name: str) -> None:
    part = {**BARS, "source": f"s{next(_numbers)}"}
    store.upsert("bars", part, bars([1, 2]), ["ts_event"], {"v": "1"})
    before = store.read("bars", part)
    with pytest.raises(StoreError):
        REFUSED[name](store, part)
    after = store.read("bars", part)
    assert after.equals(before)
    assert after.schema.metadata == before.schema.metadata


def test_partitions_are_listed_alike_whatever_they_are_called(store: Tables) -> None:
    called = [
        "b",
        "a",
        "A",
        "a/b",
        "..",
        "",
        "%",
        "ä €",
        "a b",
        "^GSPC",
        "'; DROP TABLE bars; --",
        '"x"',
        "10",
        "9",
    ]
    for name in called:
        store.upsert(
            "asked_spans", {"instrument_id": name, "timeframe": "1d", "provider": "p"}, _span(), ["start_ns"]
        )
    store.upsert(
        "asked_spans", {"instrument_id": "a", "timeframe": "1h", "provider": "p"}, _span(), ["start_ns"]
    )
    found = [p["instrument_id"] for p in store.partitions("asked_spans", {"timeframe": "1d"})]
    assert found == sorted(called, key=lambda name: f"instrument_id={encode(name)}")
    assert len(store.partitions("asked_spans", {"instrument_id": "a"})) == 2
    assert store.partitions("asked_spans", {"instrument_id": "nobody"}) == []
    assert "asked_spans" in store.names()


def _span() -> pa.Table:
    return pa.table({"start_ns": pa.array([1], pa.int64()), "end_ns": pa.array([2], pa.int64())})


def test_writers_of_one_partition_lose_no_rows(store: Tables) -> None:
    part = {**BARS, "source": f"s{next(_numbers)}"}

    def write(nth: int) -> None:
        for round_ in range(4):
            store.upsert("bars", part, bars([nth * 100 + round_, 10_000 + round_]), ["ts_event"])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    assert len(store.read("bars", part)) == 6 * 4 + 4
    assert store.damaged("bars") == []


def test_only_one_at_a_time_has_a_table_for_writing(store: Tables) -> None:
    order: list[str] = []
    inside, waiting = threading.Event(), threading.Event()

    def other() -> None:
        inside.wait(10)
        waiting.set()
        with store.writing("texts"):
            order.append("second")

    thread = threading.Thread(target=other)
    thread.start()
    with store.writing("texts"):
        inside.set()
        waiting.wait(10)
        time.sleep(0.05)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_a_reader_sees_one_state_while_others_write(store: Tables) -> None:
    part = {**BARS, "source": f"s{next(_numbers)}"}
    store.upsert("bars", part, bars(list(range(50)), [0.0] * 50), ["ts_event"])
    done = threading.Event()

    def write() -> None:
        for number in range(1, 30):
            store.upsert(
                "bars", part, bars(list(range(50)), [float(number)] * 50), ["ts_event"], replace=True
            )
        done.set()

    def read() -> Iterator[set[float]]:
        while not done.is_set():
            yield set(store.read("bars", part).column("close").to_pylist())

    thread = threading.Thread(target=write)
    thread.start()
    assert all(len(seen) == 1 for seen in read())
    thread.join(10)


def test_many_partitions_at_once_are_what_each_is_by_itself(store: Tables) -> None:
    parts = [new_part() for _ in range(9)]
    for nth, part in enumerate(parts):
        store.upsert("bars", part, bars(list(range(nth, 40))), ["ts_event"])
    where = Between("ts_event", 5, 30)
    found = store.read_many("bars", parts, lambda part, rows: (dict(part), rows), where)
    assert [part for part, _ in found] == parts
    for part, rows in found:
        assert rows.equals(store.read("bars", part, where=where))
    with pytest.raises(StoreError, match="ABSENT"):
        store.read_many("bars", [*parts, {"instrument_id": "ABSENT.XNAS"}], lambda part, rows: rows)
    assert store.read_many("bars", [], lambda part, rows: rows) == []
