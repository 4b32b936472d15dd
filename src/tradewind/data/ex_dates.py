"""Splits and dividends of a US stock as actions of ours, from ex-dates and the closes before them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from tradewind.core.timestamps import to_ns
from tradewind.data.adjustment import DIVIDEND, DOUBTFUL, CorporateAction, one_a_day, split, split_factors
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
    """Oldest first, one of a kind a day. A dividend's factor is ``1 - D / C`` with the close before its day.

    ``daily`` are raw daily bars stamped by their close. A dividend of the day of a split is one on the shares
    after it, and so is the close that it is held against (Alpha Vantage's adjusted closes say so). One before
    the first bar changes none and is left out; one of the whole price or more is ``DOUBTFUL``.
    """
    found = [split(instrument_id, ex_ns_of(day), ratio, source) for day, ratio in splits]
    # Two of one amount count once, so amounts are put together before they are held against a price.
    told = [
        CorporateAction(instrument_id, ex_ns_of(day), DIVIDEND, 1.0, paid, source) for day, paid in dividends
    ]
    made: list[CorporateAction] = []
    for one in one_a_day(told):
        before = int(np.searchsorted(daily.time_ns, one.ex_ns, side="left")) - 1
        if before < 0:
            continue
        close = float(daily.figures[before, 3])
        close *= float(split_factors(found, daily.time_ns[before : before + 1], one.ex_ns)[0])
        factor = 1.0 - one.value / close if close > 0 else 0.0
        kind = DIVIDEND if factor > 0.0 else DOUBTFUL
        made.append(replace(one, kind=kind, price_factor=factor if kind == DIVIDEND else 1.0))
    return one_a_day([*found, *made])
