"""Stored texts against a plain list of all that was ever fetched, and what erasure must leave behind."""

from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import msgspec
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.errors import CorruptFileError
from tradewind.core.texts import SourceScore, TextItem, TextKind
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_S, parse_ns
from tradewind.store import texts as stored
from tradewind.store.files import current_file
from tradewind.store.names import partition_folder
from tradewind.store.parquet import ParquetTables
from tradewind.store.texts import Kept, add_texts, forget_text, states_of, stored_sources, texts_as_of

DAY0 = parse_ns("2024-01-30")


def text(source="press", name="a", day=0.0, seen=0.0, title="Apple rises", **more):
    ts_published = DAY0 + int(day * NS_PER_DAY)
    return TextItem(
        source=source,
        id=name,
        kind=more.pop("kind", TextKind.NEWS),
        ts_published=ts_published,
        ts_changed=ts_published + int(more.pop("changed", 0) * NS_PER_DAY),
        ts_seen=DAY0 + int(seen * NS_PER_DAY),
        title=title,
        **more,
    )


FETCHES = st.lists(
    st.one_of(
        st.tuples(
            st.just("fetch"),
            st.lists(
                st.tuples(
                    st.sampled_from(["press", "forum"]),
                    st.sampled_from(["a", "b", "c/../d"]),
                    st.sampled_from([0.0, 0.5, 3.0]),  # the last in another month
                    st.sampled_from(["Up", "Down"]),
                    st.sampled_from([{}, {"votes": 1}, {"votes": 2}]),
                ),
                max_size=4,
            ),
            st.integers(4, 9),
        ),
        st.tuples(
            st.just("forget"), st.sampled_from(["press", "forum"]), st.sampled_from(["a", "b", "c/../d"])
        ),
    ),
    max_size=8,
)


class Naive:
    """All that was ever fetched, in one list that is searched from its beginning each time."""

    def __init__(self):
        self.rows, self.gone = [], set()

    def fetch(self, items):
        for item in items:
            if (item.source, item.id) in self.gone:
                continue
            same = [row for row in self.rows if self.key(row) == self.key(item)]
            if same and msgspec.structs.replace(same[-1], ts_seen=0) == msgspec.structs.replace(
                item, ts_seen=0
            ):
                continue
            if same and same[-1].ts_seen >= item.ts_seen:
                item = msgspec.structs.replace(item, ts_seen=same[-1].ts_seen + 1)
            self.rows.append(item)

    def key(self, item):
        return item.source, item.id, item.ts_published >= parse_ns("2024-02-01")

    def forget(self, source, name):
        self.gone.add((source, name))
        self.rows = [row for row in self.rows if (row.source, row.id) != (source, name)]

    def as_of(self, now_ns, start_ns, end_ns, delays_s):
        newest = {}
        for row in self.rows:
            first = self.key(row) not in {self.key(before) for before in self.rows[: self.rows.index(row)]}
            known, shown = row.ts_seen, row
            if first and row.source in delays_s:
                known = min(
                    known, max(row.ts_published, row.ts_changed) + int(delays_s[row.source] * NS_PER_S)
                )
                if now_ns < row.ts_seen:
                    shown = msgspec.structs.replace(row, engagement={}, scores=())
            if known <= now_ns:
                newest[self.key(row)] = (known, shown)
        return [
            (known, row.source, row.id, row.title, row.engagement)
            for known, row in newest.values()
            if start_ns <= row.ts_published < end_ns
        ]


