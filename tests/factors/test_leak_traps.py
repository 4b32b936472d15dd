"""Factors that use the future, each in its own way: the checks must refuse every one."""

from collections.abc import Callable

import numpy as np
import pytest
from factor_panels import made_panel, with_holes

from tradewind.core.errors import LookAheadError
from tradewind.core.panel import Floats
from tradewind.core.registry import Registry
from tradewind.factors.checks import check_factor, require_causal
from tradewind.factors.memory import Window
from tradewind.factors.registry import FactorSpec, factor


def centred_window(close: Floats) -> Floats:
    out = np.full_like(close, np.nan)
    out[2:-2] = sum(close[2 + k : len(close) - 2 + k] for k in range(-2, 3)) / 5.0
    return out


def shift_back(close: Floats) -> Floats:
    out = np.full_like(close, np.nan)
    out[:-1] = close[1:] / close[:-1] - 1.0
    return out


def full_sample_score(close: Floats) -> Floats:
    return (close - close.mean(axis=0)) / (close.std(axis=0) + 1e-12)


def scaled_by_the_last_price(close: Floats) -> Floats:
    return close / close[-1]


def scaled_by_the_range(close: Floats) -> Floats:
    return (close - close.min(axis=0)) / (np.ptp(close, axis=0) + 1e-12)


def filled_backward(close: Floats) -> Floats:
    holed = np.where(np.arange(len(close))[:, None] % 5 == 4, close, np.nan)
    for t in range(len(close) - 2, -1, -1):
        holed[t] = np.where(np.isnan(holed[t]), holed[t + 1], holed[t])
    return holed


def only_one_instrument(close: Floats) -> Floats:
    out = close.copy()
    if close.shape[1] > 1:
        out[:-1, -1] = close[1:, -1]
    return out


def only_at_late_times(close: Floats) -> Floats:
    out = close.copy()
    if len(close) > 4:
        out[-4:-1] = close[-3:]
    return out


def faintly(close: Floats) -> Floats:
    out = close.copy()
    out[:-1] += 1e-7 * (close[1:] - close[:-1])
    return out


def reversed_smoother(close: Floats) -> Floats:
    out = close.copy()
    for t in range(len(close) - 2, -1, -1):
        out[t] = 0.9 * out[t + 1] + 0.1 * close[t]
    return out


def same_day_length(close: Floats) -> Floats:
    """Knows how long the series will be."""
    return np.full_like(close, float(len(close)))


TRAPS = [
    centred_window,
    shift_back,
    full_sample_score,
    scaled_by_the_last_price,
    scaled_by_the_range,
    filled_backward,
    only_one_instrument,
    only_at_late_times,
    faintly,
    reversed_smoother,
    same_day_length,
]


def registered(function: Callable[..., Floats], scope: str = "own") -> Registry[FactorSpec]:
    registry: Registry[FactorSpec] = Registry("trap", "tradewind.factors")
    factor(
        name="base",
        group="price",
        inputs=["close"],
        memory=Window(1),
        formula="C",
        source="the bar",
        registry=registry,
    )(lambda close: close)
    factor(
        name="innocent",
        group="trend",
        inputs=["close"] if scope == "own" else ["base"],
        memory=Window(1),
        formula="C",
        source="a trap",
        scope=scope,
        registry=registry,
    )(function)
    return registry


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.__name__)
def test_a_leaking_factor_is_refused(trap: Callable[..., Floats]) -> None:
    registry = registered(trap)
    panel = made_panel(160, 3)
    with pytest.raises(LookAheadError, match="'innocent' looks ahead"):
        require_causal(["innocent"], panel, registry=registry)
    assert any(v.check == "future" for v in check_factor("innocent", panel, registry=registry))


@pytest.mark.parametrize("trap", [full_sample_score, shift_back], ids=lambda trap: trap.__name__)
def test_a_leak_is_found_on_ragged_calendars(trap: Callable[..., Floats]) -> None:
    with pytest.raises(LookAheadError):
        require_causal(["innocent"], with_holes(made_panel(160, 4)), registry=registered(trap))


def test_a_leak_across_instruments_is_refused() -> None:
    registry = registered(full_sample_score, scope="across")
    with pytest.raises(LookAheadError):
        require_causal(["innocent"], made_panel(160, 3), registry=registry)


def test_a_leak_through_a_reference_is_refused() -> None:
    from factor_panels import references_of

    registry: Registry[FactorSpec] = Registry("trap", "tradewind.factors")
    factor(
        name="innocent",
        group="cross-asset",
        inputs=["close", "spy:close"],
        memory=Window(1),
        formula="C",
        source="a trap",
        registry=registry,
    )(lambda close, spy: spy / spy[-1])
    panel = made_panel(160, 3)
    with pytest.raises(LookAheadError):
        require_causal(["innocent"], panel, references=references_of(panel), registry=registry)


def test_a_causal_factor_passes() -> None:
    registry = registered(lambda close: np.cumsum(close, axis=0) / np.arange(1, len(close) + 1)[:, None])
    require_causal(["innocent"], made_panel(160, 3), registry=registry)


def test_memory_that_is_claimed_too_short_is_found() -> None:
    registry = registered(lambda close: np.cumsum(close, axis=0))
    checks = {v.check for v in check_factor("innocent", made_panel(160, 3), registry=registry)}
    assert checks == {"settle", "live"}


def test_a_warm_up_that_is_claimed_too_short_is_found() -> None:
    def late(close: Floats) -> Floats:
        out = close.copy()
        out[:7] = np.nan
        return out

    checks = {v.check for v in check_factor("innocent", made_panel(160, 3), registry=registered(late))}
    assert "warmup" in checks
