"""The last factor rows of every symbol, kept as the cube that models read."""

from collections.abc import Sequence

import numpy as np

from tradewind.core.errors import ModelError
from tradewind.core.forecasts import FactorRow
from tradewind.core.panel import Floats, Samples

MOMENTS_A_CYCLE = 16
"""The bars of one cycle may close at so many different times, and all of them still have their history."""


class FactorRing:
    """The last ``lookback`` times by symbol and factor; a symbol without a row at a time is NaN there.

    Times are the distinct ``ts_event`` of the rows seen, as in a panel over the same bars, so that a
    history cut from here is the history that a batch cuts.
    """

    def __init__(self, names: Sequence[str], lookback: int) -> None:
        if lookback < 1:
            message = f"A ring of {lookback} times cannot hold a row."
            raise ModelError(message, "Keep at least one.")
        self.names = tuple(names)
        self.lookback = lookback
        self._kept = lookback + MOMENTS_A_CYCLE
        self._symbols: dict[str, int] = {}
        # Twice the length: the ring slides forward and is moved back only once in as many times.
        self._cube: Floats = np.full((2 * self._kept, 0, len(self.names)), np.nan)
        self._times: list[int] = []
        self._end = self._kept

    def add(self, rows: Sequence[FactorRow]) -> None:
        """Take in rows, in any order within a cycle; those older than what is kept are past use.

        Raises
        ------
        ModelError
            A row has not as many values as there are factor names.
        """
        for row in sorted(rows, key=lambda row: row.ts_event):
            if len(row.values) != len(self.names):
                message = (
                    f"The row of {row.symbol} has {len(row.values)} values for {len(self.names)} factors."
                )
                raise ModelError(message, "Give the host the factor names of the session.")
            if not self._times or row.ts_event > self._times[-1]:
                self._step(row.ts_event)
            slot = self._slot(row.ts_event)
            if slot is not None:
                column = self._column(row.symbol)
                self._cube[slot, column] = row.values

    def samples(self, rows: Sequence[FactorRow], horizon_bars: int) -> Samples:
        """The given rows, which were added before, as unlabelled samples over the kept times.

        Raises
        ------
        ModelError
            A row is older than what is kept.
        """
        first = self._end - self._kept
        t = np.empty(len(rows), dtype=np.int64)
        for r, row in enumerate(rows):
            slot = self._slot(row.ts_event)
            if slot is None:
                message = (
                    f"The row of {row.symbol} at {row.ts_event} is older than the {self._kept} times kept."
                )
                raise ModelError(message, "Ask about rows in the order of time.")
            t[r] = slot - first
        ts_event = np.array([row.ts_event for row in rows], dtype=np.int64)
        return Samples(
            cube=self._cube[first : self._end],
            t=t,
            i=np.array([self._symbols[row.symbol] for row in rows], dtype=np.int64),
            ts_event=ts_event,
            label_return=np.full(len(rows), np.nan),
            label_end=ts_event,
            weight=np.ones(len(rows)),
            names=self.names,
            symbols=tuple(self._symbols),
            horizon_bars=horizon_bars,
        )

    def _slot(self, ts_event: int) -> int | None:
        """Where the time stands; None when it was dropped, or never seen and lies in the past."""
        for back, kept in enumerate(reversed(self._times)):
            if kept == ts_event:
                return self._end - 1 - back
            if kept < ts_event:
                break
        return None

    def _step(self, ts_event: int) -> None:
        if self._end == len(self._cube):
            self._cube[: self._kept] = self._cube[self._kept :]
            self._end = self._kept
        self._cube[self._end] = np.nan
        self._end += 1
        self._times.append(ts_event)
        del self._times[: -self._kept]

    def _column(self, symbol: str) -> int:
        if symbol not in self._symbols:
            self._symbols[symbol] = len(self._symbols)
            wider = np.full((len(self._cube), len(self._symbols), len(self.names)), np.nan)
            wider[:, :-1] = self._cube
            self._cube = wider
        return self._symbols[symbol]
