"""Plots of a transaction-cost analysis: where the shortfall went, and mark-outs."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from tradewind.core.money import CASH_SCALE
from tradewind.views.amounts import shown_figure
from tradewind.views.report import svg
from tradewind.views.report.axes import LEFT, RIGHT, WIDTH, joined, levels
from tradewind.views.tca.rows import CostGroup, Parts

PART_NAMES = {
    "delay_e8": "Delay",
    "timing_e8": "Timing",
    "spread_e8": "Spread",
    "impact_e8": "Impact",
    "fees_e8": "Fees",
    "opportunity_e8": "Opportunity",
}
"""Parts of a shortfall as people read them."""

_GROUPS_SHOWN = 16


def parts_figure(parts: Parts) -> Markup:
    """Each part of the shortfall as a bar, in money; to the right is a cost."""
    amounts = {name: getattr(parts, field) / CASH_SCALE for field, name in PART_NAMES.items()}
    return _bars(amounts, "{:,.2f}", "Parts of the implementation shortfall")


def groups_figure(groups: Sequence[CostGroup]) -> Markup:
    """The largest groups' shortfall in bps of what was decided."""
    largest = sorted(groups, key=lambda group: -group.decision_value_e8)[:_GROUPS_SHOWN]
    costs = {group.name: group.shortfall_bps for group in sorted(largest, key=lambda group: group.name)}
    return _bars(costs, "{:,.2f} bps", f"Implementation shortfall by {groups[0].by}")


def markout_figure(total: CostGroup) -> Markup:
    """Mean mark-out in bps by the number of prices after the fill."""
    known = [(int(after), bps) for after, bps in total.markout_bps.items() if math.isfinite(bps)]
    xs, ys = [float(after) for after, _ in known], [bps for _, bps in known]
    across = svg.Scale(0.0, max(xs), LEFT + 30, WIDTH - RIGHT)
    up = svg.Scale(*svg.padded([*ys, 0.0]), 150.0, 10.0)
    shapes = [
        *levels(up, "{:.1f} bps", 4),
        svg.line((across.at(0.0), up.at(0.0)), (WIDTH - RIGHT, up.at(0.0)), "axis"),
        svg.path(joined(across, up, [0.0, *xs], [0.0, *ys]), "curve thin accent"),
    ]
    for x, y in zip(xs, ys, strict=True):
        words = f"{shown_figure(y, signed=True)} bps after {x:.0f} prices"
        shapes += [
            svg.dot(across.at(x), up.at(y), 4, "accent-fill", words),
            svg.text(across.at(x), 168, f"{x:.0f}", "middle"),
        ]
    return svg.drawing(WIDTH, 174, "Mark-out after fills, by prices after", *shapes)


def _bars(values: dict[str, float], form: str, label: str) -> Markup:
    known = {name: value for name, value in values.items() if math.isfinite(value)}
    low, high = min([*known.values(), 0.0]), max([*known.values(), 0.0])
    if low == high:
        high = 1.0
    across = svg.Scale(low, high, 200.0, WIDTH - RIGHT - 40)
    shapes = [svg.line((across.at(0), 4), (across.at(0), 24.0 * len(known) + 4), "axis")]
    for place, (name, value) in enumerate(known.items()):
        y = 8.0 + 24.0 * place
        said = form.format(value + 0.0).replace("-", "\N{MINUS SIGN}")
        style = "down-fill" if value > 0 else "up-fill"
        shapes += [
            svg.text(8, y + 12, name, style="label"),
            svg.bar(across.at(0), y, across.at(value) - across.at(0), 15, style, f"{name}: {said}"),
            svg.text(WIDTH - 8, y + 12, said, "end"),
        ]
    return svg.drawing(WIDTH, 24.0 * len(known) + 12, label, *shapes)
