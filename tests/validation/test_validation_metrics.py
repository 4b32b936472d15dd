import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from tradewind.core.errors import DataError
from tradewind.validation.metrics import (
    ForecastRows,
    calibration_bins,
    forecast_intervals,
    forecast_metrics,
)


def made_rows(days=250, instruments=8, ic=0.3, seed=0, decimals=None):
    rng = np.random.default_rng(seed)
    n = days * instruments
    score = rng.standard_normal(n)
    realised = 0.01 * (ic * score + np.sqrt(1 - ic**2) * rng.standard_normal(n))
    p = stats.norm.cdf(ic * score / np.sqrt(1 - ic**2))
    p = p if decimals is None else np.round(p, decimals)
    return ForecastRows(
        p,
        0.01 * ic * score,
        realised,
        np.repeat(np.arange(days), instruments),
        np.repeat(np.arange(days) // 25, 8),
    )


@pytest.mark.parametrize("decimals", [None, 1])
def test_figures_equal_those_of_sklearn_and_scipy(decimals):
    rows = made_rows(decimals=decimals)
    got = forecast_metrics(rows)
    up, says = rows.realised_return > 0, rows.probability_up > 0.5
    p = np.clip(rows.probability_up, 1e-6, 1 - 1e-6)
    want = {
        "accuracy": sk.accuracy_score(up, says),
        "balanced_accuracy": sk.balanced_accuracy_score(up, says),
        "precision": sk.precision_score(up, says),
        "recall": sk.recall_score(up, says),
        "auc": sk.roc_auc_score(up, rows.probability_up),
        "log_loss": sk.log_loss(up, p),
        "brier": sk.brier_score_loss(up, rows.probability_up),
        "ic": stats.pearsonr(rows.expected_return, rows.realised_return).statistic,
        "rank_ic": stats.spearmanr(rows.expected_return, rows.realised_return).statistic,
        "base_rate": max(up.mean(), 1 - up.mean()),
        "rows": len(up),
    }
    for name, value in want.items():
        assert got[name] == pytest.approx(value, rel=1e-9), name
    periodic = [
        stats.spearmanr(
            rows.expected_return[rows.period == k], rows.realised_return[rows.period == k]
        ).statistic
        for k in range(10)
    ]
    assert got["icir"] == pytest.approx(np.mean(periodic) / np.std(periodic, ddof=1))


def test_calibration_error_by_hand():
    # Two groups of equal mass: 0.2 stated and half happened, 0.9 stated and all happened.
    p = np.repeat([0.2, 0.9], 10)
    realised = np.concatenate([np.tile([0.01, -0.01], 5), np.full(10, 0.01)])
    rows = ForecastRows(p, p - 0.5, realised, np.arange(20), np.zeros(20, int))
    assert forecast_metrics(rows)["ece"] == pytest.approx(0.5 * 0.3 + 0.5 * 0.1)
    count, stated, happened = calibration_bins(rows)
    assert list(count[count > 0]) == [10, 10]
    assert stated[count > 0] == pytest.approx([0.2, 0.9])
    assert happened[count > 0] == pytest.approx([0.5, 1.0])
    assert forecast_metrics(made_rows(2000))["ece"] < 0.02


def test_missing_rows_are_left_out_and_nothing_gives_nan():
    rows = made_rows(60)
    holes = rows.probability_up.copy()
    holes[::3] = np.nan
    label = rows.realised_return.copy()
    label[1::3] = np.nan
    got = forecast_metrics(ForecastRows(holes, rows.expected_return, label, rows.moment, rows.period))
    keep = np.arange(len(holes)) % 3 == 2
    assert got["rows"] == keep.sum()
    assert got["ic"] == pytest.approx(np.corrcoef(rows.expected_return[keep], label[keep])[0, 1])
    none = forecast_intervals(ForecastRows(*(np.full(3, np.nan),) * 3, np.arange(3), np.arange(3)), draws=100)
    assert np.isnan(none["accuracy"].value)
    flat = ForecastRows(
        np.full(50, 0.5), np.zeros(50), rows.realised_return[:50], np.arange(50), np.zeros(50)
    )
    assert np.isnan(forecast_metrics(flat)["ic"])
    with pytest.raises(DataError, match="different lengths"):
        ForecastRows(np.zeros(2), np.zeros(3), np.zeros(3), np.zeros(3), np.zeros(3))


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    truth, inside = 0.1, 0
    for seed in range(120):
        measured = forecast_intervals(made_rows(150, ic=truth, seed=seed), draws=400, seed=seed)
        inside += measured["ic"].low <= truth <= measured["ic"].high
        assert measured["auc"].low < measured["auc"].value < measured["auc"].high
    assert 0.88 <= inside / 120 <= 0.99


def test_instruments_that_move_together_widen_the_interval():
    """Eight copies of one instrument hold the information of one."""
    single = made_rows(300)
    one = ForecastRows(*(getattr(single, n)[::8] for n in single.__dataclass_fields__))
    eight = ForecastRows(*(np.repeat(getattr(one, n), 8) for n in one.__dataclass_fields__))
    a, b = (forecast_intervals(rows, draws=1000)["accuracy"] for rows in (one, eight))
    assert b.high - b.low == pytest.approx(a.high - a.low, rel=1e-6)
