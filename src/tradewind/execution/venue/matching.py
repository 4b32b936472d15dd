"""How one piece of market data meets the orders on the book: in which order, at what price, at what cost.

Of a bar only open, high and low are known. First comes everything that fills at the open, in the order in
which it came. Inside the bar each doubt goes against the trader: stops that open a position, stops that
close one, targets, limits that open one, and then again the stops, for what those limits opened.
"""

import math
from fractions import Fraction

import msgspec

from tradewind.core.errors import MoneyError
from tradewind.core.market import Bar, Quote, is_crossed
from tradewind.core.money import divide_half_even, round_to_grid
from tradewind.core.orders import OrderFilled, TimeInForce
from tradewind.core.vocabulary import Liquidity, PriceBasis
from tradewind.execution.venue.admission import IMMEDIATE
from tradewind.execution.venue.resting import Resting, Terms, reducible_lots
from tradewind.execution.venue.settings import VenueSettings
from tradewind.kernels.costs import (
    fee_due_e8,
    impact_bps,
    range_volatility,
    schedule_fee_e8,
    slippage_ticks,
)
from tradewind.kernels.fills import (
    AT_LIMIT,
    AT_OPEN,
    AT_STOP,
    CAPACITY_MAX,
    LIMIT,
    MARKET,
    NO_FILL,
    STOP,
    STOP_LIMIT,
    TRIGGERED,
    capacity_lots,
    fill_price,
    match_bar,
)
from tradewind.kernels.integers import value_e8

Met = tuple[Resting, int, int]
"""An order, what the data does to it, and the reference price in ticks."""


class Moment(msgspec.Struct, kw_only=True):
    """The market at one piece of data, in ticks, and what is left to be had of it."""

    ts_event: int
    ts_recv: int
    open_ticks: int
    high_ticks: int
    low_ticks: int
    arrival_ticks: int
    half_spread_bps: float
    volume: float
    """In units, for impact; 0 where there is none."""
    volatility: float
    capacity: int
    is_quote: bool = False


def moment_of_bar(bar: Bar, terms: Terms, settings: VenueSettings) -> Moment:
    """A bar as the venue meets it.

    Raises
    ------
    MoneyError
        A price is no number, contradicts the others, is adjusted, or is one that the market cannot have. It
        is never made into another. The loop refuses the same bars, and a rebuilt venue must agree.
    """
    inside = bar.low <= bar.open <= bar.high and bar.low <= bar.close <= bar.high  # NaN fails this too
    if not inside or bar.basis is not PriceBasis.TRADED or not math.isfinite(bar.high - bar.low):
        message = f"A bar of {terms.instrument.id} at {bar.ts_event} cannot be traded on."
        raise MoneyError(message, "Check the feed that gave it.")
    if not (bar.low > 0.0 or terms.signed_prices):
        raise _impossible(terms, bar.low)
    volatility = settings.impact_volatility
    if volatility is None:
        volatility = range_volatility(bar.high, bar.low)
    capacity = CAPACITY_MAX
    if terms.has_volume and settings.volume_share > 0.0:
        capacity = capacity_lots(bar.volume, settings.volume_share, terms.lot)
    open_ticks = round_to_grid(bar.open, terms.tick)
    return Moment(
        ts_event=bar.ts_event,
        ts_recv=bar.ts_recv or bar.ts_event,
        open_ticks=open_ticks,
        high_ticks=round_to_grid(bar.high, terms.tick),
        low_ticks=round_to_grid(bar.low, terms.tick),
        arrival_ticks=open_ticks,
        half_spread_bps=terms.half_spread_bps,
        volume=bar.volume if terms.has_volume else 0.0,
        volatility=volatility,
        capacity=capacity,
    )


def moment_of_quote(quote: Quote, terms: Terms, side: int) -> Moment | None:
    """What a quote offers to one side; None where it offers nothing. Its size caps what can be had.

    A crossed quote is no market and offers nothing to either. A price of 0 stands for a side that is not
    there; one below 0 is a price where the market has them.
    """
    price, size = (quote.ask, quote.ask_size) if side > 0 else (quote.bid, quote.bid_size)
    if is_crossed(quote) or price == 0.0 or not (price > 0.0 or terms.signed_prices):
        return None
    touch = round_to_grid(price, terms.tick)
    one_sided = quote.bid == 0.0 or quote.ask == 0.0
    middle = price if one_sided else (quote.bid + quote.ask) / 2.0
    return Moment(
        ts_event=quote.ts_event,
        ts_recv=quote.ts_recv or quote.ts_event,
        open_ticks=touch,
        high_ticks=touch,
        low_ticks=touch,
        arrival_ticks=round_to_grid(middle, terms.tick),
        half_spread_bps=0.0,
        volume=0.0,
        volatility=0.0,
        capacity=capacity_lots(size, 1.0, terms.lot) if size > 0.0 else CAPACITY_MAX,
        is_quote=True,
    )


def meet(resting: Resting, moment: Moment, through_ticks: int) -> Met:
    """What the data does to one order; notes the price at which the order reached the market."""
    first = resting.arrival_ticks is None
    if first:
        is_stop = resting.kind in (STOP, STOP_LIMIT)
        resting.arrival_ticks = resting.stop_ticks if is_stop else moment.arrival_ticks
    kind, limit, stop = resting.kind, resting.limit_ticks, resting.stop_ticks
    outcome, price = match_bar(
        kind,
        resting.side,
        moment.open_ticks,
        moment.high_ticks,
        moment.low_ticks,
        limit if limit is not None else 0,
        stop if stop is not None else 0,
        through_ticks,
    )
    if moment.is_quote and outcome == AT_OPEN and kind == LIMIT and not first:
        return (
            resting,
            AT_LIMIT,
            price if limit is None else limit,
        )  # it was there before the quote came to it
    if outcome not in (NO_FILL, AT_OPEN) and resting.order.time_in_force in IMMEDIATE:
        return resting, NO_FILL, 0
    return resting, outcome, price


