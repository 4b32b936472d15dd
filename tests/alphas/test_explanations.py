"""What matters in a planted market is what the explanations name."""

import numpy as np
import pytest

from torch_absent import needs_torch
from tradewind.alphas.explanations import explain, permutation_importance
from tradewind.alphas.registry import MODELS
from tradewind.core.errors import ModelError


def fit(name, rows, parameters=None):
    model = MODELS.get(name)(**(parameters or {}))
    model.fit(rows.take(rows.t < 400), rows.take(rows.t >= 400), seed=1)
    return model


@pytest.mark.parametrize("name", ["logistic", "random_forest", "xgboost", "lightgbm"])
def test_the_planted_factor_comes_first(samples, small, name):
    rows = samples("linear")
    model = fit(name, rows, small.get(name))
    said = explain(model)
    assert next(iter(said)) == rows.names[0]
    assert sum(said.values()) == pytest.approx(1.0)
    assert list(said.values()) == sorted(said.values(), reverse=True)


def test_permutation_names_the_planted_factor_and_leaves_the_rows_as_they_were(samples):
    rows = samples("linear")
    before = rows.cube.copy()
    harm = permutation_importance(fit("logistic", rows), rows, seed=2)
    assert max(harm, key=lambda name: harm[name]) == rows.names[0]
    np.testing.assert_array_equal(rows.cube, before)


@needs_torch
def test_networks_are_explained_by_permutation(samples, small):
    rows = samples("linear", snr=2.0)
    model = fit("bilstm", rows, small["bilstm"] | {"epochs": 12, "rate": 0.02, "batch": 32})
    with pytest.raises(ModelError, match="no importance of its own"):
        explain(model)
    said = explain(model, rows)
    assert next(iter(said)) == rows.names[0]
    assert sum(said.values()) == pytest.approx(1.0)


def test_a_rule_names_what_it_reads(samples):
    assert set(explain(fit("moving_average_momentum", samples("noise")))) == {"ema12", "ema50"}


def test_rows_that_cannot_be_judged_explain_nothing(samples):
    rows = samples("linear")
    model = fit("logistic", rows)
    rows.cube[:] = np.nan
    with pytest.raises(ModelError, match="can judge none"):
        permutation_importance(model, rows)
