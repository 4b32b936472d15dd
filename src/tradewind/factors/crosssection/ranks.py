"""Ranks and standard scores across the instruments of a panel, from each one's last known value."""

from tradewind.core.panel import Floats
from tradewind.factors.memory import Window
from tradewind.factors.registry import each, factor
from tradewind.kernels.panel import rank_across, standard_across

BASES = (
    "ret_1",
    "ret_5",
    "ret_20",
    "ret_60",
    "momentum_12_1",
    "rsi_14",
    "realised_20",
    "vol_ratio_20",
    "zscore_20",
    "amihud_20",
    "drawdown_252",
    "price_to_sma_200",
)


@factor(
    name="rank_{base}",
    group="cross-sectional",
    inputs=["{base}"],
    memory=Window(1),
    scope="across",
    formula="rank of {base} across instruments, 0 (lowest) to 1",
    source="cross-sectional rank; equals share the middle",
    params=each(base=BASES),
)
def rank(plane: Floats, base: str) -> Floats:
    """Rank across instruments; 0.5 where there is only one."""
    return rank_across(plane)


@factor(
    name="across_z_{base}",
    group="cross-sectional",
    inputs=["{base}"],
    memory=Window(1),
    scope="across",
    formula="({base} - mean) / deviation across instruments",
    source="cross-sectional standard score",
    params=each(base=BASES),
)
def across_z(plane: Floats, base: str) -> Floats:
    """Standard score across instruments; 0 where they do not differ."""
    return standard_across(plane)
