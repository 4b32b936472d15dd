"""When a row of Yahoo's could first be known: its close in UTC, by the exchange's own calendar.

Yahoo stamps a row by its beginning. A daily row is dated in the exchange's time zone and stamped here by
that session's close, early closes counted; a currency's London day and a coin's UTC day by the UTC midnight
after it (for currencies in summer an hour late, never early).
"""

from zoneinfo import ZoneInfo

import numpy as np

from tradewind.core.errors import MalformedPayloadError, NoDataError, NoTimeframeError
from tradewind.core.market import Timeframe
from tradewind.core.panel import Ints
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_S, from_ns
from tradewind.data.calendar_rules import day_number
from tradewind.data.calendars import stamp_days, trading_days
from tradewind.data.vendors.yahoo.chart import ChartMeta

_US = "NMS NGM NCM NAS NYQ NYS ASE PCX BTS BATS PNK OQB OQX OEM NIM DJI SNP"
_CALENDARS = {
    **dict.fromkeys(_US.split(), "XNYS"),
    "CXI": "VIX",
    "CGI": "VIX",
    "WCB": "VIX",
    "CCC": "24/7",
    "CCY": "UTC/5",
    "NYB": "IEPA",
    "CME": "CMES",
    "CBT": "CMES",
    "CMX": "CMES",
    "NYM": "CMES",
    "AMS": "XAMS",
    "ASX": "XASX",
    "BRU": "XBRU",
    "CPH": "XCSE",
    "FGI": "XLON",
    "FRA": "XFRA",
    "GER": "XETR",
    "HEL": "XHEL",
    "HKG": "XHKG",
    "JKT": "XIDX",
    "JPX": "XTKS",
    "KSC": "XKRX",
    "LSE": "XLON",
    "MCE": "XMAD",
    "MIL": "XMIL",
    "NEO": "XTSE",
    "NSI": "XBOM",
    "OSA": "XTKS",
    "OSL": "XOSL",
    "PAR": "XPAR",
    "SAO": "BVMF",
    "STO": "XSTO",
    "TOR": "XTSE",
    "VAN": "XTSE",
    "VIE": "XWBO",
    "EBS": "XSWX",
}
"""Yahoo's exchange codes and our calendars."""

_BY_LISTING = {"^RUT": "XNYS"}
"""Listings that keep other hours than the rest of their exchange."""

INTERVALS = {
    Timeframe.M1: "1m",
    Timeframe.M5: "5m",
    Timeframe.M15: "15m",
    Timeframe.M30: "30m",
    Timeframe.H1: "1h",
    Timeframe.D1: "1d",
}
"""What Yahoo serves well. Its weeks begin and are adjusted in its own way, and it has no four hours."""

_SAME_INTERVAL = {"60m": "1h"}


def calendar_of(meta: ChartMeta) -> str:
    """Our calendar of a listing; NoDataError where we have none for its exchange."""
    if meta.symbol in _BY_LISTING:
        return _BY_LISTING[meta.symbol]
    exchange = meta.exchange_name
    if exchange not in _CALENDARS:
        message = f"There is no calendar for Yahoo's exchange {exchange!r}, so its bars cannot be stamped."
        raise NoDataError(message, "Ask another provider, or add the exchange to Yahoo's calendars.")
    return _CALENDARS[exchange]


def interval_of(timeframe: str) -> str:
    """Yahoo's name of a timeframe; NoTimeframeError for those better made from shorter bars."""
    frame = Timeframe(timeframe)
    if frame not in INTERVALS:
        message = f"Yahoo has no {timeframe} bars that can be relied on."
        raise NoTimeframeError(message, "Ask for 1h or 1d bars.", offers=tuple(f.value for f in INTERVALS))
    return INTERVALS[frame]


def check_granularity(given: str, asked: str) -> None:
    """Yahoo sometimes answers with another interval than was asked for; such rows are refused."""
    if _SAME_INTERVAL.get(given, given) != asked:
        message = f"Bars of {given} came where {asked} was asked for."
        raise MalformedPayloadError(message)


def stamp_closes(start_s: Ints, timeframe: str, meta: ChartMeta) -> Ints:
    """UTC nanoseconds at which each row closed, (R,), for rows that began at ``start_s``."""
    frame, calendar = Timeframe(timeframe), calendar_of(meta)
    start_ns = start_s.astype(np.int64) * NS_PER_S
    if frame is Timeframe.D1:
        return stamp_days(calendar, local_days(start_s, meta.exchange_timezone_name))
    if not len(start_ns):
        return start_ns
    nominal = start_ns + frame.length_ns
    known = trading_days(calendar, int(start_ns.min()) - NS_PER_DAY, int(nominal.max()) + 4 * NS_PER_DAY)
    inside = known.find(start_ns + 1)  # a bar begins inside its session, the open itself included
    close = np.where(inside >= 0, known.close_ns[np.maximum(inside, 0)], nominal)
    return np.minimum(nominal, close)


def local_days(start_s: Ints, timezone: str) -> Ints:
    """Date in the exchange's time zone, as days since 1970, (R,)."""
    zone = ZoneInfo(timezone)
    days = [day_number(from_ns(int(second) * NS_PER_S).astimezone(zone).date()) for second in start_s]
    return np.array(days, dtype=np.int64)
