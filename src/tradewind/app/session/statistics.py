"""Every figure that a quant expects of a session, from its journal alone."""

import math
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal
from statistics import fmean

import numpy as np

from tradewind.app.session.benchmarks import Benchmark, bought_and_held
from tradewind.app.session.daily_equity import DailyAccount
from tradewind.app.session.session_costs import CostSum
from tradewind.app.session.session_record import SessionRecord, read_session
from tradewind.app.session.trade_statistics import longest_run, trade_figures
from tradewind.core.journal_ports import KindReader
from tradewind.core.money import CASH_SCALE
from tradewind.core.panel import Floats
from tradewind.core.timestamps import iso
from tradewind.core.trading_calendar import account_day
from tradewind.validation.against_benchmark import against_benchmark
from tradewind.validation.calendar_returns import by_month, by_quarter, by_year
from tradewind.validation.deflation import probabilistic_sharpe
from tradewind.validation.drawdowns import Drawdown, drawdowns, ulcer_index, underwater
from tradewind.validation.performance import (
    NetReturns,
    performance,
    performance_intervals,
    periods_per_year,
    sharpe_ratio,
)
from tradewind.views.amounts import cash_text
from tradewind.views.report.interval import Interval
from tradewind.views.report.measures import (
    NAN,
    BenchmarkFigures,
    CostFigures,
    DrawdownFigures,
    ExposureFigures,
    ReturnFigures,
    SessionStatistics,
)

LEAST_DAYS = 2
LEAST_DAYS_A_YEAR = 20
"""Under so many daily returns nothing is made annual: a week's figure times 52 says nothing of a year."""
DRAWS = 2_000

_INTERVALS = {
    "sharpe": "sharpe",
    "sortino": "sortino",
    "calmar": "calmar",
    "cagr": "cagr_pct",
    "volatility": "volatility_pct",
    "max_drawdown": "max_drawdown_pct",
    "total_return": "total_return_pct",
    "value_at_risk": "value_at_risk_pct",
    "expected_shortfall": "expected_shortfall_pct",
}
"""Figures of :func:`performance_intervals` that are shown with their interval, and what they are called."""
_ANNUAL = frozenset({"sharpe", "sortino", "calmar", "cagr_pct", "volatility_pct"})


def session_statistics(reader: KindReader, benchmark: Benchmark | None = None) -> SessionStatistics:
    """The figures of a journal's last session, as it stands at its last record.

    Parameters
    ----------
    reader
        The journal.
    benchmark
        What to hold it against; its own instruments bought and held where none is given.

    Raises
    ------
    JournalError
        The journal holds no session.
    """
    return statistics_of(read_session(reader), benchmark)


def statistics_of(record: SessionRecord, benchmark: Benchmark | None = None) -> SessionStatistics:
    """The figures of a session that was read."""
    daily, notes = record.daily, list[str]()
    days = len(daily)
    series = net_returns(record) if days >= LEAST_DAYS else None
    returns, intervals = ReturnFigures(), dict[str, Interval]()
    if series is None:
        said = f"{days} day{'s' if days != 1 else ''}"
        notes.append(f"The session has {said}: returns, risk and a benchmark need {LEAST_DAYS}.")
    else:
        returns, intervals = _returns(daily, series)
        if days < LEAST_DAYS_A_YEAR:
            notes.append(f"The session has {days} days: what is said a year needs {LEAST_DAYS_A_YEAR}.")
    against = benchmark or bought_and_held(record)
    return SessionStatistics(
        session_id=record.started.session_id,
        base_currency=record.started.base_currency,
        start=iso(daily.start_ts),
        end=iso(int(daily.ts_ns[-1])) if days else iso(daily.start_ts),
        days=days,
        days_per_year=series.periods_per_year if series is not None and days >= LEAST_DAYS_A_YEAR else NAN,
        start_equity=_money(daily.start),
        end_equity=_money(float(daily.equity[-1])) if days else _money(daily.start),
        returns=returns,
        drawdowns=_drawdowns(daily),
        exposure=_exposure(daily, series),
        trades=trade_figures(record.trades.rows, record.trades.open_count),
        costs=_costs(record.costs.whole(), series),
        benchmark=_against(against, series) if series is not None and against is not None else None,
        intervals=intervals,
        synthetic=any("synthetic" in note.lower() for note in record.started.notes),
        notes=tuple(notes),
    )


