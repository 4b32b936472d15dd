"""The classic quality score and adaptive threshold, formula by formula."""

import math

from tradewind.ensemble.filter_registry import FilterInput, FilterSettings


def quality(inputs: FilterInput, settings: FilterSettings) -> float:
    """Mean of four parts, each about 0 to 1; NaN when any factor is NaN.

    volume 0.6 + 0.4 min(ratio / mean ratio, 3) / 3; volatility 1 - min(atr rank, 1); trend
    min(adx / 50, 1); momentum 1 - |rsi - 50| / 50. The same for longs and shorts.
    """
    names = settings.names
    ratio, mean = inputs.get(names.volume_ratio), inputs.get(names.volume_ratio_mean)
    atr_rank, adx, rsi = inputs.get(names.atr_rank), inputs.get(names.adx), inputs.get(names.rsi)
    if math.isnan(ratio + mean + atr_rank + adx + rsi) or mean <= 0.0:
        return math.nan
    most = settings.quality_volume_most
    volume = settings.quality_volume_base + settings.quality_volume_slope * min(ratio / mean, most) / most
    volatility = 1.0 - min(atr_rank, 1.0)
    trend = min(adx / settings.quality_adx_full, 1.0)
    momentum = 1.0 - abs(rsi - 50.0) / 50.0
    return (volume + volatility + trend + momentum) / 4.0


def adaptive_threshold(inputs: FilterInput, settings: FilterSettings) -> float:
    """0.65 + 0.1 atr rank - max(0, 0.05 (ratio - 1)) - max(0, 0.002 (adx - 25)), in [0.55, 0.80].

    An instrument without volume has no volume term. NaN when any factor is NaN.
    """
    names = settings.names
    atr_rank, adx = inputs.get(names.atr_rank), inputs.get(names.adx)
    ratio = inputs.values.get(names.volume_ratio, 1.0)
    if math.isnan(atr_rank + adx + ratio):
        return math.nan
    threshold = settings.base_threshold + settings.threshold_per_atr_rank * atr_rank
    threshold -= max(0.0, settings.threshold_per_volume * (ratio - 1.0))
    threshold -= max(0.0, settings.threshold_per_adx * (adx - settings.threshold_adx_from))
    return min(max(threshold, settings.threshold_low), settings.threshold_high)
