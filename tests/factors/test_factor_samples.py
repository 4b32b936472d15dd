"""Learning rows: labels look forward by own bars, features never do."""

from fractions import Fraction

import numpy as np
import pytest
from factor_panels import made_panel, with_holes
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.errors import ConfigError
from tradewind.core.panel import Panel, Samples
from tradewind.factors.engine import compute
from tradewind.factors.samples import _uniqueness, join_samples, make_samples

NAMES = ("rsi", "price_to_sma20", "close")


def samples_of(panel: Panel, horizon: int = 3, instrument_ids: tuple[str, ...] | None = None) -> Samples:
    return make_samples(panel, compute(panel, NAMES), NAMES, horizon, instrument_ids)


def test_labels_count_own_bars() -> None:
    panel = with_holes(made_panel(200, 3))
    samples = samples_of(panel)
    for i in range(3):
        rows = np.flatnonzero(np.isfinite(panel.columns["close"][:, i]))
        price = panel.columns["close"][rows, i]
        mine = samples.take(samples.i == i)
        np.testing.assert_array_equal(mine.t, rows)
        np.testing.assert_allclose(mine.label_return[:-3], price[3:] / price[:-3] - 1.0)
        np.testing.assert_array_equal(mine.label_end[:-3], panel.ts_event[rows[3:]])
        assert np.isnan(mine.label_return[-3:]).all()
        assert (mine.label_end[-3:] == np.iinfo(np.int64).max).all()
        assert (mine.label_end > mine.ts_event).all()
        np.testing.assert_array_equal(mine.features()[:, 2], price)


@pytest.mark.parametrize("horizon", [1, 3])
def test_a_label_counts_what_was_paid_going_into_its_bars(horizon: int) -> None:
    panel = with_holes(made_panel(60, 3))
    rng = np.random.default_rng(3)
    paid = np.where(rng.random(60) < 0.2, rng.uniform(0.1, 3.0, 60), 0.0)
    samples = make_samples(panel, compute(panel, NAMES), NAMES, horizon, income={"S1": paid})
    for i, income in ((0, np.zeros(60)), (1, paid)):
        mine = samples.take(samples.i == i)
        for row in range(len(mine) - horizon):
            begin, end = int(mine.t[row]), int(mine.t[row + horizon])
            cash = sum(Fraction(float(amount)) for amount in income[begin + 1 : end + 1])
            bought, sold = (Fraction(float(panel.columns["close"][t, i])) for t in (begin, end))
            assert mine.label_return[row] == pytest.approx(float((sold + cash) / bought - 1), abs=1e-12)
    assert samples.label_basis == "total return; price only of S0, S2"
    both = make_samples(
        panel, compute(panel, NAMES), NAMES, horizon, income={f"S{i}": paid for i in range(3)}
    )
    assert both.label_basis == "total return"
    assert both.take(both.i == 0).label_basis == "total return"
    assert samples_of(panel).label_basis == "price only"


def test_rows_are_sorted_by_time_then_instrument() -> None:
    samples = samples_of(with_holes(made_panel(120, 4)))
    order = np.lexsort((samples.i, samples.ts_event))
    np.testing.assert_array_equal(order, np.arange(len(samples)))
    assert samples.weight.mean() == pytest.approx(1.0)


def test_some_symbols_can_be_chosen() -> None:
    samples = samples_of(made_panel(60, 3), instrument_ids=("S2", "S0"))
    assert samples.instrument_ids == ("S2", "S0")
    np.testing.assert_array_equal(samples.features()[0, 2], made_panel(60, 3).columns["close"][0, 2])


@settings(max_examples=30, deadline=None)
@given(length=st.integers(1, 40), horizon=st.integers(1, 12))
def test_weights_are_average_uniqueness(length: int, horizon: int) -> None:
    span = np.zeros((length, length + horizon + 1))
    for start in range(length):
        span[start, start + 1 : start + horizon + 1] = 1.0
    count = span.sum(axis=0)
    want = [(span[s] / np.maximum(count, 1))[span[s] > 0].mean() for s in range(length)]
    np.testing.assert_allclose(_uniqueness(length, horizon), want)


def test_calendars_are_joined_side_by_side() -> None:
    first = samples_of(made_panel(90, 2))
    weekly = made_panel(40, 1, seed=4)
    second_panel = Panel(weekly.ts_event + 1, ("BTC",), weekly.columns)
    second = samples_of(second_panel)
    joined = join_samples([first, second])
    assert joined.instrument_ids == ("S0", "S1", "BTC")
    assert len(joined) == len(first) + len(second)
    assert (np.diff(joined.ts_event) >= 0).all()
    mine = joined.take(joined.i == 2)
    np.testing.assert_array_equal(mine.features(), second.features())
    np.testing.assert_array_equal(mine.sequences(5), second.sequences(5))
    theirs = joined.take(joined.i < 2)
    np.testing.assert_array_equal(theirs.sequences(4), first.sequences(4))
    np.testing.assert_array_equal(theirs.label_return, first.label_return)


def test_wrong_requests_are_refused() -> None:
    panel = made_panel(40, 2)
    cube = compute(panel, NAMES)
    with pytest.raises(ConfigError, match="horizon is 0"):
        make_samples(panel, cube, NAMES, 0)
    with pytest.raises(ConfigError, match="no ZZZ"):
        make_samples(panel, cube, NAMES, 1, ["ZZZ"])
    with pytest.raises(ConfigError, match="another panel"):
        make_samples(made_panel(41, 2), cube, NAMES, 1)
    with pytest.raises(ConfigError, match="no samples"):
        join_samples([])
    with pytest.raises(ConfigError, match="two parts"):
        join_samples([samples_of(panel), samples_of(panel)])
    with pytest.raises(ConfigError, match="different factors or horizons"):
        join_samples([samples_of(panel), samples_of(panel, 2)])
