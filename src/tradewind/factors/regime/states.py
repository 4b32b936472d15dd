"""States of the market that a blend may lean on, all 0 to 1."""

import numpy as np

from tradewind.core.panel import Floats
from tradewind.factors.memory import Window
from tradewind.factors.registry import factor
from tradewind.kernels.windows_extremes import percent_rank


@factor(
    name="regime_volatility",
    group="regime",
    inputs=["realised_20"],
    memory=Window(252),
    formula="percentile rank of realised_20 over 252 bars",
    source="causal percentile rank",
)
@factor(
    name="regime_momentum",
    group="regime",
    inputs=["ret_60"],
    memory=Window(252),
    formula="percentile rank of ret_60 over 252 bars",
    source="causal percentile rank",
)
@factor(
    name="regime_liquidity",
    group="regime",
    inputs=["amihud_20"],
    memory=Window(252),
    formula="percentile rank of amihud_20 over 252 bars: 1 is least liquid",
    source="causal percentile rank",
)
def year_rank(column: Floats) -> Floats:
    """Percentile rank over 252 bars."""
    return percent_rank(column, 252)


@factor(
    name="regime_trend",
    group="regime",
    inputs=["efficiency_20", "ret_20"],
    memory=Window(1),
    formula="0.5 + 0.5 efficiency_20 sign(ret_20)",
    source="efficiency ratio with its direction: 1 straight up, 0 straight down",
)
def trend_state(efficiency: Floats, move: Floats) -> Floats:
    """Direction and straightness of the last 20 bars."""
    return 0.5 + 0.5 * efficiency * np.sign(move)


@factor(
    name="regime_stress",
    group="regime",
    inputs=["drawdown_60", "regime_volatility"],
    memory=Window(1),
    formula="regime_volatility min(1, -5 drawdown_60)",
    source="high volatility while the price is well below its high",
)
def stress_state(fall: Floats, volatility: Floats) -> Floats:
    """Stress: 1 at a fall of a fifth or more with volatility at its yearly high."""
    return volatility * np.minimum(-5.0 * fall, 1.0)
