"""The recorded table against exchange_calendars itself on random moments, and against known dates."""

from functools import cache
from itertools import pairwise

import exchange_calendars
import msgspec
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.errors import ConfigError, OutsideCalendarError
from tradewind.core.events import AccountTerms, SessionStarted, decode_event, encode_event
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, iso, parse_ns
from tradewind.core.trading_calendar import (
    ALWAYS_OPEN,
    TradingCalendar,
    account_day,
    calendar_for,
    calendar_of_days,
)
from tradewind.data.calendars import expected_closes, trading_calendar, trading_calendars

FIRST, LAST = parse_ns("2015-01-01"), parse_ns("2023-12-31")
LIBRARY = ("XNYS", "XLON", "XTKS", "CMES", "XHKG", "24/7")


@cache
def table(name: str) -> TradingCalendar:
    return trading_calendar(name, FIRST, LAST)


@cache
def oracle(name: str) -> exchange_calendars.ExchangeCalendar:
    return exchange_calendars.get_calendar(name, start="2014-06-01", end="2024-06-30")


def at(text: str) -> int:
    return parse_ns(f"{text}:00+00:00")


def stamp(minute: int) -> pd.Timestamp:
    return pd.Timestamp(minute * NS_PER_MINUTE, unit="ns", tz="UTC")


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(LIBRARY), st.integers(FIRST // NS_PER_MINUTE, LAST // NS_PER_MINUTE))
def test_the_table_says_what_exchange_calendars_says(name: str, minute: int) -> None:
    ours, theirs, ts = table(name), oracle(name), minute * NS_PER_MINUTE
    assert ours.is_open(ts) == theirs.is_open_on_minute(stamp(minute), ignore_breaks=False)
    # A moment is judged by the trading day that ends with it; the library's minutes begin theirs.
    before = theirs.minute_to_session(stamp(minute - 1), direction="previous")
    after = theirs.minute_to_session(stamp(minute), direction="previous")
    day = before if theirs.session_close(before) >= stamp(minute) else after
    assert ours.trading_day(ts) == day.value // NS_PER_DAY
    assert ours.session_bounds(ts) == (theirs.session_open(day).value, theirs.session_close(day).value)
    if name != "24/7":
        table_start = min(theirs.next_open(stamp(minute)).value, _after_lunch(theirs, minute))
        assert ours.next_open(ts) == table_start


def _after_lunch(theirs: exchange_calendars.ExchangeCalendar, minute: int) -> int:
    ends = theirs.break_ends_nanos
    later = ends[ends > minute * NS_PER_MINUTE]
    return int(later[0]) if len(later) else 2**63 - 1


@settings(max_examples=300, deadline=None)
@given(st.sampled_from((*LIBRARY, "24/5")), st.integers(FIRST, LAST))
def test_nothing_changes_before_the_next_boundary(name: str, ts: int) -> None:
    ours = table(name)

    def answers(moment: int) -> tuple[object, ...]:
        opened, closed = ours.trading_span(moment)
        return ours.is_open(moment), opened <= moment <= closed, ours.trading_day(moment)

    boundary = ours.next_boundary(ts)
    assert boundary > ts
    assert answers(ts) == answers((ts + boundary) // 2) == answers(boundary - 1)


@pytest.mark.parametrize(
    ("name", "moment", "is_open"),
    [
        ("XNYS", "2020-12-25T15:00", False),
        ("XNYS", "2020-11-26T15:00", False),
        ("XNYS", "2020-11-27T17:59", True),
        ("XNYS", "2020-11-27T18:00", False),
        ("XNYS", "2021-03-12T14:29", False),
        ("XNYS", "2021-03-12T14:30", True),
        ("XNYS", "2021-03-15T13:30", True),  # clocks went forward on the 14th
        ("XNYS", "2001-09-12T15:00", False),
        ("XTKS", "2021-03-10T02:29", True),
        ("XTKS", "2021-03-10T02:30", False),  # lunch
        ("XTKS", "2021-03-10T03:30", True),
        ("24/5", "2021-03-12T21:59", True),  # Friday 16:59 in New York
        ("24/5", "2021-03-12T22:00", False),
        ("24/5", "2021-03-14T20:59", False),
        ("24/5", "2021-03-14T21:00", True),  # Sunday 17:00, an hour earlier in UTC than the week before
        ("24/5", "2021-03-17T21:00", True),
        ("24/5", "2020-12-25T15:00", False),
        ("24/5", "2006-04-05T12:00", True),
        ("24/5", "2006-04-02T21:00", True),  # in 2006 clocks went forward in April
        ("24/5", "2006-03-19T21:30", False),
        ("24/7", "2020-12-25T15:00", True),
    ],
)
def test_known_moments(name: str, moment: str, is_open: bool) -> None:
    ts = at(moment)
    assert trading_calendar(name, ts, ts).is_open(ts) is is_open


def test_a_currencys_day_ends_with_seventeen_in_new_york_and_its_week_is_one_span() -> None:
    week, days = table("24/5"), (parse_ns("2021-03-18") // NS_PER_DAY, parse_ns("2021-03-19") // NS_PER_DAY)
    assert week.trading_day(at("2021-03-18T21:00")) == days[0]
    assert week.trading_day(at("2021-03-18T21:00") + 1) == days[1]
    assert week.trading_day(at("2021-03-20T12:00")) == days[1]  # the weekend still belongs to Friday
    assert week.trading_span(at("2021-03-18T21:00")) == (at("2021-03-14T21:00"), at("2021-03-19T21:00"))


def test_the_day_after_thanksgiving_is_three_and_a_half_hours_long() -> None:
    opened, closed = table("XNYS").session_bounds(at("2020-11-27T18:00"))
    assert (iso(opened), iso(closed)) == ("2020-11-27T14:30:00Z", "2020-11-27T18:00:00Z")


def test_the_accounts_day_ends_at_midnight() -> None:
    assert account_day(at("2021-03-18T00:00")) + 1 == account_day(at("2021-03-18T00:00") + 1)


def test_bars_a_year_are_those_of_the_calendars_own_hours() -> None:
    stock = table("XNYS")
    januaries = [parse_ns(f"{year}-01-01") for year in range(2015, 2025)]
    spans = pairwise(januaries)
    years = [len(expected_closes("XNYS", "1d", begin, end)) for begin, end in spans]
    assert stock.sessions_per_year == pytest.approx(sum(years) / 9)
    assert (years[0], years[5]) == (252, 253)
    for name in ("XNYS", "XTKS", "XLON", "CMES"):
        for frame in ("15m", "1h"):
            counted = len(expected_closes(name, frame, FIRST, parse_ns("2024-01-01"))) / 9
            assert table(name).bars_per_year(frame) == pytest.approx(counted, rel=3e-4), (name, frame)
    assert stock.bars_per_year("1d") == stock.sessions_per_year
    assert ALWAYS_OPEN.bars_per_year("1h") == 24 * 365.25
    assert ALWAYS_OPEN.bars_per_year("1d") == 365.25
    assert stock.bars_per_year("1w") == pytest.approx(52.18, abs=0.01)


def test_outside_its_span_a_table_says_so_and_guesses_nothing() -> None:
    ours = trading_calendar("XNYS", parse_ns("2020-03-01"), parse_ns("2020-09-01"))
    first, last = ours.span_ns
    assert (iso(first), iso(last)) == ("2019-12-31T14:30:00Z", "2021-01-04T21:00:00Z")
    for ask in (ours.is_open, ours.trading_day, ours.session_bounds, ours.next_open, ours.next_boundary):
        for ts in (first - 1, last + 1):
            with pytest.raises(OutsideCalendarError, match=r"XNYS.*2019-12-31T14:30:00Z to 2021-01-04T21"):
                ask(ts)
    assert ours.is_open(first)
    assert not ours.is_open(last)
    with pytest.raises(OutsideCalendarError, match="next open"):
        ours.next_open(last)


def test_a_table_is_small_and_comes_back_from_the_journal_as_it_was() -> None:
    tables = tuple(table(name) for name in (*LIBRARY, "24/5"))
    started = SessionStarted(
        ts_event=1,
        session_id="s",
        mode="paper",
        base_currency="USD",
        accounts=(AccountTerms(cash_e8={"USD": 1}),),
        instruments=(),
        calendars=tables,
    )
    again = decode_event(encode_event(started))
    assert again == started
    assert isinstance(again, SessionStarted)
    before_close = at("2020-11-27T17:59")
    assert [c.is_open(before_close) for c in again.calendars] == [c.is_open(before_close) for c in tables]
    for ours in tables:
        assert len(msgspec.msgpack.encode(ours)) < 1_500, ours.name  # nine years


def test_what_is_no_table_is_refused() -> None:
    hours = (NS_PER_HOUR, 2 * NS_PER_HOUR)
    good = calendar_of_days("X", [(0, hours)])
    assert good.is_open(NS_PER_HOUR)
    for wrong in (
        [],
        [(0, hours), (0, hours)],
        [(0, hours), (1, hours)],
    ):  # the last opens before the one ends
        with pytest.raises(ConfigError, match="'X'"):
            calendar_of_days("X", wrong)
    with pytest.raises(ConfigError, match="times in their order"):
        calendar_of_days("X", [(0, (NS_PER_HOUR, NS_PER_HOUR))])
    with pytest.raises(ConfigError, match="do not match"):
        TradingCalendar(name="X", days=b"\x03", hours=((1, 0, 60),))
    with pytest.raises(ConfigError, match=r"'XNYS'.*given: XLON"):
        calendar_for("XNYS", {"XLON": table("XLON")})
    assert calendar_for("24/7", {}) is ALWAYS_OPEN


def test_tables_of_several_calendars_at_once() -> None:
    assert set(trading_calendars(["XNYS", "XNYS", "24/7"], FIRST, LAST)) == {"XNYS", "24/7"}
