"""Trading days of a calendar as columns, for work on whole series."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.core.panel import Bools, Ints


@dataclass(frozen=True)
class TradingDays:
    """Trading days, oldest first; int64 arrays of one length D, shared and read-only.

    ``day`` is the exchange's date as days since 1970, ``open_ns`` and ``close_ns`` are UTC; a moment ``t``
    lies inside where ``open_ns < t <= close_ns``, so that a bar stamped by its close belongs to the day in
    which it was made. A break lies in ``break_start_ns <= t < break_end_ns``; where there is none both are
    the close.
    """

    calendar: str
    day: Ints
    open_ns: Ints
    close_ns: Ints
    break_start_ns: Ints
    break_end_ns: Ints

    def __len__(self) -> int:
        return len(self.day)

    def take(self, rows: Bools | slice) -> "TradingDays":
        """The chosen days."""
        return TradingDays(
            self.calendar,
            self.day[rows],
            self.open_ns[rows],
            self.close_ns[rows],
            self.break_start_ns[rows],
            self.break_end_ns[rows],
        )

    def find(self, ts_event: Ints) -> Ints:
        """Index of the trading day that each moment lies in, -1 where it lies in none."""
        if not len(self):
            return np.full(len(ts_event), -1, dtype=np.int64)
        index = np.searchsorted(self.close_ns, ts_event, side="left")
        safe = np.minimum(index, len(self) - 1)
        inside = (index < len(self)) & (self.open_ns[safe] < ts_event)
        return np.where(inside, safe, -1).astype(np.int64)

    def times(self) -> list[tuple[int, tuple[int, ...]]]:
        """``(day, (open, close))`` of each, or ``(day, (open, break begins, break ends, close))``."""
        columns = (self.day, self.open_ns, self.break_start_ns, self.break_end_ns, self.close_ns)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return [
            (day, (opened, closed) if pause == closed else (opened, pause, again, closed))
            for day, opened, pause, again, closed in rows
        ]


def days_of_columns(
    calendar: str, day: Ints, open_ns: Ints, close_ns: Ints, pause: tuple[Ints, Ints] | None = None
) -> TradingDays:
    """Columns made read-only, since the same object is handed to everyone."""
    columns = (day, open_ns, close_ns, *(pause or (close_ns, close_ns)))
    arrays = [np.array(values, dtype=np.int64) for values in columns]
    for values in arrays:
        values.flags.writeable = False
    return TradingDays(calendar, *arrays)


def days_of_rows(calendar: str, rows: Sequence[tuple[int, int, int]]) -> TradingDays:
    """From ``(day, open_ns, close_ns)`` rows, oldest first."""
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return days_of_columns(calendar, columns[:, 0], columns[:, 1], columns[:, 2])
