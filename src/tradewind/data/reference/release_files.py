"""Calendars out of a person's CSV file: one row a line, refused by its line where anything is unclear.

Columns are ``calendar``, ``event``, ``known`` and ``scheduled``, and, if wanted, ``timing``, ``zone``,
``status``, ``what``, ``estimate``, ``actual`` and ``unit``. ``scheduled`` is a time with its zone, or a day,
and then ``zone`` says of which zone. A row says what was known since ``known``: a day that moved is a row of
its own.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tradewind.core.errors import BarFileError, ConfigError, MalformedPayloadError
from tradewind.core.releases import Release, Releases, ReleaseStatus, Timing, releases_of
from tradewind.core.timestamps import iso, parse_ns
from tradewind.data.reference.csv_files import check_columns, refusal_of, text_of
from tradewind.data.release_rows import NEW_YORK, day_span, session_span
from tradewind.data.series_rows import read_number

OWN = "own"
"""The source that calendars of files are of."""

REQUIRED = ("calendar", "event", "known", "scheduled")
ALLOWED = (*REQUIRED, "timing", "zone", "status", "what", "estimate", "actual", "unit")
_LONGEST = 200
_DAY = len("2024-05-01")


def read_release_file(path: Path, now_ns: int) -> list[Releases]:
    """The calendars of a file; all of it is read before anything is given.

    Raises
    ------
    BarFileError
        The file cannot be read, a column is missing or strange, or a line says what cannot be; it names the
        line and the value.
    """
    lines = csv.DictReader(io.StringIO(text_of(path), newline=""), strict=True)
    by_calendar: dict[str, list[Release]] = {}
    try:
        check_columns(path, lines.fieldnames or (), REQUIRED, ALLOWED)
        for row in lines:
            calendar, release = _Line(path, lines.line_num, now_ns).read(row)
            by_calendar.setdefault(calendar, []).append(release)
    except csv.Error as error:
        step = "Write plain CSV, with quotes around texts that hold commas."
        raise refusal_of(path, lines.line_num, f"{error}.", step) from error
    try:
        return [releases_of(calendar, OWN, rows, now_ns) for calendar, rows in by_calendar.items()]
    except MalformedPayloadError as error:
        raise refusal_of(path, 0, error.message, "Take one of the lines out.") from error


@dataclass(frozen=True)
class _Line:
    """One line of the file, to be refused by its number."""

    path: Path
    number: int
    now_ns: int

    def read(self, row: Mapping[str | None, str | None]) -> tuple[str, Release]:
        """The calendar that it is of, and what it says."""
        if None in row or None in row.values():
            raise self.refusal("it has more or fewer cells than the first line.")
        cells = {str(name).strip(): (value or "").strip() for name, value in row.items()}
        if any(len(value) > _LONGEST or not value.isprintable() for value in cells.values()):
            what = f"a cell is longer than {_LONGEST} characters or holds control characters."
            raise self.refusal(what)
        for name in REQUIRED:
            if not cells[name]:
                what = f"{name} is missing."
                raise self.refusal(what)
        known_ns = self.moment("known", cells["known"])
        if known_ns > self.now_ns:
            what = f"known is {cells['known']}, after now, {iso(self.now_ns)}."
            raise self.refusal(what)
        timing, (begin, end) = self.scheduled(cells)
        status = cells.get("status") or ReleaseStatus.SCHEDULED.value
        if status not in tuple(ReleaseStatus):
            what = f"the status {status!r} is none of {', '.join(ReleaseStatus)}."
            raise self.refusal(what)
        return cells["calendar"], Release(
            cells["event"],
            known_ns,
            begin,
            end,
            timing,
            ReleaseStatus(status),
            cells.get("what", ""),
            self.figure("estimate", cells.get("estimate", "")),
            self.figure("actual", cells.get("actual", "")),
            cells.get("unit", ""),
        )

    def scheduled(self, cells: Mapping[str, str]) -> tuple[Timing, tuple[int, int]]:
        """How exactly its moment is told, and the span that it lies in."""
        text, word = cells["scheduled"], cells.get("timing", "")
        if word and word not in tuple(Timing):
            what = f"the timing {word!r} is none of {', '.join(Timing)}."
            raise self.refusal(what)
        if len(text) != _DAY:
            if word not in ("", Timing.EXACT):
                what = f"scheduled is the time {text}, and timing {word!r}."
                raise self.refusal(what)
            moment = self.moment("scheduled", text)
            return Timing.EXACT, (moment, moment)
        self.moment("scheduled", text)
        timing, zone = Timing(word or Timing.DAY), self.zone(cells.get("zone", ""), text)
        if timing is Timing.EXACT:
            what = f"scheduled is the day {text}, and timing {word!r}."
            raise self.refusal(what)
        day = date.fromisoformat(text)
        if timing is Timing.DAY:
            return timing, day_span(day, zone)
        if zone != NEW_YORK:
            what = f"{word} is of the session in America/New_York, and zone is {zone.key}."
            raise self.refusal(what)
        return timing, session_span(day, timing)

    def zone(self, name: str, day: str) -> ZoneInfo:
        """The zone of a day."""
        if not name:
            what = f"scheduled is the day {day}, and its zone is missing."
            raise self.refusal(what)
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            what = f"there is no zone {name!r}."
            raise self.refusal(what) from error

    def moment(self, name: str, text: str) -> int:
        """UTC nanoseconds of a time."""
        try:
            return parse_ns(text)
        except ConfigError as error:
            what = f"{name}: {error.message}"
            raise self.refusal(what) from error

    def figure(self, name: str, text: str) -> float:
        """A number; NaN where there is none."""
        try:
            return read_number(text, name) if text else float("nan")
        except MalformedPayloadError as error:
            raise self.refusal(error.message) from error

    def refusal(self, what: str) -> BarFileError:
        """The error that names the line."""
        step = "See docs/universes.md for what each column says."
        return refusal_of(self.path, self.number, what, step)
