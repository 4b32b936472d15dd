"""What a store of tables is: rows by partition and key, merged whole or not at all.

A table is divided into partitions, each named by a few texts, such as instrument and timeframe; rows of a
partition are told apart by a key and come back in its order. Where they lie is the store's own affair.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from tradewind.core.errors import StoreError
from tradewind.store.merge import merge_rows

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")
KEY = b"tradewind.key"
PROVENANCE = b"tradewind.provenance"
"""What rows that were read say of themselves, in the metadata of their schema, as JSON."""


Merge = Callable[["pa.Table | None", "pa.Table", Sequence[str]], "pa.Table"]
"""Stored rows (None where there are none), new ones and the key to those that are to be stored."""


@dataclass(frozen=True)
class Written:
    """What a write came to: rows that the partition now has, and whether anything stored has changed."""

    rows: int
    changed: bool


@dataclass(frozen=True)
class Between:
    """Rows with ``low <= column < high``; an open end is None."""

    column: str
    low: int | str | None = None
    high: int | str | None = None


class Tables(Protocol):
    """All tables of a store. Any number of processes may read and write at once."""

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
        """Merge rows into a partition: by ``key``, newest wins, sorted by ``key``; or as ``merge`` says.

        The same rows written twice change nothing. ``provenance`` (source, definition version, whatever
        makes two series the same) is kept with them, and rows of another provenance are refused unless
        ``replace`` drops what is stored.

        Raises
        ------
        CorruptFileError
            What is stored is damaged; it is left as it is.
        StoreError
            The key or the columns do not fit, the provenance differs, or the store takes nothing: then what
            was stored before is untouched.
        """
        ...

    def read(
        self,
        table: str,
        partition: Mapping[str, str],
        columns: Sequence[str] | None = None,
        where: Between | None = None,
    ) -> "pa.Table":
        """Rows of a partition in key order; StoreError when there is no such partition or column."""
        ...

    def read_many(
        self,
        table: str,
        partitions: Sequence[Mapping[str, str]],
        make: "Callable[[Mapping[str, str], pa.Table], T]",
        where: Between | None = None,
    ) -> list[T]:
        """What ``make`` makes of each partition and its rows, as :meth:`read` gives them, in their order.

        It is called from several threads at once.
        """
        ...

    def has(self, table: str, partition: Mapping[str, str]) -> bool:
        """Whether the partition was ever written."""
        ...

    def drop(self, table: str, partition: Mapping[str, str]) -> None:
        """Take a partition away, if it is there; StoreError where the store refuses."""
        ...

    def names(self) -> list[str]:
        """The tables that were ever written to, by name."""
        ...

    def partitions(self, table: str, where: Mapping[str, str] | None = None) -> list[dict[str, str]]:
        """All partitions, those that have the values in ``where``, in the order of their names."""
        ...

    def damaged(self, table: str) -> list[str]:
        """What of the table is not as it was written, in words; none of it is touched."""
        ...

    def writing(self, table: str) -> AbstractContextManager[None]:
        """Until the block ends no other writer that asks for it has the table: for steps that belong
        together.
        """
        ...


def provenance_of(rows: "pa.Table") -> dict[str, str]:
    """What rows that were read from a store say of their origin."""
    told: dict[str, str] = json.loads((rows.schema.metadata or {}).get(PROVENANCE, b"{}"))
    return told


def key_of(rows: "pa.Table") -> list[str]:
    """The columns by which rows that were read from a store are told apart."""
    told: list[str] = json.loads((rows.schema.metadata or {}).get(KEY, b"[]"))
    return told


def about(key: Sequence[str], provenance: Mapping[str, str] | None) -> dict[bytes, bytes]:
    """What is kept with rows."""
    return {KEY: _json(list(key)), PROVENANCE: _json(dict(provenance or {}))}


def check_same(where: str, stored: Mapping[bytes, bytes] | None, given: Mapping[bytes, bytes]) -> None:
    """StoreError unless what is kept with the rows of ``where`` is what is to be kept with more of them."""
    kept = stored or {}
    for name, what in ((KEY, "key"), (PROVENANCE, "provenance")):
        if kept.get(name) != given[name]:
            message = (
                f"The {what} of {where} is {kept.get(name, b'').decode()}, "
                f"but the rows to be added have {given[name].decode()}."
            )
            raise StoreError(message, "Write them to a partition of their own, or replace this one.")


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=True).encode()
