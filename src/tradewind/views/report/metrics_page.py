"""The page of all metrics, generated from their table."""

from itertools import groupby

from tradewind.views.report.metrics import METRICS, TITLES, Metric

_INTRO = """# Metrics

This page is generated from the table that the report's page is made from (`make docs`). In Python they are
the fields of `session_statistics(reader)`; in `tradewind report --json` they have the same names.

- `r` are the account's `n` daily returns: equity at the last valuation of a day over that of the day before,
  after costs, less capital that came or went that day. The first day is held against the capital at the
  start. A day is UTC, midnight to the day before; one without a valuation (a weekend of stocks) is none.
- `N` is how many such days make a year, by the session's own span. Under 20 days nothing is said *a year*,
  and the report says so.
- `b` are the benchmark's returns on the same days, 0 on the first.
- The risk-free rate is 0.
- 95 % intervals come from 2,000 draws of a stationary block bootstrap (Politis and Romano 1994) with blocks
  of the cube root of n. They are given for total return, growth, volatility, Sharpe, Sortino, Calmar, deepest
  drawdown, value at risk and expected shortfall.
- What is *not defined* is NaN in Python, null in JSON and a dash on the page, never 0.
- Money is in the session's base currency.
"""


_HEAD = "| field | what | unit | formula | not defined |\n|---|---|---|---|---|"


def metrics_page() -> str:
    """``docs/metrics.md``."""
    parts = [_INTRO]
    for group, members in groupby(METRICS, key=lambda metric: metric.group):
        rows = "\n".join(map(_line, members))
        parts.append(f"## {TITLES[group]}\n\n{_HEAD}\n{rows}\n")
    return "\n".join(parts)


def _line(metric: Metric) -> str:
    cells = (f"`{metric.field}`", metric.label, metric.unit or "ratio", metric.formula, metric.edge or "–")
    return f"| {' | '.join(cells)} |"
