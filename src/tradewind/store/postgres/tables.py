"""Tables on a PostgreSQL server: the same contract as the files', each call one transaction."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from tradewind.core.errors import StoreError
from tradewind.store.merge import merge_rows
from tradewind.store.names import encode
from tradewind.store.postgres.layout import BARS, KEYS, REAL, check_rows, columns_of
from tradewind.store.postgres.rows import receive, send
from tradewind.store.postgres.server import PostgresServer, transaction
from tradewind.store.postgres.upgrade import require_current
from tradewind.store.postgres.years import ensure_years
from tradewind.store.tables import KEY, PROVENANCE, Between, Merge, T, Written, about, check_same

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

_TRIES = 5


@dataclass(frozen=True)
class _Partition:
    """A partition's row in the catalogue, held against other writers until the transaction ends."""

    id: int
    columns: list[str]
    about: dict[bytes, bytes]
    rows: int


class PostgresTables:
    """All tables in one schema of a database. Any number of processes and machines may read and write.

    Raises
    ------
    StoreError, MissingKeyError
        By every method: the server is away or refuses; nothing of a write is kept then. Also where the
        database is not at the revision of this program.
    """

    def __init__(self, server: PostgresServer) -> None:
        self.server = server

    def upsert(
        self,
        table: str,
        partition: Mapping[str, str],
        frame: "pa.Table",
        key: Sequence[str],
        provenance: Mapping[str, str] | None = None,
        *,
        replace: bool = False,
        merge: Merge = merge_rows,
    ) -> Written:
        """As :meth:`~tradewind.store.tables.Tables.upsert`, in one transaction."""
        require_current(self.server)
        columns_of(table)
        told, additive = about(key, provenance), merge is merge_rows and not replace
        # Merging into nothing finds what is wrong with key and columns before the server is asked.
        rows = merge_rows(None, frame.replace_schema_metadata(None), key) if additive else frame
        check_rows(table, rows, key)
        if table == BARS:
            ensure_years(self.server, rows)
        with transaction(self.server) as cursor:
            held, new = _claim(cursor, table, partition, frame.column_names, told)
            if not new and not replace:
                check_same(_said(table, partition), held.about, told)
            if not additive:
                old = None if new or replace else _select(cursor, table, held, None, None)
                rows = merge(old, frame.replace_schema_metadata(None), key)
                check_rows(table, rows, key)
            ordered = rows.select(list(columns_of(table)))
            if new:
                _copy(cursor, table, table, held.id, ordered)
                added, other = len(rows), 0
            else:
                added, other = _merge_in(cursor, table, held.id, ordered, exact=not additive)
            columns = frame.column_names if new or replace else held.columns
            after = _Partition(held.id, columns, told, held.rows + added)
            if after != held:
                _describe(cursor, after)
            return Written(after.rows, new or bool(other) or after != held)

    def read(
        self,
        table: str,
        partition: Mapping[str, str],
        columns: Sequence[str] | None = None,
        where: Between | None = None,
    ) -> "pa.Table":
        """As :meth:`~tradewind.store.tables.Tables.read`, of one moment."""
        require_current(self.server)
        with transaction(self.server, reading=True) as cursor:
            held = _find(cursor, table, partition)
            if held is None:
                message = f"The table {table} has nothing under {dict(partition)}."
                raise StoreError(message, "Fetch or compute it first.")
            _check_asked(table, held, columns, where)
            rows = _select(cursor, table, held, columns, where)
        return rows.replace_schema_metadata(held.about)

    def read_many(
        self,
        table: str,
        partitions: Sequence[Mapping[str, str]],
        make: "Callable[[Mapping[str, str], pa.Table], T]",
        where: Between | None = None,
    ) -> list[T]:
        """As :meth:`~tradewind.store.tables.Tables.read_many`, one after the other."""
        return [make(one, self.read(table, one, where=where)) for one in partitions]

    def has(self, table: str, partition: Mapping[str, str]) -> bool:
        """Whether the partition was ever written."""
        require_current(self.server)
        with transaction(self.server, reading=True) as cursor:
            return _find(cursor, table, partition) is not None

    def drop(self, table: str, partition: Mapping[str, str]) -> None:
        """Take a partition away, if it is there."""
        from psycopg import sql

        require_current(self.server)
        with transaction(self.server) as cursor:
            held = _find(cursor, table, partition, lock=True)
            if held is not None:
                statement = sql.SQL("DELETE FROM {} WHERE partition_id = %s").format(sql.Identifier(table))
                cursor.execute(statement, (held.id,))
                cursor.execute("DELETE FROM stored_partitions WHERE id = %s", (held.id,))

    def names(self) -> list[str]:
        """The tables that hold partitions, by name."""
        require_current(self.server)
        with transaction(self.server, reading=True) as cursor:
            cursor.execute("SELECT DISTINCT table_name FROM stored_partitions")
            return sorted(row[0] for row in cursor.fetchall())

    def partitions(self, table: str, where: Mapping[str, str] | None = None) -> list[dict[str, str]]:
        """All partitions, those that have the values in ``where``, in the order of their names."""
        require_current(self.server)
        query = "SELECT names FROM stored_partitions WHERE table_name = %s AND names @> %s::jsonb"
        with transaction(self.server, reading=True) as cursor:
            cursor.execute(query, (table, _json(where or {})))
            found: list[dict[str, str]] = [row[0] for row in cursor.fetchall()]
        return sorted(found, key=_order)

    def damaged(self, table: str) -> list[str]:
        """Partitions that have more or fewer rows than were written: another program's hand was in it.

        Damage of the disk is the server's to find (its data checksums).
        """
        from psycopg import sql

        require_current(self.server)
        columns_of(table)
        query = sql.SQL(
            "SELECT p.names, p.row_count, count(t.partition_id) FROM stored_partitions p"
            " LEFT JOIN {} t ON t.partition_id = p.id WHERE p.table_name = %s"
            " GROUP BY p.id HAVING p.row_count <> count(t.partition_id)"
        ).format(sql.Identifier(table))
        with transaction(self.server, reading=True) as cursor:
            cursor.execute(query, (table,))
            found = sorted(cursor.fetchall(), key=lambda row: _order(row[0]))
        return [f"{_said(table, names)}: {has} rows in place of {wrote}" for names, wrote, has in found]

    @contextmanager
    def writing(self, table: str) -> Iterator[None]:
        """Until the block ends no other writer that asks for it has the table, on any machine."""
        require_current(self.server)
        with transaction(self.server) as cursor:
            name = f"{self.server.schema}.{table}"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))
            yield


