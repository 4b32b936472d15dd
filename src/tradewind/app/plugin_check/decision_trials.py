"""Questions to blends, filters and regime profiles."""

import math
from functools import partial
from typing import Any

import numpy as np

from tradewind.app.plugin_check.probe import Probe, of_type
from tradewind.core.decisions import FilterVerdict
from tradewind.ensemble.filter_registry import FILTERS, FactorNames, FilterInput, FilterSettings
from tradewind.ensemble.regime import PROFILES, Regime, RegimeInputs, RegimeSettings
from tradewind.ensemble.registry import BLENDS, BlendSettings, Combined, Views

_SEEDS = range(8)
_SURE = 1e-9


def blend_probes(name: str) -> list[Probe]:
    """One, two and seven models that agree more or less."""
    blend = BLENDS.get(name)

    def ask(count: int, seed: int) -> Any:
        rng = np.random.default_rng(seed)
        weights = rng.uniform(0.1, 2.0, count)
        views = Views(
            rng.normal(0.0, 20.0, count).tolist(),
            rng.uniform(0.3, 0.7, count).tolist(),
            rng.uniform(0.0, 1.0, count).tolist(),
            (weights / weights.mean()).tolist(),
        )
        return blend(views, BlendSettings(method=name))

    return [
        Probe(f"{count} models, seed {seed}", partial(ask, count, seed), _combined)
        for count in (1, 2, 7)
        for seed in _SEEDS
    ]


def filter_probes(name: str) -> list[Probe]:
    """Factors that filters read, at usual, far and missing values, long and short."""
    run = FILTERS.get(name)
    usual = FactorNames()
    names = (*(getattr(usual, key) for key in usual.__struct_fields__), *FILTERS.entry(name).factors)

    def ask(seed: int, side: int, scale: float) -> Any:
        rng = np.random.default_rng(seed)
        values = {factor: float(rng.normal(0.0, 1.0)) * scale for factor in names}
        inputs = FilterInput(values=values, probability_up=float(rng.uniform()), side=side)
        return run(inputs, FilterSettings())

    def judge(answer: Any) -> str:
        wrong = of_type(FilterVerdict)(answer)
        return wrong or ("" if answer.name == name else f"its verdict is called {answer.name!r}")

    return [
        Probe(f"side {side:+}, values of size {scale}, seed {seed}", partial(ask, seed, side, scale), judge)
        for seed in _SEEDS
        for side in (1, -1)
        for scale in (1.0, 100.0, math.nan)
    ]


def profile_probes(name: str) -> list[Probe]:
    """Calm and wild markets that rise, fall and go nowhere."""
    profile = PROFILES.get(name)

    def ask(drift: float, deviation: float, seed: int) -> Any:
        rng = np.random.default_rng(seed)
        settings = RegimeSettings(profile=name)
        inputs = RegimeInputs(
            returns=rng.normal(drift, deviation, settings.volatility_window).tolist(),
            volatility_annual=deviation * math.sqrt(settings.bars_per_year),
            past_volatilities=rng.uniform(0.05, 0.6, 200).tolist(),
            settings=settings,
        )
        return profile(inputs)

    return [
        Probe(
            f"drift {drift}, deviation {deviation}, seed {seed}",
            partial(ask, drift, deviation, seed),
            of_type(Regime, type(None)),
        )
        for drift in (-0.01, 0.0, 0.01)
        for deviation in (0.003, 0.05)
        for seed in _SEEDS
    ]


def _combined(answer: Any) -> str:
    wrong = of_type(Combined)(answer)
    if wrong:
        return wrong
    if not all(map(math.isfinite, answer[:3])):
        return f"it gives {answer}, which is not finite"
    total = sum(answer.shares)
    return (
        "" if min(abs(total - 1.0), abs(total)) < _SURE else f"its shares add up to {total:g}, not to 1 or 0"
    )
