"""Releases: read as of a moment, kept for ever, out of a person's file, and the days until the next one."""

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.errors import BarFileError, MalformedPayloadError, StoreError
from tradewind.core.releases import (
    Release,
    Releases,
    ReleaseStatus,
    Timing,
    hours_since_last,
    hours_to_next,
    known_releases,
    releases_of,
)
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR
from tradewind.data.reference.release_files import read_release_file
from tradewind.store.parquet import ParquetTables
from tradewind.store.releases import append_releases, read_releases, stored_calendars

NEW_YORK = ZoneInfo("America/New_York")
NOW = 1_800_000_000 * 10**9


def row(event: str, known: int, begin: int, status: str = "scheduled", **more: object) -> Release:
    return Release(event, known, begin, begin, Timing.EXACT, ReleaseStatus(status))._replace(**more)


def of(rows: list[Release], asked: int = NOW, whole: tuple[int, int] = (0, 0)) -> Releases:
    return releases_of("A", "own", rows, asked, whole)


WORDS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(0, 20),
        st.integers(0, 40),
        st.sampled_from(list(ReleaseStatus)),
    ),
    max_size=20,
)


@settings(max_examples=100, deadline=None)
@given(WORDS, st.integers(0, 21))
def test_what_is_read_as_of_a_moment_is_what_a_diary_kept_by_hand_would_say(
    words: list[tuple[str, int, int, ReleaseStatus]], moment: int
) -> None:
    words = list({(event, known): (event, known, *rest) for event, known, *rest in words}.values())
    rows = [row(event, known, begin, status) for event, known, begin, status in words]
    diary: dict[str, tuple[int, ReleaseStatus]] = {}
    for known in range(moment + 1):
        for event, when, begin, status in words:
            if when == known:
                diary[event] = (begin, status)
    held = {(e, b, s) for e, (b, s) in diary.items() if s is not ReleaseStatus.WITHDRAWN}
    known_then = known_releases(rows, moment)
    assert {(r.event, r.ts_begin, r.status) for r in known_then} == held
    later = [one for one in rows if one.ts_known <= moment]
    assert known_releases(later, moment) == known_then
    due = [b for _, b, s in held if s is ReleaseStatus.SCHEDULED and b >= moment]
    wait = hours_to_next(known_then, moment)
    assert (math.isnan(wait) and not due) or wait == (min(due) - moment) / NS_PER_HOUR


@settings(max_examples=25, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=4))
def test_no_stored_row_is_ever_changed_and_the_same_twice_adds_nothing(
    tmp_path_factory: pytest.TempPathFactory, answers: list[list[tuple[str, int, int, ReleaseStatus]]]
) -> None:
    store = ParquetTables(tmp_path_factory.mktemp("store"))
    before: set[str] = set()
    for nth, words in enumerate(answers):
        kept = {(event, known): (event, known, *rest) for event, known, *rest in words}
        fresh = of([row(e, k, b, s) for e, k, b, s in kept.values()], NOW + nth)
        append_releases(store, fresh)
        assert append_releases(store, fresh).added == 0
        after = {repr(one) for one in read_releases(store, "own", "A")}
        assert before <= after
        before = after


def test_what_is_missing_from_a_whole_answer_is_withdrawn_and_what_is_past_or_outside_stays(
    tmp_path: Path,
) -> None:
    store = ParquetTables(tmp_path)
    days = {"past": -1, "near": 5, "far": 50}
    append_releases(store, of([row(e, NOW, NOW + d * NS_PER_DAY) for e, d in days.items()]))
    later = NOW + NS_PER_HOUR
    wrote = append_releases(
        store, of([row("new", later, NOW + 6 * NS_PER_DAY)], later, (later, NOW + 30 * NS_PER_DAY))
    )
    assert (wrote.added, wrote.withdrawn) == (2, 1)
    there = known_releases(read_releases(store, "own", "A"), later)
    assert [one.event for one in there] == ["past", "new", "far"]
    assert stored_calendars(store) == [("own", "A")]
    with pytest.raises(StoreError, match="after now"):
        append_releases(store, of([], NOW))


def test_a_moment_told_anew_in_another_way_is_known_since_it_was_seen(tmp_path: Path) -> None:
    store = ParquetTables(tmp_path)
    append_releases(store, of([row("a", 5, 100)]))
    append_releases(store, of([row("a", 5, 200)], NOW + 1))
    stored = read_releases(store, "own", "A")
    assert [(one.ts_known, one.ts_begin) for one in stored] == [(5, 100), (NOW + 1, 200)]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row("", 1, 2)], "nothing to tell it by"),
        ([row("a", 1, 2, ts_end=1)], "before it begins"),
        ([row("a", NOW + 1, 2)], "after it was asked for"),
        ([row("a", 1, 2, estimate=math.inf)], "infinite"),
        ([row("a", 1, 2**63)], "1678"),
        ([row("a", 1, 2), row("a", 1, 3)], "two things of a at once"),
    ],
)
def test_what_cannot_be_is_refused(rows: list[Release], said: str) -> None:
    with pytest.raises(MalformedPayloadError, match=said):
        of(rows)


