"""The report's plots, each from plain rows to one SVG."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from tradewind.core.timestamps import parse_ns
from tradewind.views.amounts import shown_figure, shown_money
from tradewind.views.report import svg
from tradewind.views.report.axes import LEFT, RIGHT, WIDTH, dates, joined, levels
from tradewind.views.report.inputs import CalibrationBin, ExposurePoint, ModelReport
from tradewind.views.report.interval import Interval
from tradewind.views.rows import CurvePoint, PositionRow


def equity_figure(curve: Sequence[CurvePoint]) -> Markup:
    """Equity over time, with the drawdown below it."""
    times = [parse_ns(point.ts) / 1e9 for point in curve]
    across = svg.Scale(min(times), max(times), LEFT, WIDTH - RIGHT)
    money = [float(point.equity) for point in curve]
    below = [-point.drawdown_pct for point in curve]
    up = svg.Scale(*svg.padded(money), 232.0, 12.0)
    down = svg.Scale(min(*below, -0.1) * 1.1, 0.0, 330.0, 258.0)
    shapes = [
        *levels(up, "{:,.0f}", 7),
        svg.path(joined(across, up, times, money), "area accent-area", close_at=up.start),
        svg.path(joined(across, up, times, money), "curve accent"),
        *levels(down, "{:.1f} %" if min(below) < -0.3 else "{:.2f} %", 3),
        svg.path(joined(across, down, times, below), "area down-area", close_at=down.stop),
        svg.path(joined(across, down, times, below), "curve thin down"),
        *dates(across, [point.ts for point in curve], 350.0),
    ]
    first, last = (shown_money(point.equity, 0) for point in (curve[0], curve[-1]))
    label = f"Equity from {first} to {last}, deepest drawdown {shown_figure(-min(below))} %"
    return svg.drawing(WIDTH, 356, label, *shapes)


def exposure_figure(points: Sequence[ExposurePoint]) -> Markup:
    """Gross and net exposure over time, in percent of equity."""
    times = [parse_ns(point.ts) / 1e9 for point in points]
    gross = [point.gross_pct for point in points]
    net = [point.net_pct for point in points]
    across = svg.Scale(min(times), max(times), LEFT, WIDTH - RIGHT)
    up = svg.Scale(*svg.padded([*gross, *net, 0.0]), 170.0, 10.0)
    return svg.drawing(
        WIDTH,
        180,
        "Gross and net exposure in percent of equity",
        *levels(up, "{:.0f} %", 4),
        svg.path(joined(across, up, times, gross), "curve accent"),
        svg.path(joined(across, up, times, net), "curve thin warn"),
    )


def positions_figure(positions: Sequence[PositionRow], equity: float) -> Markup:
    """Open positions as signed shares of equity."""
    held = sorted((row for row in positions if row.open), key=lambda row: -abs(float(row.value)))[:20]
    shares = [100.0 * float(row.value) / equity if equity else 0.0 for row in held]
    reach = max((abs(share) for share in shares), default=1.0) * 1.25 or 1.0
    across = svg.Scale(-reach, reach, 150.0, WIDTH - RIGHT)
    shapes = [svg.line((across.at(0), 4), (across.at(0), 22.0 * len(held) + 8), "axis")]
    for number, (row, share) in enumerate(zip(held, shares, strict=True)):
        y = 8.0 + 22.0 * number
        width = across.at(share) - across.at(0)
        style = "up-fill" if share >= 0 else "down-fill"
        shapes += [
            svg.text(8, y + 11, row.instrument_id, style="label"),
            svg.bar(
                across.at(0),
                y,
                width,
                14,
                style,
                f"{row.instrument_id}: {shown_figure(share, signed=True)} % of equity",
            ),
            svg.text(WIDTH - 8, y + 11, f"{shown_figure(share, signed=True)} %", "end"),
        ]
    return svg.drawing(WIDTH, 22.0 * len(held) + 14, "Positions in percent of equity", *shapes)


def sharpe_figure(models: Sequence[ModelReport]) -> Markup:
    """Sharpe ratio after costs with its interval, one line a model, tinted by the gate's verdict."""
    known = [(model, model.sharpe) for model in models if model.sharpe is not None]
    bounds = [value for _, one in known for value in (one.low, one.high, one.value)]
    return _whiskers(known, svg.padded([*bounds, 0.0]), 0.0, "{:.2f}", "Sharpe ratio after costs", "no skill")


