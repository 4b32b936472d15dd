"""Plots of a session's tear sheet, each from its plain rows to one SVG."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from markupsafe import Markup

from tradewind.core.timestamps import parse_ns
from tradewind.views.amounts import shown_figure
from tradewind.views.report import svg
from tradewind.views.report.axes import LEFT, RIGHT, WIDTH, dates, joined, levels
from tradewind.views.report.tear_sheet import EarnedRow, GrowthRow, PriceChart, Rolling

_BINS = 40
_MOST_MARKS = 400


def growth_figure(points: Sequence[GrowthRow]) -> Markup:
    """What the account (solid) and the benchmark (dashed) have gained since the start, in percent."""
    times = _seconds(point.ts for point in points)
    own = [point.account_pct for point in points]
    held = [point.benchmark_pct for point in points]
    across = svg.Scale(min(times), max(times), LEFT, WIDTH - RIGHT)
    up = svg.Scale(*svg.padded([*own, *held, 0.0]), 214.0, 10.0)
    words = f"Gained since the start: account {shown_figure(own[-1])} %, benchmark {shown_figure(held[-1])} %"
    return svg.drawing(
        WIDTH,
        240,
        words,
        *levels(up, "{:,.0f} %" if up.high - up.low > 5 else "{:,.1f} %", 6),
        svg.line((LEFT, up.at(0.0)), (WIDTH - RIGHT, up.at(0.0)), "axis"),
        *_known(across, up, times, held, "curve thin dashed warn"),
        svg.path(joined(across, up, times, own), "curve accent"),
        *dates(across, [point.ts for point in points], 234.0),
    )


def rolling_figure(rolling: Rolling) -> Markup:
    """Rolling Sharpe ratio above, rolling volatility below."""
    times = _seconds(point.ts for point in rolling.points)
    sharpe = [point.sharpe for point in rolling.points]
    spread = [point.volatility_pct for point in rolling.points]
    across = svg.Scale(min(times), max(times), LEFT, WIDTH - RIGHT)
    above = svg.Scale(*svg.padded([*sharpe, 0.0]), 130.0, 10.0)
    below = svg.Scale(*svg.padded([*spread, 0.0]), 236.0, 156.0)
    label = f"Rolling Sharpe ratio and volatility over {rolling.window} days"
    return svg.drawing(
        WIDTH,
        262,
        label,
        *levels(above, "{:.1f}", 4),
        svg.line((LEFT, above.at(0.0)), (WIDTH - RIGHT, above.at(0.0)), "axis"),
        *_known(across, above, times, sharpe, "curve thin accent"),
        *levels(below, "{:.0f} %" if below.high > 3 else "{:.1f} %", 3),
        *_known(across, below, times, spread, "curve thin warn"),
        *dates(across, [point.ts for point in rolling.points], 256.0),
    )


def days_figure(days_pct: Sequence[float]) -> Markup:
    """How often days returned how much; days of exactly 0 are left out and told in the label."""
    moved = np.array([value for value in days_pct if value != 0.0])
    reach = float(np.quantile(np.abs(moved), 0.995)) * 1.05 if len(moved) else 1.0
    edges = np.linspace(-reach, reach, _BINS + 1)
    counts = np.histogram(np.clip(moved, -reach, reach), edges)[0]
    across = svg.Scale(-reach, reach, LEFT, WIDTH - RIGHT)
    up = svg.Scale(0.0, float(max(counts.max(), 1)) * 1.06, 150.0, 8.0)
    shapes = []
    for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True):
        if count:
            style = "up-fill" if low + high > 0 else "down-fill"
            words = f"{count} days from {shown_figure(low)} % to {shown_figure(high)} %"
            left, right = across.at(low) + 1, across.at(high) - 1
            shapes.append(
                svg.bar(left, up.at(float(count)), right - left, 150.0 - up.at(float(count)), style, words)
            )
    label = f"Distribution of {len(moved)} daily returns that are not 0, of {len(days_pct)}"
    marks = [
        svg.text(across.at(value), 166, f"{shown_figure(value, _places(reach))} %", "middle")
        for value in svg.ticks(-reach, reach, 8)
    ]
    return svg.drawing(WIDTH, 172, label, *levels(up, "{:.0f}", 3), *shapes, *marks)


def price_figure(chart: PriceChart) -> Markup:
    """Closes with every purchase (triangle up) and sale (triangle down); many of them are thinned evenly."""
    times = _seconds(chart.ts)
    fills = chart.fills[:: -(-len(chart.fills) // _MOST_MARKS) or 1]
    marked = _seconds(fill.ts for fill in fills)
    across = svg.Scale(min([*times, *marked]), max([*times, *marked]), LEFT, WIDTH - RIGHT)
    up = svg.Scale(*svg.padded([*chart.close, *(fill.price for fill in fills)]), 196.0, 14.0)
    places = max(0, min(5, 2 - math.floor(math.log10(max(abs(up.high), 1e-9)))))
    shapes = [
        *levels(up, f"{{:,.{places}f}}", 5),
        svg.path(joined(across, up, times, chart.close), "curve thin soft-line"),
    ]
    for fill, at in zip(fills, marked, strict=True):
        words = f"{'Bought' if fill.side > 0 else 'Sold'} at {fill.price:,.{places + 2}f}, {fill.ts}"
        style = "up-fill" if fill.side > 0 else "down-fill"
        shapes.append(svg.triangle(across.at(at), up.at(fill.price), 5.0 * fill.side, style, words))
    label = f"Price of {chart.instrument_id} with {len(chart.fills)} fills"
    return svg.drawing(WIDTH, 222, label, *shapes, *dates(across, chart.ts, 216.0))


def months_figure(earned: Sequence[EarnedRow]) -> Markup:
    """Profit of each month as a bar."""
    values = [float(row.profit) for row in earned]
    up = svg.Scale(*svg.padded([*values, 0.0], 0.1), 126.0, 8.0)
    slot = (WIDTH - RIGHT - LEFT) / len(values)
    shapes = []
    for place, (row, value) in enumerate(zip(earned, values, strict=True)):
        top, bottom = sorted((up.at(value), up.at(0.0)))
        words = f"{row.name}: {value:,.2f}"
        style = "up-fill" if value >= 0 else "down-fill"
        width = min(slot * 0.72, 46.0)
        left = LEFT + place * slot + (slot - width) / 2
        shapes.append(svg.bar(left, top, width, bottom - top, style, words))
    every = -(-len(values) // 12)
    names = [
        svg.text(LEFT + (place + 0.5) * slot, 144, row.name, "middle")
        for place, row in enumerate(earned)
        if place % every == 0
    ]
    zero = svg.line((LEFT, up.at(0.0)), (WIDTH - RIGHT, up.at(0.0)), "axis")
    return svg.drawing(WIDTH, 150, "Profit by month", *levels(up, "{:,.0f}", 5), *shapes, zero, *names)


def _places(reach: float) -> int:
    return 0 if reach > 8 else 1 if reach > 0.8 else 2


def _seconds(times: Iterable[str]) -> list[float]:
    return [parse_ns(ts) / 1e9 for ts in times]


def _known(
    across: svg.Scale, up: svg.Scale, times: Sequence[float], values: Sequence[float], style: str
) -> list[str]:
    """A line through what is known, broken where it is not."""
    parts: list[list[svg.Point]] = [[]]
    for at, value in zip(times, values, strict=True):
        if math.isfinite(value):
            parts[-1].append((across.at(at), up.at(value)))
        elif parts[-1]:
            parts.append([])
    return [svg.path(part, style) for part in parts if len(part) > 1]
