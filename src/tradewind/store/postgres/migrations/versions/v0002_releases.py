"""Calendars of releases: what was due when, and since when that was known."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_WHOLE = ("ts_begin", "ts_end")
_REAL = ("estimate", "actual")
_TEXT = ("timing", "status", "what", "unit")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "releases",
        sa.Column(
            "partition_id",
            sa.BigInteger,
            sa.ForeignKey("stored_partitions.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("event", sa.Text(collation="C"), primary_key=True),
        sa.Column("ts_known", sa.BigInteger, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _WHOLE),
        *(sa.Column(name, sa.Double, nullable=True) for name in _REAL),
        *(sa.Column(name, sa.Text(collation="C"), nullable=True) for name in _TEXT),
    )
