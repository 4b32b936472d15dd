"""Figures of a session's statistics as a page shows them: label, value, interval, and how they are made."""

from collections.abc import Container, Mapping
from decimal import Decimal
from typing import NamedTuple

from tradewind.views.amounts import shown_figure, shown_money
from tradewind.views.report.interval import Interval
from tradewind.views.report.measures import SessionStatistics
from tradewind.views.report.metrics import TITLES, Metric, metrics_of
from tradewind.views.rows import Row

_DASH = "\N{EN DASH}"
_HEADLINES = (
    ("returns", ("total_return_pct", "cagr_pct", "volatility_pct", "sharpe", "sortino")),
    ("drawdowns", ("max_drawdown_pct", "longest_drawdown_days")),
    ("trades", ("trades", "win_rate_pct", "profit_factor", "expectancy")),
    ("costs", ("cost", "cost_bps")),
    ("benchmark", ("benchmark_return_pct", "alpha_pct", "beta")),
)
"""Figures that terminals and notebooks show first."""


class FigureLine(NamedTuple):
    """One line; ``interval`` is empty where there is none, ``hint`` is the formula."""

    label: str
    value: str
    interval: str
    hint: str


class FigureGroup(NamedTuple):
    """Lines under one title."""

    title: str
    lines: tuple[FigureLine, ...]


def figure_groups(statistics: SessionStatistics) -> list[FigureGroup]:
    """All groups that the session has, each with all its figures."""
    groups = ((TITLES[group], figure_lines(statistics, group, _told(statistics, group))) for group in TITLES)
    return [FigureGroup(title, lines) for title, lines in groups if lines]


def headlines(statistics: SessionStatistics) -> list[FigureLine]:
    """The few figures that say most, where a page of all is too much; those of a group that there is."""
    return [line for group, fields in _HEADLINES for line in figure_lines(statistics, group, fields)]


def _told(statistics: SessionStatistics, group: str) -> Container[str] | None:
    """Where nothing was traded, what is left to say; None for all."""
    if group == "trades" and not statistics.trades.trades:
        return ("trades", "open_trades")
    return () if group == "costs" and not statistics.costs.fills else None


def figure_lines(
    statistics: SessionStatistics, group: str, fields: Container[str] | None = None
) -> tuple[FigureLine, ...]:
    """The figures of one group (of ``fields`` alone if given); none where the session has none."""
    table: Row | None = getattr(statistics, group)
    if table is None:
        return ()
    return tuple(
        _line(metric, table, statistics.intervals)
        for metric in metrics_of(group)
        if fields is None or metric.field in fields
    )


def shown_value(value: float | int | str, unit: str) -> str:
    """A figure with its unit; a dash for what is not defined."""
    if isinstance(value, str):
        return shown_money(Decimal(value))
    if value != value:
        return _DASH
    if unit == "count":
        return f"{value:,.0f}"
    if unit == "money":
        return shown_money(Decimal(value))
    if unit == "days":
        return shown_figure(value, 0 if value >= 100 or value == round(value) else 1)
    if unit == "bars":
        return shown_figure(value, 0 if value == round(value) else 1)
    return shown_figure(value)


def _line(metric: Metric, table: Row, intervals: Mapping[str, Interval]) -> FigureLine:
    value = getattr(table, metric.field)
    shown = shown_value(value, metric.unit)
    # Percent and money speak for themselves by their label; others are told beside the figure.
    unit = f" {metric.unit}" if metric.unit not in ("", "count", "money") and shown != _DASH else ""
    if shown == "1" and metric.unit in ("days", "bars"):
        unit = unit.removesuffix("s")
    found = intervals.get(metric.field)
    interval = ""
    if found is not None and found.low < found.high:
        interval = f"{shown_figure(found.low)} to {shown_figure(found.high)}"
    hint = f"{metric.formula}. Not defined: {metric.edge}." if metric.edge else f"{metric.formula}."
    return FigureLine(metric.label, f"{shown}{unit}", interval, hint)
