"""Dates and times: read as they are meant, and asked about where they can mean two things."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tradewind.core.errors import BarFileError, ConfigError, UnsettledFileError
from tradewind.core.timestamps import iso, to_ns
from tradewind.data.importing.files import read_file
from tradewind.data.importing.options import ImportOptions
from tradewind.data.importing.understood import ReadFile


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def take(
        stamps: list[str], calendar: str = "24/7", sign: str = ",", header: str = "", **said: Any
    ) -> ReadFile:
        path = tmp_path / "X.csv"
        rows = "".join(f"{stamp}{sign}{nth + 1}\n" for nth, stamp in enumerate(stamps))
        path.write_text((header or f"date{sign}close") + "\n" + rows)
        return read_file(path, ImportOptions(**said), lambda _: calendar)

    return take


def days(found: ReadFile) -> list[str]:
    """The date of each day of a calendar whose days end at the next midnight in UTC."""
    return [iso(int(ts) - 1)[:10] for ts in found.series[0].ts_event]


def test_a_row_that_can_be_read_in_one_way_settles_the_others(read: Any) -> None:
    found = read(["11/12/2020", "12/12/2020", "13/12/2020", "14/12/2020"])
    assert days(found) == ["2020-12-11", "2020-12-12", "2020-12-13", "2020-12-14"]
    assert found.understood.date_order == "day-first"
    said = "2 of 4 rows can be read in no other way, first line 4: 13/12/2020"
    assert found.understood.date_order_settled_by == said
    found = read(["12/11/2020", "12/12/2020", "12/13/2020"])
    assert days(found) == ["2020-12-11", "2020-12-12", "2020-12-13"]
    assert found.understood.date_order == "month-first"


@pytest.mark.parametrize(
    "stamps", [["01/02/2020", "02/02/2020"], ["1.2.20", "2.2.20"], ["01-02-2020", "02-02-2020"]]
)
def test_where_no_row_settles_it_the_order_is_asked_for(read: Any, stamps: list[str]) -> None:
    with pytest.raises(UnsettledFileError, match="can be two dates") as caught:
        read(stamps)
    assert caught.value.option == "date_order"
    assert "--day-first" in caught.value.next_step
    assert days(read(stamps, date_order="day-first")) == ["2020-02-01", "2020-02-02"]
    settled = read(stamps, date_order="day-first").understood
    assert settled.date_order_settled_by == "the option date_order"


def test_month_first_by_the_option(read: Any) -> None:
    assert days(read(["01/02/2020", "01/03/2020"], date_order="month-first")) == ["2020-01-02", "2020-01-03"]


def test_rows_that_contradict_each_other_are_refused(read: Any) -> None:
    with pytest.raises(
        BarFileError, match=r"line 4: 13/01/2020 \(line 2\) has the day first, 01/14/2020 \(line 4\)"
    ):
        read(["13/01/2020", "02/01/2020", "01/14/2020"])


def test_rows_that_contradict_what_was_said_are_refused(read: Any) -> None:
    with pytest.raises(BarFileError, match="line 3: 13/01/2020 is no date with the month first"):
        read(["12/01/2020", "13/01/2020"], date_order="month-first")


@pytest.mark.parametrize(
    "stamps",
    [
        ["2020-03-01", "2020-03-02"],
        ["2020/03/01", "2020/3/2"],
        ["20200301", "20200302"],
        ["01-Mar-2020", "02-Mar-2020"],
        ["1 March 2020", "2 March 2020"],
        ["Mar 1, 2020", "Mar 2, 2020"],
        ["01-MAR-20", "02-MAR-20"],
        ["2020-03-01T00:00:00", "2020-03-02T00:00:00"],
        ["2020-03-01 00:00:00+00:00", "2020-03-02 00:00:00+00:00"],
        ["1583020800", "1583107200"],
        ["1583020800000", "1583107200000"],
        ["1583020800.0", "1583107200.0"],
    ],
)
def test_writings_of_one_day(read: Any, stamps: list[str]) -> None:
    assert days(read(stamps, sign=";")) == ["2020-03-01", "2020-03-02"]


@pytest.mark.parametrize(
    ("stamp", "moment"),
    [
        ("2020-03-01T13:45:00Z", "2020-03-01T13:45:00+00:00"),
        ("2020-03-01 13:45:00.250+02:00", "2020-03-01T13:45:00.25+02:00"),
        ("2020-03-01 13:45+0530", "2020-03-01T13:45:00+05:30"),
        ("2020-03-01 01:45:00 PM Z", "2020-03-01T13:45:00+00:00"),
        ("20200301134500", "2020-03-01T13:45:00+00:00"),
        ("20200301 1345", "2020-03-01T13:45:00+00:00"),
        ("2020-03-01 12-AM", "2020-03-01T00:00:00+00:00"),
        ("2020-03-01 12-PM", "2020-03-01T12:00:00+00:00"),
        ("01.03.2020 13:45:00,5", "2020-03-01T13:45:00.5+00:00"),
        ("1583070300123", "2020-03-01T13:45:00.123+00:00"),
        ("1583070300123456", "2020-03-01T13:45:00.123456+00:00"),
    ],
)
def test_writings_of_one_moment(read: Any, stamp: str, moment: str) -> None:
    said: dict[str, Any] = {"timeframe": "1m", "stamped": "close", "zone": "UTC", "date_order": "day-first"}
    found = read([stamp], sign=";", **said)
    assert int(found.series[0].ts_event[0]) == to_ns(datetime.fromisoformat(moment))


def test_a_pattern_of_ones_own(read: Any) -> None:
    assert days(read(["2020_060", "2020_061", "2020_062"], date_format="%Y_%j", header="date,close")) == [
        "2020-02-29", "2020-03-01", "2020-03-02",
    ]  # fmt: skip


def test_two_units_of_time_in_one_file_are_refused(read: Any) -> None:
    with pytest.raises(BarFileError, match="line 2: the time 1583020800 is in s, others are in ms"):
        read(["1583020800", "1583107200000"])


def test_a_clock_without_a_zone_is_asked_about(read: Any) -> None:
    stamps = ["2020-03-02 09:30", "2020-03-02 09:31", "2020-03-02 09:32"]
    with pytest.raises(
        UnsettledFileError, match="line 2: the time 2020-03-02T09:30:00 has no zone"
    ) as caught:
        read(stamps)
    assert caught.value.option == "zone"
    found = read(stamps, "XNYS", zone="America/New_York")
    wanted = to_ns(datetime(2020, 3, 2, 9, 31, tzinfo=ZoneInfo("America/New_York")))
    assert int(found.series[0].ts_event[0]) == wanted


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="No time zone is called 'Mars/Olympus'"):
        ImportOptions(zone="Mars/Olympus")


@pytest.mark.parametrize("newest_first", [False, True])
def test_the_hour_that_clocks_repeat_is_told_by_the_order_of_rows(read: Any, newest_first: bool) -> None:
    zone = ZoneInfo("Europe/Berlin")
    first = to_ns(datetime(2020, 10, 24, 22, tzinfo=UTC))
    utc = [first + nth * 1_800 * 10**9 for nth in range(12)]
    local = [datetime.fromtimestamp(ns / 1e9, zone).strftime("%Y-%m-%d %H:%M") for ns in utc]
    assert len(set(local)) == len(local) - 2, "two half hours come twice"
    stamps = local[::-1] if newest_first else local
    found = read(stamps, zone="Europe/Berlin", stamped="close", timeframe="30m")
    assert found.series[0].ts_event.tolist() == utc
    closes = [float(nth) for nth in range(1, 13)]
    assert found.series[0].close.tolist() == (closes[::-1] if newest_first else closes)


def test_a_time_that_clocks_skip_is_none(read: Any) -> None:
    stamps = ["2020-03-29 01:00", "2020-03-29 02:00", "2020-03-29 03:00", "2020-03-29 04:00"]
    with pytest.raises(BarFileError, match="line 3: the time 2020-03-29T02:00:00 is none in Europe/Berlin"):
        read(stamps, zone="Europe/Berlin", timeframe="1h")


def test_bars_within_a_day_end_with_the_session(read: Any) -> None:
    stamps = [f"2020-11-27 {hour:02d}:30" for hour in (9, 10, 11, 12)]  # closes at 13:00 on that day
    found = read(stamps, "XNYS", zone="America/New_York")
    assert [iso(int(ts)) for ts in found.series[0].ts_event] == [
        "2020-11-27T15:30:00Z", "2020-11-27T16:30:00Z", "2020-11-27T17:30:00Z", "2020-11-27T18:00:00Z",
    ]  # fmt: skip
    assert found.understood.timeframe == "1h"


def test_closes_may_be_stamped_and_a_sessions_last_bar_is_short(read: Any) -> None:
    stamps = [f"2020-11-{day} {clock}" for day in (23, 24) for clock in ("14:30", "15:30", "16:00")]
    found = read(stamps, "XNYS", zone="America/New_York", stamped="close", timeframe="1h")
    assert iso(int(found.series[0].ts_event[2])) == "2020-11-23T21:00:00Z"


def test_days_end_when_their_calendar_says(read: Any) -> None:
    found = read(["2020-11-25", "2020-11-27", "2020-11-30"], "XNYS")
    assert [iso(int(ts)) for ts in found.series[0].ts_event] == [
        "2020-11-25T21:00:00Z", "2020-11-27T18:00:00Z", "2020-11-30T21:00:00Z",
    ]  # fmt: skip
    assert (
        iso(int(read(["2020-11-25", "2020-11-26"], "24/5").series[0].ts_event[0])) == "2020-11-25T22:00:00Z"
    )


@pytest.mark.parametrize(
    "stamps",
    [
        ["2020-01-06", "2020-01-13", "2020-01-20"],
        ["2020-01-10", "2020-01-17", "2020-01-24"],
        ["2020-01-05", "2020-01-12", "2020-01-19"],
    ],
    ids=["mondays", "fridays", "sundays"],
)
def test_weeks_end_with_their_last_trading_day_whatever_day_dates_them(read: Any, stamps: list[str]) -> None:
    found = read(stamps, "XNYS")
    assert found.understood.timeframe == "1w"
    assert [iso(int(ts))[:10] for ts in found.series[0].ts_event] == [
        "2020-01-10",
        "2020-01-17",
        "2020-01-24",
    ]


def test_tokyo_days_with_an_offset_keep_their_own_date(read: Any) -> None:
    found = read(["2020-01-06T00:00:00+09:00", "2020-01-07T00:00:00+09:00"], "XTKS")
    assert [iso(int(ts)) for ts in found.series[0].ts_event] == [
        "2020-01-06T06:00:00Z",
        "2020-01-07T06:00:00Z",
    ]


def test_a_column_that_says_that_it_is_in_utc(read: Any) -> None:
    found = read(["2020-01-06 00:00", "2020-01-06 00:05", "2020-01-06 00:10"], header="timestamp_utc,close")
    assert found.understood.zone == "UTC"
    assert found.understood.timeframe == "5m"


def test_dates_before_1970_and_of_two_digits(read: Any) -> None:
    assert days(read(["30/12/69", "31/12/69", "01/01/70"])) == ["1969-12-30", "1969-12-31", "1970-01-01"]
    assert days(read(["30/12/67", "31/12/67", "01/01/68"])) == ["2067-12-30", "2067-12-31", "2068-01-01"]
    assert days(read(["1962-01-02", "1962-01-03"])) == ["1962-01-02", "1962-01-03"]


def test_holes_do_not_hide_the_timeframe(read: Any) -> None:
    rng = np.random.default_rng(3)
    minutes = np.sort(rng.choice(600, 250, replace=False)) * 60 + 1_583_020_800
    found = read([str(second) for second in minutes])
    assert found.understood.timeframe == "1m"
    assert "all rows lie on its grid" in found.understood.timeframe_settled_by


def test_times_before_2001_and_before_1970_are_of_the_unit_of_the_last(read: Any) -> None:
    seconds = range(-20_000_000, 170_000_000, 86_400)
    found = read([str(second) for second in seconds])
    opened = [second * 10**9 for second in seconds]
    assert found.understood.timeframe == "1d"
    assert days(found) == [iso(ns)[:10] for ns in opened]
    assert days(read(["946684800000", "946771200000"])) == ["2000-01-01", "2000-01-02"]
