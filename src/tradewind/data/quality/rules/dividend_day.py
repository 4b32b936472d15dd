"""Dividends on a wrong ex-date."""

from collections.abc import Iterator

from tradewind.core.timestamps import iso
from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection


@RULES.register("dividend_day")
def dividend_day(seen: Inspection) -> Iterator[Finding]:
    """A large dividend on a day on which the price stood still, with its fall one or two bars beside it."""
    for one in seen.dividends:
        if one.fault == "day":
            day, real = iso(one.action.ex_ns)[:10], iso(one.moved_to_ns)[:10]
            yield Finding(
                "dividend_day",
                Dimension.ACCURACY,
                Severity.ERROR,
                int(seen.ts_event[one.row]),
                int(seen.rows[one.row]),
                f"the dividend of {one.action.value:g} on {day} belongs after {real}: {one.why}",
                one.action.value,
            )
