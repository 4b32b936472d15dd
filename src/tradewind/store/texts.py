"""Texts in the store: every state of each text, from when it was seen until it is to be forgotten.

A table partitioned by source and month of publication, to which states are only added: a text that comes
again as it was changes nothing, one that comes otherwise becomes a further row. What is forgotten leaves the
SHA-256 of its id alone, so that it is neither shown nor taken in again. A text whose publisher moves its
date into another month is another text there.

Writers of texts take turns by a lock of the whole table, so that what is compared is what is written to.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from tradewind.core.errors import StoreError
from tradewind.core.texts import SourceScore, TextItem, TextKind, as_published, known_ns
from tradewind.core.timestamps import from_ns
from tradewind.store.tables import Tables, provenance_of

if TYPE_CHECKING:
    import pyarrow as pa

TABLE, TOMBSTONES = "texts", "text_tombstones"
DEFINITION = "1"
"""Version of what a stored text means: states by ``ts_seen``, UTC ns, cleaned."""

_KEY = ("id", "ts_seen")
_TIMES = ("ts_published", "ts_changed", "ts_seen")
_WORDS = ("id", "kind", "title", "body", "url", "outlet", "author", "language")
_LISTS = ("symbols", "scores", "engagement")
_decode_scores = msgspec.json.Decoder(tuple[SourceScore, ...]).decode
_decode_counts = msgspec.json.Decoder(dict[str, int]).decode
_decode_symbols = msgspec.json.Decoder(tuple[str, ...]).decode

States = dict[str, list[TextItem]]
"""By id, the states of a text in the order in which they were seen, of one source and month."""


@dataclass(frozen=True)
class Kept:
    """What adding came to: texts that are new, known ones that have changed, and those that are forgotten."""

    new: int = 0
    changed: int = 0
    same: int = 0
    forgotten: int = 0

    def __add__(self, other: "Kept") -> "Kept":
        return Kept(
            self.new + other.new,
            self.changed + other.changed,
            self.same + other.same,
            self.forgotten + other.forgotten,
        )


@dataclass(frozen=True)
class KnownText:
    """A text as it could be known. ``known_ns`` is when this state of it first could be; votes and scores are
    those of ``item.ts_seen`` and count from then on.
    """

    item: TextItem
    known_ns: int


def add_texts(store: Tables, items: Iterable[TextItem]) -> Kept:
    """Add states that are not there yet; the same texts added twice change no byte.

    A state is never put before one that is stored: where the clock was set back, it counts as seen a moment
    after that one.

    Raises
    ------
    StoreError
        The table cannot be written, or was written by another version.
    CorruptFileError
        A stored file of that source and month is damaged; it is left as it is.
    """
    by_part: dict[tuple[str, str], list[TextItem]] = {}
    for item in items:
        by_part.setdefault((item.source, _month(item.ts_published)), []).append(item)
    kept = Kept()
    if not by_part:
        return kept
    with store.writing(TABLE):
        for (source, month), given in by_part.items():
            gone = _tombstones(store, source)
            wanted = [item for item in given if _hashed(source, item.id) not in gone]
            kept += _add(store, _partition(source, month), wanted)
            kept += Kept(forgotten=len(given) - len(wanted))
    return kept


def texts_as_of(
    store: Tables,
    as_of_ns: int,
    *,
    sources: Sequence[str] = (),
    start_ns: int | None = None,
    end_ns: int | None = None,
    delays_s: Mapping[str, float] | None = None,
) -> list[KnownText]:
    """What could be known at ``as_of_ns`` of texts published with ``start_ns <= ts_published < end_ns``.

    Of each text the newest state that could be known, in the order of ``known_ns``; no row tells of anything
    that came later. ``delays_s`` names the sources whose time of publication is to be trusted, and how long
    after it: their first states are known from then on, without the votes and scores of when they were
    fetched.

    Raises
    ------
    StoreError
        The table was written by another version.
    CorruptFileError
        A stored file is damaged.
    """
    trusted = dict(delays_s or {})
    found: list[KnownText] = []
    for source in sources or stored_sources(store):
        for states in _states(store, source, start_ns, end_ns):
            known = _known(states, as_of_ns, trusted.get(source))
            if known is not None and _inside(known.item, start_ns, end_ns):
                found.append(known)
    found.sort(key=lambda one: (one.known_ns, one.item.source, one.item.id))
    return found


def states_of(store: Tables, source: str, text_id: str) -> list[TextItem]:
    """All states of one text, the oldest first; none where it is not stored or was forgotten."""
    found = [item for states in _states(store, source) for item in states if item.id == text_id]
    return sorted(found, key=lambda item: item.ts_seen)


def forget_text(store: Tables, source: str, text_id: str, now_ns: int) -> int:
    """Take a text out of the store for ever; how many states of it there were.

    Its tombstone is durable before anything is removed, so that a crash between the two brings nothing back.

    Raises
    ------
    StoreError
        The disk refuses.
    CorruptFileError
        A stored file of the source is damaged, so that it cannot be told whether it has the text.
    """
    import pyarrow as pa

    removed = 0
    with store.writing(TABLE):
        stone = pa.table(
            {"id_sha256": [_hashed(source, text_id)], "ts_forgotten": pa.array([now_ns], pa.int64())}
        )
        if _hashed(source, text_id) not in _tombstones(store, source):
            store.upsert(TOMBSTONES, {"source": source}, stone, ["id_sha256"], {"definition": DEFINITION})
        for partition in store.partitions(TABLE, {"source": source}):
            rows = store.read(TABLE, partition)
            ids = rows.column("id").to_pylist()
            kept = [row for row, one in enumerate(ids) if one != text_id]
            removed += len(ids) - len(kept)
            if not kept:
                store.drop(TABLE, partition)
            elif len(kept) < len(ids):
                left = rows.take(kept)
                store.upsert(TABLE, partition, left, _KEY, _provenance(partition), replace=True)
    return removed


def without_forgotten(store: Tables, source: str, rows: "pa.Table") -> "pa.Table":
    """Rows of another store's texts but for those that are forgotten in this one."""
    gone = _tombstones(store, source)
    ids = rows.column("id").to_pylist()
    return rows.take([row for row, one in enumerate(ids) if _hashed(source, one) not in gone])


