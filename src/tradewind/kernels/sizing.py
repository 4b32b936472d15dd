"""From edge to weight, one scalar at a time: the formulas that the loop and compiled code share.

Weights are fractions of equity, signed. Sources: Kelly (1956), "A New Interpretation of Information
Rate"; Thorp (2006), "The Kelly Criterion in Blackjack, Sports Betting and the Stock Market".
"""

import math

from numba.extending import register_jitable


@register_jitable
def kelly_at_risk(win_rate: float, win_to_loss: float) -> float:
    """Fraction of capital to put at risk, f = (p b - q) / b; 0.0 when the bet has no edge.

    ``win_to_loss`` is b, the average win over the average loss, both positive. NaN gives 0.0.
    """
    if not (win_to_loss > 0.0 and 0.0 <= win_rate <= 1.0):
        return 0.0
    fraction = (win_rate * win_to_loss - (1.0 - win_rate)) / win_to_loss
    return max(fraction, 0.0)


@register_jitable
def kelly_weight(win_rate: float, average_win: float, average_loss: float) -> float:
    """Notional weight of a discrete Kelly bet: the fraction at risk over the average loss (a fraction).

    Losing the average loss on this weight costs exactly the Kelly fraction.
    """
    if not average_loss > 0.0:
        return 0.0
    at_risk: float = kelly_at_risk(win_rate, average_win / average_loss)
    return at_risk / average_loss


@register_jitable
def kelly_continuous(edge: float, variance: float) -> float:
    """Growth-optimal weight edge / variance, signed like the edge; both over the same span, as fractions.

    0.0 where either is NaN or the variance is not positive.
    """
    if not (variance > 0.0 and edge == edge):
        return 0.0
    return edge / variance


@register_jitable
def clip_weight(weight: float, ceiling: float) -> float:
    """``weight`` cut to at most ``ceiling`` either way; a ceiling of NaN or under zero allows nothing."""
    if not ceiling > 0.0:
        return 0.0
    return max(-ceiling, min(ceiling, weight))


@register_jitable
def volatility_ceiling(target_annual: float, volatility_annual: float) -> float:
    """Largest weight whose own volatility stays at the target; 0.0 when the volatility is unknown."""
    if not volatility_annual > 0.0:
        return 0.0
    return target_annual / volatility_annual


@register_jitable
def variance_over(volatility_annual: float, bars: float, bars_per_year: float) -> float:
    """Variance over ``bars`` bars of an annual volatility (square root of time)."""
    return volatility_annual * volatility_annual * bars / bars_per_year


@register_jitable
def whole_lots(cash: float, price: float, lot: float) -> int:
    """Whole lots that ``cash`` buys at ``price`` a unit, rounded towards zero; 0 on NaN or a price of 0."""
    if not (price > 0.0 and lot > 0.0 and cash == cash):
        return 0
    lots = math.floor(abs(cash) / (price * lot))
    return lots if cash > 0.0 else -lots
