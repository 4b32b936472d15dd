"""Splits and dividends of a US stock as actions of ours, from ex-dates and the closes before them."""

from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from tradewind.core.errors import MalformedPayloadError
from tradewind.core.timestamps import to_ns
from tradewind.data.adjustment import DIVIDEND, CorporateAction, split
from tradewind.data.candles import Candles

NEW_YORK = ZoneInfo("America/New_York")


def ex_ns_of(day: date) -> int:
    """Start of the ex-date in New York: after the close before it, before its own open."""
    return to_ns(datetime.combine(day, time(), NEW_YORK))


def actions_of(
    instrument_id: str,
    splits: Sequence[tuple[date, float]],
    dividends: Sequence[tuple[date, float]],
    daily: Candles,
    source: str,
) -> tuple[CorporateAction, ...]:
    """Oldest first. A dividend's factor is ``1 - D / C`` with the close before its ex-date.

    ``daily`` are raw daily bars stamped by their close. A dividend before the first of them changes no bar
    and is left out.

    Raises
    ------
    MalformedPayloadError
        A dividend is more than the close before it.
    """
    found = [split(instrument_id, ex_ns_of(day), ratio, source) for day, ratio in splits]
    for day, amount in dividends:
        ex_ns = ex_ns_of(day)
        before = int(np.searchsorted(daily.time_ns, ex_ns, side="left")) - 1
        if before < 0:
            continue
        close = float(daily.figures[before, 3])
        factor = 1.0 - amount / close if close > 0 else 0.0
        if factor <= 0.0:
            message = f"A dividend of {amount} on {day} is more than the close of {close} before it."
            raise MalformedPayloadError(message, f"Check {instrument_id} at {source}; ask another provider.")
        found.append(CorporateAction(instrument_id, ex_ns, DIVIDEND, factor, amount, source))
    return tuple(sorted(found, key=lambda action: action.ex_ns))
