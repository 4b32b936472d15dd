"""Small charts as SVG text that takes its colours from the page, so that light and dark both fit.

A chart maps data to the plane with two :class:`Scale` s and joins a few shapes. All text is escaped.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

Point = tuple[float, float]


@dataclass(frozen=True)
class Scale:
    """Maps ``[low, high]`` to ``[start, stop]``."""

    low: float
    high: float
    start: float
    stop: float

    def at(self, value: float) -> float:
        """Place of ``value``."""
        if self.high == self.low:
            return (self.start + self.stop) / 2.0
        return self.start + (value - self.low) / (self.high - self.low) * (self.stop - self.start)


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round values inside ``[low, high]``, about ``count`` of them, 1, 2 or 5 times a power of ten apart.

    Source: Heckbert, Nice numbers for graph labels, Graphics Gems (1990).
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low] if math.isfinite(low) else []
    rough = (high - low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(nice * power for nice in (1.0, 2.0, 5.0, 10.0) if nice * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def padded(values: Iterable[float], share: float = 0.06) -> tuple[float, float]:
    """Lowest and highest finite value with some room; ``(0, 1)`` when there is none."""
    known = [value for value in values if math.isfinite(value)]
    if not known:
        return 0.0, 1.0
    low, high = min(known), max(known)
    room = (high - low) * share or abs(high) * share or 1.0
    return low - room, high + room


def drawing(width: float, height: float, label: str, *shapes: str) -> Markup:
    """A whole chart; ``label`` is what a screen reader says."""
    body = "".join(shapes)
    return Markup(  # noqa: S704 - every text in it went through escape
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(label)}">{body}</svg>'
    )


def text(x: float, y: float, words: str, anchor: str = "start", style: str = "tick") -> str:
    """Words at a place; ``anchor`` is ``start``, ``middle`` or ``end``."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{style}">{escape(words)}</text>'


def line(start: Point, stop: Point, style: str) -> str:
    """A straight line."""
    (x1, y1), (x2, y2) = start, stop
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{style}"/>'


def path(points: Sequence[Point], style: str, *, close_at: float | None = None) -> str:
    """A line through points; with ``close_at`` the area between it and that height."""
    if not points:
        return ""
    steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    if close_at is None:
        return f'<path d="M{steps}" class="{style}"/>'
    first, last = points[0][0], points[-1][0]
    return f'<path d="M{first:.1f} {close_at:.1f}L{steps}L{last:.1f} {close_at:.1f}Z" class="{style}"/>'


def dot(x: float, y: float, radius: float, style: str, words: str = "") -> str:
    """A dot that says ``words`` when pointed at."""
    title = f"<title>{escape(words)}</title>" if words else ""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" class="{style}">{title}</circle>'


def triangle(x: float, y: float, size: float, style: str, words: str = "") -> str:
    """A triangle that points at a place from below (``size`` above 0) or from above."""
    title = f"<title>{escape(words)}</title>" if words else ""
    half, foot = abs(size) * 0.8, y + 1.6 * size
    corners = f"M{x:.1f} {y:.1f}L{x - half:.1f} {foot:.1f}L{x + half:.1f} {foot:.1f}Z"
    return f'<path d="{corners}" class="{style} mark-edge">{title}</path>'


def bar(x: float, y: float, width: float, height: float, style: str, words: str = "") -> str:
    """A bar; a negative width reaches to the left."""
    title = f"<title>{escape(words)}</title>" if words else ""
    left, wide = (x, width) if width >= 0 else (x + width, -width)
    return (
        f'<rect x="{left:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{height:.1f}" '
        f'rx="1.5" class="{style}">{title}</rect>'
    )
