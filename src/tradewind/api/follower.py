"""Follows a journal while its owner writes it, and keeps the session as it stands."""

import asyncio
import logging
import time
from collections.abc import Callable, Hashable
from typing import Protocol

import msgspec

from tradewind.api.problems import ProblemError, without_folders
from tradewind.api.workers import Pool
from tradewind.core.errors import JournalBrokenError, JournalError
from tradewind.core.events import Record
from tradewind.core.instruments import find_instrument
from tradewind.core.journal_ports import SealedNames
from tradewind.views.explanation.look_back import KindReader
from tradewind.views.operators import by_key
from tradewind.views.rows import Changes
from tradewind.views.session.view import SessionView

_CHUNK = 1_000
_FRAMES_KEPT = 64
_encode = msgspec.json.Encoder().encode
_log = logging.getLogger(__name__)


class OpenedReader(KindReader, Protocol):
    """A reader that whoever opened it closes."""

    def close(self) -> None:
        """Let go of the journal."""
        ...


class JournalReplacedError(JournalError):
    """What was read is not there any more: another journal stands in its place."""


OpenReader = Callable[[], OpenedReader]
Identity = Callable[[], Hashable | None]


class Follower:
    """Reads new records in a thread, folds them in the event loop, and wakes whoever waits.

    What it hands out is made once a state of the journal, however many ask. Each look at the journal begins
    with the last record known: where that is another one by now, or the journal itself is, it was replaced,
    and no more is read.

    Parameters
    ----------
    open_reader
        Opens the journal; JournalError while there is none yet, which is tried again.
    poll_s
        Seconds between looks at the journal.
    identity
        What tells the journal from one put in its place; None while there is none.
    names
        Who is behind sealed fields; None where there are no keys.
    late_s
        Seconds without a look at the journal after which what is known counts as stale.
    """

    def __init__(
        self,
        open_reader: OpenReader,
        poll_s: float = 0.1,
        *,
        pool: Pool,
        identity: Identity = lambda: True,
        names: SealedNames | None = None,
        late_s: float = 15.0,
    ) -> None:
        self._names = names
        self.name_of = names.name if names is not None else by_key
        self.view = SessionView(name_of=self.name_of)
        self.fault = "The journal was not read yet."
        """Why the journal cannot be read just now; empty when it can."""
        self.caught_up = asyncio.Event()
        self.open_reader = open_reader
        self._poll_s = poll_s
        self._pool = pool
        self._identity = identity
        self._late_s = late_s
        self._status = 0
        self._looked_at = time.monotonic()
        self._reader: OpenedReader | None = None
        self._read_from: Hashable | None = None
        self._last_hash = b""
        self._changed = asyncio.Event()
        self._whole: Changes | None = None
        self._frames: dict[int, bytes] = {}
        self._kept_at = (-1, "")

    async def run(self) -> None:
        """Follow until cancelled, or until the journal is replaced; ``fault`` says why one cannot be read."""
        try:
            while True:
                try:
                    records = await self._pool.run(self._read)
                except JournalError as error:
                    self._fail(_status_of(error), error)
                    if isinstance(error, JournalReplacedError):
                        return
                    await asyncio.sleep(max(self._poll_s, 0.5))
                    continue
                await self._take(records)
        finally:
            await self._pool.run(self._close)  # After the look that may still be under way.

    def ended(self, following: "asyncio.Task[None]") -> None:
        """Say so where the task that follows has failed: what is known is old from then on."""
        if following.cancelled() or (error := following.exception()) is None:
            return
        _log.error("The journal is not followed any more.", exc_info=error)
        self._fail(503, JournalError("The journal is not followed any more.", "Start the server again."))

    def problem(self) -> ProblemError | None:
        """Why what is known may not be shown as the session; None when it may.

        410 where the journal was replaced, 409 where it is broken, 503 where it cannot be read. A journal
        that is not there yet is no fault: the session has not started.
        """
        waiting = self._status == 503 and not self.view.seq and self._read_from is None
        if self._status and not waiting:
            return ProblemError(self._status, self.fault, "See /api/v1/health.", _again(self._status))
        if (age_s := time.monotonic() - self._looked_at) > self._late_s and self.caught_up.is_set():
            message = f"The journal was last read {age_s:.0f} s ago."
            return ProblemError(503, message, "See /api/v1/health.", _again(503))
        return None

    def check(self) -> None:
        """ProblemError unless what is known is the session as it stands."""
        if (found := self.problem()) is not None:
            raise found
        if not self.caught_up.is_set():
            message = f"The journal is being read, up to record {self.view.seq} by now."
            raise ProblemError(503, message, "Ask again in a moment.", {"Retry-After": "1"})

    @property
    def tag(self) -> str:
        """Names what was read: the last record's link of the hash chain, and who may still be named."""
        people = self._people()
        return (self._last_hash.hex()[:32] or "empty") + (f"-{people}" if people else "")

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

    async def _take(self, records: list[Record]) -> None:
        self.fault, self._status, self._looked_at = "", 0, time.monotonic()
        if records:
            self.view.apply_all(records)
            self._last_hash = records[-1].hash
            self._wake()
        if len(records) < _CHUNK:
            self.caught_up.set()
            await asyncio.sleep(self._poll_s)
        else:
            await asyncio.sleep(0)  # let answers out between chunks of a long journal

    def _read(self) -> list[Record]:
        """The records after the last one known."""
        found_at = self._identity()
        if self._reader is not None and found_at != self._read_from:
            self._check_replaced(found_at)
            self._close()
        if self._reader is None:
            self._read_from = found_at
            self._reader = self.open_reader()
        known = self.view.seq
        records = list(self._reader.read(max(known, 1), known + 1 + _CHUNK))
        if known:
            if not records or records[0].seq != known or records[0].hash != self._last_hash:
                message = f"Record {known} of the journal is not the one that was read: it was replaced."
                raise JournalReplacedError(message, "Start the server again.")
            del records[0]
        for seq, record in enumerate(records, start=known + 1):
            if record.seq != seq:
                message = f"The journal lacks record {seq}."
                raise JournalBrokenError(message, "Restore a copy that verifies.", seq=seq)
        return records

    def _check_replaced(self, found_at: Hashable | None) -> None:
        if found_at is None:
            raise JournalError("The journal is gone.", "Put it back, or start the server on another.")
        if self.view.seq:
            message = "Another journal was put in the place of the one that was read."
            raise JournalReplacedError(message, "Start the server again.")

    def _fail(self, status: int, error: JournalError) -> None:
        self.fault, self._status, self._looked_at = without_folders(str(error)), status, time.monotonic()
        self.caught_up.set()  # with what there is, which may be nothing yet
        self._wake()

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _forget_old(self) -> None:
        stands = (self.view.seq, self._people())
        if self._kept_at != stands:
            self._kept_at, self._whole = stands, None
            self._frames.clear()

    def _people(self) -> str:
        return "" if self._names is None else self._names.version()


def _status_of(error: JournalError) -> int:
    if isinstance(error, JournalReplacedError):
        return 410
    return 409 if isinstance(error, JournalBrokenError) else 503


def _again(status: int) -> dict[str, str]:
    return {"Retry-After": "2"} if status == 503 else {}
