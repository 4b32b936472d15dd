"""EDGAR's submissions in the documented shape; the filings are made up."""

from datetime import UTC, date, datetime

from calendar_answers import CalendarVendor, Desk, Due, new_york
from misbehaving_site import Asked, Reply
from vendor_answers import js, ns

NOW = ns(datetime(2024, 6, 1, 15, tzinfo=UTC))
FILINGS = [  # number, form, items, day of filing, period, acceptance by New York's clock, out since
    ("24-000001", "8-K", "2.02,9.01", date(2024, 2, 1), "2024-02-01", "2024-02-01T16:30:25", "16:30:25"),
    ("24-000002", "10-Q", "", date(2024, 2, 2), "2023-12-30", "2024-02-01T18:03:38", "06:00"),
    ("24-000003", "8-K", "5.02", date(2024, 3, 1), "2024-03-01", "2024-03-01T16:30:00", ""),
    ("24-000004", "4", "", date(2024, 4, 3), "2024-04-01", "2024-04-03T18:31:00", ""),
    ("24-000005", "10-K", "", date(2024, 5, 3), "2024-03-30", "2024-05-03T06:01:09", "06:01:09"),
]


def answer(asked: Asked, desk: Desk) -> Reply:
    assert "ann@example.com" in asked.headers["user-agent"]
    if asked.path != "/submissions/CIK0000320193.json":
        return UNKNOWN
    newest = FILINGS[::-1]
    recent = {
        "accessionNumber": [one[0] for one in newest],
        "filingDate": [one[3].isoformat() for one in newest],
        "reportDate": [one[4] for one in newest],
        "acceptanceDateTime": [f"{one[5]}.000Z" for one in newest],
        "form": [one[1] for one in newest],
        "items": [one[2] for one in newest],
        "size": [1 for _ in newest],
    }
    filings = {"recent": recent, "files": []}
    return js({"cik": desk.calendar or "0000320193", "name": "Apple Inc.", "filings": filings})


UNKNOWN = (404, {}, b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>")
VENDOR = CalendarVendor(
    calendar="320193",
    now_ns=NOW,
    start_ns=ns(datetime(2024, 1, 1, tzinfo=UTC)),
    end_ns=ns(datetime(2025, 1, 1, tzinfo=UTC)),
    held=tuple(Due(one[0], *[new_york(one[3], one[6])] * 3, "released") for one in FILINGS if one[6]),
    answer=answer,
    unknown=("999", UNKNOWN),
    limited=(429, {}, b"<html>Request Rate Threshold Exceeded</html>"),
    arguments={"contact": "Ann Lee ann@example.com"},
)
