"""Journals for faces: which one is meant, reading it, checking it, anchoring it, copying it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tradewind.app.home import SUFFIX, Home
from tradewind.app.session.last_session import last_start
from tradewind.core.events import SessionStarted
from tradewind.core.instruments import Instrument, find_instrument
from tradewind.core.journal_ports import JournalReader, OpenReader
from tradewind.journal.audit import Anchor, VerifyReport, anchor, parse_anchor, verify_file
from tradewind.journal.export import Exported, export_journal
from tradewind.journal.files import JournalFile, files_of
from tradewind.journal.index_check import require_indexes
from tradewind.journal.opening import open_reader
from tradewind.journal.tail import TailReport, check_end

Progress = Callable[[int, int], None]


def journal_path(home: Home, given: Path | None) -> Path:
    """The journal that was named, by its file or its session's name, else the newest in the home folder.

    JournalError when there is none.
    """
    return find_journal(home, None if given is None else str(given))


def find_journal(home: Home, name: str | None) -> Path:
    """The journal of the session so named, or the file; the newest where none is named."""
    if not name:
        return home.newest_journal()
    path = Path(name)
    is_file = path.suffix == SUFFIX or len(path.parts) > 1 or path.is_file()
    return path if is_file else home.journal(name)


def journal_files(path: Path) -> tuple[JournalFile, ...]:
    """The files that belong to a journal, those that are missing too."""
    return files_of(path)


def check_journal_end(path: Path) -> TailReport:
    """Whether the mark and the last records hold; JournalBrokenError says what was lost."""
    return check_end(path)


def copy_journal(
    path: Path, folder: Path, *, accept_loss: bool = False, on_progress: Progress | None = None
) -> Exported:
    """Copy a journal with all that belongs to it into ``folder``.

    Raises
    ------
    JournalBrokenError
        Records are lost or changed, and ``accept_loss`` does not say that this is known.
    """
    return export_journal(path, folder, accept_loss=accept_loss, on_progress=on_progress)


@contextmanager
def open_journal(
    path: Path, on_note: Callable[[str], None] | None = None, *, by_index: bool = False
) -> Iterator[OpenReader]:
    """The journal for reading alone, while its owner may be writing.

    ``on_note`` hears where the session in it has another name than the file. ``by_index`` says that records
    will be looked up, so that an index which hides some must not go unseen.

    Raises
    ------
    JournalBrokenError
        Records are lost, or an index does not agree with them.
    """
    if by_index:
        require_indexes(path)
    with open_reader(path) as reader:
        if on_note is not None and (said := other_session(reader)):
            on_note(said)
        yield reader


def other_session(reader: OpenReader) -> str:
    """Whose records these are, where the file is not named so; empty where it is."""
    name = session_id_of(reader)
    same = name in ("", reader.path.stem)
    return "" if same else f"{reader.path} holds the session {name}, not {reader.path.stem}."


def session_id_of(reader: JournalReader) -> str:
    """The name of the journal's last session; empty where none was begun."""
    began = next(reader.read_kind(SessionStarted, newest_first=True), None)
    return began.event.session_id if began is not None and isinstance(began.event, SessionStarted) else ""


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


def session_instrument(reader: JournalReader, text: str) -> Instrument:
    """The instrument of the journal's last session that people mean by ``text``.

    Raises
    ------
    UnknownSymbolError
        The session does not know it; the message lists those that it knows.
    """
    began, _ = last_start(reader)
    known = {instrument.id: instrument for instrument in began.instruments}
    return find_instrument(known, text)
