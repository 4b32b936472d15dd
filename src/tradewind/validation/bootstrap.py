"""Block bootstrap: confidence intervals that respect that neighbouring days resemble each other.

Most figures are functions of sums over days. A draw is then a row of counts, how often each day was drawn,
and all draws of all models are one matrix product over one set of blocks (which also makes comparisons
paired). Figures of the path (drawdown, quantiles) use the days in the order drawn.
Source: Politis and Romano, The Stationary Bootstrap, JASA 89 (1994); circular blocks: the same, 1992.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tradewind.core.errors import ConfigError
from tradewind.core.panel import Floats, Ints

_CELLS_AT_ONCE = 2_000_000


@dataclass(frozen=True, eq=False)
class Blocks:
    """Resampled days as blocks on a circle of ``length`` days.

    ``starts`` and ``sizes`` are int64 (draws, B); sizes of a draw add up to ``length``, unused ones are 0.
    """

    length: int
    starts: Ints
    sizes: Ints

    @property
    def draws(self) -> int:
        """Number of resamples."""
        return int(self.starts.shape[0])


@dataclass(frozen=True)
class Measured:
    """A figure with its percentile interval at ``confidence``; NaN bounds where it cannot be resampled."""

    value: float
    low: float
    high: float
    confidence: float = 0.95


def default_block(length: int, horizon_periods: int = 1) -> int:
    """Mean block in days: the cube root of the length (its optimal order), and twice the label's overlap."""
    return max(int(np.rint(np.cbrt(length))), 2 * horizon_periods - 1, 1)


@lru_cache(maxsize=4)
def stationary_blocks(length: int, mean_block: float, draws: int, seed: int) -> Blocks:
    """Blocks with uniform starts and geometric sizes of mean ``mean_block`` (at least 1); kept for reuse."""
    _check(length, mean_block, draws)
    rng = np.random.default_rng(seed)
    sizes = rng.geometric(1.0 / mean_block, (draws, int(1.3 * length / mean_block) + 16))
    while (short := sizes.sum(axis=1) < length).any():
        more = rng.geometric(1.0 / mean_block, (draws, 16))
        sizes = np.concatenate([sizes, np.where(short[:, None], more, 0)], axis=1)
    return _cut_to_length(length, sizes, rng)


def circular_blocks(length: int, block: int, draws: int, seed: int) -> Blocks:
    """Blocks with uniform starts and the fixed size ``block`` (the last of a draw is cut short)."""
    _check(length, block, draws)
    rng = np.random.default_rng(seed)
    return _cut_to_length(length, np.full((draws, -(-length // block)), block), rng)


def drawn_sums(columns: Floats, blocks: Blocks) -> Floats:
    """Sum of each column over each draw's days: (T, C) to (draws, C). NaN spreads through its column."""
    return day_counts(blocks) @ columns


@lru_cache(maxsize=2)
def day_counts(blocks: Blocks) -> Floats:
    """How often each day was drawn, (draws, length), read-only; kept for the next model on the same days."""
    width = 2 * blocks.length + 1
    counts = np.empty((blocks.draws, blocks.length))
    step = max(1, _CELLS_AT_ONCE // width)
    for low in range(0, blocks.draws, step):
        starts, sizes = blocks.starts[low : low + step], blocks.sizes[low : low + step]
        used = sizes > 0
        first = np.broadcast_to(np.arange(len(starts))[:, None] * width, used.shape)[used] + starts[used]
        cells = len(starts) * width
        edges = np.bincount(first, minlength=cells) - np.bincount(first + sizes[used], minlength=cells)
        covered = np.cumsum(edges.reshape(-1, width), axis=1)
        # The second turn around the circle is the first again.
        counts[low : low + step] = covered[:, : blocks.length] + covered[:, blocks.length : -1]
    counts.flags.writeable = False
    return counts


def drawn_days(blocks: Blocks) -> Ints:
    """The days of each draw in order, int64 (draws, length)."""
    sizes = blocks.sizes.ravel()
    ends = np.cumsum(sizes)
    offset = np.arange(ends[-1]) - np.repeat(ends - sizes, sizes)
    days: Ints = ((np.repeat(blocks.starts.ravel(), sizes) + offset) % blocks.length).astype(np.int64)
    return days.reshape(blocks.draws, blocks.length)


def measured(value: float, draws: Floats, confidence: float = 0.95) -> Measured:
    """``value`` with the percentile interval of its ``draws``; draws that are NaN are left out."""
    kept = draws[np.isfinite(draws)]
    if len(kept) < max(10, len(draws) // 2):
        return Measured(float(value), float("nan"), float("nan"), confidence)
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(kept, [tail, 1.0 - tail])
    return Measured(float(value), float(low), float(high), confidence)


def p_value_above(observed: float, draws: Floats, null: float = 0.0) -> float:
    """One-sided p of ``observed > null``: how often draws, centred on the null, lie as far above it."""
    kept = draws[np.isfinite(draws)]
    if not np.isfinite(observed) or len(kept) == 0:
        return 1.0
    beyond = int((kept - observed >= observed - null).sum())
    return (1 + beyond) / (1 + len(kept))


def _check(length: int, block: float, draws: int) -> None:
    if length < 1 or draws < 1 or block < 1:
        message = f"Cannot draw {draws} resamples of {length} days in blocks of {block}."
        raise ConfigError(message, "Each must be at least 1.")


def _cut_to_length(length: int, sizes: Ints, rng: np.random.Generator) -> Blocks:
    before = np.cumsum(sizes, axis=1) - sizes
    cut = np.clip(length - before, 0, sizes)
    used = int((cut > 0).sum(axis=1).max())
    starts = rng.integers(0, length, (len(sizes), used))
    return Blocks(length, starts, np.ascontiguousarray(cut[:, :used]))
