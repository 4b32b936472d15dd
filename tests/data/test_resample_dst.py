"""Bars anchored to the trading day in the weeks in which clocks change, held to wall clocks of the cities.

What is expected is worked out bar by bar from ``zoneinfo`` and each exchange's published hours; only the
dates on which it trades are taken from its calendar.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tradewind.core.market import Timeframe
from tradewind.core.panel import BarColumns
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, from_ns, iso, to_ns
from tradewind.data.calendars import close_ns, expected_closes, trading_days
from tradewind.data.resample import resample

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Place:
    """Hours of an exchange by its own wall clock, and the zone whose changes of the clock are looked at."""

    calendar: str
    zone: ZoneInfo
    opens: time
    closes: time
    opens_day_before: bool = False

    def hours_ns(self, day: date) -> tuple[int, int]:
        opened = day - timedelta(days=1) if self.opens_day_before else day
        return self._ns(opened, self.opens), self._ns(day, self.closes)

    def _ns(self, day: date, clock: time) -> int:
        return to_ns(datetime.combine(day, clock, self.zone).astimezone(UTC))


PLACES = {
    "new_york": Place("XNYS", ZoneInfo("America/New_York"), time(9, 30), time(16)),
    "london": Place("XLON", ZoneInfo("Europe/London"), time(8), time(16, 30)),
    "sydney": Place("XASX", ZoneInfo("Australia/Sydney"), time(10), time(16)),
    "tokyo": Place("XTKS", ZoneInfo("Asia/Tokyo"), time(9), time(15)),  # until 5 November 2024
    "currencies": Place("24/5", ZoneInfo("America/New_York"), time(17), time(17), opens_day_before=True),
}
YEARS = range(2008, 2024)


def changes(zone: ZoneInfo, year: int) -> list[date]:
    """The dates of a year on which a zone's distance from UTC changes."""
    noons = [datetime(year, 1, 1, 12, tzinfo=zone) + timedelta(days=n) for n in range(365)]
    pairs = pairwise(noons)
    return [later.date() for earlier, later in pairs if earlier.utcoffset() != later.utcoffset()]


def trading_dates(calendar: str, around: date) -> list[date]:
    """Dates of trade in three whole weeks, that of ``around`` in the middle."""
    monday = around - timedelta(days=around.weekday() + 7)
    start_ns = (monday - EPOCH).days * NS_PER_DAY
    found = trading_days(calendar, start_ns - NS_PER_DAY, start_ns + 23 * NS_PER_DAY)
    return [day for day in map(date_of, found.day) if timedelta(0) <= day - monday < timedelta(days=21)]


def short_dates(place: Place, dates: list[date]) -> set[date]:
    """Those on which the exchange closed early, by its own calendar."""
    known = trading_days(place.calendar, *span_of(place, dates))
    pairs = zip(map(date_of, known.day), known.close_ns.tolist(), strict=True)
    return {day for day, closed in pairs if closed != place.hours_ns(day)[1]}


def span_of(place: Place, dates: list[date]) -> tuple[int, int]:
    """After the first open, up to and with the last close."""
    return place.hours_ns(dates[0])[0] + 1, place.hours_ns(dates[-1])[1] + 1


def date_of(number: int) -> date:
    return EPOCH + timedelta(days=int(number))


@st.composite
def weeks(draw: st.DrawFn) -> tuple[Place, date]:
    place = PLACES[draw(st.sampled_from(sorted(PLACES)))]
    # Japan keeps its clocks: there the weeks in which New York changes its are looked at.
    zone = place.zone if place.calendar != "XTKS" else ZoneInfo("America/New_York")
    return place, draw(st.sampled_from(changes(zone, draw(st.sampled_from(YEARS)))))


def minutes(ends: np.ndarray, seed: int, kept: float) -> BarColumns:
    rng = np.random.default_rng(seed)
    chosen = ends[rng.random(len(ends)) < kept]
    chosen = chosen if len(chosen) else ends[:1]
    close = 100 * np.exp(np.cumsum(rng.normal(0, 1e-3, len(chosen))))
    high, low = close + rng.random(len(chosen)), close - rng.random(len(chosen))
    volume = rng.integers(1, 100, len(chosen)).astype(np.float64)
    return BarColumns("X", "1m", chosen, (high + low) / 2, high, low, close, volume)


def by_hand(
    bars: BarColumns, bins: list[tuple[int, int]], until_ns: int
) -> list[tuple[int, float, float, float, float, float]]:
    """One row a bin that has any bar and has ended, each bar looked at on its own."""
    rows = []
    times = bars.ts_event.tolist()
    for begin, end in bins:
        inside = range(bisect_right(times, begin), bisect_right(times, end))
        if not inside or end > until_ns or begin < times[0] - NS_PER_MINUTE:
            continue
        rows.append(
            (
                end,
                float(bars.open[inside[0]]),
                max(float(bars.high[n]) for n in inside),
                min(float(bars.low[n]) for n in inside),
                float(bars.close[inside[-1]]),
                sum(float(bars.volume[n]) for n in inside),
            )
        )
    return rows


def intraday_bins(place: Place, dates: list[date], length_ns: int) -> list[tuple[int, int]]:
    bins = []
    for day in dates:
        opened, closed = place.hours_ns(day)
        starts = range(opened, closed, length_ns)
        bins += [(begin, min(begin + length_ns, closed)) for begin in starts]
    return bins


