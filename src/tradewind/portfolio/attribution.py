"""Who earned what: profit by strategy, model and instrument, from fills and the votes behind them.

Exact integers of 1e-8. A fill's profit is what its lots are worth at the mark less what was paid for them and
the commission; summed over all fills that is the whole profit, realised or not, with no cost basis to argue
about.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from tradewind.core.decisions import DecisionMade, ModelVote
from tradewind.core.errors import DataError
from tradewind.core.instruments import Instrument
from tradewind.core.money import CASH_SCALE, divide_half_even, notional_e8
from tradewind.core.orders import Order, OrderFilled

UNATTRIBUTED = "(none)"
"""Stands for the model where a trade had no votes behind it: protective and closing orders."""


class Attribution(msgspec.Struct, frozen=True, kw_only=True):
    """Profit in 1e-8 of the base currency. Each table adds up to ``total_e8`` exactly."""

    total_e8: int
    by_strategy: dict[str, int]
    by_model: dict[str, int]
    by_id: dict[str, int]
    commission_e8: int


class _Earned(NamedTuple):
    profit_e8: int
    commission_e8: int


def attribute(
    fills: Iterable[OrderFilled],
    orders: Mapping[str, Order],
    decisions: Mapping[str, DecisionMade],
    instruments: Mapping[str, Instrument],
    mark_ticks: Mapping[str, int],
    rate_e8: Mapping[str, int],
    base_currency: str,
) -> Attribution:
    """Profit of all fills, split three ways.

    Parameters
    ----------
    fills, orders, decisions
        As journaled; orders by ``client_order_id``, decisions by ``decision_id``.
    mark_ticks, rate_e8
        What the lots are worth now, and one unit of each currency in the base currency.

    Raises
    ------
    DataError
        A fill of an unknown order or instrument, or a missing mark or rate: an attribution with holes would
        not add up.
    """
    total = commission = 0
    by_strategy: dict[str, int] = {}
    by_model: dict[str, int] = {}
    by_id: dict[str, int] = {}
    for fill in fills:
        order = orders.get(fill.client_order_id)
        if order is None:
            message = f"There is no order {fill.client_order_id!r} for a fill of {fill.instrument_id}."
            raise DataError(message, "Hand over the orders of the whole journal.")
        earned = _earned(fill, instruments, mark_ticks, rate_e8, base_currency)
        total += earned.profit_e8
        commission += earned.commission_e8
        by_strategy[order.strategy] = by_strategy.get(order.strategy, 0) + earned.profit_e8
        by_id[fill.instrument_id] = by_id.get(fill.instrument_id, 0) + earned.profit_e8
        decision = decisions.get(order.decision_id)
        votes = decision.votes if decision is not None else ()
        for model, part in split_by_votes(earned.profit_e8, votes, fill.side.sign).items():
            by_model[model] = by_model.get(model, 0) + part
    return Attribution(
        total_e8=total,
        by_strategy=by_strategy,
        by_model=by_model,
        by_id=by_id,
        commission_e8=commission,
    )


def split_by_votes(profit_e8: int, votes: tuple[ModelVote, ...], sign: int) -> dict[str, int]:
    """A profit divided among the models that voted for the trade, by weight times edge in its direction.

    Models that voted against it get nothing of it. Largest remainders make the parts add up exactly; ties go
    by name. Without a vote for it the profit is nobody's.
    """
    pulls: dict[str, float] = {}
    for vote in votes:
        pull = vote.weight * vote.edge_bps * sign
        if pull > 0.0:
            pulls[vote.model] = pulls.get(vote.model, 0.0) + pull
    whole = sum(pulls.values())
    if whole <= 0.0:
        return {UNATTRIBUTED: profit_e8}
    exact = {model: abs(profit_e8) * (pull / whole) for model, pull in pulls.items()}
    parts = {model: int(value) for model, value in exact.items()}
    left = abs(profit_e8) - sum(parts.values())
    by_remainder = sorted(exact, key=lambda model: (parts[model] - exact[model], model))
    for i in range(abs(left)):
        parts[by_remainder[i % len(by_remainder)]] += 1 if left > 0 else -1
    turn = 1 if profit_e8 >= 0 else -1
    return {model: turn * part for model, part in parts.items()}


def _earned(
    fill: OrderFilled,
    instruments: Mapping[str, Instrument],
    mark_ticks: Mapping[str, int],
    rate_e8: Mapping[str, int],
    base_currency: str,
) -> _Earned:
    instrument, mark = instruments.get(fill.instrument_id), mark_ticks.get(fill.instrument_id)
    if instrument is None or mark is None:
        message = (
            f"{fill.instrument_id} has no {'mark' if instrument else 'instrument'}, so its fill has no value."
        )
        raise DataError(message, "Hand over the instruments and marks of the whole journal.")
    lots = fill.side.sign * fill.quantity_lots
    gain = notional_e8(mark, lots, instrument.ratio) - notional_e8(fill.price_ticks, lots, instrument.ratio)
    profit, commission = gain - fill.commission_e8, fill.commission_e8
    currency = instrument.quote_currency
    if currency == base_currency:
        return _Earned(profit, commission)
    rate = rate_e8.get(currency)
    if rate is None:
        message = f"There is no rate from {currency} to {base_currency}."
        raise DataError(message, "Hand over the rates of the book.")
    return _Earned(
        divide_half_even(profit * rate, CASH_SCALE), divide_half_even(commission * rate, CASH_SCALE)
    )
