"""Dividends in another unit than the prices: pence beside pounds, or not on the share count of a split."""

from collections.abc import Iterator

from tradewind.core.timestamps import iso
from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection


@RULES.register("dividend_unit")
def dividend_unit(seen: Inspection) -> Iterator[Finding]:
    """An amount that fits the price's fall, usual yields and its neighbours far better in another unit.

    ``value`` is what the stated amount has to be multiplied by. The row is the first bar after the ex-date.
    """
    for one in seen.dividends:
        if one.fault == "unit":
            day = iso(one.action.ex_ns)[:10]
            what = f"the dividend of {one.action.value:g} on {day} should be {one.believed:.6g}: {one.why}"
            yield Finding(
                "dividend_unit",
                Dimension.ACCURACY,
                Severity.ERROR,
                int(seen.ts_event[one.row]),
                int(seen.rows[one.row]),
                what,
                one.times,
            )
