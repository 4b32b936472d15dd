"""The seven classic filters with their exact numbers, worked out by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import ConfigError, DataError, RegistryError
from tradewind.ensemble.filter_registry import FILTERS, FilterInput, FilterSettings
from tradewind.ensemble.filtering import FilterSet, needed_of
from tradewind.ensemble.quality import adaptive_threshold, quality

GOOD = {
    "vol_ratio": 1.5,
    "vol_ratio_mean20": 1.2,
    "atr_norm": 0.4,
    "adx": 30.0,
    "rsi": 60.0,
    "vwap_z": 0.2,
    "bb_position": 0.6,
    "sentiment": -0.6,
    "sentiment_confidence": 0.3,
}


def inputs(side: int = 1, **changes: float) -> FilterInput:
    return FilterInput(values=GOOD | changes, probability_up=0.7, side=side)


def test_quality_by_hand() -> None:
    # volume 0.6 + 0.4 x 1.25 / 3, volatility 0.6, trend 0.6, momentum 0.8
    expected = (0.6 + 0.4 * 1.25 / 3 + 0.6 + 0.6 + 0.8) / 4
    assert quality(inputs(), FilterSettings()) == pytest.approx(expected, abs=1e-15)
    # A ratio beyond three times its mean, ADX beyond 50, a rank beyond 1: all capped.
    capped = inputs(vol_ratio=9.0, adx=80.0, atr_norm=1.3, rsi=50.0)
    assert quality(capped, FilterSettings()) == pytest.approx((1.0 + 0.0 + 1.0 + 1.0) / 4)


@pytest.mark.parametrize(
    ("ratio", "rank", "adx", "threshold"),
    [
        (1.0, 0.0, 25.0, 0.65),
        (1.5, 0.4, 30.0, 0.65 + 0.04 - 0.025 - 0.01),
        (0.5, 1.0, 10.0, 0.75),  # neither term may raise it
        (4.0, 0.0, 60.0, 0.55),  # 0.43, clipped
        (1.0, 9.0, 25.0, 0.80),  # 1.55, clipped
    ],
)
def test_adaptive_threshold_by_hand(ratio: float, rank: float, adx: float, threshold: float) -> None:
    found = adaptive_threshold(inputs(vol_ratio=ratio, atr_norm=rank, adx=adx), FilterSettings())
    assert found == pytest.approx(threshold, abs=1e-15)


@pytest.mark.parametrize(
    ("name", "changes", "passing"),
    [
        ("vwap", {"vwap_z": -0.3}, False),
        ("vwap", {"vwap_z": -0.29}, True),
        ("band", {"bb_position": 0.65}, False),
        ("band", {"bb_position": 0.64}, True),
        ("rsi", {"rsi": 68.0}, False),
        ("rsi", {"rsi": 67.9}, True),
        ("adx", {"adx": 20.0}, False),
        ("adx", {"adx": 20.1}, True),
        ("sentiment", {"sentiment": -0.9, "sentiment_confidence": 0.4}, True),
        ("sentiment", {"sentiment": -0.5, "sentiment_confidence": 0.41}, False),
        ("sentiment", {"sentiment": -0.49, "sentiment_confidence": 0.41}, True),
        ("quality", {"adx": 0.0, "atr_norm": 1.0, "rsi": 100.0, "vol_ratio": 0.0}, False),
        ("quality", {}, True),
    ],
)
def test_each_edge(name: str, changes: dict[str, float], passing: bool) -> None:
    verdict = FILTERS.get(name)(inputs(**changes), FilterSettings())
    assert verdict.passed is passing


def test_shorts_are_the_mirror_image() -> None:
    mirrored = {
        "vwap_z": -GOOD["vwap_z"],
        "bb_position": 1 - GOOD["bb_position"],
        "rsi": 100 - GOOD["rsi"],
        "sentiment": -GOOD["sentiment"],
    }
    long = FilterSet().run(GOOD, 0.7, 1)
    short = FilterSet().run(GOOD | mirrored, 0.3, -1)
    assert [v.passed for v in long.verdicts] == [v.passed for v in short.verdicts]
    for a, b in zip(long.verdicts, short.verdicts, strict=True):
        if a.name not in ("band", "rsi"):
            assert a.value == pytest.approx(b.value)
    assert not FILTERS.get("rsi")(inputs(side=-1, rsi=32.0), FilterSettings()).passed
    assert FILTERS.get("rsi")(inputs(side=-1, rsi=32.1), FilterSettings()).passed


def test_six_of_seven_and_the_first_always() -> None:
    chosen = FilterSet()
    assert chosen.run(GOOD, 0.7, 1).passed
    assert chosen.run(GOOD | {"rsi": 70.0}, 0.7, 1).passed  # one may fail
    two = chosen.run(GOOD | {"rsi": 70.0, "vwap_z": -1.0}, 0.7, 1)
    assert (two.passed, two.summary().value, two.summary().threshold) == (False, 5.0, 6.0)
    unsure = chosen.run(GOOD, 0.5, 1)
    assert (unsure.passed, unsure.summary().value) == (False, 6.0)
    assert "probability must be among them" in unsure.note
    assert chosen.run(GOOD, 0.5, 1, threshold=0.49).passed
    assert chosen.run(GOOD, 0.5, 1, threshold=0.5).passed is False


def test_an_instrument_without_volume_has_fewer_filters() -> None:
    fx = {k: v for k, v in GOOD.items() if not k.startswith("vol_ratio") and k != "vwap_z"}
    filtered = FilterSet().run(fx, 0.7, 1)
    assert filtered.absent == ("vwap", "quality")
    assert "quality (no vol_ratio)" in filtered.note
    assert (len(filtered.verdicts), filtered.needed, filtered.passed) == (5, 4, True)
    # No volume term in the threshold either: 0.65 + 0.04 - 0.01
    assert filtered.verdicts[0].threshold == pytest.approx(0.68)
    nothing = FilterSet().run({}, 0.7, 1)
    assert not nothing.passed
    with pytest.raises(DataError, match="adx"):
        FILTERS.get("adx")(FilterInput(values={}, probability_up=0.5, side=1), FilterSettings())


def test_needed_scales_to_the_nearest() -> None:
    assert [needed_of(n, FilterSettings()) for n in range(8)] == [0, 1, 2, 3, 3, 4, 5, 6]


@given(st.sampled_from(sorted(GOOD)), st.sampled_from([1, -1]))
def test_nan_never_passes(name: str, side: int) -> None:
    filtered = FilterSet().run(GOOD | {name: math.nan}, 0.5 + 0.4 * side, side)
    touched = {v.name for v in filtered.verdicts if math.isnan(v.value) or math.isnan(v.threshold)}
    for verdict in filtered.verdicts:
        if verdict.name in touched:
            assert not verdict.passed or "does not count" in verdict.note
    if name == "sentiment_confidence":
        assert not next(v for v in filtered.verdicts if v.name == "sentiment").passed
    elif name not in ("sentiment",):
        assert touched


def test_settings_are_checked() -> None:
    with pytest.raises(RegistryError, match="moon"):
        FilterSet(FilterSettings(filters=("moon",), needed=1))
    with pytest.raises(ConfigError, match="8 of 7"):
        FilterSet(FilterSettings(needed=8))
    assert FilterSet(FilterSettings(filters=("probability", "adx"), needed=2)).run(GOOD, 0.7, 1).passed
    assert set(FilterSettings().filters) <= set(FILTERS.names())