@settings(max_examples=25, deadline=None)
@given(FETCHES, st.integers(-1, 12), st.sampled_from([(0, 99), (0, 0.5), (0.5, 99), (3, 4)]), st.booleans())
def test_what_is_read_is_what_a_plain_list_says(tmp_path_factory, steps, now, span, trusted):
    store, naive = ParquetTables(tmp_path_factory.mktemp("texts")), Naive()
    for step in steps:
        if step[0] == "fetch":
            items = [
                text(source, name, day, step[2], title, engagement=votes)
                for source, name, day, title, votes in step[1]
            ]
            add_texts(store, items)
            naive.fetch(items)
        else:
            forget_text(store, step[1], step[2], DAY0)
            naive.forget(step[1], step[2])
    now_ns, (start, end) = DAY0 + now * NS_PER_DAY, (DAY0 + int(one * NS_PER_DAY) for one in span)
    delays = {"forum": 60.0} if trusted else {}
    read = texts_as_of(store, now_ns, start_ns=start, end_ns=end, delays_s=delays)
    said = [(one.known_ns, one.item.source, one.item.id, one.item.title, one.item.engagement) for one in read]
    assert sorted(said, key=repr) == sorted(naive.as_of(now_ns, start, end, delays), key=repr)
    assert [one.known_ns for one in read] == sorted(one.known_ns for one in read)


def test_the_same_fetch_again_changes_no_byte(tmp_path):
    store = ParquetTables(tmp_path)
    items = [text(name=name, seen=1, scores=(SourceScore(subject="AAPL", score=0.1),)) for name in "abc"]
    assert add_texts(store, items) == Kept(new=3)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")}
    later = [msgspec.structs.replace(item, ts_seen=item.ts_seen + NS_PER_DAY) for item in reversed(items)]
    assert add_texts(store, later) == Kept(same=3)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")} == before
    assert [one.item for one in texts_as_of(store, DAY0 + 9 * NS_PER_DAY)] == items


def test_a_text_is_known_when_it_was_seen_and_a_change_when_the_change_was(tmp_path):
    store = ParquetTables(tmp_path)
    add_texts(store, [text(seen=2, title="Apple rises", engagement={"votes": 90})])
    add_texts(store, [text(seen=4, title="Apple falls")])

    def known(day, **delays):
        read = texts_as_of(store, DAY0 + int(day * NS_PER_DAY), delays_s=delays)
        return [(one.item.title, dict(one.item.engagement)) for one in read]

    assert known(1.9) == []
    assert known(2) == [("Apple rises", {"votes": 90})]
    assert known(4) == [("Apple falls", {})]
    # Where the time of publication is trusted the first state is known earlier, but not the votes of day 2.
    assert known(0, press=60.0) == []
    assert known(0.1, press=60.0) == [("Apple rises", {})]
    assert known(3.9, press=60.0) == [("Apple rises", {"votes": 90})]
    assert known(4, press=60.0) == [("Apple falls", {})]
    assert len(states_of(store, "press", "a")) == 2


def test_a_text_that_was_edited_before_it_was_seen_is_not_known_before_the_edit(tmp_path):
    store = ParquetTables(tmp_path)
    add_texts(store, [text(seen=8, changed=5, title="edited to fit")])
    assert texts_as_of(store, DAY0 + 4 * NS_PER_DAY, delays_s={"press": 0.0}) == []
    assert len(texts_as_of(store, DAY0 + 5 * NS_PER_DAY, delays_s={"press": 0.0})) == 1


def test_what_is_forgotten_is_gone_from_disk_and_does_not_come_back(tmp_path):
    store = ParquetTables(tmp_path)
    mine = [
        text(name="mine", seen=1, title="my secret"),
        text(name="mine", day=3, seen=4, title="my secret again"),
    ]
    add_texts(store, [*mine, text(name="other", seen=1)])
    assert forget_text(store, "press", "mine", DAY0) == 2
    held = [pq.read_table(path).to_pylist() for path in tmp_path.rglob("*.parquet")]
    assert "secret" not in str(held)
    assert "mine" not in str(held)
    assert "other" in str(held)
    assert add_texts(store, mine) == Kept(forgotten=2)
    assert [one.item.id for one in texts_as_of(store, DAY0 + 9 * NS_PER_DAY)] == ["other"]
    assert forget_text(store, "press", "mine", DAY0) == 0
    assert add_texts(store, [text(source="forum", name="mine", seen=1)]) == Kept(new=1)


