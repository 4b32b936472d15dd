"""The bars of one instrument as the live stage keeps them, and how they are written down and read back."""

import math
from collections.abc import Iterable

import msgspec
import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.market import Bar
from tradewind.core.panel import BAR_COLUMNS, Floats, Ints

_FIRST_CAPACITY = 512


class SavedHistory(msgspec.Struct, frozen=True, kw_only=True):
    """One instrument's history; arrays as little-endian bytes."""

    instrument_id: str
    ts_event: bytes
    columns: dict[str, bytes]
    states: dict[str, bytes]
    pending: int
    fresh: bool


class SavedStage(msgspec.Struct, frozen=True, kw_only=True):
    """The live stage: its factors and every history, in the order of its instruments."""

    names: tuple[str, ...]
    histories: list[SavedHistory]


class History:
    """Growing columns of one instrument: its bars, and columns that are computed once per bar.

    ``pending`` counts the newest bars whose extra columns are not filled yet; ``fresh`` says that a bar came
    that is not warm-up since the last cycle. At least the last ``keep`` bars stay.
    """

    def __init__(self, instrument_id: str, extra: tuple[str, ...], keep: int) -> None:
        self.instrument_id = instrument_id
        self.keep = keep
        self.length = 0
        self.pending = 0
        self.fresh = False
        self.ts_event: Ints = np.zeros(_FIRST_CAPACITY, dtype=np.int64)
        self.columns: dict[str, Floats] = {
            name: np.full(_FIRST_CAPACITY, np.nan) for name in (*BAR_COLUMNS, *extra)
        }
        self.states: dict[str, Floats] = {}

    def times(self) -> Ints:
        """Times of the bars."""
        return self.ts_event[: self.length]

    def end_at(self, moment: int) -> int:
        """How many bars were closed by ``moment``."""
        return int(np.searchsorted(self.times(), moment, side="right"))

    def append(self, bar: Bar) -> None:
        """Add a bar.

        Raises
        ------
        DataError
            It is not newer than the last, a value is not finite, or its volume is below nothing.
        """
        if self.length and bar.ts_event <= self.ts_event[self.length - 1]:
            last = self.ts_event[self.length - 1]
            message = f"A bar of {self.instrument_id} at {bar.ts_event} came after one at {last}."
            raise DataError(message, "Feed bars in the order of their close, each once.")
        values = (bar.open, bar.high, bar.low, bar.close, bar.volume)
        if not all(math.isfinite(value) for value in values) or bar.volume < 0.0:
            message = f"A bar of {self.instrument_id} at {bar.ts_event} holds {values}."
            raise DataError(message, "Leave the bar out.")
        if self.length == len(self.ts_event):
            self._grow()
        self.ts_event[self.length] = bar.ts_event
        for name, value in zip(BAR_COLUMNS, values, strict=True):
            self.columns[name][self.length] = value
        self.length += 1
        self.pending += 1
        self.fresh = self.fresh or not bar.warmup

    def rescale(self, price: float, joined: tuple[str, ...] = ()) -> None:
        """Bring all bars to the basis after a split: prices times ``price``, volumes divided by it.

        ``joined`` are columns of the reference that was split, where it is not this instrument itself.
        """
        for name in joined or BAR_COLUMNS:
            values = self.columns[name][: self.length]
            if name.endswith("volume"):
                values /= price
            else:
                values *= price

    def trim(self) -> None:
        """Let go of bars that are no longer needed, once they are half of what is held."""
        if self.length <= 2 * self.keep or self.pending:
            return
        start = self.length - self.keep
        self.ts_event[: self.keep] = self.ts_event[start : self.length].copy()
        for values in self.columns.values():
            values[: self.keep] = values[start : self.length].copy()
        self.length = self.keep

    def saved(self) -> SavedHistory:
        """What must be kept of it."""
        start = max(self.length - max(self.keep, self.pending), 0)
        return SavedHistory(
            instrument_id=self.instrument_id,
            ts_event=self.ts_event[start : self.length].astype("<i8").tobytes(),
            columns={name: _bytes(values[start : self.length]) for name, values in self.columns.items()},
            states={key: _bytes(state) for key, state in sorted(self.states.items())},
            pending=self.pending,
            fresh=self.fresh,
        )

    def take_over(self, kept: SavedHistory) -> None:
        """Become what was saved."""
        times = np.frombuffer(kept.ts_event, dtype="<i8")
        self.length = len(times)
        capacity = max(_FIRST_CAPACITY, 2 * self.length)
        self.ts_event = np.zeros(capacity, dtype=np.int64)
        self.ts_event[: self.length] = times
        for name in self.columns:
            self.columns[name] = np.full(capacity, np.nan)
            self.columns[name][: self.length] = np.frombuffer(kept.columns[name], dtype="<f8")
        self.states = {key: np.frombuffer(state, dtype="<f8").copy() for key, state in kept.states.items()}
        self.pending = kept.pending
        self.fresh = kept.fresh

    def _grow(self) -> None:
        capacity = 2 * len(self.ts_event)
        times = np.zeros(capacity, dtype=np.int64)
        times[: self.length] = self.ts_event
        self.ts_event = times
        for name, values in self.columns.items():
            wider = np.full(capacity, np.nan)
            wider[: self.length] = values
            self.columns[name] = wider


def encode_stage(names: tuple[str, ...], histories: Iterable[History]) -> bytes:
    """Bytes of the live stage; equal states give equal bytes."""
    return msgspec.msgpack.encode(SavedStage(names=names, histories=[h.saved() for h in histories]))


def decode_stage(state: bytes) -> SavedStage:
    """The live stage back.

    Raises
    ------
    DataError
        The bytes are none.
    """
    try:
        return msgspec.msgpack.decode(state, type=SavedStage)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        message = f"The saved state of the factors cannot be read: {error}."
        raise DataError(message, "Warm the factors up from bars instead.") from error


def _bytes(values: Floats) -> bytes:
    clean = values.astype("<f8")
    clean[np.isnan(clean)] = np.nan
    return clean.tobytes()
