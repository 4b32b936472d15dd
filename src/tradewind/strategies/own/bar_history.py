"""The last bars of one instrument, in arrays, on the share count of the newest."""

import msgspec
import numpy as np

from tradewind.core.market import Bar
from tradewind.core.panel import Floats, Ints

COLUMNS = ("open", "high", "low", "close", "volume")


class SavedHistory(msgspec.Struct, kw_only=True, frozen=True):
    """What a snapshot keeps: times and columns as little-endian bytes."""

    times: bytes
    columns: tuple[bytes, ...]


class BarHistory:
    """At most ``keep`` bars; what it hands out are copies, so nobody's array changes under them."""

    def __init__(self, keep: int) -> None:
        self.keep, self._end = keep, 0
        self._times: Ints = np.zeros(2 * keep, dtype=np.int64)
        self._values: Floats = np.zeros((len(COLUMNS), 2 * keep))

    def __len__(self) -> int:
        return min(self._end, self.keep)

    def add(self, bar: Bar) -> None:
        """Remember a bar; the oldest is forgotten."""
        if self._end == len(self._times):
            self._times[: self.keep] = self._times[self.keep :]
            self._values[:, : self.keep] = self._values[:, self.keep :]
            self._end = self.keep
        self._times[self._end] = bar.ts_event
        self._values[:, self._end] = (bar.open, bar.high, bar.low, bar.close, bar.volume)
        self._end += 1

    def rescale(self, price_factor: float) -> None:
        """Bring prices of before a split to those after it, and volumes with them."""
        self._values[:4, : self._end] *= price_factor
        self._values[4, : self._end] /= price_factor

    def times(self, length: int) -> Ints:
        """Closing times of the last bars, (at most ``length``,) UTC ns, oldest first."""
        return self._times[self._first(length) : self._end].copy()

    def column(self, name: str, length: int) -> Floats:
        """A column of the last bars, (at most ``length``,), oldest first."""
        return self._values[COLUMNS.index(name), self._first(length) : self._end].copy()

    def saved(self) -> SavedHistory:
        """The bars as bytes; equal histories give equal bytes."""
        first = self._first(self.keep)
        return SavedHistory(
            times=self._times[first : self._end].astype("<i8").tobytes(),
            columns=tuple(row[first : self._end].astype("<f8").tobytes() for row in self._values),
        )

    def restore(self, saved: SavedHistory) -> None:
        """Become what was saved."""
        times = np.frombuffer(saved.times, dtype="<i8")
        self._end = len(times)
        self._times[: self._end] = times
        for row, data in zip(self._values, saved.columns, strict=True):
            row[: self._end] = np.frombuffer(data, dtype="<f8")

    def _first(self, length: int) -> int:
        return max(self._end - min(length, self.keep), 0)
