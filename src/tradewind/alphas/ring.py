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
    """An instrument's newest rows, oldest first; ``values`` (2 kept, K) slides; moved back when full."""

    values: Floats
    times: list[int] = field(default_factory=list)
    end: int = 0


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
        """Take in rows; one that is not newer than its instrument's newest replaces it, or is past use.

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
            back = _back(memory, row.ts_event)
            if back is not None:
                memory.values[memory.end - 1 - back] = row.values

    def snapshot(self) -> bytes:
        """All rows that are kept; equal memories give equal bytes."""
        kept = {
            instrument_id: (
                memory.times,
                memory.values[memory.end - len(memory.times) : memory.end].tobytes(),
            )
            for instrument_id, memory in self._memories.items()
        }
        return msgspec.msgpack.encode(kept)

    def restore(self, state: bytes) -> None:
        """Become what was snapshot."""
        kept = msgspec.msgpack.decode(state, type=dict[str, tuple[list[int], bytes]])
        self._memories = {}
        for instrument_id, (times, values) in kept.items():
            memory = self._memory(instrument_id)
            memory.times, memory.end = times, len(times)
            memory.values[: len(times)] = np.frombuffer(values).reshape(len(times), len(self.names))

    def samples(self, rows: Sequence[FactorRow], horizon_bars: int) -> Samples:
        """The given rows, which were added before, as unlabelled samples over what is kept.

        Raises
        ------
        ModelError
            A row is older than what is kept.
        """
        cube = np.full((self._kept, len(self._memories), len(self.names)), np.nan)
        asked = {row.instrument_id for row in rows}
        for i, (instrument_id, memory) in enumerate(self._memories.items()):
            held = len(memory.times)
            # Who has no row in this cycle has none across the universe either: a stale one is not of now.
            if held and instrument_id in asked:
                cube[self._kept - held :, i] = memory.values[memory.end - held : memory.end]
        place = {instrument_id: i for i, instrument_id in enumerate(self._memories)}
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
            instrument_ids=tuple(self._memories),
            horizon_bars=horizon_bars,
        )

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


def _back(memory: _Memory, ts_event: int) -> int | None:
    """How many rows ago the time was; None when it was dropped, or never seen and lies in the past."""
    for back, kept in enumerate(reversed(memory.times)):
        if kept == ts_event:
            return back
        if kept < ts_event:
            break
    return None
