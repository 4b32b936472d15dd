"""Follows a journal while its owner writes it, and keeps the session as it stands."""

import asyncio
from collections.abc import Callable

import msgspec

from tradewind.core.errors import JournalError
from tradewind.core.events import Record
from tradewind.core.instruments import find_instrument
from tradewind.views.explanation.look_back import KindReader
from tradewind.views.rows import Changes
from tradewind.views.session.view import SessionView

_CHUNK = 1_000
_FRAMES_KEPT = 64
_encode = msgspec.json.Encoder().encode


class Follower:
    """Reads new records in a thread, folds them in the event loop, and wakes whoever waits.

    What it hands out is made once a state of the journal, however many ask.

    Parameters
    ----------
    open_reader
        Opens the journal; JournalError while there is none yet, which is tried again.
    poll_s
        Seconds between looks at the journal.
    """

    def __init__(self, open_reader: Callable[[], KindReader], poll_s: float = 0.1) -> None:
        self.view = SessionView()
        self.fault = "The journal was not read yet."
        """Why the journal cannot be read just now; empty when it can."""
        self.caught_up = asyncio.Event()
        self._open_reader = open_reader
        self._poll_s = poll_s
        self._reader: KindReader | None = None
        self._changed = asyncio.Event()
        self._whole: Changes | None = None
        self._frames: dict[int, bytes] = {}
        self._kept_at = -1

    @property
    def reader(self) -> KindReader:
        """The journal's reader; JournalError while there is no journal."""
        if self._reader is None:
            raise JournalError(self.fault, "Start a session that writes this journal.")
        return self._reader

    async def run(self) -> None:
        """Follow until cancelled; a journal that cannot be read is tried again, and ``fault`` says why."""
        while True:
            try:
                records = await asyncio.to_thread(self._read)
            except JournalError as error:
                self.fault = str(error)
                self.caught_up.set()  # with what there is, which may be nothing yet
                await asyncio.sleep(max(self._poll_s, 0.5))
                continue
            self.fault = ""
            if records:
                self.view.apply_all(records)
                self._wake()
            if len(records) < _CHUNK:
                self.caught_up.set()
                await asyncio.sleep(self._poll_s)
            else:
                await asyncio.sleep(0)  # let answers out between chunks of a long journal

    async def wait_beyond(self, seq: int, timeout_s: float) -> bool:
        """Whether a record after ``seq`` arrived before the time ran out."""
        changed = self._changed
        if self.view.seq != seq:
            return True
        try:
            await asyncio.wait_for(changed.wait(), timeout_s)
        except TimeoutError:
            return False
        return self.view.seq != seq

    def whole(self) -> Changes:
        """The whole session as it stands."""
        self._forget_old()
        if self._whole is None:
            self._whole = self.view.changes()
        return self._whole

    def instrument_id(self, text: str) -> str:
        """The id of the session's instrument that people mean; empty for no text.

        Raises
        ------
        UnknownSymbolError
            The session has none of that name, or the symbol stands on several of its venues.
        """
        known = self.view.instruments
        return find_instrument(known, text).id if text and known else text

    def frame(self, since: int) -> bytes:
        """What changed since, encoded; made once for all readers that stand at the same record."""
        self._forget_old()
        found = self._frames.get(since)
        if found is None:
            found = _encode(self.whole() if since <= 0 else self.view.changes(since))
            if len(self._frames) < _FRAMES_KEPT:
                self._frames[since] = found
        return found

    def _read(self) -> list[Record]:
        if self._reader is None:
            self._reader = self._open_reader()
        start = self.view.seq + 1
        return list(self._reader.read(start, start + _CHUNK))

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _forget_old(self) -> None:
        if self._kept_at != self.view.seq:
            self._kept_at, self._whole = self.view.seq, None
            self._frames.clear()
