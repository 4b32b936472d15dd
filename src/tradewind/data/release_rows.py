"""What clients of calendars share: days and parts of them as spans, and the releases that were asked for."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tradewind.core.errors import NoDataError
from tradewind.core.releases import CalendarRequest, Release, Releases, ReleaseStatus, Timing
from tradewind.core.timestamps import iso, to_ns

NEW_YORK = ZoneInfo("America/New_York")
_OPEN, _CLOSE = time(9, 30), time(16)


def day_span(day: date, zone: ZoneInfo = NEW_YORK) -> tuple[int, int]:
    """First moment of a day in a zone, and the first after it, UTC ns."""
    begin = to_ns(datetime.combine(day, time(), zone))
    return begin, to_ns(datetime.combine(day + timedelta(days=1), time(), zone))


def session_span(day: date, timing: Timing) -> tuple[int, int]:
    """The part of a day in New York in which a release of that timing comes, both ends inside, UTC ns.

    The session is that of 09:30 to 16:00. On a half day what is due after the close may come from 13:00 on.
    """
    begin, end = day_span(day)
    opened, closed = (to_ns(datetime.combine(day, clock, NEW_YORK)) for clock in (_OPEN, _CLOSE))
    spans = {
        Timing.BEFORE_OPEN: (begin, opened),
        Timing.DURING_SESSION: (opened, closed),
        Timing.AFTER_CLOSE: (closed, end),
    }
    return spans.get(timing, (begin, end))


def releases_asked_for(found: Releases, request: CalendarRequest) -> Releases:
    """What begins in the span that was asked for; NoDataError where that is nothing, with what there is."""
    inside = tuple(row for row in found.rows if request.start_ns <= row.ts_begin < request.end_ns)
    if inside:
        last = min(found.whole_to_ns, request.end_ns)
        first = min(max(found.whole_from_ns, request.start_ns), last)
        return Releases(found.calendar, found.source, inside, found.asked_ns, first, last)
    span = f"from {iso(request.start_ns)} to {iso(request.end_ns)}"
    message = f"{found.source} has no release of {request.calendar} {span}."
    if found.rows:
        begins = [row.ts_begin for row in found.rows]
        message = f"{message[:-1]}: its releases are from {iso(min(begins))} to {iso(max(begins))}."
    raise NoDataError(message, "Ask for another span.")


def earnings_release(
    event: str,
    day: date,
    timing: Timing,
    asked_ns: int,
    figures: tuple[float | None, float | None],
    *,
    what: str,
    unit: str = "a share",
) -> Release:
    """A company's results as a vendor's calendar tells of them: out once their day is over or their figure is
    there.

    Vendors do not say since when a day or a figure stands there, and mend both later, so all of it counts
    as known since it was asked for. ``figures`` are the earnings that are expected and those reported.
    """
    begin, end = session_span(day, timing)
    estimate, actual = (float("nan") if figure is None else figure for figure in figures)
    out = figures[1] is not None or end <= asked_ns
    status = ReleaseStatus.RELEASED if out else ReleaseStatus.SCHEDULED
    return Release(event, asked_ns, begin, end, timing, status, what, estimate, actual, unit)
