"""From out-of-sample forecasts to net returns of a portfolio, after stated costs.

A position decided at a bar's close is entered at the *next* bar, never on the bar that made the decision, so
what it earns is counted from there: see :func:`held_from_prices` and :func:`held_from_labels`.

Positions are kept bar by bar, on each instrument's own bars; what they earn is put together by period, which
is one day of one clock (:mod:`tradewind.validation.periods`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tradewind.core.errors import ConfigError, DataError
from tradewind.core.panel import Bools, Floats, Ints, Samples
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.validation.performance import NetReturns, periods_per_year
from tradewind.validation.periods import common_days, period_of, summed_by_period, up_to_ruin
from tradewind.validation.walk_forward import OutOfSample

MAX_DELAY_BARS = 3
"""Longest fill delay; the equal-risk shares look no nearer than what is settled even then."""


@dataclass(frozen=True)
class TradingCosts:
    """Cost of trading one unit of value, one way, in bps: half the spread, slippage and commission."""

    default_bps: float = 5.0
    by_id_bps: Mapping[str, float] = field(default_factory=dict)

    def for_instruments(self, instrument_ids: tuple[str, ...]) -> Floats:
        """Cost of each instrument as a fraction of traded value, (N,)."""
        bps = np.array(
            [self.by_id_bps.get(instrument_id, self.default_bps) for instrument_id in instrument_ids],
            np.float64,
        )
        if not (np.isfinite(bps) & (bps >= 0.0)).all():
            message = f"A trading cost is {bps[~(np.isfinite(bps) & (bps >= 0.0))][0]} bps."
            raise ConfigError(message, "Costs must be zero or more.")
        return bps / 1e4

    def times(self, factor: float) -> "TradingCosts":
        """The same costs, scaled."""
        scaled = {instrument_id: bps * factor for instrument_id, bps in self.by_id_bps.items()}
        return TradingCosts(self.default_bps * factor, scaled)


@dataclass(frozen=True)
class PositionRule:
    """How forecasts become weights.

    Attributes
    ----------
    size
        ``sign`` takes the whole share of an instrument; ``edge`` takes it in proportion to the expected
        return, whole from ``full_edge_bps`` on.
    band_bps
        Expected returns up to this size, either way, leave the instrument flat.
    allow_short
        False holds nothing where the forecast is down.
    volatility_bars
        Window of the equal-risk shares: inverse volatility of what instruments earned before the decision.
    gross
        Sum of absolute weights when every instrument has a full position.
    """

    size: str = "sign"
    full_edge_bps: float = 20.0
    band_bps: float = 0.0
    allow_short: bool = True
    volatility_bars: int = 60
    gross: float = 1.0

    def __post_init__(self) -> None:
        if self.size not in ("sign", "edge"):
            message = f"There is no position size {self.size!r}."
            raise ConfigError(message, "Choose sign or edge.")
        if self.full_edge_bps <= 0 or self.band_bps < 0 or self.volatility_bars < 2 or self.gross <= 0:
            message = f"The position rule {self} cannot be followed."
            raise ConfigError(message, "Lengths and sizes must be positive.")


@dataclass(frozen=True)
class Held:
    """What a position decided at each row earns (R,), NaN where not known yet, and when that is over (R,).

    ``end_ns`` is the close of the bar at which the position is marked; where that bar is still to come, the
    time at which it is due by the instrument's usual distance between bars.
    """

    earned: Floats
    end_ns: Ints


@dataclass(frozen=True)
class Grid:
    """What a portfolio could earn: steps (D,), each the time at which holdings are marked, by instruments.

    ``earned`` (D, N) is what one unit held up to that step earns, 0 where nothing is known; ``share`` (D, N)
    the equal-risk share of each instrument at its decision, adding up to the rule's gross; ``offered`` (D, N)
    tells where an instrument had a row, so that a decision could be made at all; ``cost`` (N,) the fraction
    lost on traded value; ``day``/``column`` place each out-of-sample row.

    ``starts`` (P,) are the first steps of the periods, ``ts_event`` (P,) the newest decision in each,
    ``period_days`` how many days a period lasts as a rule, and ``bars_per_period`` how many bars of an
    instrument it holds at most.
    """

    ts_event: Ints
    starts: Ints
    earned: Floats
    share: Floats
    offered: Bools
    cost: Floats
    day: Ints
    column: Ints
    periods_per_year: float
    period_days: float
    bars_per_period: float


def held_from_labels(samples: Samples, delay_bars: int = 1) -> Held:
    """What a unit decided at each row earns, from the labels of one-bar horizons.

    ``delay_bars`` counts bars from where the label starts to the fill. Labels that start at the close which
    made the decision need 1: the fill is then the next bar's close, which is conservative. Labels that start
    at the next bar's open (a price one can have) need 0. NaN where the later label is not there.
    """
    if samples.horizon_bars != 1:
        message = f"Labels over {samples.horizon_bars} bars overlap and do not say what each bar earned."
        raise DataError(message, "Use held_from_prices with the panel of opens.")
    _check_delay(delay_bars, 0)
    held = np.full(len(samples), np.nan)
    for column in np.unique(samples.i):
        rows = np.flatnonzero(samples.i == column)
        held[rows[: len(rows) - delay_bars]] = samples.label_return[rows[delay_bars:]]
    return Held(held, _marked_at(samples, delay_bars + 1))


def held_from_prices(
    samples: Samples, prices: Floats, delay_bars: int = 1, income: Floats | None = None
) -> Held:
    """What a unit decided at each row earns over one bar, from fill prices (T, N) on the cube's times.

    The position is filled at the price of the instrument's ``delay_bars``-th bar after the decision and
    marked at the bar after that; give opens for a fill at the next open. NaN marks a time without a bar.
    ``income`` (T, N) is what one unit is paid in dividends going into each bar: a long that is held into the
    bar receives it, a short pays it, who is filled on that very bar has no part in it.
    """
    if prices.shape != samples.cube.shape[:2]:
        message = f"Prices of shape {prices.shape} do not fit a cube of {samples.cube.shape[:2]}."
        raise DataError(message, "Give one price for each time and instrument of the cube.")
    if income is not None and income.shape != prices.shape:
        message = f"Income of shape {income.shape} does not fit prices of {prices.shape}."
        raise DataError(message, "Give one figure for each price, 0 where nothing was paid.")
    _check_delay(delay_bars, 1)
    held = np.full(len(samples), np.nan)
    for column in np.unique(samples.i):
        rows = np.flatnonzero(samples.i == column)
        bars = np.flatnonzero(np.isfinite(prices[:, column]))
        entry = np.searchsorted(bars, samples.t[rows], side="right") - 1 + delay_bars
        inside = entry + 1 < len(bars)
        bought, sold = (prices[bars[entry[inside] + step], column] for step in (0, 1))
        paid = 0.0 if income is None else income[bars[entry[inside] + 1], column]
        held[rows[inside]] = (sold + paid) / bought - 1.0
    return Held(held, _marked_at(samples, delay_bars + 1))


def trading_grid(
    oos: OutOfSample, samples: Samples, held: Held, costs: TradingCosts, rule: PositionRule
) -> Grid:
    """Lay out what could be earned on the out-of-sample times; the rows before them warm the volatilities."""
    check_held(held, samples)
    if len(oos) == 0:
        message = f"Model {oos.model!r} has no out-of-sample rows."
        raise DataError(message, "Check the walk-forward plan.")
    moments, at = np.unique(samples.ts_event, return_inverse=True)
    shape = (len(moments), len(samples.instrument_ids))
    shares = _risk_shares(_settled(samples, held.earned, at, shape), rule)
    steps, day = np.unique(held.end_ns[oos.rows], return_inverse=True)
    column, decided = samples.i[oos.rows], at[oos.rows]
    earned = np.zeros((len(steps), shape[1]))
    earned[day, column] = np.nan_to_num(held.earned[oos.rows])
    offered = np.zeros(earned.shape, dtype=bool)
    offered[day, column] = True
    newest = np.zeros(len(steps), dtype=np.int64)
    np.maximum.at(newest, day, decided)
    share = shares[newest]
    share[day, column] = shares[decided, column]
    ends = common_days(held.end_ns, samples.i)
    starts = np.unique(period_of(steps, ends), return_index=True)[1]
    return Grid(
        ts_event=np.maximum.reduceat(moments[newest], starts),
        starts=starts.astype(np.int64),
        earned=earned,
        share=share,
        offered=offered,
        cost=costs.for_instruments(samples.instrument_ids),
        day=day.astype(np.int64),
        column=column,
        periods_per_year=periods_per_year(ends * NS_PER_DAY),
        period_days=float(np.median(np.diff(ends))),
        bars_per_period=bars_per_period(samples, len(ends)),
    )


def check_held(held: Held, samples: Samples) -> None:
    """DataError where ``held`` is of other rows than the samples."""
    if held.earned.shape != (len(samples),) or held.end_ns.shape != (len(samples),):
        message = f"{held.earned.shape} held returns do not fit {len(samples)} rows."
        raise DataError(message, "Make them with held_from_prices or held_from_labels.")


def bars_per_period(samples: Samples, periods: int) -> float:
    """Bars of the busiest instrument in a period, over the whole history."""
    return float(np.bincount(samples.i).max()) / periods


def horizon_in_periods(horizon_bars: int, bars: float) -> int:
    """How many periods a label of ``horizon_bars`` bars spans where a period holds ``bars``, at least 1."""
    return max(1, round(horizon_bars / bars))


def target_weights(expected_bps: Floats, grid: Grid, rule: PositionRule, horizon_bars: int = 1) -> Floats:
    """Weights (D, N) from one expected return for each out-of-sample row; NaN forecasts are flat.

    An instrument without a row at a time keeps its weight. Over horizons of several bars the weight is the
    mean of the last ``horizon_bars`` decisions, so that every forecast is held for as long as it speaks of.
    """
    edge = np.nan_to_num(expected_bps)
    wanted: Floats = np.sign(edge) if rule.size == "sign" else np.clip(edge / rule.full_edge_bps, -1.0, 1.0)
    wanted = np.where(np.abs(edge) > rule.band_bps, wanted, 0.0)
    if not rule.allow_short:
        wanted = np.maximum(wanted, 0.0)
    weights: Floats = np.zeros_like(grid.earned)
    weights[grid.day, grid.column] = wanted * grid.share[grid.day, grid.column]
    if horizon_bars > 1:
        for column in range(len(grid.cost)):
            decided = grid.offered[:, column]
            weights[decided, column] = _window_mean(weights[decided, column], horizon_bars)
    return _kept_where_absent(weights, grid.offered)


def portfolio_returns(weights: Floats, grid: Grid) -> NetReturns:
    """Net returns by period (P,) of target weights (D, N), rebalanced at every decision.

    Between decisions weights drift with what they earned, so even a constant target trades a little. Costs
    are taken from equity when trading.
    """
    return _charged(grid, weights, traded_shares(weights, grid))


def traded_shares(weights: Floats, grid: Grid) -> Floats:
    """What is traded of each instrument to reach target weights (D, N), as a share of equity, (D, N)."""
    drifted = np.zeros_like(weights)
    left = 1.0 + (weights * grid.earned).sum(axis=1)[:-1]
    # A step that loses everything has nothing left to hold; its drift is of no meaning.
    held_on = left > 0.0
    drifted[1:] = weights[:-1] * (1.0 + grid.earned[:-1]) / np.where(held_on, left, 1.0)[:, None]
    drifted[1:][~held_on] = weights[1:][~held_on]
    traded: Floats = np.abs(weights - drifted)
    return traded


def untouched_returns(weights: Floats, grid: Grid) -> NetReturns:
    """Net returns of weights (N,) bought at the first decision and never traded again: buy and hold."""
    value = weights * np.cumprod(np.concatenate([np.ones((1, len(weights))), 1.0 + grid.earned[:-1]]), axis=0)
    equity = 1.0 - weights.sum() + value.sum(axis=1)
    owned = np.logical_and.accumulate(equity > 0.0)  # once everything is lost, nothing is held any more
    held = np.where(owned[:, None], value / np.where(owned, equity, 1.0)[:, None], 0.0)
    traded = np.zeros_like(held)
    traded[0] = np.abs(weights)
    return _charged(grid, held, traded)


def _charged(grid: Grid, weights: Floats, traded: Floats) -> NetReturns:
    earned = weights * grid.earned
    steps = np.diff(grid.starts, append=len(weights))
    return NetReturns(
        ts_event=grid.ts_event,
        net=up_to_ruin(summed_by_period(earned - traded * grid.cost, grid.starts)),
        gross=up_to_ruin(summed_by_period(earned, grid.starts)),
        turnover=np.add.reduceat(traded.sum(axis=1), grid.starts),
        exposure=np.add.reduceat(np.abs(weights).sum(axis=1), grid.starts) / steps,
        periods_per_year=grid.periods_per_year,
        period_days=grid.period_days,
    )


def _marked_at(samples: Samples, bars: int) -> Ints:
    """Time of the instrument's ``bars``-th bar after each row, (R,); extrapolated past its last one."""
    marked = np.zeros(len(samples), dtype=np.int64)
    for column in np.unique(samples.i):
        rows = np.flatnonzero(samples.i == column)
        own = samples.ts_event[rows]
        usual = int(np.median(np.diff(own))) if len(own) > 1 else NS_PER_DAY
        due = own[-1] + usual * np.arange(1, bars + 1)
        marked[rows] = np.concatenate([own, due])[bars:]
    return marked