def stored_sources(store: Tables) -> list[str]:
    """Sources of which texts are stored, by name."""
    return sorted({partition["source"] for partition in store.partitions(TABLE)})


def _add(store: Tables, partition: dict[str, str], items: Sequence[TextItem]) -> Kept:
    stored = _read(store, partition) if store.has(TABLE, partition) else {}
    new = changed = same = 0
    fresh: list[TextItem] = []
    for item in items:
        before = stored.get(item.id, [])
        if before and _same(before[-1], item):
            same += 1
            continue
        if before and item.ts_seen <= before[-1].ts_seen:
            item = msgspec.structs.replace(item, ts_seen=before[-1].ts_seen + 1)
        stored.setdefault(item.id, []).append(item)
        fresh.append(item)
        new, changed = new + (not before), changed + bool(before)
    if fresh:
        store.upsert(TABLE, partition, _frame(fresh), _KEY, _provenance(partition))
    return Kept(new, changed, same)


def _known(states: Sequence[TextItem], as_of_ns: int, delay_s: float | None) -> KnownText | None:
    """The newest state that could be known by then."""
    found: KnownText | None = None
    for number, item in enumerate(states):
        at_ns = known_ns(item, delay_s, first=number == 0)
        if at_ns > as_of_ns:
            break
        early = as_of_ns < item.ts_seen
        found = KnownText(as_published(item) if early else item, at_ns)
    return found


def _states(
    store: Tables, source: str, start_ns: int | None = None, end_ns: int | None = None
) -> Iterator[list[TextItem]]:
    """The states of each text of the months of a span, but for what is forgotten."""
    gone = _tombstones(store, source)
    for partition in store.partitions(TABLE, {"source": source}):
        if _misses(partition["month"], start_ns, end_ns):
            continue
        for text_id, states in _read(store, partition).items():
            if not gone or _hashed(source, text_id) not in gone:
                yield states


def _misses(month: str, start_ns: int | None, end_ns: int | None) -> bool:
    before = start_ns is not None and month < _month(start_ns)
    return before or (end_ns is not None and month > _month(end_ns))


def _inside(item: TextItem, start_ns: int | None, end_ns: int | None) -> bool:
    return (start_ns is None or item.ts_published >= start_ns) and (
        end_ns is None or item.ts_published < end_ns
    )


def _same(stored: TextItem, given: TextItem) -> bool:
    return stored == msgspec.structs.replace(given, ts_seen=stored.ts_seen)


def _read(store: Tables, partition: Mapping[str, str]) -> States:
    rows = store.read(TABLE, partition)
    told = provenance_of(rows)
    if told != _provenance(partition):
        message = f"The stored texts of {dict(partition)} say of themselves: {told}."
        raise StoreError(message, "They were written by another version: fetch them again.")
    found: States = {}
    for row in rows.to_pylist():
        item = _item(row, partition["source"])
        found.setdefault(item.id, []).append(item)
    return found


def _item(row: Mapping[str, object], source: str) -> TextItem:
    plain = {name: row[name] for name in (*_WORDS, *_TIMES) if name != "kind"}
    return TextItem(
        source=source,
        kind=TextKind(str(row["kind"])),
        symbols=_decode_symbols(str(row["symbols"])),
        scores=_decode_scores(str(row["scores"])),
        engagement=_decode_counts(str(row["engagement"])),
        **plain,  # type: ignore[arg-type]  # columns of the types that _frame wrote
    )


def _frame(items: Sequence[TextItem]) -> "pa.Table":
    import pyarrow as pa

    encode = msgspec.json.encode
    columns = {name: pa.array([str(getattr(one, name)) for one in items], pa.string()) for name in _WORDS}
    columns |= {name: pa.array([getattr(one, name) for one in items], pa.int64()) for name in _TIMES}
    columns |= {name: pa.array([encode(getattr(one, name)).decode() for one in items]) for name in _LISTS}
    return pa.table(columns)


def _tombstones(store: Tables, source: str) -> frozenset[str]:
    if not store.has(TOMBSTONES, {"source": source}):
        return frozenset()
    rows = store.read(TOMBSTONES, {"source": source}, columns=["id_sha256"])
    return frozenset(rows.column("id_sha256").to_pylist())


def _hashed(source: str, text_id: str) -> str:
    return hashlib.sha256(f"{source}\n{text_id}".encode()).hexdigest()


def _month(ts_ns: int) -> str:
    return f"{from_ns(ts_ns):%Y-%m}"


def _partition(source: str, month: str) -> dict[str, str]:
    return {"source": source, "month": month}


def _provenance(partition: Mapping[str, str]) -> dict[str, str]:
    return {"source": partition["source"], "definition": DEFINITION}
