"""EDGAR's companyconcept and submissions in the documented shape; figures and filings are made up."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from misbehaving_site import Asked, Reply
from series_answers import Desk, SeriesVendor, Value
from vendor_answers import DAY, js, ns

NEW_YORK = ZoneInfo("America/New_York")
QUARTERS = [(date(2019 + n // 4, 3 * (n % 4) + 1, 1), n) for n in range(20)]
NOW = ns(datetime(2024, 3, 1, 15, tzinfo=UTC))


def last_day(begin: date) -> date:
    return (begin + timedelta(days=95)).replace(day=1) - timedelta(days=1)


def filings() -> list[tuple[str, date, datetime, list[tuple[date, float]]]]:
    """Number, day, acceptance by New York's clock, and what it says of which quarter: its own, and anew that
    of a year before. Those of odd numbers were accepted in the evening before their day."""
    found = []
    for begin, n in QUARTERS:
        day = last_day(begin) + timedelta(days=33)
        clock = datetime(day.year, day.month, day.day, 16, 31, 5, tzinfo=NEW_YORK)
        if n % 2:
            clock -= timedelta(hours=22)
        said = [(begin, 1_000.0 + n)]
        if n >= 4:
            before = QUARTERS[n - 4][0]
            said.append(
                (before, 1_000.0 + n - 4 + (0.5 if n % 3 == 0 else 0.0))
            )  # each third one is restated
        found.append((f"0000320193-{day:%y}-{n:06d}", day, clock, said))
    return found


def answer(asked: Asked, desk: Desk) -> Reply:
    assert "ann@example.com" in asked.headers["user-agent"]
    now = datetime.fromtimestamp(desk.now_ns // 1_000_000_000, UTC)
    filed = [one for one in filings() if one[2] <= now]
    if desk.stale:
        filed = filed[:8]
    if asked.path == "/submissions/CIK0000320193.json":
        newest = filed[4:][::-1]  # the oldest are in a file of their own
        older = [{"name": "CIK0000320193-submissions-001.json", "filingCount": 4}]
        recent = {
            "accessionNumber": [one[0] for one in newest],
            "filingDate": [one[1].isoformat() for one in newest],
            "acceptanceDateTime": [one[2].strftime("%Y-%m-%dT%H:%M:%S.000Z") for one in newest],
            "form": ["10-Q" for _ in newest],
        }
        return js({"cik": "0000320193", "name": "Apple Inc.", "filings": {"recent": recent, "files": older}})
    assert asked.path == "/api/xbrl/companyconcept/CIK0000320193/us-gaap/NetIncomeLoss.json"
    facts = []
    for accn, day, _, said in filed:
        for begin, value in said:
            fact = {
                "start": begin.isoformat(),
                "end": last_day(begin).isoformat(),
                "val": value,
                "accn": accn,
            }
            facts.append({**fact, "fy": day.year, "fp": "Q1", "form": "10-Q", "filed": day.isoformat()})
            if begin.month == 4:  # the half year, under the same tag
                half = {**facts[-1], "start": begin.replace(month=1).isoformat(), "val": 2.0 * value}
                facts.append(half)
    return js(
        {
            "cik": 320193,
            "taxonomy": "us-gaap",
            "tag": desk.series or "NetIncomeLoss",
            "label": "Net Income (Loss)",
            "description": "The portion of profit or loss.",
            "entityName": "Apple Inc.",
            "units": {"USD": facts},
        }
    )


def held() -> tuple[Value, ...]:
    found = []
    for n, (_, day, clock, said) in enumerate(filings()):
        six = datetime(day.year, day.month, day.day, 6, tzinfo=NEW_YORK)
        over = datetime(day.year, day.month, day.day, tzinfo=NEW_YORK) + timedelta(days=1)
        known = ns(over) if n < 5 else ns(max(clock, six))
        for begin, value in said:
            period = ns(datetime(begin.year, begin.month, 1, tzinfo=UTC))
            if known <= NOW and value not in [one.value for one in found if one.period == period]:
                found.append(Value(period, known, value, "USD"))
    return tuple(sorted(found))


VENDOR = SeriesVendor(
    series_id="320193/us-gaap/NetIncomeLoss/3m",
    now_ns=NOW,
    start_ns=ns(datetime(2019, 1, 1, tzinfo=UTC)),
    end_ns=ns(datetime(2025, 1, 1, tzinfo=UTC)),
    held=held(),
    answer=answer,
    unknown=(
        "320193/us-gaap/Nope/3m",
        (404, {}, b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>"),
    ),
    limited=(429, {}, b"<html>Request Rate Threshold Exceeded</html>"),
    arguments={"contact": "Ann Lee ann@example.com"},
    fresh_ns=200 * DAY,
    is_data=lambda asked: asked.path.startswith("/api/"),
)
