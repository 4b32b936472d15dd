"""Bars by year: a native partition each, made when its first bar comes; a hypertable makes its own."""

from typing import TYPE_CHECKING

import numpy as np

from tradewind.core.panel import Ints
from tradewind.core.timestamps import parse_ns
from tradewind.store.postgres.layout import BARS
from tradewind.store.postgres.server import PostgresServer, transaction

if TYPE_CHECKING:
    import pyarrow as pa

_made: dict[PostgresServer, frozenset[int]] = {}
_FIRST, _LAST = 1678, 2261
"""The whole years that nanoseconds in 64 bits can tell; what lies outside goes to the open ends."""


def ensure_years(server: PostgresServer, rows: "pa.Table") -> None:
    """Make the partitions that rows of bars need and that are not there, in a transaction of its own.

    So that two writers never wait for each other with half of their rows written.
    """
    wanted = _years(rows.column("ts_event").to_numpy())
    if wanted <= _made.get(server, frozenset()):
        return
    from psycopg import sql

    with transaction(server) as cursor:
        cursor.execute(
            "SELECT relkind FROM pg_class WHERE oid = to_regclass(%s)", (f"{server.schema}.{BARS}",)
        )
        kind = cursor.fetchone()
        if kind is not None and kind[0] == "p":
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{server.schema}.years",)
            )
            for year in sorted(wanted):
                statement = "CREATE TABLE IF NOT EXISTS {} PARTITION OF {} FOR VALUES FROM ({}) TO ({})"
                low = sql.Literal(parse_ns(f"{year}-01-01")) if year >= _FIRST else sql.SQL("MINVALUE")
                high = sql.Literal(parse_ns(f"{year + 1}-01-01")) if year <= _LAST else sql.SQL("MAXVALUE")
                name = sql.Identifier(f"{BARS}_{year}")
                cursor.execute(sql.SQL(statement).format(name, sql.Identifier(BARS), low, high))
    _made[server] = _made.get(server, frozenset()) | wanted


def _years(times: Ints) -> frozenset[int]:
    if not len(times):
        return frozenset()
    # The least whole number is none of NumPy's moments.
    years = (
        np.maximum(times, np.iinfo(np.int64).min + 1)
        .astype("datetime64[ns]")
        .astype("datetime64[Y]")
        .astype(np.int64)
        + 1970
    )
    return frozenset(int(year) for year in np.unique(years))
