"""Inputs on disk: each is written and synced before anything is answered, and read again at the next start.

One JSON object a line. The first line says which rehearsal it is. A last line that a crash cut off was never
answered, and is cut off the file.
"""

import os
from pathlib import Path
from types import TracebackType
from typing import IO

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
        self._file: IO[bytes] = path.open("a+b")
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
        """Write one input; it is on disk when this returns. StoreError where the disk refuses."""
        try:
            self._write(_encode(given))
        except OSError as error:
            message = f"The venue's state cannot be written: {error.strerror or error}."
            raise StoreError(message, "Make room on the disk, then start the venue again.") from error

    def _write(self, line: bytes) -> None:
        self._file.write(line + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _read(self, path: Path, wanted: Rehearsal) -> tuple[Rehearsal, list[AnyInput]]:
        self._file.seek(0)
        whole, newline, _ = self._file.read().rpartition(b"\n")
        if not newline:
            self._file.truncate(0)
            self._write(_encode(wanted))
            return wanted, []
        self._file.truncate(len(whole) + 1)
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
