"""What the page of a tear sheet is filled with: its plots, its tables in order, its groups of figures."""

from decimal import Decimal
from itertools import groupby
from typing import Any

from tradewind.views.report.figure_lines import figure_groups
from tradewind.views.report.tear_sheet import TearSheet

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TRADES_SHOWN = 40
_TRADES_FOLDED = 1_000


def sheet_parts(sheet: TearSheet) -> dict[str, Any]:
    """Names of the template with their values."""
    from tradewind.views.report import sheet_figures as figures

    earned = {by: list(rows) for by, rows in groupby(sheet.earned, key=lambda row: row.by)}
    months = earned.pop("month", [])
    newest = sheet.trades[::-1]
    return {
        "groups": figure_groups(sheet.statistics),
        "growth": figures.growth_figure(sheet.growth) if len(sheet.growth) > 1 else "",
        "rolling": [
            (one.window, figures.rolling_figure(one))
            for one in sheet.rolling
            if any(point.volatility_pct > 0 for point in one.points)
        ],
        "days": figures.days_figure(sheet.days_pct) if any(sheet.days_pct) else "",
        "charts": [(chart, figures.price_figure(chart)) for chart in sheet.charts if len(chart.close) > 1],
        "months": figures.months_figure(months) if len(months) > 1 else "",
        "month_names": _MONTHS,
        "earned": list(earned.items()),
        "profit": sum((Decimal(row.profit) for row in earned.get("strategy", [])), Decimal(0)),
        "recent_trades": newest[:_TRADES_SHOWN],
        "earlier_trades": newest[_TRADES_SHOWN : _TRADES_SHOWN + _TRADES_FOLDED],
        "untold_trades": max(0, len(newest) - _TRADES_SHOWN - _TRADES_FOLDED),
    }
