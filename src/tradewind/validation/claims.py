"""Figures that are often advertised for systems like this one, set beside what was measured.

They are targets to report against, never results to assume.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tradewind.validation.bootstrap import Measured

REACHED = "reached"
POSSIBLE = "not shown: inside the interval"
MISSED = "not reached"
UNDER_BASE = "not reached: no better than the base rate"
UNMEASURED = "not measured"


@dataclass(frozen=True)
class Claim:
    """``figure`` names what would measure it; ``more_is_better`` on which side it holds."""

    text: str
    figure: str
    stated: float
    more_is_better: bool = True


@dataclass(frozen=True)
class ClaimRow:
    """A claim, what was measured on which data (None where nothing was), and how it stands."""

    claim: Claim
    measured: Measured | None
    data: str
    standing: str


CLAIMS = (
    Claim("directional accuracy 97 %", "accuracy", 0.97),
    Claim("directional accuracy 80 %", "accuracy", 0.80),
    Claim("directional accuracy 68.3 %", "accuracy", 0.683),
    Claim("directional accuracy 60 %", "accuracy", 0.60),
    Claim("directional accuracy 50.75 % with good sizing", "accuracy", 0.5075),
    Claim("Sharpe ratio above 2", "sharpe", 2.0),
    Claim("Sharpe ratio 2.31 on crypto", "sharpe_crypto", 2.31),
    Claim("Sharpe ratio 2.08 on stocks", "sharpe_stocks", 2.08),
    Claim("drawdown under 15 %", "max_drawdown", -0.15),
    Claim("win rate above 55 %", "win_rate", 0.55),
    Claim("profit factor above 1.5", "profit_factor", 1.5),
    Claim("38.7 % a year", "cagr", 0.387),
    Claim("29.1 % a year", "cagr", 0.291),
    Claim("regime switching +22 % risk-adjusted", "regime_switching_gain", 0.22),
    Claim("LoRA +15 % accuracy", "lora_accuracy_gain", 0.15),
    Claim("LoRA trains 10 times faster", "lora_speedup", 10.0),
    Claim("LoRA takes 60 % less memory", "lora_memory_saved", 0.60),
    Claim("slippage 0.6 bps on crypto", "slippage_crypto_bps", 0.6, more_is_better=False),
    Claim("slippage 1.1 bps on stocks", "slippage_stocks_bps", 1.1, more_is_better=False),
)


def claims_table(measurements: Mapping[str, Measured], data: str) -> tuple[ClaimRow, ...]:
    """One row a claim; ``data`` says on what it was measured.

    A claim is reached only when the whole interval lies on its side, and missed when the whole interval lies
    on the other; in between the data do not tell. An accuracy must also lie above the base rate of the same
    rows (``measurements["base_rate"]``): in a rising market always saying *up* reaches many a figure.
    """
    rows = []
    for claim in CLAIMS:
        measured = measurements.get(claim.figure)
        if measured is None:
            rows.append(ClaimRow(claim, None, "", UNMEASURED))
        else:
            base = measurements.get("base_rate") if claim.figure == "accuracy" else None
            rows.append(ClaimRow(claim, measured, data, _standing(claim, measured, base)))
    return tuple(rows)


def _standing(claim: Claim, measured: Measured, base: Measured | None) -> str:
    low, high = measured.low, measured.high
    if not low <= high:  # no interval: nothing is shown either way
        return POSSIBLE
    if not claim.more_is_better:
        low, high = -high, -low
    stated = claim.stated if claim.more_is_better else -claim.stated
    if base is not None and measured.high < base.value:
        return UNDER_BASE
    if low >= stated:
        return REACHED if base is None or low >= base.value else POSSIBLE
    return MISSED if high < stated else POSSIBLE
