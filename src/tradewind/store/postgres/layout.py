"""The tables of the store on a server: columns and keys, as the newest migration leaves them.

Each has ``partition_id`` before its own columns, the number of its partition in ``stored_partitions``. Texts
are ordered by their bytes (collation "C"), as they are in files.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from tradewind.core.errors import StoreError

if TYPE_CHECKING:
    import pyarrow as pa
    import sqlalchemy as sa

WHOLE, REAL, TEXT = "whole", "real", "text"
CATALOGUE = "stored_partitions"
BARS = "bars"

_PRICES = dict.fromkeys(("open", "high", "low", "close", "volume"), REAL)
_SIDES = dict.fromkeys(
    ("completeness", "validity", "consistency", "uniqueness", "timeliness", "accuracy"), REAL
)
_WORDS = dict.fromkeys(("id", "kind", "title", "body", "url", "outlet", "author", "language"), TEXT)
_TIMES = dict.fromkeys(("ts_published", "ts_changed", "ts_seen"), WHOLE)
_CASE = {
    "id": TEXT,
    "rule": TEXT,
    "severity": TEXT,
    "first_ns": WHOLE,
    "last_ns": WHOLE,
    "rows": WHOLE,
    "what": TEXT,
    "old": REAL,
    "new": REAL,
    "edit": TEXT,
}

COLUMNS: Mapping[str, Mapping[str, str]] = {
    BARS: {"ts_event": WHOLE, **_PRICES},
    "series": {"ts_period": WHOLE, "ts_known": WHOLE, "value": REAL, "unit": TEXT},
    "texts": {**_WORDS, **_TIMES, **dict.fromkeys(("symbols", "scores", "engagement"), TEXT)},
    "text_tombstones": {"id_sha256": TEXT, "ts_forgotten": WHOLE},
    "corporate_actions": {
        "ex_ns": WHOLE,
        "kind": TEXT,
        "price_factor": REAL,
        "value": REAL,
        "told_by": TEXT,
    },
    "quality_days": {"day": WHOLE, "bars": WHOLE, **_SIDES},
    "quality_findings": {
        "ts_event": WHOLE,
        "rule": TEXT,
        "nth": WHOLE,
        "dimension": TEXT,
        "severity": TEXT,
        "what": TEXT,
        "value": REAL,
    },
    "repairs": {
        "ts_event": WHOLE,
        "what": TEXT,
        "column": TEXT,
        "nth": WHOLE,
        "why": TEXT,
        "old": REAL,
        "new": REAL,
    },
    "series_calendars": {"nth": WHOLE, "calendar": TEXT},
    "quality_cases": {**_CASE, "nth": WHOLE},
    "quality_choices": {**_CASE, "chosen_ns": WHOLE, "choice": TEXT, "by": TEXT, "note": TEXT},
    "asked_spans": {"start_ns": WHOLE, "end_ns": WHOLE},
    "reference_facts": {
        "kind": TEXT,
        "value": TEXT,
        "effective_ns": WHOLE,
        "known_ns": WHOLE,
        "source": TEXT,
    },
    "releases": {
        "event": TEXT,
        **dict.fromkeys(("ts_known", "ts_begin", "ts_end"), WHOLE),
        **dict.fromkeys(("timing", "status", "what"), TEXT),
        **dict.fromkeys(("estimate", "actual"), REAL),
        "unit": TEXT,
    },
}
KEYS: Mapping[str, tuple[str, ...]] = {
    BARS: ("ts_event",),
    "series": ("ts_period", "ts_known"),
    "texts": ("id", "ts_seen"),
    "text_tombstones": ("id_sha256",),
    "corporate_actions": ("ex_ns", "kind"),
    "quality_days": ("day",),
    "quality_findings": ("ts_event", "rule", "nth"),
    "repairs": ("ts_event", "what", "column", "nth"),
    "series_calendars": ("nth",),
    "quality_cases": ("nth",),
    "quality_choices": ("chosen_ns", "id", "choice"),
    "asked_spans": ("start_ns",),
    "reference_facts": ("effective_ns", "kind", "value", "known_ns"),
    "releases": ("event", "ts_known"),
}


def columns_of(table: str) -> Mapping[str, str]:
    """Column names of a table and what each holds; StoreError where there is no such table."""
    if table not in COLUMNS:
        message = f"The PostgreSQL store has no table {table!r}."
        raise StoreError(message, f"It has: {', '.join(COLUMNS)}.")
    return COLUMNS[table]


def check_rows(table: str, rows: "pa.Table", key: Sequence[str]) -> None:
    """StoreError unless rows have the columns, types and key of the table."""
    columns = columns_of(table)
    if tuple(key) != KEYS[table]:
        message = (
            f"The table {table} has the key {list(KEYS[table])}, and rows with {list(key)} are to be added."
        )
        raise StoreError(message, "Write them to another table.")
    types = arrow_types()
    given = {field.name: field.type for field in rows.schema}
    wanted = {name: types[kind] for name, kind in columns.items()}
    differing = sorted(n for n in given.keys() | wanted.keys() if given.get(n) != wanted.get(n))
    if differing:
        message = f"The columns {differing} of {table} differ in name or type from those that are stored."
        raise StoreError(message, "Write the same columns, or use another table.")
    for name, kind in columns.items():
        if kind == WHOLE and rows.column(name).null_count:
            message = f"The column {name!r} of {table} has {rows.column(name).null_count} empty values."
            raise StoreError(message, "Leave those rows out or fill them in.")


@cache
def arrow_types() -> "dict[str, pa.DataType]":
    """What a column is in Arrow."""
    import pyarrow as pa

    return {WHOLE: pa.int64(), REAL: pa.float64(), TEXT: pa.string()}


@cache
def server_metadata() -> "sa.MetaData":
    """All tables in the words of SQLAlchemy, which a database can be compared with."""
    import sqlalchemy as sa
    from sqlalchemy.dialects.postgresql import ARRAY, JSONB

    made = sa.MetaData()
    sa.Table(
        CATALOGUE,
        made,
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("table_name", sa.Text, nullable=False),
        sa.Column("names", JSONB, nullable=False),
        sa.Column("columns", ARRAY(sa.Text), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("provenance", sa.Text, nullable=False),
        sa.Column("row_count", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("table_name", "names"),
    )
    kinds: dict[str, Any] = {WHOLE: sa.BigInteger(), REAL: sa.Double(), TEXT: sa.Text(collation="C")}
    for table, columns in COLUMNS.items():
        # A foreign key would be looked up for each of millions of bars.
        owner = [] if table == BARS else [sa.ForeignKey(f"{CATALOGUE}.id", ondelete="CASCADE")]
        sa.Table(
            table,
            made,
            sa.Column("partition_id", sa.BigInteger, *owner, primary_key=True, autoincrement=False),
            *(
                sa.Column(
                    name,
                    kinds[kind],
                    primary_key=name in KEYS[table],
                    nullable=kind != WHOLE and name not in KEYS[table] and table != BARS,
                    autoincrement=False,
                )
                for name, kind in columns.items()
            ),
        )
    return made
