"""Repairs leave usable rows, write every change down, and never use a later row."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import ConfigError, DataError
from tradewind.core.panel import BarColumns
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, parse_ns
from tradewind.data.adjustment import adjust
from tradewind.data.calendars import expected_closes
from tradewind.data.display import interpolated_for_display
from tradewind.data.quality.inspect_bars import inspect_bars
from tradewind.data.raw import RawBars, bars_from_raw, raw_from_bars
from tradewind.data.repair import RepairPlan, accepted_split, repair
from tradewind.data.winsorise import WinsoriseRule, winsorised_close

PRICES = ("open", "high", "low", "close")


def sessions_of(length: int) -> np.ndarray:
    return expected_closes("XNYS", "1d", parse_ns("2020-01-02"), parse_ns("2022-01-01"))[:length]


def with_value(raw: RawBars, column: str, row: int, value: float) -> RawBars:
    values = getattr(raw, column).copy()
    values[row] = value
    columns = {column: values}
    return replace(raw, **columns)


def test_a_mess_becomes_bars_and_every_step_is_written_down(make_bars: Callable[..., BarColumns]) -> None:
    clean = make_bars(length=8, ts_event=sessions_of(8))
    raw = raw_from_bars(clean, "XNYS").take(np.array([0, 1, 3, 2, 4, 5, 6, 7, 6]))
    raw = with_value(raw, "close", 5, np.nan)
    raw = with_value(raw, "high", 4, 1.0)
    raw = with_value(raw, "volume", 1, -5.0)
    raw = with_value(raw, "low", 7, 0.0)
    done = repair(raw, RepairPlan())
    bars = bars_from_raw(done.raw)
    assert bars.ts_event.tolist() == clean.ts_event[[0, 1, 2, 3, 4, 6]].tolist()
    steps = [(r.what, r.column, r.ts_event) for r in done.repairs]
    ts = clean.ts_event.tolist()
    assert steps == [
        ("drop_incomplete", "row", ts[5]),
        ("drop_incomplete", "row", ts[7]),
        ("sort", "row", ts[2]),
        ("drop_duplicate", "row", ts[6]),
        ("fit_range", "high", ts[4]),
        ("zero_volume", "volume", ts[1]),
    ]
    widened, zeroed = done.repairs[-2:]
    assert (widened.old, widened.new) == (1.0, bars.high[4])
    assert (zeroed.old, zeroed.new) == (-5.0, 0.0)
    assert inspect_bars(replace(done.raw, calendar=""))[0] == ()


def test_rows_that_are_still_wrong_never_become_bars(make_bars: Callable[..., BarColumns]) -> None:
    raw = raw_from_bars(make_bars(length=5))
    with pytest.raises(DataError, match="order"):
        bars_from_raw(raw.take(np.array([1, 0])))
    with pytest.raises(DataError, match="missing"):
        bars_from_raw(with_value(raw, "open", 2, np.nan))


def test_a_half_made_bar_is_dropped_and_an_early_close_is_not(make_bars: Callable[..., BarColumns]) -> None:
    times = expected_closes("XNYS", "1h", parse_ns("2012-11-21"), parse_ns("2012-11-24"))
    extra = np.append(times, times[-1] - NS_PER_HOUR // 3)
    raw = raw_from_bars(make_bars(length=len(extra), ts_event=extra, timeframe="1h"), "XNYS")
    done = repair(raw, RepairPlan())
    assert done.raw.ts_event.tolist() == times.tolist()
    assert [r.what for r in done.repairs] == ["drop_partial"]


def test_newest_first_is_one_step(make_bars: Callable[..., BarColumns]) -> None:
    clean = make_bars(length=30)
    done = repair(raw_from_bars(clean).take(np.arange(30)[::-1]), RepairPlan())
    assert [r.what for r in done.repairs] == ["reverse"]
    np.testing.assert_array_equal(done.raw.close, clean.close)


def test_fill_forward_stops_where_it_was_told(make_bars: Callable[..., BarColumns]) -> None:
    times = sessions_of(20)
    keep = np.delete(np.arange(20), [5, 10, 11, 12])
    raw = raw_from_bars(make_bars(length=16, ts_event=times[keep]), "XNYS")
    done = repair(raw, RepairPlan(fill_forward_bars=2))
    assert done.raw.ts_event.tolist() == np.delete(times, 12).tolist()
    filled = np.isin(done.raw.ts_event, times[[5, 10, 11]])
    assert [r.ts_event for r in done.repairs] == times[[5, 10, 11]].tolist()
    before = done.raw.close[np.flatnonzero(filled) - 1]
    for name in PRICES:
        np.testing.assert_array_equal(getattr(done.raw, name)[filled], before)
    assert np.all(done.raw.volume[filled] == 0.0)


@pytest.mark.parametrize("method", ["iqr", "z"])
def test_a_spike_is_pulled_in_and_the_rest_stays(make_bars: Callable[..., BarColumns], method: str) -> None:
    clean = make_bars(length=200)
    raw = raw_from_bars(clean)
    for name in PRICES:
        raw = with_value(raw, name, 150, float(getattr(raw, name)[150]) * 3)
    rule = WinsoriseRule(method, limit=6.0)  # type: ignore[arg-type]
    done = repair(raw, RepairPlan(winsorise=rule))
    assert int(clean.ts_event[150]) in {r.ts_event for r in done.repairs}
    assert {r.column for r in done.repairs} == set(PRICES)
    assert done.raw.close[150] < 1.3 * clean.close[150]
    assert done.raw.high[150] >= done.raw.close[150] >= done.raw.low[150]
    others = (np.arange(200) != 150) & (np.arange(200) != 151)  # the way back may take a second bar
    np.testing.assert_array_equal(done.raw.close[others], clean.close[others])


@given(st.integers(0, 2**31), st.integers(30, 119), st.sampled_from(["iqr", "z"]))
def test_winsorising_knows_nothing_of_the_future(seed: int, cut: int, method: str) -> None:
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(0.01 * rng.standard_t(2, 120)))
    rule = WinsoriseRule(method, limit=3.0, window=40, min_history=10)  # type: ignore[arg-type]
    np.testing.assert_array_equal(winsorised_close(close, rule)[:cut], winsorised_close(close[:cut], rule))


@given(
    st.permutations(list(range(40))),
    st.lists(
        st.tuples(st.integers(0, 39), st.sampled_from(PRICES), st.sampled_from([np.nan, 0.0, -1.0, 500.0])),
        max_size=12,
    ),
    st.lists(st.integers(0, 39), max_size=5),
)
def test_whatever_comes_in_what_comes_out_can_be_used(
    order: list[int], places: list[tuple[int, str, float]], again: list[int]
) -> None:
    price = 100 + np.cos(np.arange(40.0))
    raw = RawBars("X", "1d", sessions_of(40), price, price + 2, price - 2, price, price, "", "XNYS")
    for row, column, value in places:
        raw = with_value(raw, column, row, value)
    done = repair(raw.take(np.array(order + again)), RepairPlan())
    bars = bars_from_raw(done.raw)
    assert np.all(bars.high >= np.maximum(bars.open, bars.close))
    assert np.all(bars.low <= np.minimum(bars.open, bars.close))
    assert np.all(bars.low > 0)
    assert repair(done.raw, RepairPlan()).repairs == ()


def test_rules_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ConfigError, match="median"):
        WinsoriseRule("median")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="limit"):
        WinsoriseRule(limit=-1.0)


def test_interpolation_is_for_the_eye_alone(make_bars: Callable[..., BarColumns]) -> None:
    times = sessions_of(6)
    bars = make_bars(length=5, ts_event=np.delete(times, 2))
    line = interpolated_for_display(bars, "XNYS")
    assert line.ts_event.tolist() == times.tolist()
    assert line.filled.tolist() == [False, False, True, False, False, False]
    share = (times[2] - times[1]) / (times[3] - times[1])
    assert line.close[2] == pytest.approx(bars.close[1] + share * (bars.close[2] - bars.close[1]))
    assert not isinstance(line, BarColumns)
    assert len(interpolated_for_display(bars.between(0, NS_PER_DAY), "XNYS").close) == 0


def test_a_bad_high_does_not_drag_the_low_along(make_bars: Callable[..., BarColumns]) -> None:
    clean = make_bars(length=5)
    done = repair(with_value(raw_from_bars(clean), "high", 2, 1.0), RepairPlan())
    np.testing.assert_array_equal(done.raw.low, clean.low)
    assert done.raw.high[2] == max(clean.open[2], clean.close[2])


def test_a_split_that_a_person_accepts_is_adjusted_for_and_changes_no_row(
    make_bars: Callable[..., BarColumns],
) -> None:
    clean = make_bars(length=120)
    raw = raw_from_bars(clean)
    for name in PRICES:
        columns = {name: np.where(np.arange(120) < 90, getattr(raw, name) * 4, getattr(raw, name))}
        raw = replace(raw, **columns)
    (suspicion,) = [f for f in inspect_bars(raw)[0] if f.rule == "suspected_split"]
    action = accepted_split("AAPL", suspicion)
    done = repair(raw, RepairPlan(accepted=(action,)))
    np.testing.assert_array_equal(done.raw.close, raw.close)
    (step,) = done.repairs
    assert (step.what, step.old) == ("accept_split", raw.close[89])
    assert step.new == pytest.approx(clean.close[89])
    healed = adjust(bars_from_raw(done.raw), done.raw.actions or (), int(raw.ts_event[-1]))
    np.testing.assert_allclose(healed.close, clean.close)
    with pytest.raises(DataError, match="jump"):
        accepted_split("AAPL", replace(suspicion, rule="jump"))


def test_of_two_rows_with_one_time_the_later_one_stays(make_bars: Callable[..., BarColumns]) -> None:
    raw = raw_from_bars(make_bars(length=5)).take(np.array([0, 1, 2, 2, 3, 4]))
    corrected = with_value(with_value(raw, "close", 3, 99.5), "high", 3, 1e3)
    done = repair(corrected, RepairPlan())
    assert done.raw.close[2] == 99.5
    step = done.repairs[0]
    assert (step.what, step.old) == ("drop_duplicate", raw.close[2])
