"""From Yahoo's basis (today's share count, pence) to ours: as traded, in whole currency, with actions beside.

Yahoo divides every price and dividend before a split by it, also by splits after the end of what was asked
for, and multiplies volumes. The charts that are used here therefore reach to the present.
"""

from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np

from tradewind.core.errors import MalformedPayloadError
from tradewind.core.panel import Floats, Ints
from tradewind.core.timestamps import NS_PER_S, from_ns, to_ns
from tradewind.data.adjustment import DIVIDEND, DOUBTFUL, CorporateAction, split
from tradewind.data.raw import RawBars
from tradewind.data.vendors.yahoo.chart import Chart, ChartMeta

_MINOR_UNITS = {"GBp": ("GBP", 0.01), "GBX": ("GBP", 0.01), "ZAc": ("ZAR", 0.01), "ILA": ("ILS", 0.01)}


def currency_of(meta: ChartMeta) -> tuple[str, float]:
    """Currency of the bars, and what Yahoo's figures are multiplied by to be in it."""
    if meta.currency is None:
        message = f"Yahoo names no currency for {meta.symbol}."
        raise MalformedPayloadError(message, "Ask another provider.")
    return _MINOR_UNITS.get(meta.currency, (meta.currency, 1.0))


def as_traded(rows: RawBars, daily: Chart, unit: float) -> RawBars:
    """Rows on the share count of their own day; ``daily`` names every split since."""
    later = shares_since(rows.ts_event, daily)
    prices = later * unit
    return replace(
        rows,
        open=rows.open * prices,
        high=rows.high * prices,
        low=rows.low * prices,
        close=rows.close * prices,
        volume=rows.volume / later,
        adjusted_close=None if rows.adjusted_close is None else rows.adjusted_close * prices,
    )


def shares_since(ts_ns: Ints, daily: Chart) -> Floats:
    """How many of today's shares one share was at each moment, (R,)."""
    ex_ns = np.array([ex_date_ns(second, daily.meta) for second, _ in daily.splits], dtype=np.int64)
    ratios = np.array([ratio for _, ratio in daily.splits], dtype=np.float64)
    tail = np.append(np.cumprod(ratios[::-1])[::-1], 1.0)
    since: Floats = tail[np.searchsorted(ex_ns, ts_ns, side="right")]
    return since


def actions_of(symbol: str, daily: Chart) -> tuple[CorporateAction, ...]:
    """Splits and dividends of the chart, amounts as they were paid, oldest first.

    A dividend's factor is ``1 - D / C`` with the last close before its ex-date (Yahoo's own rule, as in its
    help page "What is the adjusted close?"). One before the first close changes no row and is left out; one
    of the whole price or more is ``DOUBTFUL``.
    """
    unit = currency_of(daily.meta)[1]
    found = [split(symbol, ex_date_ns(second, daily.meta), ratio, "yahoo") for second, ratio in daily.splits]
    closed = ~np.isnan(daily.close)
    starts, closes = daily.start_s[closed] * NS_PER_S, daily.close[closed]
    for second, amount in daily.dividends:
        ex_ns = ex_date_ns(second, daily.meta)
        before = int(np.searchsorted(starts, ex_ns, side="left")) - 1
        if before < 0:
            continue
        paid = amount * unit * float(shares_since(np.array([ex_ns], dtype=np.int64), daily)[0])
        factor = 1.0 - amount / float(closes[before])
        if factor > 0.0:
            found.append(CorporateAction(symbol, ex_ns, DIVIDEND, factor, paid, "yahoo"))
        else:  # one impossible amount does not cost the whole series: it is kept, named, and changes nothing
            found.append(CorporateAction(symbol, ex_ns, DOUBTFUL, 1.0, paid, "yahoo"))
    return tuple(sorted(found, key=lambda action: action.ex_ns))


def ex_date_ns(second: int, meta: ChartMeta) -> int:
    """Start of the action's date where it is listed: after the close before it, before its own open."""
    zone = ZoneInfo(meta.exchange_timezone_name)
    local = from_ns(second * NS_PER_S).astimezone(zone)
    return to_ns(local.replace(hour=0, minute=0, second=0, microsecond=0))
