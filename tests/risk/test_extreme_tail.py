"""Tails against published figures of Danish fire losses, and closed forms."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from tradewind.app.session.risk_tail import tail_of
from tradewind.core.errors import DataError
from tradewind.risk.book_var import BookReturns
from tradewind.risk.extreme_tail import Tail, fit_tail, mean_excess


@pytest.fixture(scope="module")
def danish(shared_data: Path) -> np.ndarray:
    with (shared_data / "reference" / "danish_fire_losses_evir.csv").open() as lines:
        return np.array([float(row["dat"]) for row in csv.DictReader(lines)])


def test_danish_fire_losses_as_published(danish: np.ndarray) -> None:
    tail = fit_tail(danish, 10.0)
    assert (tail.losses, tail.excesses) == (2167, 109)
    assert tail.shape == pytest.approx(0.497, abs=5e-4)
    assert tail.scale == pytest.approx(6.975, abs=1e-3)
    assert tail.value_at_risk(0.99) == pytest.approx(27.29, abs=0.005)
    assert tail.shortfall(0.99) == pytest.approx(58.24, abs=0.01)
    assert tail.quantile_correlation > 0.97
    rising = mean_excess(danish, np.array([1.0, 5.0, 10.0, 20.0]))
    assert (np.diff(rising) > 0).all()


def test_the_unit_of_money_does_not_matter(danish: np.ndarray) -> None:
    small = fit_tail(danish * 1e-4, 1e-3)
    assert small.shape == pytest.approx(0.497, abs=5e-4)
    assert small.value_at_risk(0.99) == pytest.approx(27.29e-4, rel=2e-4)


def test_standard_errors_are_the_spread_of_repeated_fits() -> None:
    draws = stats.genpareto.rvs(0.2, scale=2.0, size=(150, 400), random_state=3)
    tails = [fit_tail(row, 0.0) for row in draws]
    assert np.std([t.shape for t in tails]) == pytest.approx(tails[0].shape_error, rel=0.25)
    assert np.std([t.scale for t in tails]) == pytest.approx(tails[0].scale_error, rel=0.25)


def test_quantile_and_shortfall_are_those_of_the_distribution() -> None:
    tail = Tail(1.0, 1000, 100, 0.3, 2.0, None, None, 1.0)
    assert tail.value_at_risk(0.99) == pytest.approx(1.0 + stats.genpareto.ppf(0.9, 0.3, scale=2.0))
    levels = 0.99 + 0.01 * (np.arange(200_000) + 0.5) / 200_000
    mean = float(np.mean(1.0 + stats.genpareto.ppf(1 - (1 - levels) * 10, 0.3, scale=2.0)))
    assert tail.shortfall(0.99) == pytest.approx(mean, rel=2e-3)
    exponential = tail._replace(shape=0.0)
    assert exponential.value_at_risk(0.99) == pytest.approx(1.0 + 2.0 * math.log(10.0))
    assert tail._replace(shape=1.1).shortfall(0.99) is None


def test_the_tail_of_a_book_is_in_percent_of_equity_and_says_what_is_missing() -> None:
    table = stats.t.rvs(4, size=(252, 2), random_state=5) * 0.01
    weights = np.array([0.6, -0.3])
    notes: list[str] = []
    found = tail_of(BookReturns(("A", "B"), table, weights), notes)
    assert found is not None
    assert not notes
    direct = fit_tail(-(table @ weights), found.threshold_pct / 100)
    assert found.excesses == direct.excesses == 26
    assert found.var_pct == pytest.approx(100 * direct.value_at_risk(0.99), rel=1e-3)
    assert found.shortfall_pct is not None
    assert found.shortfall_pct > found.var_pct > found.threshold_pct
    assert tail_of(BookReturns(("A", "B"), table[:100], weights), notes) is None
    assert "20 are needed" in notes[0]


def test_what_has_no_tail_is_refused() -> None:
    losses = np.linspace(0.0, 1.0, 100)
    with pytest.raises(DataError, match="20 are needed"):
        fit_tail(losses, 0.9)
    with pytest.raises(DataError, match="not finite"):
        fit_tail(np.r_[losses, math.nan], 0.5)
    with pytest.raises(DataError, match="says nothing at level"):
        fit_tail(losses, 0.5).value_at_risk(0.4)
    assert math.isnan(mean_excess(losses, np.array([2.0]))[0])
