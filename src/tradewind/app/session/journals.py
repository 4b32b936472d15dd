"""Journals for faces: which one is meant, reading it, checking it, anchoring it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tradewind.app.config import TradewindConfig
from tradewind.app.home import Home
from tradewind.core.errors import JournalError
from tradewind.core.events import SessionStarted
from tradewind.core.instruments import Instrument, find_instrument
from tradewind.journal.audit import Anchor, VerifyReport, anchor, parse_anchor, verify_file
from tradewind.journal.sqlite_reader import SqliteJournalReader

Progress = Callable[[int, int], None]


def journal_path(config: TradewindConfig, given: Path | None) -> Path:
    """The journal that was named, else the newest in the home folder; JournalError when there is none."""
    return given if given is not None else Home(config.home).newest_journal()


@contextmanager
def open_journal(path: Path) -> Iterator[SqliteJournalReader]:
    """The journal for reading alone, while its owner may be writing."""
    with SqliteJournalReader(path) as reader:
        yield reader


def verify_journal(
    path: Path, anchors: Sequence[str] = (), on_progress: Progress | None = None
) -> VerifyReport:
    """Check every record; ``anchors`` are texts ``seq:hash`` that were kept elsewhere.

    Raises
    ------
    JournalBrokenError
        Names the first record that fails.
    """
    return verify_file(path, on_progress, [parse_anchor(text) for text in anchors])


def anchor_journal(path: Path) -> Anchor:
    """Last record and root hash, to be kept elsewhere."""
    return anchor(path)


def session_instrument(reader: SqliteJournalReader, text: str) -> Instrument:
    """The instrument of the journal's last session that people mean by ``text``.

    Raises
    ------
    UnknownSymbolError
        The session does not know it; the message lists those that it knows.
    """
    started = list(reader.read_kind(SessionStarted))
    if not started or not isinstance(started[-1].event, SessionStarted):
        message = f"The journal {reader.path} holds no session."
        raise JournalError(message, "Name another with --journal.")
    known = {instrument.id: instrument for instrument in started[-1].event.instruments}
    return find_instrument(known, text)
