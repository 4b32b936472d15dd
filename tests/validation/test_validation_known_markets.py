from dataclasses import dataclass, replace

import numpy as np
import pytest

from tradewind.app.compute.mappers import SerialMapper
from tradewind.core.errors import ConfigError, DataError
from tradewind.core.panel import Predictions
from tradewind.validation.known_markets import KINDS, NOISE, known_market
from tradewind.validation.leaks import audit_pipeline, shift_labels, shuffle_labels, uses_future
from tradewind.validation.ledger import TrialLedger
from tradewind.validation.splits import WalkForwardPlan
from tradewind.validation.walk_forward import walk_forward

PLAN = WalkForwardPlan(train="8mo", validation="1mo", test="2mo", step="2mo")


@pytest.mark.parametrize("kind", KINDS)
def test_the_planted_coefficient_is_there(kind):
    market = known_market(kind, ic=0.10, days=1500, instruments=20, seed=5)
    assert market.synthetic
    realised = market.samples.label_return / np.tile(market.volatility, 1500)
    expected = 0.0 if kind == NOISE else 0.10
    assert np.corrcoef(market.signal, realised)[0, 1] == pytest.approx(expected, abs=0.02)
    assert market.signal.var() == pytest.approx(1.0, abs=0.12)
    best = market.best
    stated = best.probability_up[best.probability_up > 0.52]
    happened = (market.samples.label_return > 0)[best.probability_up > 0.52]
    assert len(stated) == 0 or happened.mean() == pytest.approx(stated.mean(), abs=0.02)
    inside = (market.samples.label_return * 1e4 > best.lower_bps) & (
        market.samples.label_return * 1e4 < best.upper_bps
    )
    assert inside.mean() == pytest.approx(0.90, abs=0.02)


def test_no_single_factor_shows_the_hidden_signals():
    for kind in ("nonlinear", "regimes"):
        market = known_market(kind, ic=0.10, days=2000, instruments=20, seed=6)
        features = market.samples.features()
        alone = [abs(np.corrcoef(features[:, k], market.samples.label_return)[0, 1]) for k in range(8)]
        assert max(alone) < 0.04


def test_markets_are_seeded_and_bad_ones_refused():
    a, b = (known_market("linear", days=50, instruments=3, seed=1) for _ in range(2))
    assert np.array_equal(a.samples.label_return, b.samples.label_return)
    assert (np.diff(np.unique(a.samples.ts_event)) > 0).all()
    with pytest.raises(ConfigError, match="no known market 'crash'"):
        known_market("crash", seed=1)
    with pytest.raises(ConfigError, match="ic 1"):
        known_market("linear", ic=1.5, seed=1)


@dataclass
class Linear:
    name: str = "linear"
    version: str = "1"
    lookback: int = 1
    ahead: int = 0
    """A cheating model reads the factors of later times out of the shared cube."""

    def _features(self, rows):
        t = np.minimum(rows.t + self.ahead, len(rows.cube) - 1)
        return np.column_stack([np.ones(len(rows)), rows.cube[t, rows.i]])

    def fit(self, train, validation, seed):
        self.weights = np.linalg.lstsq(self._features(train), train.label_return, rcond=None)[0]
        self.spread = float(train.label_return.std())

    def predict(self, rows):
        expected = self._features(rows) @ self.weights
        p = 0.5 + np.clip(0.4 * expected / self.spread, -0.4, 0.4)
        zero = np.zeros(len(rows))
        return Predictions(p, expected * 1e4, np.abs(2 * p - 1), zero - 100, zero + 100)

    def save(self, folder):
        np.save(folder / "weights.npy", self.weights)

    def load(self, folder):
        self.weights = np.load(folder / "weights.npy")

    def describe(self):
        return {"ahead": self.ahead}


def honest(samples):
    return walk_forward(Linear, samples, PLAN, SerialMapper(), 1, ledger=TrialLedger(None))


def in_sample(samples):
    """Judged on what it was fitted to, with as many factors as it takes to remember it."""
    told = honest(samples)
    rows = samples.take(told.rows)
    features = np.concatenate(
        [rows.features(), np.random.default_rng(2).standard_normal((len(rows), 300))], axis=1
    )
    weights = np.linalg.lstsq(features, rows.label_return, rcond=None)[0]
    expected = features @ weights
    p = 0.5 + np.clip(expected / rows.label_return.std() * 0.4, -0.4, 0.4)
    return replace(
        told, predictions=replace(told.predictions, probability_up=p, expected_return_bps=expected * 1e4)
    )


@pytest.fixture(scope="module")
def market():
    return known_market("linear", ic=0.15, days=500, instruments=8, seed=11)


def test_an_honest_pipeline_is_clean_and_shuffling_destroys_its_edge(market):
    audit = audit_pipeline(honest, market.samples, seed=3)
    assert audit.clean, audit.findings
    assert audit.figures["ic"] > 0.08
    assert abs(audit.figures["shuffled_ic"]) < 0.04


def test_a_pipeline_judged_on_its_training_rows_is_caught_by_shuffling(market):
    audit = audit_pipeline(in_sample, market.samples, seed=3)
    assert any("shuffled labels" in finding for finding in audit.findings)


def test_factors_that_hold_the_label_are_too_good(market):
    cube = market.samples.cube.copy()
    cube[market.samples.t, market.samples.i, 4] = market.samples.label_return * 30
    audit = audit_pipeline(honest, replace(market.samples, cube=cube), seed=3)
    assert any("leak-free" in finding for finding in audit.findings)


def test_labels_of_the_past_are_too_good(market):
    """A label that the factors have already seen: the target is off by one bar."""
    cube = market.samples.cube.copy()
    past = shift_labels(market.samples, -1).label_return
    cube[market.samples.t, market.samples.i, 5] = np.nan_to_num(past) * 30
    samples = replace(market.samples, cube=cube)
    assert audit_pipeline(honest, samples, seed=3).clean
    assert not audit_pipeline(honest, shift_labels(samples, -1), seed=3).clean


def test_a_model_that_reads_ahead_in_the_cube_is_caught(market):
    for ahead in (0, 1):
        model = Linear(ahead=ahead)
        model.fit(market.samples, None, 0)
        finding = uses_future(model, market.samples)
        assert bool(finding) == bool(ahead)
    assert "later factors change" in finding
    with pytest.raises(DataError, match="too few"):
        uses_future(model, market.samples.take(market.samples.t < 3))


def test_shuffled_labels_are_the_same_labels_at_other_moments(market):
    shuffled = shuffle_labels(market.samples, 1)
    assert np.array_equal(np.sort(shuffled.label_return), np.sort(market.samples.label_return))
    first = shuffled.label_return[:8]
    rows = market.samples.label_return.reshape(-1, 8)
    assert (rows == first).all(axis=1).sum() == 1
