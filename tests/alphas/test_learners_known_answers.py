"""Learners on markets whose answer is known, and against the libraries' own predictions."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tradewind.alphas.preparation import Rows, fit_preparation, scaled
from tradewind.alphas.registry import MODELS

TREES = ("random_forest", "xgboost", "lightgbm")


def split(rows, at=(0.4, 0.6)):
    T = rows.cube.shape[0]
    a, b = int(at[0] * T), int(at[1] * T)
    return rows.take(rows.t < a), rows.take((rows.t >= a) & (rows.t < b)), rows.take(rows.t >= b)


def auc(said, rows):
    return roc_auc_score(rows.label_return > 0, said.probability_up)


def test_logistic_finds_a_planted_line_to_its_theoretical_limit(samples):
    rows = samples("linear", T=1500)
    train, validation, test = split(rows)
    model = MODELS.get("logistic")()
    model.fit(train, validation, seed=1)
    best = roc_auc_score(test.label_return > 0, test.cube[test.t, test.i, 0])
    assert auc(model.predict(test), test) > best - 0.01
    assert best == pytest.approx(0.70, abs=0.02)
    said = model.predict(test)
    # E[r] is 50 bps a deviation of the factor: the edge recovers that slope.
    slope = np.polyfit(test.cube[test.t, test.i, 0], said.expected_return_bps, 1)[0]
    assert 25.0 < slope < 50.0


@pytest.mark.parametrize("name", ["xgboost", "lightgbm"])
def test_trees_find_what_no_line_can(samples, name):
    rows = samples("xor", T=1500, snr=1.0)
    train, validation, test = split(rows)
    tree, line = MODELS.get(name)(), MODELS.get("logistic")()
    for model in (tree, line):
        model.fit(train, validation, seed=1)
    assert auc(tree.predict(test), test) > 0.7
    assert abs(auc(line.predict(test), test) - 0.5) < 0.04


@pytest.mark.parametrize("name", ["logistic", *TREES])
def test_noise_gives_the_base_rate_and_hardly_an_edge(samples, small, name):
    edges = []
    for seed in range(4):
        train, validation, test = split(samples("noise", T=700, seed=seed))
        model = MODELS.get(name)(**small.get(name, {}))
        model.fit(train, validation, seed=1)
        said = model.predict(test)
        assert abs(said.probability_up.mean() - model.describe()["base_rate"]) < 0.03
        edges.append(np.abs(said.expected_return_bps).mean())
    # The noise is 100 bps a bar.
    assert np.mean(edges) < 5.0


@pytest.mark.parametrize("name", ["logistic", *TREES])
def test_probabilities_are_calibrated_and_intervals_cover(samples, small, name):
    train, validation, test = split(samples("linear", T=2000), at=(0.3, 0.7))
    model = MODELS.get(name)(**small.get(name, {}) | {"coverage": 0.8})
    model.fit(train, validation, seed=1)
    said = model.predict(test)
    up, realised = test.label_return > 0, 1e4 * test.label_return
    for low, high in ((0.0, 0.4), (0.4, 0.6), (0.6, 1.0)):
        chosen = (said.probability_up >= low) & (said.probability_up < high)
        error = up[chosen].mean() - said.probability_up[chosen].mean()
        assert abs(error) < 0.05, (low, high)
    covered = ((realised >= said.lower_bps) & (realised <= said.upper_bps)).mean()
    assert covered == pytest.approx(0.8, abs=0.04)
    assert model.describe()["interval_coverage_measured"] == pytest.approx(0.8, abs=0.1)


def test_shuffled_labels_destroy_the_edge(samples):
    rows = samples("linear", T=1000)
    train, validation, test = split(rows)
    order = np.random.default_rng(0).permutation(len(train))
    train.label_return[:] = train.label_return[order]
    model = MODELS.get("logistic")()
    model.fit(train, validation, seed=1)
    honest = MODELS.get("logistic")()
    honest.fit(split(rows)[0], validation, seed=1)
    assert (
        np.abs(model.predict(test).expected_return_bps).mean()
        < 0.35 * np.abs(honest.predict(test).expected_return_bps).mean()
    )


def test_include_drift_adds_the_windows_mean(samples):
    train, validation, test = split(samples("linear"))
    plain, drifting = MODELS.get("logistic")(), MODELS.get("logistic")(include_drift=True)
    for model in (plain, drifting):
        model.fit(train, validation, seed=1)
    more = drifting.predict(test).expected_return_bps - plain.predict(test).expected_return_bps
    assert more == pytest.approx(plain.describe()["drift_bps"])


def holes(rows, share=0.1):
    """The same rows with missing factors."""
    mask = np.random.default_rng(5).random(rows.cube.shape) < share
    rows.cube[mask] = np.nan
    return rows


def test_xgboosts_own_predictions_equal_ours(samples):
    import xgboost

    made = samples("linear")
    # Values that lie exactly on thresholds tell "under" from "at or under".
    made.cube[:] = np.round(made.cube, 1)
    train, validation, test = split(holes(made))
    model = MODELS.get("xgboost")(trees=30)
    model.fit(train, validation, seed=1)
    booster = xgboost.Booster()
    booster.load_model(bytearray(model.learner.files()["xgboost.json"]))
    rows = Rows(test, model.trained.preparation, "xgboost")
    theirs = booster.predict(xgboost.DMatrix(rows.raw()), output_margin=True)
    assert np.isnan(rows.raw()).any()
    np.testing.assert_array_equal(model.learner.score(rows).astype(np.float32), theirs)
    gain = booster.get_score(importance_type="total_gain")
    ours = model.learner.importance()
    for k in np.flatnonzero(ours):
        assert ours[k] == pytest.approx(gain[f"f{k}"], rel=1e-5)


@pytest.mark.parametrize("missing", [True, False])
def test_lightgbms_own_predictions_equal_ours(samples, missing):
    import lightgbm

    rows = samples("linear")
    train, validation, test = split(holes(rows) if missing else rows)
    model = MODELS.get("lightgbm")(trees=30)
    model.fit(train, validation, seed=1)
    if not missing:
        # NaN where training had none: the library takes it as zero.
        test.cube[500:, 0] = np.nan
    booster = lightgbm.Booster(model_str=model.learner.files()["lightgbm.txt"].decode())
    prepared = Rows(test, model.trained.preparation, "lightgbm")
    theirs = booster.predict(prepared.raw(), raw_score=True)
    np.testing.assert_allclose(model.learner.score(prepared), theirs, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(model.learner.importance(), booster.feature_importance("gain"), rtol=1e-4)


def test_scikit_learns_own_forest_equals_ours(samples, monkeypatch):
    from sklearn import ensemble

    made = []

    class Kept(ensemble.RandomForestClassifier):
        def fit(self, *args, **kwargs):
            made.append(self)
            return super().fit(*args, **kwargs)

    monkeypatch.setattr(ensemble, "RandomForestClassifier", Kept)
    train, validation, test = split(samples("linear"))
    model = MODELS.get("random_forest")(trees=25)
    model.fit(train, validation, seed=1)
    prepared = Rows(test, model.trained.preparation, "random_forest")
    theirs = made[0].predict_proba(prepared.imputed())[:, 1]
    np.testing.assert_allclose(model.learner.probability(prepared), theirs, rtol=1e-12)
    assert model.describe()["out_of_bag_accuracy"] == made[0].oob_score_
    assert made[0].get_params()["max_features"] == "sqrt"


def test_scikit_learns_own_logistic_equals_ours(samples):
    from sklearn.linear_model import LogisticRegression

    train, validation, test = split(samples("linear"))
    model = MODELS.get("logistic")(c=0.3)
    model.fit(train, validation, seed=1)
    preparation = model.trained.preparation
    line = LogisticRegression(C=0.3, max_iter=1000)
    line.fit(Rows(train, preparation, "x").scaled(), train.label_return > 0)
    rows = Rows(test, preparation, "x")
    # The last training row is purged in ours only where its label overlaps: here none does.
    np.testing.assert_allclose(model.learner.score(rows), line.decision_function(rows.scaled()), rtol=1e-9)


def test_scaling_is_learnt_from_training_rows_alone(samples):
    rows = samples("linear")
    train, validation, _ = split(rows)
    model = MODELS.get("logistic")()
    model.fit(train, validation, seed=1)
    preparation = model.trained.preparation
    values = train.features()[:, [rows.names.index(n) for n in preparation.names]]
    np.testing.assert_allclose(np.median(values, axis=0), preparation.median)
    low, high = np.quantile(values, [0.005, 0.995], axis=0)
    np.testing.assert_allclose(np.clip(values, low, high).mean(axis=0), preparation.centre)


def test_useless_columns_are_left_out_and_said(samples):
    rows = samples("linear")
    names = rows.names
    rows.cube[:, :, names.index("adx")] = np.nan
    rows.cube[:, :, names.index("cci")] = 4.0
    train, validation, test = split(rows)
    model = MODELS.get("lightgbm")(trees=5)
    model.fit(train, validation, seed=1)
    left_out = model.describe()["factors_left_out"]
    assert left_out == {
        "adx": "missing in 100 % of the training rows",
        "cci": "constant in the training rows",
    }
    assert np.isfinite(model.predict(test).probability_up).all()


def test_times_before_the_first_count_as_missing(samples):
    rows = samples("linear", T=60)
    rows.cube[:] = np.exp(rows.cube / 50.0)  # skewed, so that median and mean differ
    preparation = fit_preparation(rows, None, "x")
    later = replace(
        rows, cube=np.concatenate([np.full((9, *rows.cube.shape[1:]), np.nan), rows.cube]), t=rows.t + 9
    )
    early = Rows(rows, preparation, "x").windows(8).cut(slice(None))
    np.testing.assert_array_equal(early, Rows(later, preparation, "x").windows(8).cut(slice(None)))
    np.testing.assert_allclose(early, scaled(rows.sequences(8), preparation), rtol=1e-6, atol=1e-6)