def test_a_day_counts_as_now_until_it_is_over_or_out() -> None:
    day = row("a", 0, 10 * NS_PER_HOUR, ts_end=34 * NS_PER_HOUR)
    assert [hours_to_next([day], h * NS_PER_HOUR) for h in (4, 10, 20, 34)] == [6.0, 0.0, 0.0, 0.0]
    assert math.isnan(hours_to_next([day], 35 * NS_PER_HOUR))
    assert hours_since_last([day], 36 * NS_PER_HOUR) == 2.0
    assert math.isnan(hours_since_last([day], 9 * NS_PER_HOUR))
    assert math.isnan(hours_to_next([day._replace(status=ReleaseStatus.RELEASED)], 20 * NS_PER_HOUR))


HEAD = "calendar,event,known,scheduled,timing,zone,status,estimate\n"


def file_of(folder: Path, *lines: str) -> Path:
    path = folder / "mine.csv"
    path.write_text(HEAD + "\n".join(lines), "utf-8")
    return path


def test_a_file_says_days_times_and_parts_of_days(tmp_path: Path) -> None:
    path = file_of(
        tmp_path,
        "CPI,2024-05,2023-10-01,2024-05-15T08:30:00-04:00,,,,3.4",
        "AAPL,Q2,2024-04-01,2024-05-01,after_close,America/New_York,,",
        "AAPL,Q2,2024-04-11,2024-05-02,after_close,America/New_York,,",
        "AAPL,Q3,2024-04-11,2024-08-01,,Asia/Tokyo,withdrawn,",
    )
    cpi, apple = read_release_file(path, NOW)
    assert [one.calendar for one in (cpi, apple)] == ["CPI", "AAPL"]
    (only,) = cpi.rows
    moment = datetime(2024, 5, 15, 12, 30, tzinfo=UTC).timestamp() * 1e9
    assert (only.ts_begin, only.ts_end, only.timing, only.estimate) == (moment, moment, Timing.EXACT, 3.4)
    first, moved, gone = apple.rows
    close = datetime(2024, 5, 1, 16, tzinfo=NEW_YORK)
    midnight = datetime(2024, 5, 2, tzinfo=NEW_YORK)
    assert (first.ts_begin, first.ts_end) == (close.timestamp() * 1e9, midnight.timestamp() * 1e9)
    assert moved.ts_begin - first.ts_begin == NS_PER_DAY
    tokyo = datetime(2024, 8, 1, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert (gone.ts_begin, gone.ts_end) == tuple(
        (tokyo + timedelta(days=n)).timestamp() * 1e9 for n in (0, 1)
    )
    assert gone.status is ReleaseStatus.WITHDRAWN


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "CPI,a,2023-10-01,2024-05-15,,,,",
            "line 2: scheduled is the day 2024-05-15, and its zone is missing",
        ),
        ("CPI,a,2023-10-01,2024-05-15,before_open,Asia/Tokyo,,", "zone is Asia/Tokyo"),
        ("CPI,a,2023-10-01,2024-05-15,noonish,UTC,,", "the timing 'noonish'"),
        ("CPI,a,2023-10-01,2024-05-15,exact,UTC,,", "the day 2024-05-15, and timing 'exact'"),
        ("CPI,a,2023-10-01,2024-05-15,,Mars/Base,,", "no zone 'Mars/Base'"),
        ("CPI,a,2023-10-01,2024-05-15T08:30:00,,,,", "no time zone"),
        ("CPI,a,2023-10-01,2024-13-15,,UTC,,", "2024-13-15"),
        ("CPI,a,2099-10-01,2024-05-15,,UTC,,", "after now"),
        ("CPI,,2023-10-01,2024-05-15,,UTC,,", "event is missing"),
        ("CPI,a,2023-10-01,2024-05-15,,UTC,maybe,", "the status 'maybe'"),
        ("CPI,a,2023-10-01,2024-05-15,,UTC,,much", "'much'"),
        ("CPI,a,2023-10-01", "more or fewer cells"),
    ],
)
def test_a_line_that_is_unclear_is_refused_by_its_number(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(BarFileError) as refused:
        read_release_file(file_of(tmp_path, line), NOW)
    assert "mine.csv, line 2" in str(refused.value)
    assert said in str(refused.value)
