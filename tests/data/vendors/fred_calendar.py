"""FRED's answers to fred/release/dates in the documented shape (``file_type=json``); the days are made up."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from calendar_answers import CalendarVendor, Desk, Due, new_york
from misbehaving_site import Asked, Reply
from vendor_answers import js, ns

CHICAGO = ZoneInfo("America/Chicago")
NOW = ns(datetime(2024, 5, 20, 12, tzinfo=CHICAGO))
PAST = [date(2024, 1, 11), date(2024, 2, 13), date(2024, 3, 12), date(2024, 4, 10), date(2024, 5, 15)]
TODAY, COMING = date(2024, 5, 20), [date(2024, 6, 12), date(2024, 7, 11)]


def answer(asked: Asked, desk: Desk) -> Reply:
    assert asked.path == "/fred/release/dates"
    query = asked.query
    assert (query["file_type"], query["realtime_end"]) == ("json", "9999-12-31")
    assert query["include_release_dates_with_no_data"] == "true"
    if query["release_id"] != "10":
        return UNKNOWN
    coming = [COMING[0] + timedelta(days=desk.moved_days), COMING[1]][desk.withdrawn :]
    first = date.fromisoformat(query["realtime_start"])
    days = [day for day in (*PAST, TODAY, *coming) if day >= first]
    page = days[int(query["offset"]) :][:3]  # its pages are as long as it likes
    return js(
        {
            "realtime_start": query["realtime_start"],
            "realtime_end": "9999-12-31",
            "order_by": "release_date",
            "sort_order": "asc",
            "count": len(days),
            "offset": int(query["offset"]),
            "limit": int(query["limit"]),
            "release_dates": [
                {"release_id": int(desk.calendar or 10), "date": day.isoformat()} for day in page
            ],
        }
    )


def held() -> tuple[Due, ...]:
    found = []
    for day in (*PAST, TODAY, *COMING):
        after = day + timedelta(days=1)
        over = ns(datetime(after.year, after.month, after.day, tzinfo=CHICAGO))
        span = new_york(day), new_york(after)
        out = day in PAST
        found.append(Due(day.isoformat(), over if out else None, *span, "released" if out else "scheduled"))
    return tuple(found)


def bad(text: str) -> Reply:
    return js({"error_code": 400, "error_message": f"Bad Request.  {text}"}, 400)


UNKNOWN = bad("The release does not exist.")
VENDOR = CalendarVendor(
    calendar="10",
    now_ns=NOW,
    start_ns=ns(datetime(2024, 1, 1, tzinfo=UTC)),
    end_ns=ns(datetime(2025, 1, 1, tzinfo=UTC)),
    held=held(),
    answer=answer,
    unknown=("999999", UNKNOWN),
    limited=js({"error_code": 429, "error_message": "Too Many Requests.  Exceeded Rate Limit"}, 429),
    wrong_key=bad("The value for variable api_key is not registered. KEY"),
    keys=("api_key",),
    moves="2024-06-12",
    keeps_event=False,
)
