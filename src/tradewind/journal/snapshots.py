"""States of the reducer kept beside the records, each with its own hash.

A snapshot only saves time: it is never the truth. One that fails its hash is passed over and named, and
recovery starts from an older one or from the first record.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

KEPT = 3


@dataclass(frozen=True)
class SnapshotSearch:
    """The newest sound ``(seq, state)``, and the sequences of newer ones that were passed over."""

    found: tuple[int, bytes] | None
    corrupt: tuple[int, ...] = ()


def snapshot_hash(seq: int, state: bytes) -> bytes:
    """SHA-256 over the sequence (8 bytes, big endian) and the state."""
    return hashlib.sha256(seq.to_bytes(8, "big", signed=True) + state).digest()


def newest_sound(rows: Iterable[tuple[int, bytes, bytes]], last_seq: int) -> SnapshotSearch:
    """Search ``(seq, state, sha256)`` rows, newest first; none may lie beyond ``last_seq``."""
    corrupt: list[int] = []
    for seq, state, stored in rows:
        if seq <= last_seq and snapshot_hash(seq, state) == stored:
            return SnapshotSearch((seq, state), tuple(corrupt))
        corrupt.append(seq)
    return SnapshotSearch(None, tuple(corrupt))
