"""The high-water mark: how many records a journal had, kept in a small file of its own beside it.

The chain finds what was changed, but not that its end is gone: a lost or damaged ``-wal``, a journal file
copied without it, or a tail that was cut off leaves a shorter chain that holds. The mark says how far it
went. It is written and synced after each commit, so it is never ahead of the records and, after a crash
between the two, at most one commit behind.

It holds the last link twice, in blocks of 4 KiB that are written in turn, each with its own checksum: a
write that is cut short or a flipped bit harms one of them.
"""

import hashlib
import os
import struct
from pathlib import Path
from typing import NamedTuple

from tradewind.core.errors import JournalBrokenError
from tradewind.journal.chain import START, Link
from tradewind.journal.private_file import make_private, read_plain, sync_folder

_MAGIC = b"TWM2"
_BLOCK = 4_096
_LAYOUT = struct.Struct(">4sQ32s")
_CHECKSUM = 16


class MarkSeen(NamedTuple):
    """What the mark says: the newest readable link, None when there is none, and copies that are damaged."""

    link: Link | None
    damaged: int
    slot: int = 0
    """Which of the two copies is the newest."""


def mark_path(journal: Path) -> Path:
    """Where the mark of a journal lies."""
    return journal.with_name(journal.name + ".mark")


def read_mark(journal: Path) -> MarkSeen | None:
    """The mark beside the journal; None when the file is not there, JournalError where it cannot be read."""
    try:
        data = read_plain(mark_path(journal), 2 * _BLOCK)
    except FileNotFoundError:
        return None
    links = [_decoded(data[at : at + _BLOCK]) for at in (0, _BLOCK)]
    sound = [(link, slot) for slot, link in enumerate(links) if link is not None]
    if not sound:
        return MarkSeen(None, 2)
    link, slot = max(sound)
    return MarkSeen(link, 2 - len(sound), slot)


def make_mark(journal: Path, link: Link = START) -> None:
    """A new mark, whole and durable under its name when this returns."""
    path = mark_path(journal)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    make_private(fresh)
    block = _encoded(link).ljust(_BLOCK, b"\x00")
    with fresh.open("r+b") as file:
        file.write(block + block)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


class Mark:
    """The mark as the journal's owner writes it; one must be there. OSError when the disk refuses."""

    def __init__(self, journal: Path) -> None:
        seen = read_mark(journal)
        self._slot = 0 if seen is None else seen.slot
        self._file = os.open(mark_path(journal), os.O_RDWR)

    def write(self, link: Link) -> None:
        """Say that the journal holds records up to ``link``; durable when this returns."""
        self._slot ^= 1
        os.lseek(self._file, self._slot * _BLOCK, os.SEEK_SET)
        os.write(self._file, _encoded(link))
        _sync(self._file)

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def hold_against(journal: Path, seen: MarkSeen | None, head: Link) -> None:
    """Refuse a journal that ends before its mark, or whose mark is missing or unreadable.

    Raises
    ------
    JournalBrokenError
        ``seq`` is the first record that is lost.
    """
    if seen is None or seen.link is None:
        state = "is missing" if seen is None else "is damaged in both of its copies"
        message = (
            f"The mark {mark_path(journal).name} beside {journal} {state}, so nobody can say whether "
            f"the {head.seq:,} records are all there were."
        )
        next_step = (
            "Bring the mark back (`tradewind journal export` copies all files of a journal); or take the "
            "records as all there were with "
            "`tradewind journal export NAME TARGET --accept-loss`."
        )
        raise JournalBrokenError(message, next_step, seq=head.seq + 1)
    if head.seq < seen.link.seq:
        message = (
            f"The mark says {seen.link.seq:,} records, but {journal} ends at {head.seq:,}: "
            f"{seen.link.seq - head.seq:,} are lost ({journal.name}-wal is missing or damaged, or the tail "
            "was cut off)."
        )
        next_step = (
            f"Bring back {journal.name}-wal or a copy that verifies; to go on with what is left, make one "
            "with `tradewind journal export NAME TARGET --accept-loss`."
        )
        raise JournalBrokenError(message, next_step, seq=head.seq + 1)


def differs(journal: Path, link: Link, stored: bytes) -> JournalBrokenError:
    """The error for a record whose hash is another than the mark says."""
    message = (
        f"Record {link.seq:,} of {journal} has hash {stored.hex()[:16]}, but the mark beside it says "
        f"{link.hash.hex()[:16]}: one of them was changed or belongs to another journal."
    )
    return JournalBrokenError(message, "Restore a copy that verifies, with its mark.", seq=link.seq)


def _encoded(link: Link) -> bytes:
    content = _LAYOUT.pack(_MAGIC, link.seq, link.hash)
    return content + hashlib.sha256(content).digest()[:_CHECKSUM]


def _decoded(block: bytes) -> Link | None:
    content, checksum = block[: _LAYOUT.size], block[_LAYOUT.size : _LAYOUT.size + _CHECKSUM]
    if len(content) < _LAYOUT.size or hashlib.sha256(content).digest()[:_CHECKSUM] != checksum:
        return None
    magic, seq, link = _LAYOUT.unpack(content)
    return Link(seq, link) if magic == _MAGIC else None


_sync = getattr(os, "fdatasync", os.fsync)
"""The file never grows, so its contents are all that must reach the disk; macOS has only ``fsync``."""
