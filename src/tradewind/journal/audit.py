"""The full check of a journal file, and anchors: what is kept elsewhere so that no rewrite stays unseen.

The chain finds every change of what is in the file. Somebody who rewrites *all* of it, hashes and
head too, is found only by an anchor: sequence and root hash, written down elsewhere (printed, published).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tradewind.core.errors import JournalBrokenError, JournalError
from tradewind.journal.chain import START, Line, Link, verify
from tradewind.journal.records import record_of
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
    """Check every record of a journal file: chain, head, decoding, and the anchors given.

    ``on_progress`` hears ``(records checked, records in all)`` now and then and at the end. A journal that is
    being written is checked up to the record that was last when the check began.

    Raises
    ------
    JournalBrokenError
        Names the first record that fails and what differs.
    JournalError
        The file is no journal.
    """
    wanted = {kept.seq: kept for kept in anchors}
    with SqliteJournalReader(path) as reader:
        head, last_written = reader.extent()
        link, first_ts, last_ts = START, 0, 0
        _hold_against(wanted.get(0), link)
        for chunk in _chunks(reader.lines(_LOWEST, last_written + 1)):
            link = verify(chunk, after=link)
            for line in chunk:
                last_ts = record_of(line).event.ts_event
                first_ts = last_ts if line.seq == 1 else first_ts
                if line.seq in wanted:
                    _hold_against(wanted[line.seq], Link(line.seq, line.hash))
            if on_progress is not None:
                on_progress(link.seq, head.seq)
    verify((), after=link, head=head)
    _none_beyond(wanted.values(), link)
    return VerifyReport(link.seq, first_ts, last_ts, link.hash.hex(), len(anchors))


def _chunks(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while chunk := list(islice(lines, _REPORT_EVERY)):
        yield chunk


def _hold_against(kept: Anchor | None, link: Link) -> None:
    if kept is not None and kept.root_hash != link.hash.hex():
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
