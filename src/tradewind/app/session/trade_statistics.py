"""Figures of the round trips of a session: how often they won, how much, and for how long they were held."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from statistics import fmean, median

from tradewind.core.money import cash_from_decimal
from tradewind.views.amounts import cash_text
from tradewind.views.report.measures import NAN, TradeFigures
from tradewind.views.report.trade_rows import ClosedTradeRow


def trade_figures(rows: Sequence[ClosedTradeRow], open_count: int = 0) -> TradeFigures:
    """Of closed trades in the order of their exits. A trade of exactly 0 is neither won nor lost."""
    if not rows:
        return TradeFigures(open_trades=open_count)
    exact = [Decimal(row.profit_base) for row in rows]
    profits = [float(one) for one in exact]
    wins, losses = [p for p in profits if p > 0], [p for p in profits if p < 0]
    won, lost = fmean(wins) if wins else NAN, fmean(losses) if losses else NAN
    days = [row.days for row in rows]
    return TradeFigures(
        trades=len(rows),
        open_trades=open_count,
        long_trades=sum(row.side == "long" for row in rows),
        short_trades=sum(row.side == "short" for row in rows),
        win_rate_pct=100.0 * len(wins) / (len(wins) + len(losses)) if wins or losses else NAN,
        profit=cash_text(cash_from_decimal(sum(exact, Decimal(0)))),
        expectancy=fmean(profits),
        expectancy_pct=_mean(row.profit_pct for row in rows),
        mean_win=won,
        mean_loss=lost,
        payoff=won / -lost,
        profit_factor=sum(wins) / -sum(losses) if losses else NAN,
        best_trade=max(profits),
        worst_trade=min(profits),
        longest_wins=longest_run(p > 0 for p in profits),
        longest_losses=longest_run(p < 0 for p in profits),
        mean_holding_days=fmean(days),
        median_holding_days=median(days),
        longest_holding_days=max(days),
        median_bars=median(row.bars for row in rows),
        mean_worst_pct=_mean(row.worst_pct for row in rows),
        mean_best_pct=_mean(row.best_pct for row in rows),
    )


def longest_run(flags: Iterable[bool]) -> int:
    """Most in a row that are true."""
    return max((sum(1 for _ in run) for true, run in groupby(map(bool, flags)) if true), default=0)


def _mean(values: Iterable[float | None]) -> float:
    """Mean of what is known; NaN of nothing."""
    known = [value for value in values if value is not None and value == value]
    return fmean(known) if known else NAN