def bins_of(place: Place, dates: list[date], timeframe: str) -> list[tuple[int, int]]:
    days = [place.hours_ns(day) for day in dates]
    if timeframe == "1d":
        return days
    if timeframe == "1w":
        numbers = [day.isocalendar()[:2] for day in dates]
        rows = [[n for n, number in enumerate(numbers) if number == week] for week in dict.fromkeys(numbers)]
        return [(days[week[0]][0], days[week[-1]][1]) for week in rows]
    return intraday_bins(place, dates, Timeframe(timeframe).length_ns)


@settings(max_examples=60, deadline=None)
@given(
    week=weeks(),
    timeframe=st.sampled_from(["5m", "15m", "30m", "1h", "4h", "1d", "1w"]),
    seed=st.integers(0, 2**32 - 1),
    kept=st.sampled_from([1.0, 0.97, 0.5, 0.02]),
    cut=st.floats(0.3, 1.0),
)
def test_bars_of_any_length_follow_the_wall_clock(
    week: tuple[Place, date], timeframe: str, seed: int, kept: float, cut: float
) -> None:
    place, change = week
    dates = trading_dates(place.calendar, change)
    short = short_dates(place, dates)
    assume(timeframe != "1w" or not short)
    dates = [day for day in dates if day not in short]
    ends = np.array([end for _, end in intraday_bins(place, dates, NS_PER_MINUTE)], dtype=np.int64)
    bars = minutes(ends, seed, kept)
    until = int(bars.ts_event[int((len(bars) - 1) * cut)])
    seen = bars.between(0, until + 1)
    mine = resample(seen, timeframe, place.calendar)
    columns = (mine.ts_event, mine.open, mine.high, mine.low, mine.close, mine.volume)
    theirs = by_hand(seen, bins_of(place, dates, timeframe), until)
    assert [tuple(row) for row in zip(*(c.tolist() for c in columns), strict=True)] == [
        (end, *map(pytest.approx, figures)) for end, *figures in theirs
    ]


@pytest.mark.parametrize("name", sorted(PLACES))
@pytest.mark.parametrize("timeframe", ["5m", "1h", "4h", "1d"])
def test_bars_that_are_due_are_those_of_the_wall_clock(name: str, timeframe: str) -> None:
    """In both directions, for each year: no bar twice, none left out, none an hour off."""
    place = PLACES[name]
    zone = place.zone if name != "tokyo" else ZoneInfo("America/New_York")
    for change in [day for year in YEARS for day in changes(zone, year)]:
        dates = trading_dates(place.calendar, change)
        short = short_dates(place, dates)
        due = expected_closes(place.calendar, timeframe, *span_of(place, dates))
        whole = [day for day in dates if day not in short]
        wanted = [end for begin, end in bins_of(place, whole, timeframe) if not in_lunch(name, begin, end)]
        found = [ts for ts in due.tolist() if not any(a < ts <= b for a, b in map(place.hours_ns, short))]
        assert found == wanted, (name, change)


def in_lunch(name: str, begin: int, end: int) -> bool:
    """Whether a bin lies wholly in Tokyo's break, 11:30 to 12:30."""
    if name != "tokyo":
        return False
    clock = [from_ns(moment).astimezone(ZoneInfo("Asia/Tokyo")).time() for moment in (begin, end)]
    return clock[0] >= time(11, 30) and clock[1] <= time(12, 30)


@pytest.mark.parametrize(
    ("name", "change", "hours"),
    [
        ("new_york", date(2021, 3, 14), (14.5, 13.5)),
        ("new_york", date(2021, 11, 7), (13.5, 14.5)),
        ("london", date(2021, 3, 28), (8, 7)),
        ("london", date(2021, 10, 31), (7, 8)),
        ("sydney", date(2021, 4, 4), (23, 0)),  # the other half of the world falls back in April
        ("sydney", date(2021, 10, 3), (0, 23)),
        ("tokyo", date(2021, 3, 14), (0, 0)),
        ("currencies", date(2021, 3, 14), (22, 21)),
    ],
)
def test_the_open_moves_in_utc_when_the_clocks_do(
    name: str, change: date, hours: tuple[float, float]
) -> None:
    """Opening hours in UTC of the last trading day before a change and of the first after it."""
    middle = (change - EPOCH).days * NS_PER_DAY
    found = trading_days(PLACES[name].calendar, middle - 6 * NS_PER_DAY, middle + 6 * NS_PER_DAY)
    after = int(np.searchsorted(found.day, (change - EPOCH).days))
    opened = [int(found.open_ns[row]) % NS_PER_DAY / NS_PER_HOUR for row in (after - 1, after)]
    assert tuple(opened) == hours


def test_clocks_change_while_currencies_rest_and_crypto_has_no_hour_more_or_less() -> None:
    place = PLACES["currencies"]
    for change in (date(2021, 3, 14), date(2021, 11, 7)):
        days = [place.hours_ns(day) for day in trading_dates("24/5", change)]
        assert {closed - opened for opened, closed in days} == {NS_PER_DAY}
        sunday = place.hours_ns(change)  # Saturday 17:00 to Sunday 17:00 in New York
        crypto = expected_closes("24/7", "1h", sunday[0] + 1, sunday[1] + 1)
        assert len(crypto) == (23 if change.month == 3 else 25)
        assert set(np.diff(crypto).tolist()) == {NS_PER_HOUR}


def test_tokyo_closes_half_an_hour_later_since_november_2024() -> None:
    """Source: Japan Exchange Group, "Extension of Trading Hours", 5 November 2024."""
    closes = [iso(close_ns("XTKS", day))[11:16] for day in (date(2024, 11, 1), date(2024, 11, 5))]
    assert closes == ["06:00", "06:30"]
