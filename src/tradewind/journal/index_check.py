"""Whether the indexes of a journal name all that its records hold, without the whole check of the chain.

Faces that list orders or explain one read by index: an entry that was taken out would hide records in
silence. Here kinds are told from the first bytes of each record, and only records that carry an order's or a
decision's id are decoded: some two microseconds a record, less than ``tradewind audit verify``.
"""

from collections.abc import Iterator
from pathlib import Path

from tradewind.core.errors import JournalBrokenError, JournalError
from tradewind.journal.kinds import KEYED, KEYS, has_marker, kind_of, kind_tags, markers
from tradewind.journal.rows import Unpacked, unpack
from tradewind.journal.sqlite_reader import SqliteJournalReader
from tradewind.journal.versions import record_of

_KEYED = markers(kind_tags(tuple(KEYED)))


def require_indexes(path: Path) -> None:
    """JournalBrokenError that names the first record which an index lacks, or names without its being there.

    A journal that is being written is looked at up to the record that was last when this began.
    """
    with SqliteJournalReader(path) as reader:
        last = reader.last_seq()
        kinds, keys = (_by_commit(reader.index(name, last)) for name in ("kinds", "keys"))
        for row in reader.rows(1, last + 1):
            unpacked = unpack(row)
            seqs = range(row.first, row.first + len(unpacked.bodies))
            found = {kind_of(body, seq) for body, seq in zip(unpacked.bodies, seqs, strict=True)}
            if found != kinds.pop(row.first, set()):
                raise _differs(path, "kinds", row.first)
            if set(_keys_in(unpacked)) != keys.pop(row.first, set()):
                raise _differs(path, "keys", row.first)
    for name, left in (("kinds", kinds), ("keys", keys)):
        if left:
            raise _differs(path, name, min(left))


def _by_commit(entries: Iterator[tuple[str, int]]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for value, first in entries:
        found.setdefault(first, set()).add(value)
    return found


def _keys_in(unpacked: Unpacked) -> Iterator[str]:
    for at, body in enumerate(unpacked.bodies):
        if has_marker(body, _KEYED):
            try:
                event = record_of(unpacked.line(at)).event
            except JournalBrokenError:
                raise
            except JournalError as error:  # a version that is none was damaged, here: it was written by us
                raise JournalBrokenError(error.message, error.next_step, seq=unpacked.first + at) from error
            keys = KEYS[type(event)]
            if keys is not None:
                yield from keys(event)


def _differs(path: Path, name: str, seq: int) -> JournalBrokenError:
    message = f"The index of {name} of {path} does not agree with the records of the commit at {seq}."
    next_step = (
        "What is shown by index would be incomplete. `tradewind audit verify` checks the records; "
        "`tradewind journal export NAME TARGET` makes a copy indexed anew."
    )
    return JournalBrokenError(message, next_step, seq=seq)