def in_turn(met: list[Met]) -> list[Met]:
    """The order in which fills happen inside one bar, every doubt against the trader."""
    if len(met) == 1:
        return met
    turns: list[Met] = [m for m in met if m[1] == AT_OPEN]
    stops = [m for m in met if m[1] == AT_STOP]
    limits = [m for m in met if m[1] == AT_LIMIT]
    closing_stops = [m for m in stops if m[0].reduces]
    turns += [m for m in stops if not m[0].reduces]
    turns += closing_stops
    turns += [m for m in limits if m[0].reduces]
    turns += [m for m in limits if not m[0].reduces]
    turns += closing_stops
    turns += [m for m in met if m[1] == TRIGGERED]
    return turns


def fill(
    met: Met, moment: Moment, terms: Terms, settings: VenueSettings, position_lots: int
) -> OrderFilled | None:
    """Fill what can be filled of one order now; changes the order and what is left of the moment.

    None where there is nothing to have, nothing to reduce, or a parent to wait for. A stop whose price was
    reached becomes a market or a limit order whether or not it found enough to fill.

    Raises
    ------
    MoneyError
        The fill's value or fee does not fit 64 bits; the order and the moment are then as before.
    """
    resting, outcome, reference = met
    wanted = resting.remaining_lots
    if resting.reduces:
        wanted = min(wanted, reducible_lots(resting, position_lots))
    if outcome == NO_FILL or wanted == 0 or resting.waits:
        return None
    if resting.kind in (STOP, STOP_LIMIT):
        resting.kind = MARKET if resting.kind == STOP else LIMIT
    lots = min(wanted, moment.capacity)
    must_be_whole = resting.order.time_in_force is TimeInForce.FOK
    if outcome == TRIGGERED or lots == 0 or (must_be_whole and lots < resting.remaining_lots):
        return None
    slip = 0
    if outcome != AT_LIMIT:
        impact = impact_bps(settings.impact_coefficient, moment.volatility, lots * terms.lot, moment.volume)
        slip = slippage_ticks(reference, moment.half_spread_bps, impact, settings.most_slippage_bps)
    limit = resting.limit_ticks
    price = fill_price(
        resting.side,
        reference,
        slip,
        limit if limit is not None else 0,
        limit is not None,
        terms.signed_prices,
    )
    report = _book_fill(resting, lots, price, outcome == AT_LIMIT, moment, terms)
    moment.capacity -= lots
    return report


def slippage_bps(side: int, price_ticks: int, arrival_ticks: int) -> float:
    """Cost of a fill against the price at which its order arrived, in bps of that price's size.

    All fills of one order are held against its one arrival price, so that their mean by lots is the order's
    own slippage. At an arrival price of zero bps say nothing: 0.0, and the two prices tell.
    """
    if arrival_ticks == 0:
        return 0.0
    return side * (price_ticks - arrival_ticks) * 10_000.0 / abs(arrival_ticks)


def _book_fill(
    resting: Resting, lots: int, price: int, maker: bool, moment: Moment, terms: Terms
) -> OrderFilled:
    fees = terms.instrument.fee_schedule
    value = value_e8(price, lots, terms.value_numerator, terms.value_denominator)
    rate = fees.maker_rate_e8 if maker else fees.taker_rate_e8
    fee = resting.fee_e8 + schedule_fee_e8(
        value, lots, terms.lot_numerator, terms.lot_denominator, rate, fees.per_unit_e8
    )
    due = fee_due_e8(fee, resting.charged_e8, fees.minimum_e8)
    commission = due if not terms.fee_currency else _in_coins(due, price, terms)
    resting.fee_e8 = fee
    resting.charged_e8 += due
    resting.fills += 1
    resting.remaining_lots -= lots
    resting.filled_lots += lots
    order = resting.order
    arrival = resting.arrival_ticks if resting.arrival_ticks is not None else moment.arrival_ticks
    return OrderFilled(
        ts_event=moment.ts_event,
        ts_recv=moment.ts_recv,
        client_order_id=order.client_order_id,
        instrument_id=order.instrument_id,
        account=order.account,
        venue_order_id=f"sim-{order.client_order_id}",
        trade_id=f"{order.client_order_id}-{resting.fills}",
        side=order.side,
        quantity_lots=lots,
        price_ticks=price,
        commission_e8=commission,
        fee_currency=terms.fee_currency,
        liquidity=Liquidity.MAKER if maker else Liquidity.TAKER,
        arrival_ticks=arrival,
        slippage_bps=slippage_bps(resting.side, price, arrival),
    )


def _in_coins(fee_e8: int, price_ticks: int, terms: Terms) -> int:
    """A fee of the quote currency in 1e-8 coins at a price."""
    price = Fraction(terms.instrument.tick) * price_ticks
    if price <= 0:
        raise _impossible(terms, float(price))
    exact = fee_e8 / price
    return divide_half_even(exact.numerator, exact.denominator)


def _impossible(terms: Terms, price: float) -> MoneyError:
    message = f"{terms.instrument.id} has a price of {price:g}, which it cannot have."
    return MoneyError(message, "Set negative_prices on the instrument where its market allows them.")
