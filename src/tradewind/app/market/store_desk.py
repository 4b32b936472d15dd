"""The store itself: which one is in use, how far its database is, and a copy of all of it to the other."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tradewind.app.config import TradewindConfig
from tradewind.app.home import Home
from tradewind.app.market.opened_store import bars_home, bars_store, postgres_server
from tradewind.store.parquet import ParquetTables
from tradewind.store.postgres.tables import PostgresTables
from tradewind.store.postgres.upgrade import Revision, revision, upgrade
from tradewind.store.tables import Tables, key_of, provenance_of
from tradewind.store.texts import TABLE as TEXTS
from tradewind.store.texts import TOMBSTONES, without_forgotten

Progress = Callable[[int, int, str], None]


class Direction(StrEnum):
    """From where to where a store is copied."""

    TO_SERVER = "to-server"
    TO_FILES = "to-files"


@dataclass(frozen=True)
class StoreCard:
    """The store in use. ``revision`` is None for files, which need no upgrade; ``tables`` counts
    partitions.
    """

    kind: str
    place: str
    revision: Revision | None
    tables: dict[str, int]


@dataclass(frozen=True)
class Copied:
    """What a copy came to, in partitions; ``differing`` ones were there with other rows, and stayed."""

    copied: int
    same: int
    differing: tuple[str, ...]


def store_card(config: TradewindConfig) -> StoreCard:
    """The configured store; its tables are not counted where the database is not up to date.

    Raises
    ------
    StoreError, MissingKeyError
        The server is away or lets nobody in.
    """
    if not config.postgres.url:
        tables = bars_store(config)
        return StoreCard("files", str(bars_home(config).store), None, _counted(tables))
    server = postgres_server(config)
    found = revision(server)
    return StoreCard(
        "postgres", server.shown, found, _counted(PostgresTables(server)) if found.current else {}
    )


def upgrade_store(config: TradewindConfig) -> tuple[Revision, Revision]:
    """Bring the database up to date: where it stood and where it stands now.

    Raises
    ------
    ConfigError
        No server is configured.
    StoreError, MissingKeyError
        As in :func:`tradewind.store.postgres.upgrade.upgrade`.
    """
    return upgrade(postgres_server(config))


def copy_store(
    config: TradewindConfig,
    direction: Direction,
    *,
    replace: bool = False,
    on_progress: Progress | None = None,
) -> Copied:
    """Copy every partition, each whole; what is there already in the same way is left as it is.

    Broken off anywhere, the next copy goes on. A partition that has other rows where it is to go is not
    touched unless ``replace``; a text that was forgotten there does not come back.

    Raises
    ------
    ConfigError
        No server is configured.
    CorruptFileError, StoreError, MissingKeyError
        A file is damaged, or one of the two stores refuses.
    """
    server = PostgresTables(postgres_server(config))
    pairs: list[tuple[Tables, Tables, str, dict[str, str]]] = []
    homes = dict.fromkeys((bars_home(config).store, Home(config.home).store))
    if direction is Direction.TO_SERVER:
        for files in map(ParquetTables, homes):
            pairs += [(files, server, table, part) for table, part in _all(files)]
    else:
        bars, own = (ParquetTables(home.store) for home in (bars_home(config), Home(config.home)))
        of_home = (TEXTS, TOMBSTONES)
        pairs = [(server, own if table in of_home else bars, table, part) for table, part in _all(server)]
    # What was forgotten goes first, so that no text comes without it.
    pairs.sort(key=lambda pair: pair[2] != TOMBSTONES)
    copied, same, differing = 0, 0, list[str]()
    for nth, (source, target, table, part) in enumerate(pairs):
        name = f"{table} {' '.join(part.values())}"
        if on_progress is not None:
            on_progress(nth, len(pairs), name)
        wrote = _copy(source, target, table, part, replace=replace)
        copied, same = copied + (wrote is True), same + (wrote is False)
        differing += [name] if wrote is None else []
    if on_progress is not None:
        on_progress(len(pairs), len(pairs), "")
    return Copied(copied, same, tuple(differing))


def _copy(source: Tables, target: Tables, table: str, part: dict[str, str], *, replace: bool) -> bool | None:
    """Whether anything was written; None where other rows are there and stay."""
    rows = source.read(table, part)
    told, key = provenance_of(rows), key_of(rows)
    if table == TOMBSTONES:
        return target.upsert(table, part, rows, key, told).changed
    if table == TEXTS:
        rows = without_forgotten(target, part["source"], rows)
    if target.has(table, part):
        there = target.read(table, part)
        if _same(there, rows):
            return False
        if not replace:
            return None
    elif not len(rows) and table == TEXTS:
        return False
    return target.upsert(table, part, rows, key, told, replace=True).changed


def _same(one: object, other: object) -> bool:
    """By their bits, so that NaN equals itself."""
    import pyarrow as pa

    def packed(rows: object) -> bytes:
        sink = pa.BufferOutputStream()
        plain = rows.combine_chunks()  # type: ignore[attr-defined]
        with pa.ipc.new_stream(sink, plain.schema) as writer:
            writer.write_table(plain)
        made: bytes = sink.getvalue().to_pybytes()
        return made

    return packed(one) == packed(other)


def _all(store: Tables) -> list[tuple[str, dict[str, str]]]:
    return [(table, part) for table in store.names() for part in store.partitions(table)]


def _counted(store: Tables) -> dict[str, int]:
    return {table: len(store.partitions(table)) for table in store.names()}
