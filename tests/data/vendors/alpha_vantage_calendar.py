"""Alpha Vantage's EARNINGS_CALENDAR (CSV) in the documented shape; the figures are made up."""

import importlib
from datetime import UTC, date, datetime, timedelta

from calendar_answers import CalendarVendor, Desk, Due, new_york
from misbehaving_site import Asked, Reply
from vendor_answers import ns

STOCKS = importlib.import_module("alpha_vantage_answers").VENDOR
NOW = ns(datetime(2024, 5, 20, 15, tzinfo=UTC))
ROWS = [  # day, end of the quarter, estimate, time of the day
    (date(2024, 7, 24), "2024-06-30", "2.18", "post-market"),
    (date(2024, 10, 23), "2024-09-30", "", ""),
    (date(2025, 1, 22), "2024-12-31", "3.81", "pre-market"),
]
SPANS = {"post-market": ("16:00", 1, "00:00"), "pre-market": ("00:00", 0, "09:30")}


def answer(asked: Asked, desk: Desk) -> Reply:
    assert asked.path == "/query"
    assert asked.query["apikey"]
    assert (asked.query["function"], asked.query["horizon"]) == ("EARNINGS_CALENDAR", "12month")
    lines = ["symbol,name,reportDate,fiscalDateEnding,estimate,currency,timeOfTheDay"]
    for day, quarter, estimate, clock in ROWS if asked.query["symbol"] == "IBM" else ():
        first = quarter == "2024-06-30"
        if first and desk.withdrawn:
            continue
        told = day + timedelta(days=desk.moved_days if first else 0)
        symbol = desk.calendar or "IBM"
        lines.append(f'{symbol},"Business, Machines",{told},{quarter},{estimate},USD,{clock}')
    return 200, {"Content-Type": "application/x-download"}, "\r\n".join([*lines, ""]).encode()


def held() -> tuple[Due, ...]:
    found = []
    for day, quarter, estimate, clock in ROWS:
        first, days, last = SPANS.get(clock, ("00:00", 1, "00:00"))
        span = new_york(day, first), new_york(day + timedelta(days=days), last)
        found.append(Due(quarter, None, *span, "scheduled", float(estimate) if estimate else None))
    return tuple(found)


VENDOR = CalendarVendor(
    calendar="IBM",
    now_ns=NOW,
    start_ns=ns(datetime(2024, 1, 1, tzinfo=UTC)),
    end_ns=ns(datetime(2025, 6, 1, tzinfo=UTC)),
    held=held(),
    answer=answer,
    unknown=("VOD.XLON", STOCKS.unknown[1]),
    limited=STOCKS.limited,
    wrong_key=STOCKS.wrong_key,
    keys=("api_key",),
    moves="2024-06-30",
    content_type="application/x-download",
)
