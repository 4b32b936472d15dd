"""How far back a factor looks: a finite window, a decaying past, or everything since an anchor."""

import math
from dataclasses import dataclass

SETTLED = 1e-8
"""Weight of the start at which a factor is called settled. A hundredth of the 1e-6 of scale that is promised,
since a difference of two averages is small against both."""
FORGOTTEN = 1e-14
"""A start that weighs less than this cannot be seen in the result: how long a recomputed tail is."""


@dataclass(frozen=True)
class Window:
    """The value at t depends on the last ``rows`` rows of the inputs and on nothing before."""

    rows: int

    @property
    def first(self) -> int:
        """Rows of valid input before the first value."""
        return self.rows - 1

    @property
    def settle(self) -> int:
        """Rows after which an earlier start makes no difference above 1e-6 of scale."""
        return self.rows - 1

    @property
    def tail(self) -> int:
        """Rows before t that must be at hand to compute the value at t."""
        return self.rows - 1


@dataclass(frozen=True)
class Decaying:
    """Recursive: each row the past keeps ``keep`` of its weight. ``stages`` smoothers follow each other."""

    warmup: int
    keep: float
    stages: int = 1

    @property
    def first(self) -> int:
        """Rows of valid input before the first value."""
        return self.warmup

    @property
    def settle(self) -> int:
        """Rows after which an earlier start makes no difference above 1e-6 of scale."""
        return self.warmup + self._rows_until(SETTLED)

    @property
    def tail(self) -> int:
        """Rows before t that must be at hand to compute the value at t."""
        return self.warmup + self._rows_until(FORGOTTEN)

    def _rows_until(self, weight: float) -> int:
        if self.keep <= 0.0:
            return 0
        return self.stages * math.ceil(math.log(weight) / math.log(self.keep))


@dataclass(frozen=True)
class Anchored:
    """Cumulative or path-dependent since the first bar; ``slots`` float64 of state an instrument.

    ``unit`` of the column is ``price`` or ``volume``; ``prices`` and ``volumes`` are the slots that hold
    such figures. A split rescales them, so that the column goes on as if it had never happened.
    """

    slots: int
    warmup: int = 0
    unit: str = ""
    prices: tuple[int, ...] = ()
    volumes: tuple[int, ...] = ()

    @property
    def first(self) -> int:
        """Rows of valid input before the first value."""
        return self.warmup

    @property
    def settle(self) -> int:
        """An anchored column never forgets its start; this is where it begins."""
        return self.warmup

    @property
    def tail(self) -> int:
        """State is carried, so no row before t is needed."""
        return 0


Memory = Window | Decaying | Anchored


def window_memory(n: int) -> Window:
    """Memory of the last ``n`` rows."""
    return Window(n)


def ema_memory(n: int, warmup: int | None = None, stages: int = 1) -> Decaying:
    """Memory of an exponential mean of span ``n``, seeded with a mean of ``n``."""
    return Decaying(n - 1 if warmup is None else warmup, 1.0 - 2.0 / (n + 1), stages)


def wilder_memory(n: int, warmup: int | None = None) -> Decaying:
    """Memory of Wilder's smoothing over ``n``."""
    return Decaying(n - 1 if warmup is None else warmup, 1.0 - 1.0 / n)


def kind_of(memory: Memory) -> str:
    """``window``, ``decaying`` or ``anchored``."""
    return type(memory).__name__.lower()
