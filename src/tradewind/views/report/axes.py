"""What the report's plots over time share: their width, lines through points, levels and dates."""

from collections.abc import Sequence

from tradewind.core.timestamps import parse_ns
from tradewind.views.report import svg

WIDTH = 960.0
LEFT, RIGHT = 16.0, 78.0


def joined(x: svg.Scale, y: svg.Scale, xs: Sequence[float], ys: Sequence[float]) -> list[svg.Point]:
    """Data as places."""
    return [(x.at(left), y.at(height)) for left, height in zip(xs, ys, strict=True)]


def levels(scale: svg.Scale, form: str, count: int = 5) -> list[str]:
    """Level lines with their values at the right."""
    shapes = []
    for value in svg.ticks(scale.low, scale.high, count):
        y = scale.at(value)
        shapes.append(svg.line((LEFT, y), (WIDTH - RIGHT, y), "grid"))
        shapes.append(
            svg.text(WIDTH - 8, y + 3.5, form.format(value + 0.0).replace("-", "\N{MINUS SIGN}"), "end")
        )
    return shapes


def dates(scale: svg.Scale, times: Sequence[str], y: float) -> list[str]:
    """The first, the last and three dates between of rising ISO times."""
    shown = [times[round(share * (len(times) - 1) / 4)] for share in range(5)]
    days = len({ts[:10] for ts in shown})
    anchors = ("start", "middle", "middle", "middle", "end")
    return [
        svg.text(scale.at(parse_ns(ts) / 1e9), y, _moment(ts, days == len(shown)), anchor)
        for ts, anchor in zip(shown, anchors, strict=True)
    ]


def _moment(ts: str, day_only: bool) -> str:
    """``2026-03-04``, or with the time where two labels would read the same."""
    return ts[:10] if day_only else f"{ts[5:10]} {ts[11:16]}"
