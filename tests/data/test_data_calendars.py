"""Trading days and bar times against exchanges' published hours and the ECB's own list of days."""

import zipfile
from datetime import date

import numpy as np
import pytest

from tradewind.core.errors import ConfigError, NoDataError
from tradewind.core.timestamps import NS_PER_HOUR, iso, parse_ns
from tradewind.data.calendar_rules import easter_sunday
from tradewind.data.calendars import (
    close_ns,
    expected_closes,
    stamp_days,
    trading_calendar,
    trading_days,
)
from tradewind.data.vendors.sample.series import package_file


def days(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    ("day", "close"),
    [
        ("2012-11-21", "2012-11-21T21:00:00Z"),
        ("2012-11-23", "2012-11-23T18:00:00Z"),  # day after Thanksgiving: 13:00 in New York
        ("2013-07-01", "2013-07-01T20:00:00Z"),  # daylight saving
        ("2024-07-03", "2024-07-03T17:00:00Z"),
    ],
)
def test_new_york_closes(day: str, close: str) -> None:
    assert iso(close_ns("XNYS", date.fromisoformat(day))) == close


def test_a_holiday_has_no_close() -> None:
    with pytest.raises(NoDataError, match="2012-10-29"):  # hurricane Sandy
        close_ns("XNYS", date(2012, 10, 29))


def test_ecb_days_are_the_days_of_the_ecbs_file() -> None:
    with zipfile.ZipFile(package_file("currency_converter", "eurofxref-hist.zip")) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    published = sorted(line.split(",")[0] for line in text.splitlines()[1:])
    span = trading_days("ECB", parse_ns(published[0]), parse_ns(published[-1]) + 24 * NS_PER_HOUR)
    assert [iso(int(ts))[:10] for ts in span.close_ns] == published


def test_ecb_stamp_follows_frankfurt_time() -> None:
    stamps = stamp_days("ECB", np.array([days("2020-01-15"), days("2020-07-15")]))
    assert [iso(int(ts)) for ts in stamps] == ["2020-01-15T15:00:00Z", "2020-07-15T14:00:00Z"]


@pytest.mark.parametrize(
    ("year", "easter"),
    [(1999, "1999-04-04"), (2000, "2000-04-23"), (2008, "2008-03-23"), (2024, "2024-03-31")],
)
def test_easter(year: int, easter: str) -> None:
    assert easter_sunday(year).isoformat() == easter


def test_the_currency_week_runs_from_sunday_to_friday_evening_in_new_york() -> None:
    week = trading_calendar("24/5", parse_ns("2017-01-01"), parse_ns("2017-02-01"))
    assert not week.is_open(parse_ns("2017-01-08T21:59:00+00:00"))
    assert week.is_open(parse_ns("2017-01-08T22:00:00+00:00"))
    assert week.is_open(parse_ns("2017-01-13T21:59:00+00:00"))
    assert not week.is_open(parse_ns("2017-01-13T22:00:00+00:00"))


def test_round_the_clock() -> None:
    week = expected_closes("24/7", "4h", parse_ns("2021-01-01"), parse_ns("2021-01-08"))
    assert len(week) == 42
    assert np.all(np.diff(week) == 4 * NS_PER_HOUR)


def test_intraday_times_are_anchored_to_the_open_and_end_with_the_session() -> None:
    closes = expected_closes("XNYS", "1h", parse_ns("2012-11-23"), parse_ns("2012-11-24"))
    assert [iso(int(ts))[11:16] for ts in closes] == ["15:30", "16:30", "17:30", "18:00"]


def test_a_week_ends_with_its_last_trading_day() -> None:
    closes = expected_closes("XNYS", "1w", parse_ns("2022-04-09"), parse_ns("2022-04-23"))
    assert [iso(int(ts))[:10] for ts in closes] == ["2022-04-14", "2022-04-22"]  # Good Friday is closed


def test_a_date_without_trading_is_stamped_like_its_neighbour() -> None:
    stamps = stamp_days("XNYS", np.array([days("2020-01-19"), days("2020-01-17")]))  # a Sunday, a Friday
    assert [iso(int(ts)) for ts in stamps] == ["2020-01-19T21:00:00Z", "2020-01-17T21:00:00Z"]


def test_unknown_names_are_refused_and_near_ones_named() -> None:
    with pytest.raises(ConfigError, match="'MOON'"):
        trading_days("MOON", 0, 1)
    with pytest.raises(ConfigError, match=r"'XNYZ'.*XNYS"):
        trading_days("XNYZ", 0, 1)
    with pytest.raises(ConfigError, match=r"'NYS'.*NYSE"):
        trading_calendar("NYS", 0, 1)


def test_a_calendar_is_built_as_far_as_its_holidays_are_published() -> None:
    # Bombay's are known to the year 2026: spans in whole five years must not ask for more.
    assert len(trading_days("XBOM", parse_ns("2025-01-01"), parse_ns("2026-01-01"))) > 240
    with pytest.raises(NoDataError, match="XBOM"):
        trading_days("XBOM", parse_ns("2035-01-01"), parse_ns("2036-01-01"))


def test_no_bar_is_expected_in_the_lunch_break() -> None:
    closes = expected_closes("XTKS", "15m", parse_ns("2021-03-10"), parse_ns("2021-03-11"))
    tokyo = [iso(int(ts) + 9 * NS_PER_HOUR)[11:16] for ts in closes]
    assert tokyo[9:11] == ["11:30", "12:45"]
    assert (tokyo[0], tokyo[-1], len(tokyo)) == ("09:15", "15:00", 20)


def test_trading_days_find_their_bars() -> None:
    span = trading_days("XNYS", parse_ns("2020-01-13"), parse_ns("2020-01-18"))
    moments = [
        span.open_ns[0],
        span.open_ns[0] + 1,
        span.close_ns[0],
        span.close_ns[0] + 1,
        span.close_ns[-1] + 1,
    ]
    assert span.find(np.array(moments, dtype=np.int64)).tolist() == [-1, 0, 0, -1, -1]
