"""What every rule looks at: the raw rows, and once for all rules the rows that can be used, in order."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tradewind.core.market import Timeframe
from tradewind.core.panel import BarColumns, Bools, Floats, Ints
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.adjustment import price_factors, split_factors
from tradewind.data.calendars import expected_closes
from tradewind.data.quality.dividends import JudgedDividend, Market, believed_actions, judge_dividends
from tradewind.data.quality.levels import OffLevel, off_levels
from tradewind.data.raw import PRICES, RawBars
from tradewind.kernels.trailing import trailing_centre

_FOREVER = 2**63 - 1
_TURBULENCE = 2.0
_QUIETEST = 0.004
"""Log return that even the quietest share makes by chance, when a dividend is judged by its price."""


@dataclass(frozen=True)
class QualitySettings:
    """Where the rules draw their lines."""

    window: int = 60
    """Bars before a row against which it is judged."""
    min_history: int = 10
    """With fewer bars before it a row is judged against the whole series."""
    jump_z: float = 12.0
    """Robust z of a log return above which it is a jump."""
    stale_bars: int = 5
    """So many bars in a row without any change are stale."""
    split_residual_pct: float = 12.0
    """How far the price may lie from a split's ratio, at most."""
    disagreement_bps: float = 50.0
    """How far two providers' closes may lie apart."""
    forest_score: float = -0.70
    """Isolation-forest score below which a bar is strange (it runs from 0, plain, to -1)."""
    forest_seed: int = 7
    outside_rules: tuple[str, ...] = ()
    """Rules from outside the package that judge too; its own always do."""


@dataclass(frozen=True)
class Inspection:
    """Raw rows with their orderly part beside them.

    ``rows`` (U,) are the usable raw rows in order of time: all prices there and positive, the last of rows
    with the same time. The arrays below are aligned with it, adjusted for the actions that the provider
    names and the evidence bears out, so that a known split is no jump and a false dividend makes none.
    ``log_return`` is close to close, ``log_gap`` close to open, both NaN in the first row. ``expected_ts`` is
    None where no calendar is known.
    """

    raw: RawBars
    expected_ts: Ints | None
    rows: Ints
    ts_event: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    log_return: Floats
    log_gap: Floats
    scale: Floats
    """Robust standard deviation of the returns before each row (U,), see :func:`trailing_scale`."""
    fault_scale: Floats
    """The same, but never above twice :func:`clean_scale` (U,): faults that fill whole windows are not
    measured by a scale that they made themselves."""
    market: Market
    """The rows with dividends left in, and the provider's own adjusted close beside."""
    dividends: tuple[JudgedDividend, ...] = ()
    """What the evidence says of each stated dividend; the arrays above are adjusted for what is believed."""
    levels: tuple[OffLevel, ...] = ()
    """Runs of rows whose prices are in another unit, or without a split that is in force."""
    settings: QualitySettings = field(default_factory=QualitySettings)
    references: tuple[BarColumns, ...] = ()
    """The same instrument from other providers, on the same basis."""


def prepare(
    raw: RawBars,
    calendar: str,
    settings: QualitySettings | None = None,
    references: Sequence[BarColumns] = (),
) -> Inspection:
    """Sort out the usable rows; ``calendar`` is used where the rows name none (empty: none is known)."""
    settings = settings or QualitySettings()
    rows = usable_rows(raw)
    part = raw.take(rows)
    market = _market(part)
    dividends = judge_dividends(raw.actions or (), market)
    actions = believed_actions(raw.actions or (), dividends)
    factor = price_factors(actions, part.ts_event, _FOREVER)
    opens, close = part.open * factor, part.close * factor
    high, low = part.high * factor, part.low * factor
    volume = part.volume / split_factors(actions, part.ts_event, _FOREVER)
    prices = {"open": opens, "high": high, "low": low, "close": close}
    levels = off_levels(part.ts_event, prices, volume, actions)
    log_return, log_gap = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    log_return[1:] = np.log(close[1:] / close[:-1])
    log_gap[1:] = np.log(opens[1:] / close[:-1])
    scale = trailing_scale(log_return, settings.window, settings.min_history)
    return Inspection(
        raw=raw,
        expected_ts=_expected(raw, raw.calendar or calendar),
        rows=rows,
        ts_event=part.ts_event,
        open=opens,
        high=high,
        low=low,
        close=close,
        volume=volume,
        log_return=log_return,
        log_gap=log_gap,
        scale=scale,
        fault_scale=np.minimum(scale, _TURBULENCE * clean_scale(close)),
        market=market,
        dividends=dividends,
        levels=levels,
        settings=settings,
        references=tuple(references),
    )


