"""Weights: what they learn, when they may, and that they survive a restart."""

import math
import random

import pytest

from tradewind.core.errors import ConfigError
from tradewind.core.forecasts import Forecast
from tradewind.ensemble.weights import ModelWeights, WeightSettings


def forecast(model: str, ts: int, edge: float, p: float, bars: int = 1, instrument_id: str = "A") -> Forecast:
    return Forecast(
        ts_event=ts,
        instrument_id=instrument_id,
        model=model,
        model_version="1",
        horizon_bars=bars,
        expected_return_bps=edge,
        probability_up=p,
        confidence=0.5,
        lower_bps=edge,
        upper_bps=edge,
    )


def play(weights: ModelWeights, steps: int, seed: int = 1, start: int = 0) -> None:
    """A model that knows the next return a little, one that knows nothing, and one that has it backwards."""
    rng = random.Random(seed)
    close = 100.0
    moves = [rng.gauss(0.0, 0.01) for _ in range(steps)]
    for t, move in enumerate(moves, start):
        weights.on_close("A", t + 1, close)
        up = 0.6 if move > 0 else 0.4
        weights.on_forecast(forecast("good", t + 1, 3_000 * move, up))
        weights.on_forecast(forecast("blind", t + 1, 0.0, 0.5))
        weights.on_forecast(forecast("wrong", t + 1, -3_000 * move, 1.0 - up))
        close *= 1.0 + move


@pytest.mark.parametrize("kind", ["score", "averaging"])
def test_the_better_model_gains_weight(kind: str) -> None:
    weights = ModelWeights()
    play(weights, 300)
    found = weights.weights(["good", "blind", "wrong"], kind)
    assert found["good"] > found["blind"] > found["wrong"] or found["good"] > 2.0
    assert sum(found.values()) == pytest.approx(3.0)
    assert weights.weights(["good", "new"], "equal") == {"good": 1.0, "new": 1.0}


def test_skill_is_one_minus_brier_over_a_coin() -> None:
    weights = ModelWeights(WeightSettings(half_life=math.inf))
    for t, (close, p) in enumerate([(100.0, 0.7), (101.0, 0.8), (99.0, 0.5)]):
        weights.on_close("A", t + 1, close)
        weights.on_forecast(forecast("m", t + 1, 0.0, p))
    record = weights.records()["m"]
    assert record.judged == 2
    expected = [1 - (0.7 - 1) ** 2 / 0.25, 1 - (0.8 - 0) ** 2 / 0.25]
    assert record.skill / record.skill_weight == pytest.approx(sum(expected) / 2)


def test_nothing_is_learned_before_the_label_is_known() -> None:
    weights = ModelWeights()
    weights.on_close("A", 1, 100.0)
    weights.on_forecast(forecast("m", 1, 50.0, 0.9, bars=3))
    before = weights.weights(["m", "n"])
    assert weights.on_close("A", 2, 200.0) == 0
    assert weights.on_close("A", 3, 300.0) == 0
    assert weights.weights(["m", "n"]) == before
    assert weights.on_close("A", 3, 1.0) == 0  # the same bar again
    assert weights.on_close("A", 4, 400.0) == 1
    assert weights.records()["m"].judged == 1


def test_a_forecast_of_another_bar_is_not_judged() -> None:
    weights = ModelWeights()
    weights.on_forecast(forecast("m", 1, 50.0, 0.9))
    weights.on_close("A", 5, 100.0)
    weights.on_forecast(forecast("m", 4, 50.0, 0.9))
    weights.on_forecast(forecast("m", 5, math.nan, 0.9))
    assert weights.on_close("A", 6, 100.0) == 0
    assert weights.on_close("A", 7, math.nan) == 0


def test_snapshot_and_restore() -> None:
    one, two = ModelWeights(), ModelWeights()
    play(one, 100)
    two.restore(one.snapshot())
    assert two.snapshot() == one.snapshot()
    play(one, 50, seed=3, start=200)
    play(two, 50, seed=3, start=200)
    assert two.snapshot() == one.snapshot()
    assert two.weights(["good", "wrong"]) == one.weights(["good", "wrong"])


def test_many_instruments_at_one_time_are_one_step() -> None:
    one, many = ModelWeights(), ModelWeights()
    for weights, instrument_ids in ((one, ["A"]), (many, ["A", "B", "C", "D"])):
        for t in range(60):
            for instrument_id in instrument_ids:
                weights.on_close(instrument_id, t + 1, 100.0 * (1 + 0.01 * (t % 2)))
                weights.on_forecast(forecast("m", t + 1, 80.0, 0.5, instrument_id=instrument_id))
                weights.on_forecast(forecast("n", t + 1, 0.0, 0.5, instrument_id=instrument_id))
    assert many.records()["n"].log_probability == pytest.approx(one.records()["n"].log_probability, rel=0.2)


def test_a_persons_word_within_bounds() -> None:
    weights = ModelWeights()
    weights.set_multiplier("m", 2.0)
    assert weights.weights(["m", "n"]) == {"m": 2.0, "n": 1.0}
    with pytest.raises(ConfigError, match=r"-0\.1"):
        weights.set_multiplier("m", -0.1)
    with pytest.raises(ConfigError, match="nan"):
        weights.set_multiplier("m", math.nan)
    with pytest.raises(ConfigError, match="best"):
        weights.weights(["m"], "best")
    with pytest.raises(ConfigError, match="forget"):
        ModelWeights(WeightSettings(forgetting=0.0))
