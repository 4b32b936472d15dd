"""Splits and dividends against a second vendor, and as invariants."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import DataError
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_DAY, iso, parse_ns
from tradewind.data.adjustment import (
    CorporateAction,
    actions_from_adjusted_close,
    adjust,
    price_factors,
    split,
)
from tradewind.data.raw import RawBars, bars_from_raw
from tradewind.data.vendors.sample.history import SampleProvider
from tradewind.data.vendors.sample.vendor_stocks import load_nvda


def sample_raw(instrument_id: str) -> RawBars:
    return SampleProvider().raw_bars(
        BarRequest(instrument_id, "1d", parse_ns("1990-01-01"), parse_ns("2014-01-01"))
    )


def other_vendor(shared_data: Path, instrument_id: str) -> pl.DataFrame:
    table = pl.scan_parquet(shared_data / "stocks_daily_av" / "sp500_daily.parquet")
    return table.filter(pl.col("symbol").cast(pl.String) == instrument_id).sort("date").collect()


def by_date(ts_event: np.ndarray) -> list[str]:
    return [iso(int(ts))[:10] for ts in ts_event]


def test_apple_adjusted_moves_like_the_other_vendors_adjusted_close(shared_data: Path) -> None:
    raw = sample_raw("AAPL")
    mine = adjust(bars_from_raw(raw), raw.actions or (), parse_ns("2013-03-02"))
    theirs = other_vendor(shared_data, "AAPL").with_columns(day=pl.col("date").dt.date().cast(pl.String))
    joined = pl.DataFrame({"day": by_date(mine.ts_event), "mine": mine.close}).join(theirs, on="day")
    assert joined.height == 3270
    np.testing.assert_allclose(
        np.diff(np.log(joined["mine"])), np.diff(np.log(joined["adjusted_close"])), atol=5e-4
    )


def test_apple_actions_are_those_that_the_other_vendor_lists(shared_data: Path) -> None:
    theirs = other_vendor(shared_data, "AAPL").filter(pl.col("date").dt.date() <= pl.date(2013, 3, 1))
    splits = theirs.filter((pl.col("split_coefficient") != 1) & (pl.col("date").dt.year() >= 2000))
    paid = theirs.filter((pl.col("dividend_amount") > 0) & (pl.col("date").dt.year() >= 2001))
    mine = sample_raw("AAPL").actions or ()
    assert [(iso(a.ex_ns)[:10], a.value) for a in mine if a.kind == "split"] == [
        (str(day.date()), ratio) for day, ratio in splits.select("date", "split_coefficient").iter_rows()
    ]
    amounts = {iso(a.ex_ns)[:10]: a.value for a in mine if a.kind == "dividend"}
    listed = {str(day.date()): paid_ for day, paid_ in paid.select("date", "dividend_amount").iter_rows()}
    assert amounts.keys() == listed.keys()
    for day, amount in amounts.items():
        assert amount == pytest.approx(listed[day], rel=0.01)


def test_nvidia_as_traded() -> None:
    raw = load_nvda()
    close = dict(zip(by_date(raw.ts_event), raw.close.tolist(), strict=True))
    assert close["1999-01-22"] == pytest.approx(19.6875, abs=1e-3)  # first day, offered at 12
    assert close["2021-07-19"] == pytest.approx(751.19, abs=0.01)  # last day before 4:1
    assert close["2021-07-20"] == pytest.approx(186.12, abs=0.01)
    assert close["2024-06-07"] == pytest.approx(1208.88, abs=0.01)  # last day before 10:1
    dividends = [a for a in raw.actions or () if a.kind == "dividend"]
    assert len(dividends) == 49
    assert dividends[0].value == pytest.approx(0.075, abs=1e-4)  # first dividend, November 2012
    assert dividends[-1].value == pytest.approx(0.01, abs=1e-4)


def test_knowledge_stops_at_the_moment_asked_for() -> None:
    raw = load_nvda()
    actions = raw.actions or ()
    before = price_factors(actions, raw.ts_event, parse_ns("2000-06-26"))
    assert np.all(before == 1.0)
    after = price_factors(actions, raw.ts_event, parse_ns("2000-06-27"))
    day = by_date(raw.ts_event).index("2000-06-27")
    assert np.all(after[:day] == 0.5)
    assert np.all(after[day:] == 1.0)


def test_constant_factor_of_a_later_split_is_left_out() -> None:
    google = sample_raw("GOOG")
    assert google.actions == ()  # its file has the factor 0.50 throughout, of April 2014


@given(
    st.lists(st.floats(0.2, 0.999), min_size=1, max_size=5),
    st.lists(st.integers(1, 58), min_size=5, max_size=5, unique=True),
    st.integers(1, 60),
)
def test_returns_do_not_depend_on_the_moment(factors: list[float], places: list[int], later: int) -> None:
    ts_event = np.arange(60, dtype=np.int64) * NS_PER_DAY
    actions = [
        CorporateAction("X", place * NS_PER_DAY, "dividend", factor, 1.0)
        for factor, place in zip(factors, places, strict=False)
    ]
    full = price_factors(actions, ts_event, 60 * NS_PER_DAY)
    known = price_factors(actions, ts_event, later * NS_PER_DAY)
    past = ts_event <= later * NS_PER_DAY
    np.testing.assert_allclose(full[past][1:] / full[past][:-1], known[past][1:] / known[past][:-1])


@given(
    st.sampled_from([2.0, 3.0, 1.5, 7.0, 0.1]), st.integers(1, 58), st.floats(0.001, 0.05), st.integers(1, 58)
)
def test_actions_are_found_again_in_what_they_made(
    ratio: float, split_day: int, dividend: float, dividend_day: int
) -> None:
    if split_day == dividend_day:
        return
    close = 100 + 10 * np.sin(np.arange(60.0))
    days_ns = np.arange(60, dtype=np.int64) * NS_PER_DAY
    amount = dividend * close[dividend_day - 1]
    made = [
        split("X", split_day * NS_PER_DAY, ratio),
        CorporateAction("X", dividend_day * NS_PER_DAY, "dividend", 1 - dividend, amount),
    ]
    adjusted = close * price_factors(made, days_ns, 10**18)
    found = actions_from_adjusted_close("X", days_ns, close, adjusted * 0.3, "")
    assert [(a.ex_ns, a.kind) for a in found] == sorted((a.ex_ns, a.kind) for a in made)
    for action in found:
        assert action.value == pytest.approx(ratio if action.kind == "split" else amount)


def test_volume_follows_splits_alone(make_bars: Callable[..., BarColumns]) -> None:
    bars = make_bars(length=10)
    ex_ns = int(bars.ts_event[5]) - 1
    actions = [split("AAPL", ex_ns, 2.0), CorporateAction("AAPL", ex_ns, "dividend", 0.9, 10.0)]
    seen = adjust(bars, actions, int(bars.ts_event[-1]))
    np.testing.assert_allclose(seen.volume[:5], 2 * bars.volume[:5])
    np.testing.assert_allclose(seen.close[:5], 0.45 * bars.close[:5])
    np.testing.assert_array_equal(seen.close[5:], bars.close[5:])
    assert seen.adjusted
    with pytest.raises(DataError, match="adjusted already"):
        adjust(seen, actions, 0)


def test_a_factor_must_be_positive() -> None:
    with pytest.raises(DataError, match="factor"):
        CorporateAction("X", 0, "dividend", 0.0, 1.0)
