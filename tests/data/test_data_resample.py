"""Longer bars against pandas on real minutes, and never a bar before its time."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import DataError
from tradewind.core.panel import BAR_COLUMNS, BarColumns
from tradewind.core.timestamps import NS_PER_HOUR, NS_PER_MINUTE, iso, parse_ns
from tradewind.data.calendars import expected_closes, trading_days
from tradewind.data.resample import resample

RULES = {"5m": "5min", "15m": "15min", "30m": "30min", "1h": "1h", "4h": "4h", "1d": "1D"}


@pytest.fixture(scope="module")
def minutes(shared_data: Path) -> BarColumns:
    """A month of bitcoin by the minute; the file stamps a minute by its end."""
    table = pl.read_csv(shared_data / "crypto_bars" / "btc-perp-20211231-20220201_1m.csv.gz")
    ts_event = table["timestamp"].str.to_datetime(time_unit="ns").to_physical().to_numpy()
    columns = {name: table[name].to_numpy() for name in BAR_COLUMNS}
    return BarColumns("BTC/USD", "1m", ts_event, **columns, source="test")


@pytest.mark.parametrize("timeframe", RULES)
def test_minutes_against_pandas(minutes: BarColumns, timeframe: str) -> None:
    frame = pd.DataFrame(
        {name: getattr(minutes, name) for name in BAR_COLUMNS}, index=pd.to_datetime(minutes.ts_event)
    )
    how = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    theirs = frame.resample(RULES[timeframe], label="right", closed="right").agg(how)
    theirs = theirs[(theirs.index <= frame.index[-1])]
    starts = theirs.index - pd.Timedelta(RULES[timeframe])
    theirs = theirs[starts >= frame.index[0] - pd.Timedelta("1min")]
    mine = resample(minutes, timeframe, "24/7")
    assert mine.ts_event.tolist() == theirs.index.as_unit("ns").asi8.tolist()
    for name in BAR_COLUMNS:
        np.testing.assert_allclose(getattr(mine, name), theirs[name].to_numpy(), rtol=1e-12)


def test_currency_minutes_by_hour_and_by_new_york_day(shared_data: Path) -> None:
    table = pl.read_csv(shared_data / "fx_m1_fxcm" / "gbpusd-m1-bid-2012.csv.gz")
    opened = (
        table["timestamp"].str.to_datetime("%Y-%m-%d %H:%M:%S%z", time_unit="ns").to_physical().to_numpy()
    )
    columns = {name: table[name].to_numpy() for name in ("open", "high", "low", "close")}
    bars = BarColumns(
        "GBP/USD", "1m", opened + NS_PER_MINUTE, **columns, volume=np.zeros(len(opened)), has_volume=False
    )
    days = resample(bars, "1d", "24/5")
    assert {iso(int(ts))[11:] for ts in days.ts_event} == {"22:00:00Z"}
    whole = trading_days("24/5", int(bars.ts_event[0]), int(bars.ts_event[-1]) + 1)
    assert set(days.ts_event.tolist()) <= set(whole.close_ns.tolist())
    span = (bars.ts_event > days.ts_event[3]) & (bars.ts_event <= days.ts_event[4])
    assert days.high[4] == bars.high[span].max()
    assert days.open[4] == bars.open[span][0]
    hours = resample(bars, "1h", "24/5")
    assert np.all(hours.ts_event % NS_PER_HOUR == 0)


def minute_session(make_bars: Callable[..., BarColumns], day: str, until: str) -> BarColumns:
    times = expected_closes("XNYS", "1m", parse_ns(day), parse_ns(until))
    return make_bars(length=len(times), ts_event=times, timeframe="1m")


def test_bins_start_at_the_open_and_end_with_the_session(make_bars: Callable[..., BarColumns]) -> None:
    bars = minute_session(make_bars, "2012-11-21", "2012-11-24")  # Thanksgiving between, an early close after
    assert [iso(int(ts))[5:16] for ts in resample(bars, "4h", "XNYS").ts_event] == [
        "11-21T18:30",
        "11-21T21:00",
        "11-23T18:00",
    ]
    assert [iso(int(ts))[5:16] for ts in resample(bars, "1d", "XNYS").ts_event] == [
        "11-21T21:00",
        "11-23T18:00",
    ]


def test_days_into_weeks(make_bars: Callable[..., BarColumns]) -> None:
    times = expected_closes("XNYS", "1d", parse_ns("2022-04-04"), parse_ns("2022-04-28"))
    bars = make_bars(length=len(times), ts_event=times)
    weeks = resample(bars, "1w", "XNYS")
    assert [iso(int(ts))[:10] for ts in weeks.ts_event] == ["2022-04-08", "2022-04-14", "2022-04-22"]
    second = slice(5, 9)  # four days: Good Friday is closed
    assert weeks.volume[1] == pytest.approx(bars.volume[second].sum())
    assert (weeks.open[1], weeks.close[1]) == (bars.open[5], bars.close[8])


def test_a_week_that_began_before_the_data_is_left_out(make_bars: Callable[..., BarColumns]) -> None:
    times = expected_closes("XNYS", "1d", parse_ns("2022-04-06"), parse_ns("2022-04-23"))
    weeks = resample(make_bars(length=len(times), ts_event=times), "1w", "XNYS")
    assert [iso(int(ts))[:10] for ts in weeks.ts_event] == ["2022-04-14", "2022-04-22"]


def test_closes_alone_stay_closes_alone(make_bars: Callable[..., BarColumns]) -> None:
    times = expected_closes("ECB", "1d", parse_ns("2020-01-01"), parse_ns("2020-03-01"))
    price = np.linspace(1, 2, len(times))
    columns = dict.fromkeys(("open", "high", "low", "close"), price)
    weeks = resample(make_bars(length=len(times), ts_event=times, has_ohlc=False, **columns), "1w", "ECB")
    assert not weeks.has_ohlc
    np.testing.assert_array_equal(weeks.open, weeks.close)


@given(st.integers(1, 780), st.sampled_from(["5m", "15m", "1h", "4h", "1d"]))
def test_what_is_seen_early_is_what_is_seen_later(length: int, timeframe: str) -> None:
    """Cutting the source at any moment gives the same bars, only fewer: nothing partial, nothing changed."""
    times = expected_closes("XNYS", "1m", parse_ns("2021-03-01"), parse_ns("2021-03-03"))
    price = 100 + np.sin(np.arange(len(times)) / 7)
    whole = BarColumns("X", "1m", times, price, price + 1, price - 1, price, np.ones(len(times)))
    cut = whole.between(0, int(times[length - 1]) + 1)
    early, late = resample(cut, timeframe, "XNYS"), resample(whole, timeframe, "XNYS")
    assert early.ts_event.tolist() == [ts for ts in late.ts_event.tolist() if ts <= cut.ts_event[-1]]
    for name in BAR_COLUMNS:
        np.testing.assert_array_equal(getattr(early, name), getattr(late, name)[: len(early)])


def test_bars_outside_the_session_are_left_out(make_bars: Callable[..., BarColumns]) -> None:
    times = parse_ns("2021-03-01") + NS_PER_MINUTE * np.arange(1, 24 * 60 + 1, dtype=np.int64)
    bars = make_bars(length=len(times), ts_event=times, timeframe="1m", volume=np.ones(len(times)))
    (volume,) = resample(bars, "1d", "XNYS").volume
    assert volume == 390


def test_shorter_is_refused_and_nothing_gives_nothing(make_bars: Callable[..., BarColumns]) -> None:
    bars = make_bars(length=5)
    with pytest.raises(DataError, match="1d cannot be made into 1h"):
        resample(bars, "1h", "XNYS")
    assert len(resample(bars.between(0, 1), "1w", "XNYS")) == 0
    assert len(resample(bars, "1w", "XNYS", as_of_ns=0)) == 0
