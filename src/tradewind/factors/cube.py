"""What the engine gives: a cube of factor values, kept in the blocks in which it was computed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from tradewind.core.errors import RegistryError
from tradewind.core.panel import Floats, Ints
from tradewind.factors.lanes import Layout


@dataclass(frozen=True)
class Sheet:
    """One column in pieces, lanes (height, W) for each block of ``layout``."""

    layout: Layout
    pieces: tuple[Floats, ...]

    def plane(self) -> Floats:
        """The column in the panel's shape, (T, N); NaN where an instrument has no bar."""
        plane = np.full(self.layout.shape, np.nan)
        self.write(plane)
        return plane

    def write(self, plane: Floats) -> None:
        """Write the column into ``plane`` (T, N), leaving rows without a bar as they are."""
        for block, lanes in zip(self.layout.blocks, self.pieces, strict=True):
            self.layout.scatter(lanes, block, plane)


@dataclass(frozen=True)
class FactorCube:
    """Factor values of a panel.

    ``absent`` names, by instrument, the factors that it cannot have because it lacks their inputs; those
    cells are NaN. Other NaNs are warm-up, or times at which the instrument has no bar.
    """

    ts_event: Ints
    instrument_ids: tuple[str, ...]
    names: tuple[str, ...]
    absent: Mapping[str, tuple[str, ...]]
    sheets: tuple[Sheet | Floats, ...]
    """One for each name: pieces, or a whole plane (T, N)."""
    slabs: tuple[Floats, ...] = field(default=(), repr=False)
    """The memory in which the pieces lie; ``compute(into=...)`` writes over it."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """``(T, N, K)``."""
        return len(self.ts_event), len(self.instrument_ids), len(self.names)

    @cached_property
    def values(self) -> Floats:
        """All values, (T, N, K) float64, put together on first use (stored K first, seen K last)."""
        T, N, K = self.shape
        planes = np.full((K, T, N), np.nan)
        for k in range(K):
            self._write(k, planes[k])
        return np.moveaxis(planes, 0, 2)

    def column(self, name: str) -> Floats:
        """One factor, (T, N).

        Raises
        ------
        RegistryError
            The cube does not hold it.
        """
        if name not in self.names:
            message = f"The cube holds no factor {name!r}."
            raise RegistryError(message, f"It holds: {', '.join(self.names)}.")
        plane = np.full(self.shape[:2], np.nan)
        self._write(self.names.index(name), plane)
        return plane

    def _write(self, k: int, plane: Floats) -> None:
        sheet = self.sheets[k]
        if isinstance(sheet, Sheet):
            sheet.write(plane)
        else:
            plane[:] = sheet
        for i, instrument_id in enumerate(self.instrument_ids):
            if self.names[k] in self.absent.get(instrument_id, ()):
                plane[:, i] = np.nan
