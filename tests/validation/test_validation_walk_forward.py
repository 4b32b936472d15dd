from dataclasses import dataclass

import numpy as np
import pytest

from tradewind.app.compute.mappers import ProcessMapper, SerialMapper
from tradewind.core.errors import ModelError
from tradewind.core.panel import Predictions
from tradewind.validation.combinatorial import CombinatorialPlan
from tradewind.validation.known_markets import known_market
from tradewind.validation.ledger import TrialLedger
from tradewind.validation.splits import WalkForwardPlan, walk_forward_folds
from tradewind.validation.walk_forward import PREDICTION_COLUMNS, cross_validate, walk_forward

PLAN = WalkForwardPlan(train="9mo", validation="1mo", test="1mo", step="1mo")


@dataclass
class LeastSquares:
    """A small honest model: linear in the factors, with a seeded jitter so that seeds show."""

    name: str = "least_squares"
    version: str = "1"
    lookback: int = 1

    def fit(self, train, validation, seed):
        design = np.column_stack([np.ones(len(train)), train.features()])
        self.weights = np.linalg.lstsq(design, train.label_return, rcond=None)[0]
        self.weights[0] += 1e-9 * np.random.default_rng(seed).random()
        self.spread = float(train.label_return.std())

    def predict(self, rows):
        assert np.isnan(rows.label_return).all()  # a test row shows nothing of its future
        expected = np.column_stack([np.ones(len(rows)), rows.features()]) @ self.weights
        p = 0.5 + np.clip(0.4 * expected / self.spread, -0.4, 0.4)
        return Predictions(p, expected * 1e4, np.abs(2 * p - 1), expected * 0 - 100.0, expected * 0 + 100.0)

    def save(self, folder):
        np.save(folder / "weights.npy", self.weights)

    def load(self, folder):
        self.weights = np.load(folder / "weights.npy")

    def describe(self):
        return {"family": "linear"}


class WrongShape(LeastSquares):
    def predict(self, rows):
        said = super().predict(rows)
        return Predictions(*(getattr(said, name)[:-1] for name in PREDICTION_COLUMNS))


class NotAProbability(LeastSquares):
    def predict(self, rows):
        said = super().predict(rows)
        return Predictions(
            said.probability_up + 1.0,
            said.expected_return_bps,
            said.confidence,
            said.lower_bps,
            said.upper_bps,
        )


@pytest.fixture(scope="module")
def market():
    return known_market("linear", ic=0.2, days=330, instruments=6, seed=3)


def test_every_mapper_gives_the_same_forecasts_of_unseen_rows(market):
    heard = []
    serial = walk_forward(
        LeastSquares,
        market.samples,
        PLAN,
        SerialMapper(),
        7,
        lambda *a: heard.append(a),
        ledger=TrialLedger(None),
    )
    with ProcessMapper(2) as mapper:
        local = walk_forward(LeastSquares, market.samples, PLAN, mapper, 7, ledger=TrialLedger(None))
    folds = walk_forward_folds(market.samples, PLAN)
    assert heard == [(k, len(folds)) for k in range(1, len(folds) + 1)]
    assert np.array_equal(serial.rows, np.concatenate([fold.test for fold in folds]))
    for name in PREDICTION_COLUMNS:
        assert np.array_equal(getattr(serial.predictions, name), getattr(local.predictions, name))
    assert serial.trial_id == local.trial_id
    assert np.array_equal(serial.realised, market.samples.label_return[serial.rows])
    assert serial.fit_seconds.shape == serial.predict_seconds.shape == (len(folds),)
    assert (np.diff(serial.fold) >= 0).all()
    assert np.corrcoef(serial.predictions.expected_return_bps, serial.realised)[0, 1] > 0.1


def test_the_try_is_in_the_ledger_even_when_the_run_fails(market):
    ledger = TrialLedger(None)
    for broken, words in ((WrongShape, "of shape"), (NotAProbability, "outside 0 to 1")):
        with pytest.raises(ModelError, match=words):
            walk_forward(broken, market.samples, PLAN, SerialMapper(), 7, ledger=ledger)
    assert len(ledger.trials()) == 1  # same name, data, plan and seed: the same try
    walk_forward(LeastSquares, market.samples, PLAN, SerialMapper(), 8, ledger=ledger)
    assert len(ledger.trials()) == 2


def test_labels_of_the_future_change_no_forecast(market):
    """What lies after a test slice may not matter to it: the pipeline as a whole is causal."""
    from dataclasses import replace

    whole = walk_forward(LeastSquares, market.samples, PLAN, SerialMapper(), 7, ledger=TrialLedger(None))
    cut = whole.rows[len(whole) // 2]
    moment = market.samples.ts_event[cut]
    label = market.samples.label_return.copy()
    label[market.samples.label_end > moment] *= -3.0
    changed = replace(market.samples, label_return=label)
    other = walk_forward(LeastSquares, changed, PLAN, SerialMapper(), 7, ledger=TrialLedger(None))
    same_fold = whole.fold <= whole.fold[len(whole) // 2]
    a, b = whole.predictions.expected_return_bps, other.predictions.expected_return_bps
    assert np.array_equal(a[same_fold], b[same_fold])
    assert not np.array_equal(a[~same_fold], b[~same_fold])


def test_combinatorial_paths_each_cover_all_rows(market):
    plan = CombinatorialPlan(5, 2)
    paths = cross_validate(LeastSquares, market.samples, plan, SerialMapper(), 7, ledger=TrialLedger(None))
    assert len(paths) == 4
    for path in paths:
        assert np.array_equal(path.rows, np.arange(len(market.samples)))
        assert np.corrcoef(path.predictions.expected_return_bps, path.realised)[0, 1] > 0.1
