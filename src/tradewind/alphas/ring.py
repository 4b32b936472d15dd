"""The last factor rows of every instrument, each on its own calendar, kept as the cube that models read."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np

from tradewind.core.errors import ModelError
from tradewind.core.forecasts import FactorRow
from tradewind.core.panel import Floats, Samples

SPARE = 16
"""Rows kept beyond the longest look-back, so that one may ask about slightly older rows."""


@dataclass
class _Memory:
    """One instrument's newest rows, oldest first; ``values`` (2 kept, K) slides and is moved back when
    full.
    """

    values: Floats
    times: list[int] = field(default_factory=list)
    end: int = 0


class _Saved(msgspec.Struct, frozen=True, kw_only=True):
    """One instrument's rows: times, and values (rows, K) as little-endian bytes."""

    times: list[int]
    values: bytes


class FactorRing:
    """The last ``lookback`` rows of each instrument.

    A history is counted in the instrument's own rows: a stock's sixty days are sixty of its sessions,
    whatever traded at night or on a Sunday in between. So it is the history that a batch cuts from the
    instrument's panel.
    """

    def __init__(self, names: Sequence[str], lookback: int) -> None:
        if lookback < 1:
            message = f"A ring of {lookback} times cannot hold a row."
            raise ModelError(message, "Keep at least one.")
        self.names = tuple(names)
        self.lookback = lookback
        self._kept = lookback + SPARE
        self._memories: dict[str, _Memory] = {}

    def add(self, rows: Sequence[FactorRow]) -> None:
        """Take in rows; one that is not newer than its instrument's newest is known already, or past use.

        So the same rows given twice leave what they left the first time.

        Raises
        ------
        ModelError
            A row has not as many values as there are factor names.
        """
        for row in sorted(rows, key=lambda row: row.ts_event):
            if len(row.values) != len(self.names):
                message = (
                    f"The row of {row.instrument_id} has {len(row.values)} values for "
                    f"{len(self.names)} factors."
                )
                raise ModelError(message, "Give the host the factor names of the session.")
            memory = self._memory(row.instrument_id)
            if not memory.times or row.ts_event > memory.times[-1]:
                self._step(memory, row.ts_event)
                memory.values[memory.end - 1] = row.values

    def samples(self, rows: Sequence[FactorRow], horizon_bars: int) -> Samples:
        """The given rows, which were added before, as unlabelled samples over what is kept.

        Raises
        ------
        ModelError
            A row is older than what is kept.
        """
        cube = np.full((self._kept, len(self._memories), len(self.names)), np.nan)
        asked = {row.instrument_id for row in rows}
        known_ids = tuple(sorted(self._memories))  # whatever came first, the cube is the same
        for i, instrument_id in enumerate(known_ids):
            memory = self._memories[instrument_id]
            held = len(memory.times)
            # Who has no row in this cycle has none across the universe either: a stale one is not of now.
            if held and instrument_id in asked:
                cube[self._kept - held :, i] = memory.values[memory.end - held : memory.end]
        place = {instrument_id: i for i, instrument_id in enumerate(known_ids)}
        t = np.empty(len(rows), dtype=np.int64)
        for r, row in enumerate(rows):
            known = self._memories.get(row.instrument_id)
            back = _back(known, row.ts_event) if known is not None else None
            if back is None:
                message = (
                    f"The row of {row.instrument_id} at {row.ts_event} is older than the {self._kept} "
                    "times kept."
                )
                raise ModelError(message, "Ask about rows in the order of time.")
            t[r] = self._kept - 1 - back
        ts_event = np.array([row.ts_event for row in rows], dtype=np.int64)
        return Samples(
            cube=cube,
            t=t,
            i=np.array([place[row.instrument_id] for row in rows], dtype=np.int64),
            ts_event=ts_event,
            label_return=np.full(len(rows), np.nan),
            label_end=ts_event,
            weight=np.ones(len(rows)),
            names=self.names,
            instrument_ids=known_ids,
            horizon_bars=horizon_bars,
        )

    def snapshot(self) -> bytes:
        """The whole state; equal states give equal bytes."""
        saved = {
            instrument_id: _Saved(
                times=memory.times,
                values=_plain(memory.values[memory.end - len(memory.times) : memory.end]).tobytes(),
            )
            for instrument_id, memory in sorted(self._memories.items())
        }
        return msgspec.msgpack.encode((self.names, self.lookback, saved))

    def restore(self, state: bytes) -> None:
        """Become what was snapshot.

        Raises
        ------
        ModelError
            The bytes are no state, or one of other factors or look-backs.
        """
        try:
            kind = tuple[tuple[str, ...], int, dict[str, _Saved]]
            names, lookback, saved = msgspec.msgpack.decode(state, type=kind)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            message = f"The saved rows of the models cannot be read: {error}."
            raise ModelError(message, "Give the recorded factor rows again instead.") from error
        if names != self.names or lookback != self.lookback:
            message = "The rows of the models were saved for other factors or other models."
            raise ModelError(message, "Go on with the models that the session was begun with.")
        self._memories = {}
        for instrument_id, kept in saved.items():
            memory = self._memory(instrument_id)
            memory.times = list(kept.times)
            memory.end = len(kept.times)
            rows = np.frombuffer(kept.values, dtype="<f8").reshape(memory.end, len(self.names))
            memory.values[: memory.end] = rows

    def _memory(self, instrument_id: str) -> _Memory:
        memory = self._memories.get(instrument_id)
        if memory is None:
            values = np.full((2 * self._kept, len(self.names)), np.nan)
            memory = self._memories[instrument_id] = _Memory(values)
        return memory

    def _step(self, memory: _Memory, ts_event: int) -> None:
        if memory.end == len(memory.values):
            memory.values[: self._kept] = memory.values[self._kept :]
            memory.end = self._kept
        memory.end += 1
        memory.times.append(ts_event)
        del memory.times[: -self._kept]


def _plain(values: Floats) -> Floats:
    """Little-endian, every NaN of one bit pattern."""
    plain = np.where(np.isnan(values), np.nan, values)
    return np.ascontiguousarray(plain, dtype="<f8")


def _back(memory: _Memory, ts_event: int) -> int | None:
    """How many rows ago the time was; None when it was dropped, or never seen and lies in the past."""
    for back, kept in enumerate(reversed(memory.times)):
        if kept == ts_event:
            return back
        if kept < ts_event:
            break
    return None
