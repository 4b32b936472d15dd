"""A session in one line, from a few records that an index finds: for lists of sessions."""

import msgspec

from tradewind.core.decisions import AccountMarked
from tradewind.core.errors import JournalError
from tradewind.core.events import SessionEnded, SessionOpened, SessionStarted
from tradewind.core.journal_ports import KindReader
from tradewind.core.market import Event
from tradewind.core.timestamps import iso
from tradewind.views.amounts import cash_text
from tradewind.views.rows import Row


class SessionSummary(Row, frozen=True, kw_only=True):
    """One journal: what its last session is and where it stands.

    ``name`` is the journal's, ``session_id`` what its records say. ``phase`` is ``warming_up``, ``open`` or
    ``ended`` as for a session; one that broke off stays open. ``until`` is the end, or the latest mark of the
    account; ``equity`` is at that mark, null before the first. A journal that cannot be read is named with
    the reason in ``problem``, and the rest is empty.
    """

    name: str
    served: bool
    """It is the one that the server follows, and that commands go to."""
    session_id: str = ""
    mode: str = ""
    phase: str = ""
    started: str | None = None
    until: str | None = None
    equity: str | None = None
    base_currency: str = ""
    problem: str = ""


def summarize(reader: KindReader, name: str, *, served: bool) -> SessionSummary:
    """The last session of a journal in one line.

    Raises
    ------
    JournalError
        It holds no session.
    """
    found = next(reader.read_kind(SessionStarted, newest_first=True), None)
    if found is None or not isinstance(found.event, SessionStarted):
        message = "The journal holds no session."
        raise JournalError(message, "Start one in it, or remove it.")
    start = found.event
    opened_seq, _ = _latest(reader, SessionOpened, found.seq)
    ended_seq, ended = _latest(reader, SessionEnded, found.seq)
    _, mark = _latest(reader, AccountMarked, found.seq)
    over = ended is not None and ended_seq > opened_seq
    last = ended if over else mark
    return SessionSummary(
        name=name,
        served=served,
        session_id=start.session_id,
        mode=str(start.mode),
        phase="ended" if over else "open" if opened_seq else "warming_up",
        started=iso(start.ts_event),
        until=None if last is None else iso(last.ts_event),
        equity=cash_text(mark.equity_e8) if isinstance(mark, AccountMarked) else None,
        base_currency=start.base_currency,
    )


def _latest(reader: KindReader, kind: type[msgspec.Struct], start: int) -> tuple[int, Event | None]:
    record = next(reader.read_kind(kind, start=start, newest_first=True), None)
    return (0, None) if record is None else (record.seq, record.event)
