"""Candles of vendors: order, spans, and when they close."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import MalformedPayloadError, NoDataError, NoTimeframeError, StaleDataError
from tradewind.core.market import Timeframe
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_HOUR, NS_PER_MINUTE, parse_ns
from tradewind.data.candles import (
    candles_of,
    closed_bars,
    joined,
    require_span,
    require_timeframe,
    session_closes,
)

ROW = (5.0, 6.0, 4.0, 5.5, 7.0)


def hours(*numbers):
    return candles_of([n * NS_PER_HOUR for n in numbers], [ROW] * len(numbers))


@given(st.sets(st.integers(0, 10_000), max_size=30), st.booleans())
def test_rows_come_out_oldest_first_whichever_way_they_came(numbers, newest_first):
    given_order = sorted(numbers, reverse=newest_first)
    found = candles_of(given_order, [(n + 0.0, n + 1.0, n + 2.0, n + 3.0, n + 4.0) for n in given_order])
    assert found.time_ns.tolist() == sorted(numbers)
    assert found.figures[:, 3].tolist() == [n + 3.0 for n in sorted(numbers)]


@pytest.mark.parametrize("times", [(1, 3, 2), (1, 1), (3, 1, 2)])
def test_times_that_jump_about_or_come_twice_are_refused(times):
    with pytest.raises(MalformedPayloadError, match="not in order"):
        candles_of(times, [ROW] * len(times))


@pytest.mark.parametrize("figure", [float("nan"), float("inf")])
def test_a_figure_that_is_none_is_named(figure):
    with pytest.raises(MalformedPayloadError, match="1970-01-01T01:00:00Z"):
        candles_of([0, NS_PER_HOUR], [ROW, (5.0, 6.0, figure, 5.5, 7.0)])


@given(st.lists(st.integers(1, 400), min_size=1, max_size=8))
def test_pages_of_a_span_join_to_the_whole_whatever_ends_the_vendor_counts_as_inside(lengths):
    edges = np.concatenate([[0], np.cumsum(lengths)])
    pages = []
    for begin, end in pairwise(edges):
        answered = hours(*range(int(begin), int(end) + 1))  # the end is answered as well
        pages.append(require_span(answered, int(begin) * NS_PER_HOUR, int(end) * NS_PER_HOUR))
    assert (joined(pages).time_ns // NS_PER_HOUR).tolist() == list(range(int(edges[-1])))


def test_rows_from_before_the_span_are_no_answer():
    with pytest.raises(StaleDataError, match="newest row"):
        require_span(hours(1, 2, 3), 4 * NS_PER_HOUR, 9 * NS_PER_HOUR)
    with pytest.raises(MalformedPayloadError, match="before"):
        require_span(hours(3, 4, 5), 4 * NS_PER_HOUR, 9 * NS_PER_HOUR)
    assert len(require_span(hours(), 0, 1)) == 0


def test_pages_that_reach_into_one_another_are_refused():
    with pytest.raises(MalformedPayloadError):
        joined([hours(1, 2), hours(2, 3)])
    assert len(joined([])) == 0


@pytest.mark.parametrize(
    ("zone", "calendar", "day", "opens", "closes"),
    [
        ("America/New_York", "XNYS", "2024-03-08", (9, 30), (16, 0)),  # before summer time
        ("America/New_York", "XNYS", "2024-03-11", (9, 30), (16, 0)),  # after it began
        ("America/New_York", "XNYS", "2024-11-29", (9, 30), (13, 0)),  # a half day
        ("Europe/London", "XLON", "2024-10-28", (8, 0), (16, 30)),  # after summer time ended
    ],
)
def test_bars_begin_in_the_session_and_end_with_it(zone, calendar, day, opens, closes):
    def at(hour, minute):
        moment = datetime.fromisoformat(day).replace(hour=hour, minute=minute, tzinfo=ZoneInfo(zone))
        return int(moment.astimezone(UTC).timestamp()) * 1_000_000_000

    begin, end = at(*opens), at(*closes)
    half = 30 * NS_PER_MINUTE
    times = np.array(
        [begin - half, begin, end - 45 * NS_PER_MINUTE, end - 15 * NS_PER_MINUTE, end], dtype=np.int64
    )
    found, inside = session_closes(calendar, times, half)
    assert inside.tolist() == [False, True, True, True, False]
    assert found[inside].tolist() == [begin + half, end - 15 * NS_PER_MINUTE, end]


def test_only_what_had_closed_is_given():
    start = parse_ns("2024-07-01")
    found = candles_of([start + n * NS_PER_HOUR for n in range(1, 6)], [ROW] * 5)
    request = BarRequest("BTC/USD", "1h", start, start + 9 * NS_PER_HOUR)
    for known_until_ns, count in ((start + 3 * NS_PER_HOUR, 3), (start + 3 * NS_PER_HOUR - 1, 2)):
        raw = closed_bars(request, found, source="x", calendar="24/7", known_until_ns=known_until_ns)
        assert len(raw) == count
    with pytest.raises(NoDataError, match="x has no closed 1h bar of BTC/USD"):
        closed_bars(request, found, source="x", calendar="24/7", known_until_ns=start)


def test_a_timeframe_that_is_lacking_says_what_there_is():
    assert require_timeframe("X", "1h", (Timeframe.H1,)) is Timeframe.H1
    with pytest.raises(NoTimeframeError, match="X has no 4h") as lacking:
        require_timeframe("X", "4h", (Timeframe.H1, Timeframe.D1))
    assert lacking.value.offers == ("1h", "1d")