def accuracy_figure(models: Sequence[ModelReport]) -> Markup:
    """Accuracy with its interval, one line a model, and the base rate that it must beat."""
    known = [(model, model.accuracy) for model in models if model.accuracy is not None]
    bounds = [value for _, one in known for value in (one.low, one.high, one.value)]
    bases = [model.base_rate for model, _ in known if model.base_rate is not None]
    marks = {model.model: model.base_rate for model, _ in known if model.base_rate is not None}
    low, high = svg.padded([*bounds, *bases, 0.5])
    return _whiskers(known, (low, high), 0.5, "{:.1%}", "Directional accuracy", "coin", marks)


def calibration_figure(bins: Sequence[CalibrationBin]) -> Markup:
    """What was predicted against what came, larger dots for more forecasts; the diagonal is perfect."""
    x = svg.Scale(0.0, 1.0, 34.0, 232.0)
    y = svg.Scale(0.0, 1.0, 206.0, 8.0)
    most = max((one.count for one in bins), default=1)
    shapes = [svg.line((x.at(0), y.at(0)), (x.at(1), y.at(1)), "diagonal")]
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        shapes += [
            svg.line((x.at(0), y.at(value)), (x.at(1), y.at(value)), "grid"),
            svg.text(28, y.at(value) + 3.5, f"{value:g}", "end"),
            svg.text(x.at(value), 221, f"{value:g}", "middle"),
        ]
    shapes.append(svg.path([(x.at(one.predicted), y.at(one.observed)) for one in bins], "curve thin accent"))
    for one in bins:
        words = f"{one.count} forecasts at {one.predicted:.2f}: {one.observed:.2f} went up"
        radius = 2.0 + 4.0 * math.sqrt(one.count / most)
        shapes.append(svg.dot(x.at(one.predicted), y.at(one.observed), radius, "accent-fill", words))
    return svg.drawing(244, 228, "Calibration: predicted against observed share of rises", *shapes)


def _whiskers(
    known: Sequence[tuple[ModelReport, Interval]],
    bounds: tuple[float, float],
    null: float,
    form: str,
    label: str,
    null_words: str,
    marks: dict[str, float] | None = None,
) -> Markup:
    """One line a model: a dot for the figure, a line for its interval, a tick for what it must beat."""
    across = svg.Scale(*bounds, 180.0, WIDTH - RIGHT - 40)
    bottom = 26.0 * len(known) + 6.0
    shapes = [
        svg.line((across.at(null), 2), (across.at(null), bottom), "axis"),
        svg.text(across.at(null), bottom + 28, null_words, "middle"),
    ]
    for value in svg.ticks(*bounds, 6):
        shapes += [
            svg.line((across.at(value), 2), (across.at(value), bottom), "grid"),
            svg.text(across.at(value), bottom + 14, form.format(value), "middle"),
        ]
    for number, (model, one) in enumerate(known):
        y = 16.0 + 26.0 * number
        tone = "up" if model.verdict == "accepted" else "down"
        known_bounds = math.isfinite(one.low) and math.isfinite(one.high)
        bounds_said = f" ({form.format(one.low)} to {form.format(one.high)})" if known_bounds else ""
        words = f"{model.model}: {form.format(one.value)}{bounds_said}"
        shapes.append(svg.text(8, y + 4, model.model.replace("_", " "), style="label"))
        if known_bounds:
            shapes.append(svg.line((across.at(one.low), y), (across.at(one.high), y), f"whisker {tone}"))
        shapes.append(svg.dot(across.at(one.value), y, 5, f"{tone}-fill", words))
        shapes.append(svg.text(WIDTH - 8, y + 4, form.format(one.value), "end", "label"))
        if marks and model.model in marks:
            x = across.at(marks[model.model])
            shapes.append(svg.line((x, y - 8), (x, y + 8), "mark"))
    return svg.drawing(WIDTH, bottom + 36, label, *shapes)
