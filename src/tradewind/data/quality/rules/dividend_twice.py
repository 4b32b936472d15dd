"""Dividends that are stated twice within a few days, and were paid once."""

from collections.abc import Iterator

from tradewind.core.timestamps import iso
from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection


@RULES.register("dividend_twice")
def dividend_twice(seen: Inspection) -> Iterator[Finding]:
    """Of two like amounts (to 15 %) within ten days the one for which the price did not fall."""
    for one in seen.dividends:
        if one.fault == "twice":
            day = iso(one.action.ex_ns)[:10]
            yield Finding(
                "dividend_twice",
                Dimension.UNIQUENESS,
                Severity.ERROR,
                int(seen.ts_event[one.row]),
                int(seen.rows[one.row]),
                f"the dividend of {one.action.value:g} on {day} was not paid: {one.why}",
                one.action.value,
            )
