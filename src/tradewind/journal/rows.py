"""A commit as one stored row: its records packed together, with the hash of each.

::

    packed = msgpack [causes, bodies, hashes]      hashes: 32 bytes a record, joined

A large commit is split into rows of :data:`MOST_RECORDS`, written in one transaction. All records of a row
have one version. What a row is found by (kinds and keys) is derived from its records.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from tradewind.core.errors import JournalBrokenError
from tradewind.journal.chain import Line, Link, hashes_of, verify

MOST_RECORDS = 2_000
_HASH = 32
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[list[int], list[bytes], bytes]).decode


class Row(NamedTuple):
    """Records ``first`` to ``last`` as they lie in the file; ``hash`` is that of the last."""

    first: int
    last: int
    version: bytes
    hash: bytes
    packed: bytes


class Unpacked(NamedTuple):
    """The records of a row by column."""

    first: int
    version: bytes
    causes: list[int]
    bodies: list[bytes]
    hashes: bytes

    def line(self, at: int) -> Line:
        """Record number ``at`` of the row, from 0."""
        link = self.hashes[at * _HASH : at * _HASH + _HASH]
        return Line(self.first + at, self.causes[at], self.version, self.bodies[at], link)

    def lines(self) -> list[Line]:
        """All records of the row."""
        return [self.line(at) for at in range(len(self.bodies))]


def pack(causes: Sequence[int], bodies: Sequence[bytes], hashes: Sequence[bytes]) -> bytes:
    """The columns of one row's records as the bytes that are stored."""
    return _encode((causes, bodies, b"".join(hashes)))


def unpack(row: Row) -> Unpacked:
    """The row's records, their chain not yet checked.

    Raises
    ------
    JournalBrokenError
        The bytes are no records, or not as many as the row says.
    """
    try:
        causes, bodies, hashes = _decode(row.packed)
    except (msgspec.DecodeError, TypeError) as error:
        raise _damaged(row, f"its bytes do not unpack: {error}") from error
    count = row.last - row.first + 1
    if not len(causes) == len(bodies) == count or len(hashes) != count * _HASH or count < 1:
        raise _damaged(row, f"it holds {len(bodies)} records where {count} should be")
    if type(row.version) is not bytes or not row.version or b"\x00" in row.version:
        raise _damaged(row, "its version is none")
    return Unpacked(row.first, row.version, causes, bodies, hashes)


def follow(row: Row, before: Link) -> Unpacked:
    """The row's records, once every one of them was found to follow from the one ``before`` the row.

    Raises
    ------
    JournalBrokenError
        ``seq`` is the first record that does not.
    """
    if row.first != before.seq + 1:
        verify([Line(row.first, 0, row.version, b"", b"")], after=before)
    unpacked = unpack(row)
    stamp = row.version + b"\x00"
    hashes = hashes_of(before.hash, row.first, unpacked.causes, stamp, unpacked.bodies)
    if b"".join(hashes) != unpacked.hashes:
        verify(unpacked.lines(), after=before)
    if row.hash != hashes[-1]:
        raise _damaged(row, f"its last hash is {hashes[-1].hex()[:16]}, not the one stored beside it")
    return unpacked


def _damaged(row: Row, what: str) -> JournalBrokenError:
    message = f"The commit of records {row.first} to {row.last} was damaged or changed: {what}."
    next_step = "Keep the file as evidence, restore a copy that verifies, and find out who changed it."
    return JournalBrokenError(message, next_step, seq=row.first)