def net_returns(record: SessionRecord) -> NetReturns:
    """The account's days (two at least) as returns, with what was traded on each and what that cost."""
    daily = record.daily
    before = np.concatenate([[daily.start], daily.equity[:-1]])
    sums = [record.costs.by_day.get(account_day(int(ts)), CostSum()) for ts in daily.ts_ns]
    with np.errstate(divide="ignore", invalid="ignore"):
        traded = np.where(before > 0, [one.traded_e8 / CASH_SCALE for one in sums] / before, 0.0)
        costs = np.where(before > 0, [one.total_e8 / CASH_SCALE for one in sums] / before, 0.0)
    return NetReturns(
        ts_event=daily.ts_ns,
        net=daily.returns,
        gross=daily.returns + costs,
        turnover=traded,
        exposure=daily.gross,
        periods_per_year=periods_per_year(daily.ts_ns),
    )


def _returns(daily: DailyAccount, series: NetReturns) -> tuple[ReturnFigures, dict[str, Interval]]:
    figures, net = performance(series), series.net
    measured = performance_intervals(series, draws=DRAWS)
    known = len(net) >= LEAST_DAYS_A_YEAR
    months = by_month(daily.ts_ns, net).value
    quarters, years = by_quarter(daily.ts_ns, net).value, by_year(daily.ts_ns, net).value
    skewness, kurtosis = _shape(net)
    per_day = float(np.ravel(sharpe_ratio(net))[0])
    intervals = {
        shown: Interval(
            value=_scaled(shown, one.value), low=_scaled(shown, one.low), high=_scaled(shown, one.high)
        )
        for name, shown in _INTERVALS.items()
        if (one := measured[name]) and (known or shown not in _ANNUAL)
    }
    annual = {
        shown: _scaled(shown, figures[name]) if known else NAN
        for name, shown in _INTERVALS.items()
        if shown in _ANNUAL
    }
    return (
        ReturnFigures(
            total_return_pct=100.0 * figures["total_return"],
            **annual,
            sharpe_above_zero_pct=100.0 * probabilistic_sharpe(per_day, len(net), skewness, kurtosis + 3.0)
            if known and math.isfinite(per_day)
            else NAN,
            profit_factor_days=figures["profit_factor"],
            tail_ratio=_tail_ratio(net),
            skewness=skewness,
            excess_kurtosis=kurtosis,
            value_at_risk_pct=100.0 * figures["value_at_risk"],
            expected_shortfall_pct=100.0 * figures["expected_shortfall"],
            mean_day_pct=_growth(net),
            mean_month_pct=_growth(months),
            mean_year_pct=_growth(years),
            best_day_pct=100.0 * float(net.max()),
            worst_day_pct=100.0 * float(net.min()),
            best_month_pct=100.0 * float(months.max()),
            worst_month_pct=100.0 * float(months.min()),
            best_year_pct=100.0 * float(years.max()),
            worst_year_pct=100.0 * float(years.min()),
            up_days_pct=_share_up(net),
            up_months_pct=_share_up(months),
            up_quarters_pct=_share_up(quarters),
            up_years_pct=_share_up(years),
            mean_up_month_pct=_mean(100.0 * months[months > 0]),
            mean_down_month_pct=_mean(100.0 * months[months < 0]),
            longest_run_up=longest_run(net > 0),
            longest_run_down=longest_run(net < 0),
        ),
        intervals,
    )


def _drawdowns(daily: DailyAccount) -> DrawdownFigures:
    if not len(daily):
        return DrawdownFigures()
    falls = drawdowns(daily.returns)
    lengths = [fall_days(daily, fall) for fall in falls]
    deepest = min((fall.depth for fall in falls), default=0.0)
    total = float(np.prod(1.0 + daily.returns)) - 1.0
    return DrawdownFigures(
        max_drawdown_pct=100.0 * deepest,
        mean_drawdown_pct=100.0 * fmean(fall.depth for fall in falls) if falls else 0.0,
        now_below_peak_pct=100.0 * float(underwater(daily.returns)[-1]),
        longest_drawdown_days=max(lengths, default=0.0),
        mean_drawdown_days=fmean(lengths) if lengths else 0.0,
        ulcer_index_pct=100.0 * ulcer_index(daily.returns),
        recovery_factor=total / -deepest if deepest else NAN,
    )


def fall_days(daily: DailyAccount, fall: Drawdown) -> float:
    """Calendar days from the peak to the recovery, or to the last day while there is none."""
    start = daily.start_ts if fall.peak < 0 else int(daily.ts_ns[fall.peak])
    end = int(daily.ts_ns[-1 if fall.recovered is None else fall.recovered])
    return float(account_day(end) - account_day(start))


