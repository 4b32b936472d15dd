"""Different calendars on one clock: no hole inside a panel, no value before it was known."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import DataError
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_DAY, iso, parse_ns
from tradewind.data.alignment import as_of_values, group_by_calendar, merged_bars, merged_order
from tradewind.data.catalogue import sample_instruments
from tradewind.data.vendors.sample.history import SampleProvider

CALENDARS = {instrument_id: instrument.calendar for instrument_id, instrument in sample_instruments().items()}


def series_of(times: list[int], instrument_id: str = "X") -> BarColumns:
    ts_event = np.array(times, dtype=np.int64)
    value = ts_event.astype(np.float64)
    return BarColumns(instrument_id, "1d", ts_event, value, value, value, value, np.ones(len(times)))


@pytest.fixture(scope="module")
def mixed() -> list[BarColumns]:
    provider = SampleProvider()
    start, end = parse_ns("2020-06-01"), parse_ns("2021-03-01")
    names = ("NVDA.XNAS", "BTC/USD.KRAKEN", "NFLX.XNAS", "EUR/USD.IDEALPRO", "MSFT.XNAS", "GBP/USD.IDEALPRO")
    return [provider.bars(BarRequest(name, "1d", start, end)) for name in names]


def test_a_mixed_session_falls_into_three_panels_without_holes(mixed: list[BarColumns]) -> None:
    groups = group_by_calendar(mixed, CALENDARS)
    assert [(g.calendar, g.instrument_ids) for g in groups] == [
        ("XNYS", ("NVDA.XNAS", "NFLX.XNAS", "MSFT.XNAS")),
        ("24/7", ("BTC/USD.KRAKEN",)),
        ("24/5", ("EUR/USD.IDEALPRO", "GBP/USD.IDEALPRO")),
    ]
    for group in groups:
        assert not np.isnan(group.panel.columns["close"]).any()
    assert groups[2].panel.missing["EUR/USD.IDEALPRO"] == {"open", "high", "low", "volume"}


def test_events_come_in_the_order_in_which_they_were_known(mixed: list[BarColumns]) -> None:
    day = [
        b for b in merged_bars(mixed, open_ns=parse_ns("2020-07-01")) if iso(b.ts_event)[:10] == "2020-06-10"
    ]
    assert [(b.instrument_id, iso(b.ts_event)[11:16]) for b in day] == [
        ("BTC/USD.KRAKEN", "00:00"),
        ("EUR/USD.IDEALPRO", "14:00"),
        ("GBP/USD.IDEALPRO", "14:00"),
        ("NVDA.XNAS", "20:00"),
        ("NFLX.XNAS", "20:00"),
        ("MSFT.XNAS", "20:00"),
    ]
    assert all(b.warmup for b in day)
    everything = list(merged_bars(mixed, open_ns=parse_ns("2020-07-01")))
    assert len(everything) == sum(len(b) for b in mixed)
    assert all(a.ts_recv <= b.ts_recv for a, b in pairwise(everything))
    assert not everything[-1].warmup


def test_a_later_listing_joins_and_a_missing_day_stands_alone(make_bars: Callable[..., BarColumns]) -> None:
    whole = series_of([1, 2, 3, 4, 5], "A")
    later, earlier = series_of([3, 4, 5], "B"), series_of([1, 2], "C")
    holed = series_of([1, 2, 4, 5], "D")
    groups = group_by_calendar([whole, later, holed, earlier], dict.fromkeys("ABCD", "XNYS"))
    assert [g.instrument_ids for g in groups] == [("A", "B", "C"), ("D",)]


def test_a_member_that_would_tear_a_hole_into_others_stands_alone() -> None:
    first, denser = series_of([1, 3, 5], "A"), series_of([1, 2, 3, 4, 5], "B")
    assert [g.instrument_ids for g in group_by_calendar([first, denser], dict.fromkeys("AB", "24/7"))] == [
        ("A",),
        ("B",),
    ]


@given(st.lists(st.lists(st.integers(1, 12), min_size=1, max_size=12, unique=True), min_size=1, max_size=6))
def test_no_panel_has_a_hole_inside_a_series(times: list[list[int]]) -> None:
    series = [series_of(sorted(t), f"S{i}") for i, t in enumerate(times)]
    groups = group_by_calendar(series, {b.instrument_id: "24/7" for b in series})
    assert sorted(s for g in groups for s in g.instrument_ids) == [b.instrument_id for b in series]
    for group in groups:
        for i in range(len(group.instrument_ids)):
            known = np.flatnonzero(~np.isnan(group.panel.columns["close"][:, i]))
            assert len(known) == known[-1] - known[0] + 1


@given(
    st.lists(st.integers(0, 100), min_size=1, max_size=20, unique=True).map(sorted),
    st.lists(st.integers(-5, 110), max_size=30).map(sorted),
)
def test_as_of_against_pandas(times: list[int], moments: list[int]) -> None:
    bars = series_of(times)
    mine = as_of_values(bars, np.array(moments, dtype=np.int64))
    left = pd.DataFrame({"t": np.array(moments, dtype=np.int64)})
    right = pd.DataFrame({"t": bars.ts_event, "v": bars.close})
    np.testing.assert_array_equal(mine, pd.merge_asof(left, right, on="t")["v"].to_numpy(dtype=float))


def test_a_value_that_is_too_old_is_not_known() -> None:
    values = as_of_values(series_of([10]), np.array([9, 10, 15, 16]), max_age_ns=5)
    np.testing.assert_array_equal(values, [np.nan, 10.0, 10.0, np.nan])


def test_the_vix_of_a_day_is_not_known_at_the_stocks_close() -> None:
    vix = SampleProvider().bars(BarRequest("VIX", "1d", parse_ns("2018-02-01"), parse_ns("2018-02-10")))
    at_close = parse_ns("2018-02-05T21:00:00+00:00")
    known = as_of_values(vix, np.array([at_close, at_close + NS_PER_DAY]))
    assert known.tolist() == [17.31, 37.32]


def test_mistakes_are_named() -> None:
    with pytest.raises(DataError, match="No calendar is given for X"):
        group_by_calendar([series_of([1])], {})
    with pytest.raises(DataError, match="vwap"):
        as_of_values(series_of([1]), np.array([1]), "vwap")
    assert len(merged_order([]).row) == 0
    assert list(merged_bars([])) == []
