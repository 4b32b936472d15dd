"""Implementation shortfall of one order, and its parts.

The shortfall is what a paper portfolio, which trades the whole order at the decision's price for nothing, has
over the real one when the order ends: A. F. Perold, The implementation shortfall: paper versus reality,
Journal of Portfolio Management 14 (1988). Delay, trading and opportunity cost are told apart as there; the
trading cost is divided into timing, spread and impact by the market's middle at each fill (R. Kissell, The
Science of Algorithmic Trading and Portfolio Management, 2013, chapter 3). All is exact until one rounding.
"""

from dataclasses import dataclass
from fractions import Fraction

from tradewind.core.money import divide_half_even
from tradewind.core.vocabulary import Liquidity
from tradewind.views.tca.following import OrderFollowed
from tradewind.views.tca.rows import Parts


@dataclass(frozen=True)
class Shortfall:
    """In 1e-8 of the base currency; prices as exact ticks."""

    total_e8: int
    parts: Parts
    decision_value_e8: int
    traded_value_e8: int
    decision_ticks: int
    arrival_ticks: int
    average_ticks: Fraction | None


def shortfall_of(one: OrderFollowed) -> Shortfall | str:
    """An order's shortfall, or why it has none, in words."""
    if one.changed:
        return "its quantity was changed while it worked (a split, or an amendment)"
    if one.decision_ticks is None or one.end_ticks is None:
        return "no price was known when it was decided"
    missing = sorted(currency for currency, rate in one.rates.items() if rate is None)
    if missing:
        return f"the session has no rate of {', '.join(missing)}"
    rates = {currency: rate for currency, rate in one.rates.items() if rate is not None}
    worth = Fraction(*one.instrument.ratio) * rates[one.instrument.quote_currency]
    total = _total(one, one.decision_ticks, one.end_ticks, worth, rates)
    return _divided(one, one.decision_ticks, one.end_ticks, worth, rates, total)


def _total(
    one: OrderFollowed, decision: int, end: int, worth: Fraction, rates: dict[str, Fraction]
) -> Fraction:
    """Paper less real: both portfolios begin with nothing and are valued when the order ends."""
    sign = one.order.side.sign
    wanted = one.filled_lots if one.waits_for_price else one.order.quantity_lots
    paper = sign * wanted * (end - decision) * worth
    paid = sum(fill.report.quantity_lots * fill.report.price_ticks for fill in one.fills)
    real = sign * (one.filled_lots * end - paid) * worth - _fees(one, rates)
    return paper - real


def _fees(one: OrderFollowed, rates: dict[str, Fraction]) -> Fraction:
    quote = one.instrument.quote_currency
    return sum(
        (fill.report.commission_e8 * rates[fill.report.fee_currency or quote] for fill in one.fills),
        Fraction(0),
    )


def _divided(
    one: OrderFollowed,
    decision: int,
    end: int,
    worth: Fraction,
    rates: dict[str, Fraction],
    total: Fraction,
) -> Shortfall:
    sign = one.order.side.sign
    arrival = _arrival(one, decision)
    timing, spread, paid = Fraction(0), Fraction(0), 0
    for fill in one.fills:
        lots, price = fill.report.quantity_lots, fill.report.price_ticks
        timing += sign * lots * (fill.middle_ticks - arrival)
        trading = Fraction(sign * (price - fill.middle_ticks))
        of_spread = trading
        if fill.report.liquidity is not Liquidity.MAKER:
            of_spread = max(Fraction(0), min(trading, fill.half_spread_ticks))
        spread += lots * of_spread
        paid += lots * price
    missed = 0 if one.waits_for_price else one.order.quantity_lots - one.filled_lots
    exact = {
        "delay_e8": sign * one.filled_lots * (arrival - decision) * worth,
        "timing_e8": timing * worth,
        "spread_e8": spread * worth,
        "fees_e8": _fees(one, rates),
        "opportunity_e8": sign * missed * (end - decision) * worth,
    }
    rounded = {name: _rounded(amount) for name, amount in exact.items()}
    whole = _rounded(total)
    # Impact is what remains: the parts are then the whole to the unit, and off by rounding alone.
    rounded["impact_e8"] = whole - sum(rounded.values())
    lots = one.filled_lots
    return Shortfall(
        total_e8=whole,
        parts=Parts(**rounded),
        decision_value_e8=_rounded(abs(decision) * one.order.quantity_lots * worth),
        traded_value_e8=_rounded(abs(paid) * worth),
        decision_ticks=decision,
        arrival_ticks=arrival,
        average_ticks=Fraction(paid, lots) if lots else None,
    )


def _arrival(one: OrderFollowed, decision: int) -> int:
    """The price that the order met: by the broker's word, else the market when it was accepted."""
    if one.waits_for_price:
        return decision
    for fill in one.fills:
        if fill.report.arrival_ticks:
            return fill.report.arrival_ticks
    return decision if one.accepted_ticks is None else one.accepted_ticks


def _rounded(amount: Fraction | int) -> int:
    return divide_half_even(*Fraction(amount).as_integer_ratio())