def _market(part: RawBars) -> Market:
    factor = split_factors(part.actions or (), part.ts_event, _FOREVER)
    close = part.close * factor
    told = np.full(len(part), np.nan) if part.adjusted_close is None else part.adjusted_close / part.close
    usual = clean_scale(close)
    by_day = Timeframe(part.timeframe).length_ns <= NS_PER_DAY
    return Market(part.ts_event, part.low * factor, close, told, max(min(usual, 0.1), _QUIETEST), by_day)


def complete_rows(raw: RawBars) -> Bools:
    """Rows that have all their prices, all positive and finite."""
    good = np.ones(len(raw), dtype=np.bool_)
    for name in PRICES:
        values = getattr(raw, name)
        good &= np.isfinite(values) & (values > 0)
    return good


def usable_rows(raw: RawBars) -> Ints:
    """Indices of complete rows in order of time; of rows with the same time the last one given."""
    rows = np.flatnonzero(complete_rows(raw))
    rows = rows[np.argsort(raw.ts_event[rows], kind="stable")]
    ts_event = raw.ts_event[rows]
    last = np.ones(len(rows), dtype=np.bool_)
    last[:-1] = ts_event[1:] != ts_event[:-1]
    return rows[last].astype(np.int64)


def trailing_scale(values: Floats, window: int, min_history: int) -> Floats:
    """Robust standard deviation of the ``window`` values before each row, (U,), never below 1e-4.

    1.4826 times the median size; 1.2533 times the mean size where more than half of the values are zero
    (Iglewicz and Hoaglin, "How to detect and handle outliers", 1993). NaN values are left out. Rows with
    fewer than ``min_history`` values before them get the scale of the whole series: good for an audit, not
    for a feature.
    """
    size = np.abs(values)
    scale = np.full(len(values), _robust(size[~np.isnan(size)]))
    median, mean = trailing_centre(size, window)
    later = slice(min_history + 1, None)
    scale[later] = np.where(median > 0.0, 1.4826 * median, 1.2533 * mean)[later]
    floored: Floats = np.maximum(scale, 1e-4)
    return floored


def clean_scale(close: Floats) -> float:
    """Standard deviation of one bar's log return that faults in up to three quarters of the bars cannot move.

    The least of what returns over one, two and three bars say (a close that is wrong in every second or third
    bar cancels over so many), each by its median and by its lower quartile, as for a normal distribution (the
    quartile of its size is 0.3186 deviations). Returns of zero are left out; infinite where nothing moved.
    """
    level = np.log(close)
    found = []
    for bars in (1, 2, 3):
        size = np.abs(level[bars:] - level[:-bars])
        moved = size[size > 0.0]
        if len(moved):
            lower, middle = np.quantile(moved, [0.25, 0.5])
            found += [1.4826 * middle / np.sqrt(bars), lower / 0.3186 / np.sqrt(bars)]
    return max(float(min(found)), 1e-4) if found else np.inf


def _robust(size: Floats) -> float:
    if not len(size):
        return 0.0
    median = float(np.median(size))
    return 1.4826 * median if median > 0.0 else 1.2533 * float(np.mean(size))


def _expected(raw: RawBars, calendar: str) -> Ints | None:
    if not calendar or not len(raw):
        return None
    return expected_closes(calendar, raw.timeframe, int(raw.ts_event.min()), int(raw.ts_event.max()) + 1)
