"""Events that do not fit in memory wait in a file, first in, first out. The file goes with the process."""

import tempfile
from pathlib import Path

import msgspec

from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, Event
from tradewind.data.streams.ticks import Trade, TradeCancelled

Kept = Bar | Trade | TradeCancelled | FeedStatus
"""Events that are never dropped."""

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[tuple[int, Kept]] = msgspec.msgpack.Decoder(tuple[int, Kept])


class Spill:
    """Numbered events on disk."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (lives as long as this object)
        self._read_at = 0
        self._end = 0

    def __bool__(self) -> bool:
        return self._end > self._read_at

    @property
    def size(self) -> int:
        """Bytes that the file takes."""
        return self._end

    def push(self, number: int, event: Event) -> None:
        """Add one at the end."""
        body = _encoder.encode((number, event))
        self._file.seek(self._end)
        self._file.write(len(body).to_bytes(4, "big") + body)
        self._end += 4 + len(body)

    def pull(self, most: int) -> list[tuple[int, Event]]:
        """The oldest ``most``, which then leave the file."""
        found: list[tuple[int, Event]] = []
        self._file.seek(self._read_at)
        while self._read_at < self._end and len(found) < most:
            length = int.from_bytes(self._file.read(4), "big")
            found.append(_decoder.decode(self._file.read(length)))
            self._read_at += 4 + length
        if self._read_at == self._end:
            self._file.seek(0)
            self._file.truncate()
            self._read_at = self._end = 0
        return found

    def close(self) -> None:
        """Give the disk back."""
        self._file.close()
