"""Financial Modeling Prep's /stable/earnings in the documented shape; the figures are made up."""

from datetime import UTC, date, datetime, timedelta

from calendar_answers import CalendarVendor, Desk, Due, new_york
from misbehaving_site import Asked, Reply
from vendor_answers import js, ns

NOW = ns(datetime(2024, 5, 20, 15, tzinfo=UTC))
ROWS = [
    (date(2024, 2, 1), 2.1, 2.18),
    (date(2024, 5, 2), 1.5, 1.53),
    (date(2024, 8, 1), 1.345, None),
    (date(2024, 10, 31), None, None),
]


def answer(asked: Asked, desk: Desk) -> Reply:
    assert asked.path == "/stable/earnings"
    assert asked.query["apikey"]
    if asked.query["symbol"] != "AAPL":
        return js([])
    rows = []
    for day, estimate, actual in ROWS:
        moves = day == date(2024, 8, 1)
        if moves and desk.withdrawn:
            continue
        told = day + timedelta(days=desk.moved_days if moves else 0)
        figures = {"epsActual": actual, "epsEstimated": estimate, "revenueActual": None}
        about = {"symbol": desk.calendar or "AAPL", "date": told.isoformat(), "lastUpdated": "2024-05-20"}
        rows.append({**about, **figures, "revenueEstimated": 8.4e10})
    return js(rows[::-1])


VENDOR = CalendarVendor(
    calendar="AAPL",
    now_ns=NOW,
    start_ns=ns(datetime(2024, 1, 1, tzinfo=UTC)),
    end_ns=ns(datetime(2025, 6, 1, tzinfo=UTC)),
    held=tuple(
        Due(
            day.isoformat(),
            None,
            new_york(day),
            new_york(day + timedelta(days=1)),
            "scheduled" if actual is None else "released",
            estimate,
            actual,
        )
        for day, estimate, actual in ROWS
    ),
    answer=answer,
    unknown=("VOD.XLON", js([])),
    limited=js({"Error Message": "Limit Reach . Please upgrade your plan or visit our documentation"}, 429),
    wrong_key=js({"Error Message": "Invalid API key KEY. Please retry or visit our documentation"}),
    keys=("api_key",),
    moves="2024-08-01",
    keeps_event=False,
)
