"""What a session came to, in figures: the types of its statistics. ``docs/metrics.md`` says how each is made.

Names carry units: ``_pct`` is percent, ``_days`` calendar days. Ratios have none. Money is exact decimal text
in the session's base currency. NaN stands for what is not defined or not known, and goes over the wire as
null: nothing that varies, no loss to divide by, or too few days to speak of a year.
"""

import msgspec

from tradewind.views.report.interval import Interval
from tradewind.views.rows import Row

NAN = float("nan")


class ReturnFigures(Row, frozen=True, kw_only=True):
    """Of the account's daily returns, after costs."""

    total_return_pct: float = NAN
    cagr_pct: float = NAN
    volatility_pct: float = NAN
    sharpe: float = NAN
    sharpe_above_zero_pct: float = NAN
    sortino: float = NAN
    calmar: float = NAN
    profit_factor_days: float = NAN
    tail_ratio: float = NAN
    skewness: float = NAN
    excess_kurtosis: float = NAN
    value_at_risk_pct: float = NAN
    expected_shortfall_pct: float = NAN
    mean_day_pct: float = NAN
    mean_month_pct: float = NAN
    mean_year_pct: float = NAN
    best_day_pct: float = NAN
    worst_day_pct: float = NAN
    best_month_pct: float = NAN
    worst_month_pct: float = NAN
    best_year_pct: float = NAN
    worst_year_pct: float = NAN
    up_days_pct: float = NAN
    up_months_pct: float = NAN
    up_quarters_pct: float = NAN
    up_years_pct: float = NAN
    mean_up_month_pct: float = NAN
    mean_down_month_pct: float = NAN
    longest_run_up: int = 0
    longest_run_down: int = 0


class DrawdownFigures(Row, frozen=True, kw_only=True):
    """Of the falls below the peak, by the ends of days."""

    max_drawdown_pct: float = NAN
    mean_drawdown_pct: float = NAN
    now_below_peak_pct: float = NAN
    longest_drawdown_days: float = NAN
    mean_drawdown_days: float = NAN
    ulcer_index_pct: float = NAN
    recovery_factor: float = NAN


class ExposureFigures(Row, frozen=True, kw_only=True):
    """How much was in the market, by the ends of days, and how much was traded."""

    time_in_market_pct: float = NAN
    mean_gross_pct: float = NAN
    max_gross_pct: float = NAN
    mean_net_pct: float = NAN
    turnover_annual: float = NAN


class TradeFigures(Row, frozen=True, kw_only=True):
    """Of the round trips that came to their end; money in the base currency."""

    trades: int = 0
    open_trades: int = 0
    long_trades: int = 0
    short_trades: int = 0
    win_rate_pct: float = NAN
    profit: str = "0.00"
    expectancy: float = NAN
    expectancy_pct: float = NAN
    mean_win: float = NAN
    mean_loss: float = NAN
    payoff: float = NAN
    profit_factor: float = NAN
    best_trade: float = NAN
    worst_trade: float = NAN
    longest_wins: int = 0
    longest_losses: int = 0
    mean_holding_days: float = NAN
    median_holding_days: float = NAN
    longest_holding_days: float = NAN
    median_bars: float = NAN
    mean_worst_pct: float = NAN
    mean_best_pct: float = NAN


class CostFigures(Row, frozen=True, kw_only=True):
    """What trading cost, in the base currency; each also in bps of the value that was traded."""

    traded: str = "0.00"
    fills: int = 0
    commission: str = "0.00"
    spread: str = "0.00"
    slippage: str = "0.00"
    cost: str = "0.00"
    commission_bps: float = NAN
    spread_bps: float = NAN
    slippage_bps: float = NAN
    cost_bps: float = NAN
    cost_annual_pct: float = NAN


class BenchmarkFigures(Row, frozen=True, kw_only=True):
    """The account held against a benchmark on the same days."""

    name: str
    benchmark_return_pct: float = NAN
    benchmark_cagr_pct: float = NAN
    benchmark_volatility_pct: float = NAN
    benchmark_sharpe: float = NAN
    benchmark_max_drawdown_pct: float = NAN
    excess_return_pct: float = NAN
    alpha_pct: float = NAN
    beta: float = NAN
    correlation: float = NAN
    r_squared: float = NAN
    tracking_error_pct: float = NAN
    information_ratio: float = NAN
    treynor: float = NAN
    up_capture_pct: float = NAN
    down_capture_pct: float = NAN


class SessionStatistics(Row, frozen=True, kw_only=True):
    """Every figure of a session. ``intervals`` are 95 % bootstrap intervals by the name of the figure."""

    session_id: str
    base_currency: str
    start: str
    end: str
    days: int
    days_per_year: float
    start_equity: str
    end_equity: str
    returns: ReturnFigures
    drawdowns: DrawdownFigures
    exposure: ExposureFigures
    trades: TradeFigures
    costs: CostFigures
    benchmark: BenchmarkFigures | None = None
    intervals: dict[str, Interval] = msgspec.field(default_factory=dict)
    synthetic: bool = False
    notes: tuple[str, ...] = ()
    """What could not be measured, and why."""
