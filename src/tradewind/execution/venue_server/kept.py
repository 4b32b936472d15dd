"""Inputs on disk: each is written and synced before anything is answered, and read again at the next start.

One JSON object a line. The first line says which rehearsal it is. A last line that a crash cut off was never
answered, and is cut off the file.
"""

import os
from contextlib import suppress
from io import RawIOBase
from pathlib import Path
from types import TracebackType

import msgspec
from filelock import FileLock, Timeout

from tradewind.core.errors import ConfigError, CorruptFileError, StoreError
from tradewind.execution.venue_server.inputs import AnyInput


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """What must be the same for a state to be gone on with."""

    name: str
    protocol: str
    symbols: tuple[str, ...]
    cash_e8: dict[str, int]
    tape: str
    """Digest of the prices."""
    version: int = 1


class KeptInputs:
    """The file of inputs; one process has it at a time.

    Raises
    ------
    ConfigError
        The file belongs to another rehearsal, or another process has it.
    CorruptFileError
        A line of it, not the last, cannot be read.
    """

    def __init__(self, path: Path, rehearsal: Rehearsal) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(f"{path}.lock", timeout=0)
        try:
            self._lock.acquire()
        except Timeout as error:
            message = f"Another venue has {path} open."
            raise ConfigError(message, "Stop it, or name another --state.") from error
        self._file: RawIOBase = path.open("a+b", buffering=0)
        self._size, self._refused = 0, False
        try:
            self.rehearsal, self.inputs = self._read(path, rehearsal)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "KeptInputs":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        self._lock.release()

    def append(self, given: AnyInput) -> None:
        """Write one input; it is on disk when this returns.

        Raises
        ------
        StoreError
            The disk refuses. What was written of it is cut off again; nothing more is taken until a restart.
        """
        if self._refused:
            message = "The venue's state could not be written, so it takes nothing more."
            raise StoreError(message, "Make room on the disk, then start the venue again.")
        try:
            self._write(_encode(given))
        except OSError as error:
            self._refused = True
            with suppress(OSError):
                os.ftruncate(self._file.fileno(), self._size)
            message = f"The venue's state cannot be written: {error.strerror or error}."
            raise StoreError(message, "Make room on the disk, then start the venue again.") from error

    def _write(self, line: bytes) -> None:
        whole = memoryview(line + b"\n")
        while whole:
            whole = whole[self._file.write(whole) or 0 :]
        os.fsync(self._file.fileno())
        self._size += len(line) + 1

    def _read(self, path: Path, wanted: Rehearsal) -> tuple[Rehearsal, list[AnyInput]]:
        self._file.seek(0)
        whole, newline, _ = (self._file.read() or b"").rpartition(b"\n")
        if not newline:
            self._file.truncate(0)
            self._write(_encode(wanted))
            return wanted, []
        self._size = len(whole) + 1
        self._file.truncate(self._size)
        lines = whole.split(b"\n")
        try:
            found = _rehearsal.decode(lines[0])
            inputs = [_inputs.decode(line) for line in lines[1:]]
        except msgspec.MsgspecError as error:
            message = f"{path} is no state of a venue, or is damaged: {error}."
            raise CorruptFileError(message, "Name another --state, or restore the file.") from error
        if msgspec.structs.replace(found, name=wanted.name) != wanted:
            message = f"{path} is the state of a rehearsal with other symbols, prices, money or protocol."
            raise ConfigError(message, "Start it as it was started, or name another --state.")
        return found, inputs


_encode = msgspec.json.Encoder().encode
_rehearsal = msgspec.json.Decoder(Rehearsal)
_inputs: "msgspec.json.Decoder[AnyInput]" = msgspec.json.Decoder(AnyInput)
