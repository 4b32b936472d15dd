"""The full check of a journal file, and anchors: what is kept elsewhere so that no rewrite stays unseen.

The chain finds every change of what is in the file. Somebody who rewrites *all* of it, hashes and
head too, is found only by an anchor: sequence and root hash, written down elsewhere (printed, published).
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tradewind.core.errors import JournalBrokenError, JournalError
from tradewind.journal import mark
from tradewind.journal.chain import START, Link
from tradewind.journal.checking import Checked, IndexSums, check_row
from tradewind.journal.mark import MarkSeen, differs, hold_against
from tradewind.journal.sqlite_reader import SqliteJournalReader

_REPORT_EVERY = 10_000
_LOWEST = -(2**63)
"""Reading starts below 1, so that a row hidden under a sequence that no record has is found too."""


@dataclass(frozen=True)
class Anchor:
    """Record ``seq`` and its hash in hex: fixes it and all records before it."""

    seq: int
    root_hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.root_hash}"


@dataclass(frozen=True)
class VerifyReport:
    """What a whole journal holds. Times are UTC ns, 0 when it is empty; ``root_hash`` is hex."""

    records: int
    first_ts: int
    last_ts: int
    root_hash: str
    anchors: int = 0
    """How many anchors were held against it."""
    marked: int = 0
    """How many records the mark beside the file says there are; it may be one commit behind."""
    snapshots: int = 0
    """How many kept states were found to be those that the chain vouches for."""
    notes: tuple[str, ...] = ()
    """What is damaged without a record being lost."""


def anchor(path: Path) -> Anchor:
    """The journal's last durable record and hash, to be kept elsewhere."""
    with SqliteJournalReader(path) as reader:
        seq, link = reader.head()
    return Anchor(seq, link.hex())


def parse_anchor(text: str) -> Anchor:
    """The anchor back from its text ``seq:hash``."""
    if not re.fullmatch(r"\d{1,18}:[0-9a-f]{64}", text):
        message = f"{text!r} is not an anchor."
        raise JournalError(message, "Write it as it was given: a sequence, a colon and 64 hex digits.")
    seq, root_hash = text.split(":")
    return Anchor(int(seq), root_hash)


def verify_file(
    path: Path, on_progress: Callable[[int, int], None] | None = None, anchors: Sequence[Anchor] = ()
) -> VerifyReport:
    """Check every record of a journal file: chain, decoding, indexes, snapshots, mark, and the anchors given.

    ``on_progress`` hears ``(records checked, records in all)`` now and then and at the end. A journal that is
    being written is checked up to the record that was last when the check began.

    Raises
    ------
    JournalBrokenError
        Names the first record that fails and what differs, or says how many the mark promised.
    JournalError
        The file is no journal.
    """
    seen = mark.read_mark(path)
    with SqliteJournalReader(path, accept_loss=True) as reader:
        head = reader.head()
        wanted = {kept.seq: kept for kept in anchors}
        if seen is not None and seen.link is not None:
            wanted.setdefault(seen.link.seq, Anchor(seen.link.seq, ""))
        checked = Checked(START)
        _hold_against(wanted.get(0), START)
        told = 0
        for row in reader.rows(_LOWEST, head.seq + 1):
            unpacked = check_row(checked, row)
            for seq in wanted.keys() & range(row.first, row.last + 1) if wanted else ():
                link = Link(seq, unpacked.line(seq - row.first).hash)
                _hold_against(wanted[seq], link)
                _fits_mark(path, seen, link)
            if on_progress is not None and checked.link.seq - told >= _REPORT_EVERY:
                told = checked.link.seq
                on_progress(told, head.seq)
        if on_progress is not None and told < head.seq:
            on_progress(checked.link.seq, head.seq)
        _none_beyond(anchors, checked.link)
        hold_against(path, seen, checked.link)
        _indexes_agree(reader, checked)
        kept = reader.snapshots()
        for seq in kept:
            reader.snapshot(seq)
    link = checked.link
    return VerifyReport(
        records=link.seq,
        first_ts=checked.first_ts,
        last_ts=checked.last_ts,
        root_hash=link.hash.hex(),
        anchors=len(anchors),
        marked=seen.link.seq if seen is not None and seen.link is not None else 0,
        snapshots=len(kept),
        notes=_notes(seen),
    )


def _fits_mark(path: Path, seen: MarkSeen | None, link: Link) -> None:
    if seen is not None and seen.link is not None and seen.link.seq == link.seq and seen.link != link:
        raise differs(path, seen.link, link.hash)


def _indexes_agree(reader: SqliteJournalReader, checked: Checked) -> None:
    for name, wanted in (("kinds", checked.kinds), ("keys", checked.keys)):
        found = IndexSums()
        found.add(reader.index(name, checked.link.seq))
        if found != wanted or reader.last_named(name) > reader.head().seq:
            message = (
                f"The index of {name} of {reader.path} does not agree with its records: it names "
                f"{found.entries:,} places where they give {wanted.entries:,}, or others."
            )
            next_step = "The records hold; `tradewind journal export NAME TARGET` makes a copy indexed anew."
            raise JournalBrokenError(message, next_step, seq=checked.link.seq)


def _notes(seen: MarkSeen | None) -> tuple[str, ...]:
    if seen is None or not seen.damaged:
        return ()
    return ("One of the two copies in the mark is damaged; the other fits. The next commit writes it anew.",)


def _hold_against(kept: Anchor | None, link: Link) -> None:
    if kept is not None and kept.root_hash and kept.root_hash != link.hash.hex():
        message = (
            f"Record {link.seq} has hash {link.hash.hex()}, but the anchor kept elsewhere says "
            f"{kept.root_hash}: the journal was written anew, up to there or from the start."
        )
        raise JournalBrokenError(message, "Restore a copy that fits the anchor.", seq=link.seq)


def _none_beyond(anchors: Iterable[Anchor], last: Link) -> None:
    for kept in anchors:
        if kept.seq > last.seq:
            message = (
                f"The anchor kept elsewhere is of record {kept.seq}, but the journal ends at {last.seq}."
            )
            raise JournalBrokenError(message, "Restore a copy that fits the anchor.", seq=last.seq + 1)
