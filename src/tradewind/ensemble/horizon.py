"""Edges over different spans, brought to one.

A forecast of R over h bars is read as a return per bar that decays by a factor d each bar, so that bar k
brings a d^k and R = a (1 - d^h) / (1 - d). Over fewer bars H the part that falls into them is taken. Over
more bars than the forecast speaks of there is nothing to add: it stays R, since nobody forecast the rest.
"""

from functools import lru_cache


@lru_cache(maxsize=4096)
def horizon_share(horizon_bars: int, target_bars: int, half_life_bars: float, age_bars: int = 0) -> float:
    """Part of a forecast's return that falls into the next ``target_bars`` bars.

    Parameters
    ----------
    horizon_bars
        Span of the forecast, at least 1.
    target_bars
        Span that is wanted, at least 1.
    half_life_bars
        Bars after which the return per bar has halved; 0 means ``horizon_bars``; infinity means no decay.
    age_bars
        Bars of the forecast that have passed already; what they brought is gone.
    """
    left = horizon_bars - age_bars
    if left <= 0:
        return 0.0
    last = age_bars + min(left, target_bars)
    half_life = half_life_bars if half_life_bars > 0.0 else float(horizon_bars)
    decay = 0.5 ** (1.0 / half_life)
    if decay == 1.0:
        return (last - age_bars) / horizon_bars
    share: float = (decay**age_bars - decay**last) / (1.0 - decay**horizon_bars)
    return share