def test_a_crash_between_tombstone_and_removal_shows_nothing_and_can_be_finished(tmp_path, monkeypatch):
    store = ParquetTables(tmp_path)
    add_texts(store, [text(name="mine", seen=1), text(name="other", seen=1)])
    with monkeypatch.context() as broken:
        broken.setattr(ParquetTables, "read", _dies_at_texts(ParquetTables.read))
        with pytest.raises(KeyboardInterrupt):
            forget_text(store, "press", "mine", DAY0)
    assert [one.item.id for one in texts_as_of(store, DAY0 + 9 * NS_PER_DAY)] == ["other"]
    assert forget_text(store, "press", "mine", DAY0) == 1


def _dies_at_texts(read):
    def reading(self, table, *args, **named):
        if table == stored.TABLE:
            raise KeyboardInterrupt
        return read(self, table, *args, **named)

    return reading


def test_a_clock_that_was_set_back_puts_no_change_before_what_it_changes(tmp_path):
    store = ParquetTables(tmp_path)
    add_texts(store, [text(seen=5, title="first")])
    assert add_texts(store, [text(seen=2, title="second")]) == Kept(changed=1)
    assert [item.title for item in states_of(store, "press", "a")] == ["first", "second"]
    assert texts_as_of(store, DAY0 + 4 * NS_PER_DAY) == []


def test_a_damaged_file_is_named_and_left_as_it_is(tmp_path):
    store = ParquetTables(tmp_path)
    add_texts(store, [text(seen=1)])
    folder = partition_folder(tmp_path, stored.TABLE, {"source": "press", "month": "2024-01"})
    path = current_file(folder).path
    path.write_bytes(path.read_bytes()[:-9])
    for use in (lambda: add_texts(store, [text(seen=2)]), lambda: texts_as_of(store, DAY0)):
        with pytest.raises(CorruptFileError, match=str(path)):
            use()
    with pytest.raises(CorruptFileError):
        forget_text(store, "press", "a", DAY0)


def test_sources_lie_apart(tmp_path):
    store = ParquetTables(tmp_path)
    assert stored_sources(store) == []
    add_texts(store, [text(source="x", seen=1), text(source="newsapi", seen=1)])
    assert stored_sources(store) == ["newsapi", "x"]
    assert len(texts_as_of(store, DAY0 + 9 * NS_PER_DAY, sources=["x"])) == 1


def test_two_writers_at_once_lose_nothing(tmp_path):
    items = [text(name=str(n), seen=1) for n in range(40)]

    def write(part):
        for item in part:
            add_texts(ParquetTables(tmp_path), [item])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, (items[:30], items[10:])))
    assert {one.item.id for one in texts_as_of(ParquetTables(tmp_path), DAY0 + 9 * NS_PER_DAY)} == {
        item.id for item in items
    }
    assert all(len(states_of(ParquetTables(tmp_path), "press", item.id)) == 1 for item in items)


def test_what_is_added_while_another_text_is_forgotten_is_not_lost(tmp_path, monkeypatch):
    store = ParquetTables(tmp_path)
    add_texts(store, [text(name="mine", seen=1), text(name="other", seen=1)])
    adding = Thread(target=add_texts, args=(ParquetTables(tmp_path), [text(name="late", seen=2)]))
    read = ParquetTables.read

    def read_slowly(self, table, *args, **named):
        rows = read(self, table, *args, **named)
        if table == stored.TABLE and not adding.ident:
            adding.start()
            adding.join(
                0.3
            )  # it waits for its turn; without one it would be done by now, and be written over
        return rows

    monkeypatch.setattr(ParquetTables, "read", read_slowly)
    assert forget_text(store, "press", "mine", DAY0) == 1
    adding.join()
    assert {one.item.id for one in texts_as_of(store, DAY0 + 9 * NS_PER_DAY)} == {"other", "late"}
