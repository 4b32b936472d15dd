"""Rates of change and differences of averages: ROC, momentum, MACD, TRIX, CMO."""

from collections.abc import Callable

from tradewind.core.panel import Floats
from tradewind.factors.memory import Window, ema_memory
from tradewind.factors.registry import Oracle, alias, each, factor
from tradewind.kernels.recursive import smoothed
from tradewind.kernels.windows import change, lagged, ratio, relative_change, rolling_sum

MACD_SETS = (
    {"fast": 12, "slow": 26, "signal": 9},
    {"fast": 5, "slow": 35, "signal": 5},
    {"fast": 8, "slow": 17, "signal": 9},
)


@factor(
    name="roc_{n}",
    group="momentum",
    inputs=["close"],
    memory=lambda n: Window(n + 1),
    formula="100 (C[t] / C[t-{n}] - 1)",
    source="rate of change",
    params=each(n=(1, 3, 5, 9, 10, 12, 14, 20, 60, 120, 252)),
    oracle=lambda n: Oracle("ROC", ("close",), {"timeperiod": n}),
)
def roc(close: Floats, n: int) -> Floats:
    """Rate of change, in percent."""
    return 100.0 * relative_change(close, n)


@factor(
    name="momentum_12_1",
    group="momentum",
    inputs=["close"],
    memory=Window(253),
    formula="C[t-21] / C[t-252] - 1",
    source="Jegadeesh and Titman (1993): twelve months without the last",
)
def momentum_12_1(close: Floats) -> Floats:
    """Return from 252 to 21 bars ago."""
    return relative_change(lagged(close, 21), 231)


def _macd_oracle(output: int) -> Callable[..., Oracle]:
    def oracle(fast: int, slow: int, signal: int) -> Oracle:
        options = {"fastperiod": fast, "slowperiod": slow, "signalperiod": signal}
        # TA-Lib starts its fast mean later than the definition does; its start has decayed by then.
        return Oracle("MACD", ("close",), options, output, skip=20 * slow)

    return oracle


@factor(
    name="macd_{fast}_{slow}_{signal}",
    group="momentum",
    inputs=["ema_{fast}", "ema_{slow}"],
    memory=Window(1),
    formula="EMA(C, {fast}) - EMA(C, {slow})",
    source="Appel (1979)",
    params=MACD_SETS,
    oracle=_macd_oracle(0),
)
def macd(fast_mean: Floats, slow_mean: Floats, fast: int, slow: int, signal: int) -> Floats:
    """MACD line."""
    return fast_mean - slow_mean


@factor(
    name="macd_sig_{fast}_{slow}_{signal}",
    group="momentum",
    inputs=["macd_{fast}_{slow}_{signal}"],
    memory=lambda fast, slow, signal: ema_memory(signal),
    formula="EMA(macd_{fast}_{slow}_{signal}, {signal})",
    source="Appel (1979)",
    params=MACD_SETS,
    oracle=_macd_oracle(1),
)
def macd_signal(line: Floats, fast: int, slow: int, signal: int) -> Floats:
    """MACD signal line."""
    return smoothed(line, signal, 2.0 / (signal + 1))


@factor(
    name="macd_hist_{fast}_{slow}_{signal}",
    group="momentum",
    inputs=["macd_{fast}_{slow}_{signal}", "macd_sig_{fast}_{slow}_{signal}"],
    memory=Window(1),
    formula="macd - macd_sig",
    source="Appel (1979)",
    params=MACD_SETS,
    oracle=_macd_oracle(2),
)
def macd_histogram(line: Floats, mean: Floats, fast: int, slow: int, signal: int) -> Floats:
    """MACD line less its signal."""
    return line - mean


@factor(
    name="macd_{part}norm_{fast}_{slow}_{signal}",
    group="momentum",
    inputs=["macd_{part}{fast}_{slow}_{signal}", "close"],
    memory=Window(1),
    formula="macd_{part}{fast}_{slow}_{signal} / C",
    source="MACD as a share of the price",
    params=[{"part": part, **values} for part in ("", "sig_", "hist_") for values in MACD_SETS],
)
def macd_normalised(line: Floats, close: Floats, part: str, fast: int, slow: int, signal: int) -> Floats:
    """A MACD column as a share of the price."""
    return ratio(line, close, 0.0)


@factor(
    name="trix_{n}",
    group="momentum",
    inputs=["ema_{n}"],
    memory=lambda n: ema_memory(n, 2 * (n - 1) + 1, stages=2),
    formula="100 times the relative change of a triple EMA over {n} bars",
    source="Hutson (1983)",
    params=each(n=(9, 13)),
    oracle=lambda n: Oracle("TRIX", ("close",), {"timeperiod": n}),
)
def trix(mean: Floats, n: int) -> Floats:
    """Change of the triple-smoothed price, in percent."""
    alpha = 2.0 / (n + 1)
    return 100.0 * relative_change(smoothed(smoothed(mean, n, alpha), n, alpha), 1)


@factor(
    name="cmo_sum_{n}",
    group="momentum",
    inputs=["close"],
    memory=lambda n: Window(n + 1),
    formula="100 (up - down) / (up + down), sums of moves over {n} bars",
    source="Chande (1994), plain sums",
    params=each(n=(9, 14, 20)),
)
def cmo(close: Floats, n: int) -> Floats:
    """Chande's momentum oscillator; 0 where nothing moved."""
    step = change(close, 1)
    return 100.0 * ratio(rolling_sum(step, n), rolling_sum(abs(step), n), 0.0)


@factor(
    name="ppo_{fast}_{slow}",
    group="momentum",
    inputs=["ema_{fast}", "ema_{slow}"],
    memory=Window(1),
    formula="100 (EMA {fast} / EMA {slow} - 1)",
    source="percentage price oscillator",
    params=[{"fast": 12, "slow": 26}],
)
def ppo(fast_mean: Floats, slow_mean: Floats, fast: int, slow: int) -> Floats:
    """MACD line in percent of the slow mean."""
    return 100.0 * ratio(fast_mean - slow_mean, slow_mean, 0.0)


for _name in ("macd", "macd_sig", "macd_hist"):
    alias(_name, f"{_name}_12_26_9", "core")