def _check_delay(delay_bars: int, least: int) -> None:
    if not least <= delay_bars <= MAX_DELAY_BARS:
        message = f"A fill {delay_bars} bars late cannot be modelled here."
        raise ConfigError(message, f"Give {least} to {MAX_DELAY_BARS} bars.")


def _settled(samples: Samples, held: Floats, at: Ints, shape: tuple[int, ...]) -> Floats:
    """At each row, the newest held return of the same instrument that is past by then; NaN elsewhere."""
    lag = MAX_DELAY_BARS + 2
    settled = np.full(shape, np.nan)
    for column in np.unique(samples.i):
        rows = np.flatnonzero(samples.i == column)
        settled[at[rows[lag:]], column] = held[rows[:-lag]]
    return settled


def _risk_shares(settled: Floats, rule: PositionRule) -> Floats:
    """Inverse-volatility shares (T, N) from what was earned before each time, adding up to the rule's gross.

    An instrument with fewer than ten returns in the window is taken to be as volatile as the median one; one
    with none has no share, unless no instrument has any.
    """
    count = _window_sum(np.isfinite(settled).astype(np.float64), rule.volatility_bars)
    total = _window_sum(np.nan_to_num(settled), rule.volatility_bars)
    squares = _window_sum(np.square(np.nan_to_num(settled)), rule.volatility_bars)
    with np.errstate(invalid="ignore", divide="ignore"):
        deviation = np.sqrt(np.maximum(squares / count - np.square(total / count), 0.0))
    deviation[(count < 10) | (deviation < 1e-8)] = np.nan
    usable = np.isfinite(deviation).any(axis=1)
    middle = np.ones(len(settled))
    middle[usable] = np.nanmedian(deviation[usable], axis=1)
    inverse = 1.0 / np.where(np.isfinite(deviation), deviation, middle[:, None])
    inverse[(count == 0) & (count > 0).any(axis=1, keepdims=True)] = 0.0
    shares: Floats = rule.gross * inverse / inverse.sum(axis=1, keepdims=True)
    return shares


def _window_mean(values: Floats, window: int) -> Floats:
    mean: Floats = _window_sum(values.reshape(-1, 1), window).ravel() / window
    return mean


def _window_sum(values: Floats, window: int) -> Floats:
    prefix = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    high = np.arange(1, len(values) + 1)
    summed: Floats = prefix[high] - prefix[np.maximum(high - window, 0)]
    return summed


def _kept_where_absent(weights: Floats, offered: Bools) -> Floats:
    """Carry each instrument's last decided weight over times at which it had no row."""
    times = np.arange(len(weights))[:, None]
    last = np.maximum.accumulate(np.where(offered, times, -1), axis=0)
    kept: Floats = np.where(last >= 0, np.take_along_axis(weights, np.maximum(last, 0), axis=0), 0.0)
    return kept
