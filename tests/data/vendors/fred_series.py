"""FRED's answers in the documented shape: fred/series, fred/series/vintagedates, fred/series/observations.

The rows have the attributes of the recorded XML (gamestonk_vcr_cassettes, which ``test_recorded_fred.py``
reads); that a period comes once for each real-time period, cut to the one asked for, is documented.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from misbehaving_site import Asked, Reply
from series_answers import Desk, SeriesVendor, Value
from vendor_answers import DAY, js, ns

CHICAGO = ZoneInfo("America/Chicago")
FOREVER = "9999-12-31"
UNTIL = "2013-06-30"  # the unit changes on the day after


def months() -> list[date]:
    return [date(2012 + n // 12, n % 12 + 1, 1) for n in range(30)]


def releases(month: date) -> list[tuple[date, str]]:
    """A first value on the tenth of the next month, a revision on the twelfth of the one after, a third one
    for each fifth month, and nothing at all of one month."""
    first = (month + timedelta(days=32)).replace(day=10)
    nth = month.year * 12 + month.month
    found = [
        (first, f"{100 + nth % 40}.1"),
        ((first + timedelta(days=32)).replace(day=12), f"{100 + nth % 40}.3"),
    ]
    if nth % 5 == 0:
        found.append((first + timedelta(days=200), f"{100 + nth % 40}.35"))
    return [(day, ".") for day, _ in found] if nth % 11 == 0 else found


ALL = {month: releases(month) for month in months()}
NOW_DAY = date(2014, 5, 20)
NOW = ns(datetime(2014, 5, 20, 12, tzinfo=CHICAGO))


def vintages(until: date) -> list[date]:
    return sorted({day for told in ALL.values() for day, _ in told if day <= until})


def rows(since: date, to: date, first: date, last: date, until: date) -> list[dict[str, str]]:
    found = []
    for month, told in ALL.items():
        known = [one for one in told if one[0] <= until]
        ends = [day - timedelta(days=1) for day, _ in known[1:]] + [date.max]
        for (day, value), end in zip(known, ends, strict=False):
            if day <= to and end >= since and first <= month <= last:
                found.append(
                    {
                        "realtime_start": max(day, since).isoformat(),
                        "realtime_end": FOREVER if end == date.max else min(end, to).isoformat(),
                        "date": month.isoformat(),
                        "value": value,
                    }
                )
    return found


def answer(asked: Asked, desk: Desk) -> Reply:
    query = asked.query
    assert query["file_type"] == "json"
    if asked.path == "/fred/series/search":
        hit = {
            "id": "INDPRO",
            "title": f"About {query['search_text']}",
            "units": "Index",
            "frequency": "Monthly",
        }
        return js(
            {
                "count": 1,
                "seriess": [{**hit, "observation_start": "1919-01-01", "observation_end": "2014-04-01"}],
            }
        )
    assert query["series_id"] == "INDPRO"
    today = datetime.fromtimestamp(desk.now_ns // 1_000_000_000, CHICAGO).date()
    if asked.path == "/fred/series":
        about = {"id": desk.series or "INDPRO", "title": "Industrial Production", "frequency_short": "M"}
        spans = [("2012-02-10", UNTIL, "Index 2007=100"), ("2013-07-01", FOREVER, "Index 2012=100")]
        told = [{**about, "realtime_start": a, "realtime_end": b, "units": unit} for a, b, unit in spans]
        return js(
            {
                "realtime_start": query["realtime_start"],
                "realtime_end": query["realtime_end"],
                "seriess": told,
            }
        )
    if asked.path == "/fred/series/vintagedates":
        days = [day.isoformat() for day in vintages(today)]
        return js({"count": len(days), "offset": int(query["offset"]), "limit": 10000, "vintage_dates": days})
    assert asked.path == "/fred/series/observations"
    since, to, first, last = (
        date.fromisoformat(query[name])
        for name in ("realtime_start", "realtime_end", "observation_start", "observation_end")
    )
    assert (query["output_type"], query["sort_order"]) == ("1", "asc")
    told = rows(since, to, first, last, today)
    if desk.stale:  # the answer to yesterday's question
        to, last = to - timedelta(days=1), last - timedelta(days=1)
    return js(
        {
            "realtime_start": since.isoformat(),
            "realtime_end": to.isoformat(),
            "observation_start": first.isoformat(),
            "observation_end": last.isoformat(),
            "units": "lin",
            "output_type": 1,
            "file_type": "json",
            "order_by": "observation_date",
            "sort_order": "asc",
            "count": len(told),
            "offset": int(query["offset"]),
            "limit": 100000,
            "observations": told,
        }
    )


def held() -> tuple[Value, ...]:
    found = []
    for month, told in ALL.items():
        for day, value in told:
            known = ns(datetime(day.year, day.month, day.day, tzinfo=CHICAGO) + timedelta(days=1))
            if value != "." and known <= NOW:
                unit = "Index 2007=100" if day.isoformat() <= UNTIL else "Index 2012=100"
                found.append(
                    Value(ns(datetime(month.year, month.month, 1, tzinfo=UTC)), known, float(value), unit)
                )
    return tuple(sorted(found))


def bad(text: str) -> Reply:
    return js({"error_code": 400, "error_message": f"Bad Request.  {text}"}, 400)


VENDOR = SeriesVendor(
    series_id="INDPRO",
    now_ns=NOW,
    start_ns=ns(datetime(2012, 1, 1, tzinfo=UTC)),
    end_ns=ns(datetime(2015, 1, 1, tzinfo=UTC)),
    held=held(),
    answer=answer,
    unknown=("NOPE", bad("The series does not exist.")),
    limited=js({"error_code": 429, "error_message": "Too Many Requests.  Exceeded Rate Limit"}, 429),
    wrong_key=bad("The value for variable api_key is not registered. KEY"),
    keys=("api_key",),
    fresh_ns=60 * DAY,
)