def _claim(
    cursor: "psycopg.Cursor[Any]",
    table: str,
    partition: Mapping[str, str],
    columns: list[str],
    told: Mapping[bytes, bytes],
) -> tuple[_Partition, bool]:
    """The partition, held until the transaction ends, and whether it is new."""
    add = (
        "INSERT INTO stored_partitions (table_name, names, columns, key, provenance, row_count)"
        " VALUES (%s, %s, %s, %s, %s, 0) ON CONFLICT DO NOTHING RETURNING id"
    )
    said = (told[KEY].decode(), told[PROVENANCE].decode())
    for _ in range(_TRIES):
        cursor.execute(add, (table, _json(partition), columns, *said))
        made = cursor.fetchone()
        if made is not None:
            return _Partition(made[0], columns, dict(told), 0), True
        held = _find(cursor, table, partition, lock=True)
        if held is not None:
            return held, False
    message = f"{_said(table, partition)} was taken away {_TRIES} times while it was to be written."
    raise StoreError(message, "Write it again.")


def _find(
    cursor: "psycopg.Cursor[Any]", table: str, partition: Mapping[str, str], *, lock: bool = False
) -> _Partition | None:
    query = (
        "SELECT id, columns, key, provenance, row_count FROM stored_partitions"
        " WHERE table_name = %s AND names = %s::jsonb"
    )
    cursor.execute(query + (" FOR UPDATE" if lock else ""), (table, _json(partition)))
    row = cursor.fetchone()
    if row is None:
        return None
    return _Partition(row[0], row[1], {KEY: row[2].encode(), PROVENANCE: row[3].encode()}, row[4])


def _describe(cursor: "psycopg.Cursor[Any]", held: _Partition) -> None:
    change = (
        "UPDATE stored_partitions SET columns = %s, key = %s, provenance = %s, row_count = %s WHERE id = %s"
    )
    said = (held.about[KEY].decode(), held.about[PROVENANCE].decode())
    cursor.execute(change, (held.columns, *said, held.rows, held.id))


def _copy(cursor: "psycopg.Cursor[Any]", table: str, into: str, partition_id: int, rows: "pa.Table") -> None:
    from psycopg import sql

    names = sql.SQL(", ").join(map(sql.Identifier, ("partition_id", *rows.column_names)))
    statement = sql.SQL("COPY {} ({})").format(sql.Identifier(into), names)
    send(cursor, statement, partition_id, rows, [columns_of(table)[name] for name in rows.column_names])


