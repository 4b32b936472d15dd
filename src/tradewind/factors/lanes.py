"""How a panel is cut into lanes: each instrument's own bars, side by side, 64 to a block.

A kernel steps through time and works on all lanes of a block at once, so wide blocks are fast. With few
instruments and a long history one instrument is folded into many lanes: each begins ``overlap`` bars
before the bars that it answers for, far enough back that its start cannot be seen. The grid is fixed, so a
value depends on the history alone, not on threads or on what else is asked for.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tradewind.core.panel import Bools, Floats, Ints

LANES = 64
FOLDS = ((256, 4_096), (1_024, 8_192), (4_096, 16_384), (16_384, 65_536))
"""``(overlap, chunk)`` of the folding grids, by how far back a column looks."""
_MIN_FOLDS = 4
_BLOCK_CELLS = 160_000
"""A block of one column should fit into a core's cache: tall blocks are narrow, of 16 lanes at least."""


@dataclass(frozen=True)
class LaneBlock:
    """Up to 64 lanes; lane l is rows ``own[begin[l]:][:length[l]]``, answering from row ``skip[l]`` on."""

    instrument: Ints
    begin: Ints
    skip: Ints
    length: Ints
    height: int
    whole: bool
    """Lanes are neighbouring instruments that have a bar at every time of the panel."""


@dataclass(frozen=True)
class Layout:
    """All lanes of a panel. ``own`` are panel rows with a bar, instrument after instrument."""

    shape: tuple[int, int]
    own: Ints
    blocks: tuple[LaneBlock, ...]

    def gather(self, column: Floats, block: LaneBlock) -> Floats:
        """A panel column (T, N) as lanes (height, W)."""
        if block.whole:
            i = int(block.instrument[0])
            return np.array(column[:, i : i + len(block.instrument)], order="C")
        from tradewind.kernels.panel import gather_lanes

        return gather_lanes(column, self.own, block.begin, block.length, block.instrument, block.height)

    def gather_shared(self, values: NDArray[Any], block: LaneBlock) -> NDArray[Any]:
        """Values that all instruments share, (T,), as lanes: times and references."""
        if block.whole:
            return np.repeat(values[:, None], len(block.instrument), axis=1)
        steps = np.minimum(np.arange(block.height)[:, None], block.length - 1)
        taken: NDArray[Any] = values[self.own[block.begin + steps]]
        return taken

    def scatter(self, lanes: Floats, block: LaneBlock, plane: Floats) -> None:
        """Put lanes back to the panel rows that they came from."""
        if block.whole:
            i = int(block.instrument[0])
            plane[:, i : i + len(block.instrument)] = lanes
            return
        from tradewind.kernels.panel import scatter_lanes

        scatter_lanes(lanes, self.own, block.begin, block.skip, block.length, block.instrument, plane)


def make_layout(present: Bools, tail: int | None, start_row: int = 0) -> Layout:
    """Cut a panel into lanes.

    Parameters
    ----------
    present
        (T, N): where an instrument has a bar.
    tail
        How many bars before t the columns need; None for anchored columns, which are never folded.
    start_row
        Panel row before which bars are left out (a reference does not exist yet).
    """
    T, N = present.shape
    used = present[start_row:]
    if start_row == 0 and bool(used.all()) and _grid(N, T, tail) is None:
        return Layout((T, N), np.arange(T, dtype=np.int64), tuple(_whole_blocks(T, N)))
    rows = [np.flatnonzero(used[:, i]) + start_row for i in range(N)]
    own = np.concatenate(rows) if rows else np.empty(0, dtype=np.int64)
    lanes: list[tuple[int, int, int, int]] = []
    offset = 0
    for i, own_rows in enumerate(rows):
        lanes += [(i, offset + begin, skip, size) for begin, skip, size in _fold(len(own_rows), N, tail)]
        offset += len(own_rows)
    width = _width(max((lane[3] for lane in lanes), default=1))
    blocks = [_block(lanes[at : at + width]) for at in range(0, len(lanes), width)]
    return Layout((T, N), own.astype(np.int64), tuple(blocks))


def _whole_blocks(T: int, N: int) -> list[LaneBlock]:
    blocks = []
    width = _width(T)
    for at in range(0, N, width):
        instrument = np.arange(at, min(at + width, N), dtype=np.int64)
        zero = np.zeros_like(instrument)
        blocks.append(LaneBlock(instrument, zero, zero, np.full_like(zero, T), T, whole=True))
    return blocks


def _block(lanes: list[tuple[int, int, int, int]]) -> LaneBlock:
    instrument, begin, skip, length = (np.array(part, dtype=np.int64) for part in zip(*lanes, strict=True))
    return LaneBlock(instrument, begin, skip, length, int(length.max()), whole=False)


def _width(height: int) -> int:
    return min(max(_BLOCK_CELLS // height // 8 * 8, 16), LANES)


def _grid(N: int, length: int, tail: int | None) -> tuple[int, int] | None:
    if tail is None or N >= LANES:
        return None
    for overlap, chunk in FOLDS:
        if tail <= overlap:
            return (overlap, chunk) if length >= _MIN_FOLDS * chunk else None
    return None


def _fold(length: int, N: int, tail: int | None) -> list[tuple[int, int, int]]:
    """``(begin, skip, length)`` of an instrument's lanes, counted in its own bars."""
    if length == 0:
        return []
    grid = _grid(N, length, tail)
    if grid is None:
        return [(0, 0, length)]
    overlap, chunk = grid
    return [
        (begin, overlap if begin else 0, min(chunk + overlap, length - begin))
        for begin in range(0, max(length - overlap, 1), chunk)
    ]
