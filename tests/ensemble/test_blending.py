"""Blends by hand, their bounds, and what happens to models that do not answer."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import ConfigError, RegistryError
from tradewind.core.forecasts import Forecast
from tradewind.ensemble.blend import Blender
from tradewind.ensemble.horizon import horizon_share
from tradewind.ensemble.registry import BLENDS, BlendSettings


def forecast(
    model: str, edge: float, p: float = 0.6, c: float = 0.5, bars: int = 5, ts: int = 100
) -> Forecast:
    return Forecast(
        ts_event=ts,
        instrument_id="AAPL",
        model=model,
        model_version="1",
        horizon_bars=bars,
        expected_return_bps=edge,
        probability_up=p,
        confidence=c,
        lower_bps=edge - 50,
        upper_bps=edge + 50,
    )


def blender(method: str, bars: int = 5, **changes: float) -> Blender:
    return Blender(BlendSettings(method=method, **changes), bars)  # type: ignore[arg-type]


def test_mean_and_weighted_by_hand() -> None:
    views = [forecast("a", 10.0, 0.6, 0.2), forecast("b", -2.0, 0.5, 0.8)]
    plain = blender("mean").blend(views, {"a": 3.0, "b": 1.0})
    assert (plain.edge_bps, plain.probability_up, plain.confidence) == (4.0, 0.55, 0.5)
    weighed = blender("weighted").blend(views, {"a": 3.0, "b": 1.0})
    assert weighed.edge_bps == pytest.approx((3 * 10 - 2) / 4)
    assert weighed.probability_up == pytest.approx((3 * 0.6 + 0.5) / 4)
    assert [v.weight for v in weighed.votes] == [0.75, 0.25]


@pytest.mark.parametrize("method", BLENDS.names())
def test_a_model_without_a_view_does_not_dilute_the_others(method: str) -> None:
    """A rule that did not work in its window states an edge of 0 at its base rate: that is no vote."""
    views = [forecast("a", 10.0, 0.6, 0.4), forecast("b", 6.0, 0.55, 0.2)]
    silent = forecast("worthless", 0.0, 0.53, 0.0)
    alone, beside = blender(method).blend(views), blender(method).blend([*views, silent])
    assert (beside.edge_bps, beside.probability_up) == (alone.edge_bps, alone.probability_up)
    assert beside.confidence == alone.confidence
    assert beside.votes[:2] == alone.votes
    assert (beside.votes[2].model, beside.votes[2].weight) == ("worthless", 0.0)
    assert beside.dropped == ("worthless: it has no view",)
    assert blender(method).blend([silent]).edge_bps == 0.0
    # An edge of nothing that a model is sure of is a view: it says that nothing will happen.
    sure = blender(method).blend([*views, forecast("sure", 0.0, 0.5, 0.9)])
    assert len(sure.votes) == 3


def test_confidence_blend_is_the_posterior_mean_of_a_normal() -> None:
    # Two observations of precision 0.5 and 1.0 and a prior of precision 2 at zero.
    views = [forecast("a", 30.0, 0.7, 0.5), forecast("b", 12.0, 0.6, 1.0)]
    blend = blender("confidence", prior_strength=2.0).blend(views)
    assert blend.edge_bps == pytest.approx((0.5 * 30 + 1.0 * 12) / 3.5)
    assert blend.probability_up == pytest.approx(0.5 + (0.5 * 0.2 + 1.0 * 0.1) / 3.5)
    assert blend.confidence == pytest.approx(1.5 / 3.5)
    against = blender("confidence").blend([forecast("a", 10.0), forecast("b", -10.0)])
    assert (against.edge_bps, against.confidence) == (0.0, 0.0)


def test_edges_come_to_one_horizon() -> None:
    # Half of the strength is left at the end of a forecast's own span: r = sum of a d^k with d^4 = 1/2.
    d = 0.5**0.25
    by_bar = [d**k for k in range(4)]
    assert horizon_share(4, 1, 0.0) == pytest.approx(by_bar[0] / sum(by_bar))
    assert horizon_share(4, 2, 0.0) == pytest.approx(sum(by_bar[:2]) / sum(by_bar))
    assert horizon_share(4, 2, 0.0, age_bars=1) == pytest.approx(sum(by_bar[1:3]) / sum(by_bar))
    assert horizon_share(4, 4, 0.0) == pytest.approx(1.0)
    assert horizon_share(4, 9, 0.0) == pytest.approx(1.0)  # nobody forecast the rest
    assert horizon_share(4, 1, math.inf) == 0.25
    assert horizon_share(4, 1, 0.0, age_bars=4) == 0.0
    blend = blender("mean", bars=1).blend([forecast("a", 40.0, bars=4)])
    assert blend.votes[0].edge_bps == pytest.approx(40 * horizon_share(4, 1, 0.0))


def test_models_that_fail_or_are_late_leave_their_weight_to_the_rest() -> None:
    late = Blender(BlendSettings(method="weighted"), 5, max_age_ns=10)
    views = [
        forecast("a", 10.0),
        forecast("nan", math.nan),
        forecast("late", 99.0, ts=80),
        forecast("off", 7.0),
    ]
    blend = late.blend(views, {"a": 0.1, "off": 0.0}, now_ns=100)
    assert [v.model for v in blend.votes] == ["a"]
    assert (blend.edge_bps, blend.votes[0].weight) == (10.0, 1.0)
    assert blend.dropped == ("nan: it has no finite figures", "late: it is late", "off: it has no weight")
    nothing = late.blend([forecast("nan", math.inf)], None, 0)
    assert (nothing.edge_bps, nothing.probability_up, nothing.confidence, nothing.votes) == (
        0.0,
        0.5,
        0.0,
        (),
    )
    assert late.blend([]).confidence == 0.0


def test_settings_are_checked() -> None:
    with pytest.raises(RegistryError, match="median"):
        blender("median")
    with pytest.raises(ConfigError, match="0 bars"):
        blender("mean", bars=0)
    with pytest.raises(ConfigError, match="negative"):
        blender("confidence", prior_strength=-1.0)


finite = st.floats(-500, 500)
unit = st.floats(0, 1)


@given(
    views=st.lists(st.tuples(finite, unit, unit), min_size=1, max_size=12),
    weights=st.lists(st.floats(0.01, 10), min_size=12, max_size=12),
    method=st.sampled_from(BLENDS.names()),
)
def test_every_blend_stays_within_its_models(
    views: list[tuple[float, float, float]], weights: list[float], method: str
) -> None:
    forecasts = [forecast(f"m{i}", e, p, c) for i, (e, p, c) in enumerate(views)]
    named = {f"m{i}": w for i, w in enumerate(weights)}
    blend = blender(method).blend(forecasts, named)
    edges = [v[0] for v in views]
    slack = 1e-9 * (1 + max(map(abs, edges)))
    assert min(*edges, 0.0) - slack <= blend.edge_bps <= max(*edges, 0.0) + slack
    assert -1e-12 <= blend.probability_up <= 1 + 1e-12
    assert -1e-12 <= blend.confidence <= 1 + 1e-12
    shares = math.fsum(v.weight for v in blend.votes)
    assert shares == pytest.approx(1.0) or shares == 0.0
    doubled = blender(method).blend(forecasts, {k: 2 * w for k, w in named.items()})
    assert doubled.edge_bps == pytest.approx(blend.edge_bps, rel=1e-9, abs=1e-9)
