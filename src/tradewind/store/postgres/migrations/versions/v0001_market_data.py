"""Bars, series, texts, what was judged of them, and reference facts.

Bars are partitioned by time: a hypertable where the extension TimescaleDB is in the database, else natively
by year. A BRIN index answers what all instruments had at a time; the primary key answers one series.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0001"
down_revision = None

_YEAR_NS = 366 * 86_400 * 10**9
_CASE = (
    "id text, rule text, severity text, first_ns whole, last_ns whole, rows whole, what text,"
    " old real, new real, edit text"
)
_TABLES = {
    "series": "ts_period whole, ts_known whole, value real, unit text; ts_period, ts_known",
    "texts": "id text, kind text, title text, body text, url text, outlet text, author text, language text,"
    " ts_published whole, ts_changed whole, ts_seen whole, symbols text, scores text, engagement text;"
    " id, ts_seen",
    "text_tombstones": "id_sha256 text, ts_forgotten whole; id_sha256",
    "corporate_actions": "ex_ns whole, kind text, price_factor real, value real, told_by text; ex_ns, kind",
    "quality_days": "day whole, bars whole, completeness real, validity real, consistency real,"
    " uniqueness real, timeliness real, accuracy real; day",
    "quality_findings": "ts_event whole, rule text, nth whole, dimension text, severity text, what text,"
    " value real; ts_event, rule, nth",
    "repairs": "ts_event whole, what text, column text, nth whole, why text, old real, new real;"
    " ts_event, what, column, nth",
    "series_calendars": "nth whole, calendar text; nth",
    "quality_cases": f"{_CASE}, nth whole; nth",
    "quality_choices": f"{_CASE}, chosen_ns whole, choice text, by text, note text; chosen_ns, id, choice",
    "asked_spans": "start_ns whole, end_ns whole; start_ns",
    "reference_facts": "kind text, value text, effective_ns whole, known_ns whole, source text;"
    " effective_ns, kind, value, known_ns",
}


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "stored_partitions",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("table_name", sa.Text, nullable=False),
        sa.Column("names", JSONB, nullable=False),
        sa.Column("columns", ARRAY(sa.Text), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("provenance", sa.Text, nullable=False),
        sa.Column("row_count", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("table_name", "names"),
    )
    for table, said in _TABLES.items():
        columns, _, key = said.partition(";")
        op.create_table(table, *_columns(columns, key.replace(" ", "").split(",")))
    _make_bars()


def _columns(said: str, key: list[str]) -> list["sa.Column[object]"]:
    kinds: dict[str, Any] = {"whole": sa.BigInteger(), "real": sa.Double(), "text": sa.Text(collation="C")}
    owner = sa.ForeignKey("stored_partitions.id", ondelete="CASCADE")
    made: list[sa.Column[object]] = [
        sa.Column("partition_id", sa.BigInteger, owner, primary_key=True, autoincrement=False)
    ]
    for pair in said.split(","):
        name, kind = pair.split()
        must = name in key or kind == "whole"
        made.append(
            sa.Column(name, kinds[kind], primary_key=name in key, nullable=not must, autoincrement=False)
        )
    return made


def _make_bars() -> None:
    prices = ", ".join(
        f"{name} double precision NOT NULL" for name in ("open", "high", "low", "close", "volume")
    )
    columns = f"partition_id bigint NOT NULL, ts_event bigint NOT NULL, {prices}"
    timescale = sa.text("SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'")
    hypertable = op.get_bind().execute(timescale).first() is not None
    divided = "" if hypertable else " PARTITION BY RANGE (ts_event)"
    op.execute(f"CREATE TABLE bars ({columns}, PRIMARY KEY (partition_id, ts_event)){divided}")
    if hypertable:
        op.execute(f"SELECT create_hypertable('bars', by_range('ts_event', {_YEAR_NS}::bigint))")
    op.execute("CREATE INDEX bars_by_time ON bars USING brin (ts_event)")
    op.execute(
        "CREATE VIEW bars_by_name AS SELECT p.names ->> 'instrument_id' AS instrument_id,"
        " p.names ->> 'timeframe' AS timeframe, p.names ->> 'source' AS source, p.names ->> 'basis' AS basis,"
        " to_timestamp(b.ts_event / 1e9) AS closed_at, b.ts_event, b.open, b.high, b.low, b.close, b.volume"
        " FROM bars b JOIN stored_partitions p ON p.id = b.partition_id AND p.table_name = 'bars'"
    )
