"""The hash chain, pure: what ties a record to all records before it, and how a break is found.

::

    hash[n] = SHA-256(hash[n-1] || seq (8 bytes, big endian) || cause (8 bytes, big endian)
                      || version || 0x00 || body)

``hash[0]`` is :data:`GENESIS`. A version never holds a zero byte, so the border between version and body
cannot be moved without changing the hash.
"""

import hashlib
import struct
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import NamedTuple

from tradewind.core.errors import JournalBrokenError, JournalError
from tradewind.core.events import SCHEMA_VERSION
from tradewind.core.version import VERSION

GENESIS = hashlib.sha256(b"tradewind journal, format 2").digest()
CODE_VERSION = f"{SCHEMA_VERSION}/{VERSION}"
"""What new records carry as their version: schema and code."""

_NEXT_STEP = "Keep the file as evidence, restore a copy that verifies, and find out who changed it."
_sha256 = hashlib.sha256
_pack = struct.Struct(">QQ").pack


class Line(NamedTuple):
    """A record as it is stored: version and event still bytes."""

    seq: int
    cause: int
    version: bytes
    body: bytes
    hash: bytes


class Link(NamedTuple):
    """A place in the chain: the last sequence and its hash."""

    seq: int
    hash: bytes


START = Link(0, GENESIS)


def version_stamp(version: str) -> bytes:
    """``version || 0x00``, the part of the hashed bytes that all records of a session share."""
    stamp = version.encode()
    if not stamp or b"\x00" in stamp:
        message = f"{version!r} cannot be the version of a record: it is empty or holds a zero byte."
        raise JournalError(message, "Use schema/code, such as 2/0.1.0.")
    return stamp + b"\x00"


def next_hash(previous: bytes, seq: int, cause: int, stamp: bytes, body: bytes) -> bytes:
    """Hash of record ``seq``; ``stamp`` is :func:`version_stamp` of its version."""
    return _sha256(b"".join((previous, _pack(seq, cause), stamp, body))).digest()


def hashes_of(
    previous: bytes, first: int, causes: Sequence[int], stamp: bytes, bodies: Sequence[bytes]
) -> list[bytes]:
    """Hashes of the records ``first``, ``first + 1`` ... after a record whose hash is ``previous``.

    A cause that no record can have gives an empty hash, which nothing fits.
    """
    hashes = []
    seq = first
    head = _head(len(stamp))
    for cause, body in zip(causes, bodies, strict=True):
        previous = _sha256(head(previous, seq, cause, stamp) + body).digest() if 0 <= cause < seq else b""
        hashes.append(previous)
        seq += 1
    return hashes


@cache
def _head(stamp_length: int) -> Callable[[bytes, int, int, bytes], bytes]:
    """What packs all that is hashed before a body; in one call, since every record passes here."""
    return struct.Struct(f">32sQQ{stamp_length}s").pack


def verify(lines: Iterable[Line], *, after: Link = START, head: Link | None = None) -> Link:
    """Check every line and return the last link.

    Parameters
    ----------
    lines
        Records in the order in which they are stored.
    after
        The trusted link before the first of them.
    head
        The link that the last one must be; finds a tail that was cut off.

    Raises
    ------
    JournalBrokenError
        ``seq`` is the first record that is altered, missing, added or out of place.
    """
    seq, previous = after
    stored = iter(lines)
    for line in stored:
        seq += 1
        if line.seq != seq:
            raise _out_of_place(seq, line.seq)
        computed = _computed(previous, line)
        if computed != line.hash:
            raise _altered(line, computed, next(stored, None))
        previous = computed
    last = Link(seq, previous)
    if head is not None and last != head:
        raise _head_differs(last, head)
    return last


def _computed(previous: bytes, line: Line) -> bytes:
    """Hash that the line ought to have; empty when it is not even shaped like a record."""
    _, cause, version, body, _ = line
    if type(version) is not bytes or type(body) is not bytes or type(cause) is not int:
        return b""
    if not version or b"\x00" in version or not 0 <= cause < line.seq:
        return b""
    return next_hash(previous, line.seq, cause, version + b"\x00", body)


def _out_of_place(expected: int, found: int) -> JournalBrokenError:
    if found > expected:
        message = f"Record {expected} is missing: {found} comes where it should be."
    else:
        message = f"Record {found} comes where record {expected} should be: it was inserted or moved."
    return JournalBrokenError(message, _NEXT_STEP, seq=expected)


def _altered(line: Line, computed: bytes, after: Line | None) -> JournalBrokenError:
    """The next record tells which of the two was changed: it was chained to the true hash."""
    what = "its contents, its hash or the record before it"
    if not computed:
        what = "a field has a value that no record can have"
    elif after is not None and isinstance(line.hash, bytes) and _computed(line.hash, after) == after.hash:
        what = "its cause, version or body; the next record still fits its stored hash"
    elif after is not None and _computed(computed, after) == after.hash:
        what = "its stored hash; contents and next record fit each other"
    shown = line.hash.hex()[:16] if isinstance(line.hash, bytes) else repr(line.hash)[:16]
    message = (
        f"Record {line.seq} was changed after it was written ({what}): "
        f"stored hash {shown}, computed {computed.hex()[:16] or 'none'}."
    )
    return JournalBrokenError(message, _NEXT_STEP, seq=line.seq)


def _head_differs(last: Link, head: Link) -> JournalBrokenError:
    if last.seq < head.seq:
        message = (
            f"The journal ends at record {last.seq}, but its head says {head.seq}: the tail was cut off."
        )
        return JournalBrokenError(message, _NEXT_STEP, seq=last.seq + 1)
    if last.seq > head.seq:
        message = f"The head says record {head.seq} is the last, but {last.seq - head.seq} more follow it."
        return JournalBrokenError(message, _NEXT_STEP, seq=head.seq + 1)
    message = (
        f"Record {last.seq}, the last, has hash {last.hash.hex()[:16]}, but the head says "
        f"{head.hash.hex()[:16]}: one of them was changed."
    )
    return JournalBrokenError(message, _NEXT_STEP, seq=last.seq)
