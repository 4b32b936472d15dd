"""Where filters enter, the numbers they go by, and the names of the factors they read."""

import math
from collections.abc import Callable, Mapping

import msgspec

from tradewind.core.decisions import FilterVerdict
from tradewind.core.errors import DataError
from tradewind.core.registry import Registry
from tradewind.core.settings import Factor, Figure, Part, Settings, Some


class FactorNames(Settings, frozen=True, kw_only=True):
    """Under which names the factors are handed in.

    ``volume_ratio_mean`` is the mean of the volume ratio over its last 20 bars; ``atr_rank`` is the causal
    percentile rank, 0 to 1, of ATR over close.
    """

    volume_ratio: str = "vol_ratio"
    volume_ratio_mean: str = "vol_ratio_mean20"
    atr_rank: str = "atr_norm"
    adx: str = "adx"
    rsi: str = "rsi"
    vwap_z: str = "vwap_z"
    band_position: str = "bb_position"
    sentiment: str = "sentiment"
    sentiment_confidence: str = "sentiment_confidence"


class FilterSettings(Settings, frozen=True, kw_only=True):
    """Every number of the classic filters; the defaults are the published ones."""

    names: FactorNames = FactorNames()
    filters: tuple[str, ...] = (
        "probability",
        "vwap",
        "band",
        "rsi",
        "adx",
        "quality",
        "sentiment",
    )
    """In this order; the first must always pass."""
    needed: Some = 6
    base_threshold: Part = 0.65
    threshold_per_atr_rank: Figure = 0.1
    threshold_per_volume: Figure = 0.05
    threshold_per_adx: Figure = 0.002
    threshold_adx_from: Figure = 25.0
    threshold_low: Part = 0.55
    threshold_high: Part = 0.80
    vwap_z_least: Figure = -0.3
    band_most: Figure = 0.65
    rsi_most: Figure = 68.0
    adx_least: Figure = 20.0
    quality_least: Part = 0.3
    quality_volume_base: Figure = 0.6
    quality_volume_slope: Figure = 0.4
    quality_volume_most: Figure = 3.0
    quality_adx_full: Factor = 50.0
    sentiment_least: Figure = -0.5
    sentiment_confidence_from: Part = 0.4


class FilterInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a filter looks at: factors by name, the ensemble's probability of an up move, and the side.

    A factor that the instrument does not have is not in ``values``; one without a value yet is NaN there.
    ``side`` is +1 long, -1 short. ``threshold`` replaces the adaptive one where it is not None.
    """

    values: Mapping[str, float]
    probability_up: float
    side: int
    threshold: float | None = None

    def get(self, name: str) -> float:
        """A factor as it is; AbsentFactorError where the instrument lacks it."""
        value = self.values.get(name)
        if value is None:
            raise AbsentFactorError(name)
        return value


class AbsentFactorError(DataError):
    """The instrument does not have ``factor``, so the filter is absent; caught where filters are run."""

    def __init__(self, factor: str) -> None:
        super().__init__(f"The instrument has no factor {factor!r}.", "Leave out the filters that need it.")
        self.factor = factor


Filter = Callable[[FilterInput, FilterSettings], FilterVerdict]
FILTERS: Registry[Filter] = Registry("filter", "tradewind.ensemble.filters")
"""``@FILTERS.register("name", factors=("rsi_13",))``: the factors that a filter reads are computed for it."""


def factors_of(settings: FilterSettings) -> tuple[str, ...]:
    """Factors that the chosen filters read and that are not read by default: who runs them computes these."""
    usual = FactorNames()
    named = (getattr(settings.names, key) for key in usual.__struct_fields__)
    own = (factor for name in settings.filters for factor in FILTERS.entry(name).factors)
    standard = {getattr(usual, key) for key in usual.__struct_fields__}
    return tuple(dict.fromkeys(name for name in (*named, *own) if name not in standard))


def above(name: str, value: float, threshold: float, note: str = "") -> FilterVerdict:
    """Passes above the threshold; NaN fails and says so."""
    if math.isnan(value) or math.isnan(threshold):
        return FilterVerdict(
            name=name, passed=False, value=value, threshold=threshold, note="no value yet (NaN)"
        )
    return FilterVerdict(name=name, passed=value > threshold, value=value, threshold=threshold, note=note)


def below(name: str, value: float, threshold: float, note: str = "") -> FilterVerdict:
    """Passes below the threshold; NaN fails and says so."""
    if math.isnan(value) or math.isnan(threshold):
        return FilterVerdict(
            name=name, passed=False, value=value, threshold=threshold, note="no value yet (NaN)"
        )
    return FilterVerdict(name=name, passed=value < threshold, value=value, threshold=threshold, note=note)