def _merge_in(
    cursor: "psycopg.Cursor[Any]", table: str, partition_id: int, rows: "pa.Table", *, exact: bool
) -> tuple[int, int]:
    """How many rows there are more (or fewer) now, and how many were changed or taken away.

    ``exact`` takes away what is not among ``rows``. A row that is stored as it is stays untouched.
    """
    from psycopg import sql

    target, key = sql.Identifier(table), KEYS[table]
    cursor.execute(sql.SQL("CREATE TEMPORARY TABLE incoming (LIKE {}) ON COMMIT DROP").format(target))
    _copy(cursor, table, "incoming", partition_id, rows)
    same = sql.SQL(" AND ").join(sql.SQL("i.{0} = t.{0}").format(sql.Identifier(name)) for name in key)
    removed = 0
    if exact:
        take = "DELETE FROM {} t WHERE t.partition_id = %s AND NOT EXISTS (SELECT 1 FROM incoming i WHERE {})"
        removed = cursor.execute(sql.SQL(take).format(target, same), (partition_id,)).rowcount
    count = "SELECT count(*) FROM incoming i JOIN {} t ON t.partition_id = %s AND {}"
    cursor.execute(sql.SQL(count).format(target, same), (partition_id,))
    known = cursor.fetchone()
    added = len(rows) - (known[0] if known else 0)
    touched = cursor.execute(_merging(table, target)).rowcount
    return added - removed, touched - added + removed


def _merging(table: str, target: Any) -> Any:
    from psycopg import sql

    others = {name: kind for name, kind in columns_of(table).items() if name not in KEYS[table]}
    # Numbers are compared by their bits: -0.0 is not 0.0, and NaN is itself.
    bits = "float8send(t.{0}) IS DISTINCT FROM float8send(excluded.{0})"
    form = {True: bits, False: "t.{0} IS DISTINCT FROM excluded.{0}"}
    differs = [sql.SQL(form[kind == REAL]).format(sql.Identifier(name)) for name, kind in others.items()]
    sets = [sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in others]
    key = sql.SQL(", ").join(map(sql.Identifier, ("partition_id", *KEYS[table])))
    return sql.SQL(
        "INSERT INTO {} AS t SELECT * FROM incoming ON CONFLICT ({}) DO UPDATE SET {} WHERE {}"
    ).format(target, key, sql.SQL(", ").join(sets), sql.SQL(" OR ").join(differs))


def _select(
    cursor: "psycopg.Cursor[Any]",
    table: str,
    held: _Partition,
    columns: Sequence[str] | None,
    where: Between | None,
) -> "pa.Table":
    from psycopg import sql

    names, kinds = list(held.columns if columns is None else columns), columns_of(table)
    conditions = [sql.SQL("partition_id = {}").format(sql.Literal(held.id))]
    for sign, end in ((">=", where.low), ("<", where.high)) if where is not None else ():
        if end is not None and where is not None:
            if isinstance(end, str) != (kinds[where.column] == "text"):
                message = f"{_said(table, {})} cannot be read where {where}."
                raise StoreError(message, "Compare a column with values of its own type.")
            one = sql.SQL("{} " + sign + " {}")
            conditions.append(one.format(sql.Identifier(where.column), sql.Literal(end)))
    query = sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY {}").format(
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.Identifier(table),
        sql.SQL(" AND ").join(conditions),
        sql.SQL(", ").join(map(sql.Identifier, KEYS[table])),
    )
    return receive(cursor, query, names, [kinds[name] for name in names])


def _check_asked(table: str, held: _Partition, columns: Sequence[str] | None, where: Between | None) -> None:
    asked = [*(columns or ()), *([where.column] if where is not None else [])]
    absent = [name for name in asked if name not in held.columns]
    if absent:
        message = f"{table} has no column {absent[0]!r}."
        raise StoreError(message, f"It has: {', '.join(held.columns)}.")


def _said(table: str, partition: Mapping[str, str]) -> str:
    return f"{table} of {', '.join(f'{name} {value}' for name, value in sorted(partition.items()))}"


def _order(names: Mapping[str, str]) -> tuple[str, ...]:
    """As the folders of files are ordered."""
    return PurePosixPath(*(f"{key}={encode(names[key])}" for key in sorted(names))).parts


def _json(value: Mapping[str, str]) -> str:
    return json.dumps(dict(value), sort_keys=True)
