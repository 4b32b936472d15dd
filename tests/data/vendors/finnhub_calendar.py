"""Finnhub's /calendar/earnings in the documented shape; the figures are made up."""

from datetime import UTC, date, datetime, timedelta

from calendar_answers import CalendarVendor, Desk, Due, new_york
from misbehaving_site import Asked, Reply
from vendor_answers import js, ns

NOW = ns(datetime(2024, 5, 20, 15, tzinfo=UTC))
ROWS = [  # day, hour, quarter, year, estimate, actual
    (date(2024, 2, 1), "amc", 1, 2024, 2.1, 2.18),
    (date(2024, 5, 2), "bmo", 2, 2024, 1.5, 1.53),
    (date(2024, 8, 1), "amc", 3, 2024, 1.345, None),
    (date(2024, 10, 31), "", 4, 2024, None, None),
    (date(2025, 1, 30), "dmh", 1, 2025, 2.355, None),
]
SPANS = {"amc": ("16:00", 1, "00:00"), "bmo": ("00:00", 0, "09:30"), "dmh": ("09:30", 0, "16:00")}


def answer(asked: Asked, desk: Desk) -> Reply:
    assert asked.path == "/api/v1/calendar/earnings"
    assert asked.headers["x-finnhub-token"]
    if asked.query["symbol"] != "AAPL":
        return js({"earningsCalendar": []})
    rows = []
    for day, hour, quarter, year, estimate, actual in ROWS:
        moved = day + timedelta(days=desk.moved_days if (quarter, year) == (3, 2024) else 0)
        if desk.withdrawn and (quarter, year) == (3, 2024):
            continue
        if asked.query["from"] <= moved.isoformat() <= asked.query["to"]:
            rows.append(
                {
                    "date": moved.isoformat(),
                    "epsActual": actual,
                    "epsEstimate": estimate,
                    "hour": hour,
                    "quarter": quarter,
                    "revenueActual": None if actual is None else 9e10,
                    "revenueEstimate": 8.9e10,
                    "symbol": desk.calendar or "AAPL",
                    "year": year,
                }
            )
    return js({"earningsCalendar": rows[::-1]})


def held() -> tuple[Due, ...]:
    found = []
    for day, hour, quarter, year, estimate, actual in ROWS:
        first, days, last = SPANS.get(hour, ("00:00", 1, "00:00"))
        span = new_york(day, first), new_york(day + timedelta(days=days), last)
        status = "scheduled" if actual is None else "released"
        found.append(Due(f"{year}Q{quarter}", None, *span, status, estimate, actual))
    return tuple(found)


VENDOR = CalendarVendor(
    calendar="AAPL",
    now_ns=NOW,
    start_ns=ns(datetime(2024, 1, 1, tzinfo=UTC)),
    end_ns=ns(datetime(2025, 6, 1, tzinfo=UTC)),
    held=held(),
    answer=answer,
    unknown=("VOD.XLON", js({"earningsCalendar": []})),
    limited=js({"error": "API limit reached. Please try again later. Remaining Limit: 0"}, 429),
    wrong_key=js({"error": "Invalid API key KEY"}, 401),
    keys=("api_key",),
    moves="2024Q3",
)
