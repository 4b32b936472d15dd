"""Each rule finds the fault that was put in, at its row, and nothing in clean bars."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import DataError
from tradewind.core.panel import BarColumns
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, parse_ns
from tradewind.data.adjustment import split
from tradewind.data.calendars import expected_closes
from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspect_bars import find_all, inspect_bars
from tradewind.data.quality.inspection import QualitySettings, prepare, trailing_scale
from tradewind.data.raw import RawBars, raw_from_bars

LENGTH = 250
BAD = 120


@pytest.fixture
def clean(make_bars: Callable[..., BarColumns]) -> RawBars:
    times = expected_closes("XNYS", "1d", parse_ns("2020-01-02"), parse_ns("2022-01-01"))[:LENGTH]
    return raw_from_bars(make_bars(length=LENGTH, ts_event=times), "XNYS")


def change(raw: RawBars, column: str, row: int, value: float) -> RawBars:
    values = getattr(raw, column).copy()
    values[row] = value
    columns = {column: values}
    return replace(raw, **columns)


def found(raw: RawBars, rule: str, **settings: float) -> list[Finding]:
    seen = prepare(raw, "", QualitySettings(**settings))  # type: ignore[arg-type]
    return list(RULES.get(rule)(seen))


def test_clean_bars_are_clean(clean: RawBars) -> None:
    findings, score = inspect_bars(clean, skip=("isolation_forest",))
    assert findings == ()
    assert score.overall == 100.0
    assert score.tradable(99.9)


def test_every_rule_is_its_own_file_and_survives_nothing_at_all(clean: RawBars) -> None:
    assert len({entry.module for entry in RULES.entries()}) == len(RULES.names())
    for length in (0, 1, 2):
        part = clean.take(np.arange(length))
        assert find_all(prepare(part, "")) == ()


@pytest.mark.parametrize(
    ("rule", "column", "value", "severity"),
    [
        ("missing_values", "open", np.nan, Severity.ERROR),
        ("non_positive_price", "low", 0.0, Severity.ERROR),
        ("non_positive_price", "close", -3.0, Severity.ERROR),
        ("negative_volume", "volume", -1.0, Severity.WARNING),
        ("ohlc", "high", 1.0, Severity.ERROR),
        ("ohlc", "low", 1e6, Severity.ERROR),
    ],
)
def test_a_bad_value_is_found_at_its_row(
    clean: RawBars, rule: str, column: str, value: float, severity: Severity
) -> None:
    (finding,) = found(change(clean, column, BAD, value), rule)
    assert (finding.row, finding.ts_event, finding.severity) == (BAD, int(clean.ts_event[BAD]), severity)


def test_duplicates_that_agree_and_that_do_not(clean: RawBars) -> None:
    again = clean.take(np.array([*range(LENGTH), 7, 9]))
    other = change(again, "close", LENGTH + 1, 1.0)
    assert [(f.row, f.severity) for f in found(other, "duplicate")] == [
        (7, Severity.WARNING),
        (9, Severity.ERROR),
    ]


def test_disorder_names_the_late_rows_and_accepts_newest_first(clean: RawBars) -> None:
    rows = np.arange(LENGTH)
    rows[[5, 6]] = rows[[6, 5]]
    assert [f.row for f in found(clean.take(rows), "disorder")] == [6]
    assert found(clean.take(np.arange(LENGTH)[::-1]), "disorder") == []


def test_gaps_are_the_sessions_that_are_missing(clean: RawBars) -> None:
    rows = np.delete(np.arange(LENGTH), [BAD, BAD + 1])
    assert [f.ts_event for f in found(clean.take(rows), "gap")] == clean.ts_event[[BAD, BAD + 1]].tolist()


def test_a_row_on_a_holiday_is_off_schedule(clean: RawBars) -> None:
    ts_event = clean.ts_event.copy()
    ts_event[-1] = parse_ns("2020-12-25T21:00:00+00:00")
    raw = replace(clean, ts_event=ts_event)
    (finding,) = found(raw, "off_schedule")
    assert (finding.row, finding.severity) == (LENGTH - 1, Severity.WARNING)


def test_a_half_made_intraday_bar_is_an_error(make_bars: Callable[..., BarColumns]) -> None:
    times = parse_ns("2021-01-01") + NS_PER_HOUR * np.arange(1, 51, dtype=np.int64)
    times[-1] += 7 * NS_PER_MINUTE - NS_PER_HOUR
    raw = raw_from_bars(make_bars(length=50, ts_event=times, timeframe="1h"), "24/7")
    (finding,) = found(raw, "off_schedule")
    assert (finding.row, finding.severity) == (49, Severity.ERROR)


def test_stale_runs_from_their_fifth_bar(clean: RawBars) -> None:
    rows = np.arange(LENGTH)
    rows[BAD : BAD + 7] = BAD
    frozen = replace(clean.take(rows), ts_event=clean.ts_event)
    assert [f.row for f in found(frozen, "stale")] == [BAD + 4, BAD + 5, BAD + 6]


def test_a_spike_is_an_error_and_a_step_is_not(clean: RawBars) -> None:
    spike = change(change(clean, "close", BAD, 160.0), "high", BAD, 161.0)
    (first, _) = found(spike, "jump")
    assert (first.row, first.severity) == (BAD, Severity.ERROR)
    step = clean
    for name in ("open", "high", "low", "close"):
        values = getattr(step, name).copy()
        values[BAD:] *= 1.4
        columns = {name: values}
        step = replace(step, **columns)
    (only,) = found(step, "jump")
    assert (only.row, only.severity) == (BAD, Severity.INFO)


def scaled_from(raw: RawBars, row: int, factor: float) -> RawBars:
    columns = {}
    for name in ("open", "high", "low", "close"):
        values = getattr(raw, name).copy()
        values[row:] *= factor
        columns[name] = values
    return replace(raw, **columns)


@pytest.mark.parametrize("factor", [0.5, 0.25, 1 / 3, 2 / 3, 10.0, 1 / 190])
def test_an_unannounced_split_is_suspected_and_an_announced_one_is_not(clean: RawBars, factor: float) -> None:
    raw = scaled_from(clean, BAD, factor)
    (finding,) = found(raw, "suspected_split")
    assert finding.row == BAD
    assert finding.value == pytest.approx(factor, rel=0.02)
    announced = replace(raw, actions=(split("AAPL", int(raw.ts_event[BAD]) - NS_PER_HOUR, 1 / factor),))
    assert found(announced, "suspected_split") == []
    assert found(announced, "jump") == []


@pytest.mark.parametrize("factor", [0.01, 100.0])
def test_a_lasting_step_of_a_hundred_is_another_unit_and_severe_where_it_steps(
    clean: RawBars, factor: float
) -> None:
    findings = found(scaled_from(clean, BAD, factor), "price_unit")
    assert [finding.row for finding in findings] == list(range(BAD))
    assert [finding.row for finding in findings if finding.severity is Severity.SEVERE] == [BAD - 1]
    assert {round(finding.value * factor, 6) for finding in findings} == {1.0}


def test_a_split_announced_but_already_in_the_prices_is_named_in_every_row_before(clean: RawBars) -> None:
    wrong = replace(clean, actions=(split("AAPL", int(clean.ts_event[BAD]) - NS_PER_HOUR, 4.0),))
    findings = found(wrong, "split_basis")
    assert [finding.row for finding in findings] == list(range(BAD))
    assert {round(finding.value, 6) for finding in findings} == {0.25}


def test_providers_that_disagree(clean: RawBars, make_bars: Callable[..., BarColumns]) -> None:
    other = make_bars(length=LENGTH, ts_event=clean.ts_event, source="other")
    wrong = replace(other, close=other.close * np.where(np.arange(LENGTH) == BAD, 1.02, 1.0))
    rule = RULES.get("cross_provider")
    (finding,) = rule(prepare(clean, "", references=[wrong]))
    assert finding.row == BAD
    assert finding.value == pytest.approx(1e4 * (1 / 1.02 - 1))
    with pytest.raises(DataError, match="raw"):
        list(rule(prepare(clean, "", references=[replace(wrong, adjusted=True)])))


def test_the_forest_sees_what_no_rule_names(clean: RawBars) -> None:
    odd = clean
    for row in (80, 160):
        middle = float(odd.close[row])
        for column, value in (("high", middle * 1.12), ("low", middle * 0.88)):
            odd = change(odd, column, row, value)
        odd = change(odd, "volume", row, float(odd.volume[row]) * 60)
    findings, _ = inspect_bars(odd)
    assert {f.rule for f in findings if f.row in (80, 160)} == {"isolation_forest"}
    assert {80, 160} <= {f.row for f in findings}
    assert sum(f.rule == "isolation_forest" for f in findings) <= 8


def test_the_forest_gives_the_same_answer_twice(clean: RawBars) -> None:
    assert found(clean, "isolation_forest", forest_score=-0.5) == found(
        clean, "isolation_forest", forest_score=-0.5
    )


def test_the_score_falls_on_the_day_and_side_of_the_fault(clean: RawBars) -> None:
    findings, score = inspect_bars(change(clean, "high", BAD, 1.0), skip=("isolation_forest",))
    assert {f.rule for f in findings} == {"ohlc"}
    day = int(np.searchsorted(score.day, clean.ts_event[BAD] // NS_PER_DAY))
    assert score.by_day[Dimension.CONSISTENCY][day] == 0.0
    assert score.by_day["overall"][day] == 0.0
    assert np.sum(score.by_day["overall"] < 100.0) == 1
    assert score.sides["consistency"] == pytest.approx(100 * (1 - 1 / LENGTH))
    assert not score.tradable(99.95)


def scaled(raw: RawBars, rows: np.ndarray, factor: float, names: tuple[str, ...]) -> RawBars:
    columns = {name: getattr(raw, name).copy() for name in names}
    for values in columns.values():
        values[rows] *= factor
    return replace(raw, **columns)


PRICES = ("open", "high", "low", "close")


@pytest.mark.parametrize("names", [("close",), PRICES])
@pytest.mark.parametrize("every", [2, 3, 4, 10])
@pytest.mark.parametrize("factor", [100.0, 10.0, 0.5])
def test_closes_of_another_unit_in_every_nth_bar_are_not_tradable(
    clean: RawBars, names: tuple[str, ...], every: int, factor: float
) -> None:
    """The faults must not set the scale by which they are judged."""
    broken = scaled(clean, np.arange(0, LENGTH, every), factor, names)
    if names == ("close",):
        broken = replace(broken, has_ohlc=False, open=broken.close, high=broken.close, low=broken.close)
    score = inspect_bars(broken)[1]
    assert score.sides["accuracy"] <= 50.0
    assert not score.tradable(60.0)


def test_closes_of_another_unit_at_random_half_of_the_time_are_not_tradable(clean: RawBars) -> None:
    rows = np.flatnonzero(np.random.default_rng(5).random(LENGTH) < 0.5)
    assert not inspect_bars(scaled(clean, rows, 100.0, PRICES))[1].tradable(60.0)


def test_one_bad_side_is_not_made_up_for_by_the_others(clean: RawBars) -> None:
    """High and low exchanged in every row: five sides know nothing of it."""
    score = inspect_bars(replace(clean, high=clean.low, low=clean.high), skip=("isolation_forest",))[1]
    assert score.sides["consistency"] == 0.0
    assert score.overall == 0.0
    assert score.by_day["overall"].max() == 0.0


def test_a_lost_split_is_severe_until_it_is_accepted_and_a_crash_is_a_suspicion(clean: RawBars) -> None:
    lost = scaled_from(clean, BAD, 0.25)
    findings, score = inspect_bars(
        replace(lost, volume=lost.volume * np.where(np.arange(LENGTH) < BAD, 1, 4))
    )
    (split_found,) = [f for f in findings if f.rule == "suspected_split"]
    assert split_found.severity is Severity.SEVERE
    assert score.overall == 50.0
    assert score.severe.sum() == 1
    assert not score.tradable(60.0)
    told = (split("AAPL", int(lost.ts_event[BAD]) - NS_PER_HOUR, 4.0),)
    assert inspect_bars(replace(lost, actions=told))[1].overall > 99.0
    # Half the price at thirty times the shares: people ran.
    volume = clean.volume.copy()
    volume[BAD] *= 30
    findings, score = inspect_bars(replace(scaled_from(clean, BAD, 0.5), volume=volume))
    assert {f.severity for f in findings if f.rule == "suspected_split"} == {Severity.WARNING}
    assert score.overall > 99.0


@given(
    st.lists(
        st.tuples(st.integers(0, 59), st.sampled_from(["open", "high", "low", "close", "volume"])),
        max_size=30,
    ),
    st.sampled_from([float("nan"), 0.0, -1.0, 1e9]),
    st.permutations(list(range(60))),
)
def test_any_mess_is_judged_without_an_error_and_scored_between_0_and_100(
    places: list[tuple[int, str]], value: float, order: list[int]
) -> None:
    times = expected_closes("XNYS", "1d", parse_ns("2020-01-02"), parse_ns("2020-06-01"))[:60]
    price = 50 + np.sin(np.arange(60.0))
    raw = RawBars("X", "1d", times, price, price + 1, price - 1, price, price * 10, "", "XNYS")
    for row, column in places:
        raw = change(raw, column, row, value)
    findings, score = inspect_bars(raw.take(np.array(order)))
    assert 0.0 <= score.overall <= 100.0
    assert all(0 <= f.row < 60 or f.rule == "gap" for f in findings)


def test_scale_is_causal_once_there_is_history() -> None:
    values = np.random.default_rng(1).normal(size=300)
    whole = trailing_scale(values, 60, 10)
    changed = values.copy()
    changed[200:] *= 100
    np.testing.assert_array_equal(whole[11:201], trailing_scale(changed, 60, 10)[11:201])
    for row in range(60, 300):
        assert whole[row] == pytest.approx(1.4826 * np.median(np.abs(values[row - 60 : row])))