def _exposure(daily: DailyAccount, series: NetReturns | None) -> ExposureFigures:
    if not len(daily):
        return ExposureFigures()
    known = series is not None and len(series) >= LEAST_DAYS_A_YEAR
    return ExposureFigures(
        time_in_market_pct=100.0 * float(np.mean(daily.gross > 0)),
        mean_gross_pct=100.0 * float(np.mean(daily.gross)),
        max_gross_pct=100.0 * float(np.max(daily.gross)),
        mean_net_pct=100.0 * float(np.mean(daily.net)),
        turnover_annual=performance(series)["turnover_annual"] if known and series is not None else NAN,
    )


def _costs(whole: CostSum, series: NetReturns | None) -> CostFigures:
    known = series is not None and len(series) >= LEAST_DAYS_A_YEAR

    def bps(part_e8: int) -> float:
        return 10_000.0 * part_e8 / whole.traded_e8 if whole.traded_e8 else NAN

    return CostFigures(
        traded=cash_text(whole.traded_e8),
        fills=whole.fills,
        commission=cash_text(whole.commission_e8),
        spread=cash_text(whole.spread_e8),
        slippage=cash_text(whole.slippage_e8),
        cost=cash_text(whole.total_e8),
        commission_bps=bps(whole.commission_e8),
        spread_bps=bps(whole.spread_e8),
        slippage_bps=bps(whole.slippage_e8),
        cost_bps=bps(whole.total_e8),
        cost_annual_pct=100.0 * performance(series)["costs_annual"] if known and series is not None else NAN,
    )


def _against(benchmark: Benchmark, series: NetReturns) -> BenchmarkFigures | None:
    known = len(series) >= LEAST_DAYS_A_YEAR
    if len(series) < 3:
        return None
    own = performance(replace(series, net=benchmark.returns, gross=benchmark.returns))
    mine = performance(series)
    found = against_benchmark(series.net, benchmark.returns, series.periods_per_year)
    return BenchmarkFigures(
        name=benchmark.name,
        benchmark_return_pct=100.0 * own["total_return"],
        benchmark_cagr_pct=100.0 * own["cagr"] if known else NAN,
        benchmark_volatility_pct=100.0 * own["volatility"] if known else NAN,
        benchmark_sharpe=own["sharpe"] if known else NAN,
        benchmark_max_drawdown_pct=100.0 * own["max_drawdown"],
        excess_return_pct=100.0 * (mine["total_return"] - own["total_return"]),
        alpha_pct=100.0 * found.alpha if known else NAN,
        beta=found.beta if known else NAN,
        correlation=found.correlation if known else NAN,
        r_squared=found.r_squared if known else NAN,
        tracking_error_pct=100.0 * found.tracking_error if known else NAN,
        information_ratio=found.information_ratio if known else NAN,
        treynor=found.treynor if known else NAN,
        up_capture_pct=100.0 * found.up_capture,
        down_capture_pct=100.0 * found.down_capture,
    )


def _scaled(name: str, value: float) -> float:
    """A fraction in percent where the figure's name says so."""
    return 100.0 * value if name.endswith("_pct") else value


def _shape(net: Floats) -> tuple[float, float]:
    """Skewness and excess kurtosis, of the sample without correction; NaN where nothing varies."""
    centred = net - net.mean()
    variance = float(np.mean(np.square(centred)))
    if variance < 1e-20:
        return NAN, NAN
    return float(np.mean(centred**3)) / variance**1.5, float(np.mean(centred**4)) / variance**2 - 3.0


def _tail_ratio(net: Floats) -> float:
    """The 95th percentile over the size of the 5th; NaN where that is 0."""
    low, high = np.quantile(net, [0.05, 0.95])
    return float(abs(high / low)) if low else NAN


def _growth(returns: Floats) -> float:
    """The return that, each period the same, comes to the whole; in percent."""
    whole = float(np.prod(1.0 + returns))
    return 100.0 * (whole ** (1.0 / len(returns)) - 1.0) if whole > 0 else -100.0


def _share_up(returns: Floats) -> float:
    """Share of gains among periods that are not 0, in percent; NaN where all are."""
    moved = int(np.count_nonzero(returns))
    return 100.0 * int((returns > 0).sum()) / moved if moved else NAN


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else NAN


def _money(amount: float) -> str:
    return f"{Decimal(amount).quantize(Decimal('0.01'), rounding=ROUND_HALF_EVEN):f}"
