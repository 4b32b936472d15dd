"""Open positions of a journal's last session with what protects them, from the journal alone."""

from dataclasses import dataclass

from tradewind.app.session.journals import session_instrument
from tradewind.app.session.last_session import last_start, with_books
from tradewind.core.journal_ports import JournalReader
from tradewind.core.vocabulary import VenueKind
from tradewind.engine.rebuilt_book import KINDS
from tradewind.views.standing_guard import GuardRow, guard_count, guard_rows


@dataclass(frozen=True)
class PositionsShown:
    """Open positions, the unprotected first; ``note`` says what the venue is, where that matters."""

    session_id: str
    positions: tuple[GuardRow, ...]
    summary: str
    note: str


def positions_of(reader: JournalReader, symbol: str = "") -> PositionsShown:
    """Open positions of the last session, of one symbol or of all.

    Raises
    ------
    UnknownSymbolError
        The session does not know the symbol.
    JournalError
        The journal holds no session.
    """
    start, _ = last_start(reader)
    wanted = session_instrument(reader, symbol).id if symbol else ""
    book = None
    for _, after in with_books(reader, KINDS):
        book = after
    every = () if book is None else guard_rows(book)
    rows = tuple(row for row in every if wanted in ("", row.instrument_id))
    simulated = start.wiring.venue is VenueKind.SIMULATED
    note = "The venue is simulated in the process: its stops stand up again with it." if simulated else ""
    return PositionsShown(start.session_id, rows, guard_count(rows), note)
