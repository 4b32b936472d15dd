"""A panel: one value per time and instrument, and the learning rows cut from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tradewind.core.errors import DataError, NoDataError
from tradewind.core.timestamps import iso

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BAR_COLUMNS = ("open", "high", "low", "close", "volume")
HIGH_LOW_NOISE = 1e-9
"""How far, as a part of the price, a high may miss its low: float noise of an adjustment."""


@dataclass(frozen=True)
class BarColumns:
    """Bars of one instrument as columns, oldest first.

    ``ts_event`` int64 UTC ns of each bar's close, strictly rising; the other arrays float64 of the same
    length. A missing volume is 0.0; a missing price does not exist (the row is left out).
    """

    instrument_id: str
    timeframe: str
    ts_event: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    source: str = ""
    synthetic: bool = False
    has_ohlc: bool = True
    """False for close-only series: open, high and low then repeat the close."""
    has_volume: bool = True
    adjusted: bool = False
    repaired: bool = False
    """Whether repairs that a person accepted have changed some of them."""

    def __post_init__(self) -> None:
        sizes = {len(getattr(self, name)) for name in ("ts_event", *BAR_COLUMNS)}
        if len(sizes) != 1:
            message = f"The columns of {self.instrument_id} have different lengths: {sorted(sizes)}."
            raise DataError(message, "Check the provider that made them.")

    def __len__(self) -> int:
        return len(self.ts_event)

    def between(self, start_ns: int, end_ns: int) -> "BarColumns":
        """The bars with ``start_ns <= ts_event < end_ns``."""
        low, high = np.searchsorted(self.ts_event, [start_ns, end_ns])
        cut = slice(int(low), int(high))
        return BarColumns(
            instrument_id=self.instrument_id,
            timeframe=self.timeframe,
            ts_event=self.ts_event[cut],
            open=self.open[cut],
            high=self.high[cut],
            low=self.low[cut],
            close=self.close[cut],
            volume=self.volume[cut],
            source=self.source,
            synthetic=self.synthetic,
            has_ohlc=self.has_ohlc,
            has_volume=self.has_volume,
            adjusted=self.adjusted,
            repaired=self.repaired,
        )


@dataclass(frozen=True)
class Panel:
    """Columns of shape (T, N): T times by N instruments, float64, NaN where an instrument has no value.

    ``ts_event`` is int64 of length T, strictly rising. ``missing`` names, by instrument, the columns that
    it does not have at all (an FX pair without volume), so that what needs them is absent, not NaN.
    """

    ts_event: Ints
    instrument_ids: tuple[str, ...]
    columns: Mapping[str, Floats]
    missing: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        """``(T, N)``."""
        return len(self.ts_event), len(self.instrument_ids)

    def head(self, length: int) -> "Panel":
        """The first ``length`` times: the past, cut, as read-only views."""
        columns = {name: _read_only(values[:length]) for name, values in self.columns.items()}
        return Panel(self.ts_event[:length], self.instrument_ids, columns, self.missing)


def panel_from_bars(bars: Sequence[BarColumns]) -> Panel:
    """Panel over the union of all bar times; NaN where an instrument has no bar at that time.

    Raises
    ------
    NoDataError
        There is not one bar.
    DataError
        A series is not sound (:func:`require_sound`): of two bars at one time only one could be kept, a
        hole would look like a time without trading, and a volume below nothing like one.
    """
    if not any(len(b) for b in bars):
        message = f"There is no bar of {', '.join(b.instrument_id for b in bars) or 'anything'}."
        raise NoDataError(message, "Check the instruments and the dates.")
    for b in bars:
        require_sound(b)
    ts_event = np.unique(np.concatenate([b.ts_event for b in bars]))
    columns = {name: np.full((len(ts_event), len(bars)), np.nan) for name in BAR_COLUMNS}
    missing: dict[str, frozenset[str]] = {}
    for i, b in enumerate(bars):
        rows = np.searchsorted(ts_event, b.ts_event)
        for name in BAR_COLUMNS:
            columns[name][rows, i] = getattr(b, name)
        lacks = {"volume"} if not b.has_volume else set()
        if not b.has_ohlc:
            lacks |= {"open", "high", "low"}
        if lacks:
            missing[b.instrument_id] = frozenset(lacks)
    return Panel(ts_event, tuple(b.instrument_id for b in bars), columns, missing)


def require_sound(bars: BarColumns) -> None:
    """DataError that names the first bar whose time does not rise, with a price or volume that is no number,
    a volume below nothing, or a high below its low. A price may be below nothing: some markets have such.
    """
    back = np.flatnonzero(np.diff(bars.ts_event) <= 0)
    if len(back):
        when = iso(int(bars.ts_event[back[0] + 1]))
        message = f"The bars of {bars.instrument_id} do not rise in time: {when} is not after the one before."
        raise DataError(message, "Sort them by time, and keep one bar for each.")
    for name in BAR_COLUMNS if bars.has_volume else BAR_COLUMNS[:4]:
        values = getattr(bars, name)
        wrong = ~np.isfinite(values) if name != "volume" else ~(np.isfinite(values) & (values >= 0.0))
        if wrong.any():
            row = int(np.argmax(wrong))
            message = f"{_bar_words(bars, row)} has {name} {values[row]} (row {row})."
            raise DataError(message, "Leave the bar out, or give the number; a missing volume is 0.")
    crossed = bars.low - bars.high > HIGH_LOW_NOISE * np.abs(bars.high)
    if crossed.any():
        row = int(np.argmax(crossed))
        message = (
            f"{_bar_words(bars, row)} has high {bars.high[row]} below its low {bars.low[row]} (row {row})."
        )
        raise DataError(message, "Leave the bar out, or correct it.")


def _bar_words(bars: BarColumns, row: int) -> str:
    return f"The bar of {bars.instrument_id} at {iso(int(bars.ts_event[row]))}"


@dataclass(frozen=True)
class Samples:
    """Learning rows cut from a cube of factors, point in time.

    Attributes
    ----------
    cube
        Factor values (T, N, K), float64, shared and never copied; row ``r`` may use times up to ``t[r]``.
    t, i
        Time and instrument index of each row, int64 (R,). Rows are sorted by time, then instrument.
    ts_event
        When each row was known, UTC ns (R,).
    label_return
        What a unit held over the next ``horizon_bars`` bars of the instrument earns, simple (R,), with
        dividends where they are known; NaN where not known yet.
    label_end
        When the label became known, UTC ns (R,): what purging and embargo go by.
    weight
        Sample weight (R,), mean 1.
    total_return
        Instruments in whose labels dividends count; the labels of all others are of the price only.
    """

    cube: Floats
    t: Ints
    i: Ints
    ts_event: Ints
    label_return: Floats
    label_end: Ints
    weight: Floats
    names: tuple[str, ...]
    instrument_ids: tuple[str, ...]
    horizon_bars: int
    total_return: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.t)

    @property
    def label_basis(self) -> str:
        """What the labels count, in words: a model card and a report say it."""
        without = [i for i in self.instrument_ids if i not in self.total_return]
        if not without:
            return "total return"
        if len(without) == len(self.instrument_ids):
            return "price only"
        return f"total return; price only of {', '.join(without)}"

    def take(self, rows: Bools | Ints) -> "Samples":
        """The chosen rows, by mask or by index, over the same cube."""
        return Samples(
            cube=self.cube,
            t=self.t[rows],
            i=self.i[rows],
            ts_event=self.ts_event[rows],
            label_return=self.label_return[rows],
            label_end=self.label_end[rows],
            weight=self.weight[rows],
            names=self.names,
            instrument_ids=self.instrument_ids,
            horizon_bars=self.horizon_bars,
            total_return=self.total_return,
        )

    def features(self) -> Floats:
        """The factors of each row, (R, K)."""
        rows: Floats = self.cube[self.t, self.i]
        return rows

    def sequences(self, lookback: int) -> Floats:
        """The last ``lookback`` times of each row, oldest first, (R, lookback, K).

        Times before the cube's first are NaN.
        """
        offsets = np.arange(-lookback + 1, 1)
        index = self.t[:, None] + offsets[None, :]
        taken: Floats = self.cube[np.maximum(index, 0), self.i[:, None]]
        taken[index < 0] = np.nan
        return taken


@dataclass(frozen=True)
class Predictions:
    """What a model says of some rows; all arrays float64 (R,), aligned with the rows asked for.

    ``probability_up`` and ``confidence`` in [0, 1]; returns in basis points over the rows' horizon.
    A row that the model cannot judge (missing factors) is NaN throughout.
    """

    probability_up: Floats
    expected_return_bps: Floats
    confidence: Floats
    lower_bps: Floats
    upper_bps: Floats

    def __len__(self) -> int:
        return len(self.probability_up)


def _read_only(values: Floats) -> Floats:
    view = values.view()
    view.flags.writeable = False
    return view
