"""What a round trip costs, from the same schedule and formulas that the simulated venue charges by."""

import numpy as np

from tradewind.core.book import Book, in_base
from tradewind.core.instruments import Instrument
from tradewind.core.money import notional_e8, round_to_grid
from tradewind.core.panel import Floats
from tradewind.kernels.costs import commission_e8

USUAL_SHARE = 0.05
"""Part of equity that an order is taken to have when its cost is estimated; small orders pay minimum fees."""


def round_trip_bps(instrument: Instrument, book: Book) -> float:
    """Expected cost of getting in and out, in bps of the value traded; market impact is not in it.

    NaN while the instrument has no mark, so that no decision passes on an unknown cost.
    """
    mark = book.mark_ticks.get(instrument.id)
    if mark is None or book.equity_e8 <= 0:
        return float("nan")
    one_lot = in_base(book, notional_e8(mark, 1, instrument.ratio), instrument.quote_currency)
    lots = max(round_to_grid(USUAL_SHARE * book.equity_e8 / max(one_lot, 1), 1.0), 1)
    return 2.0 * (instrument.half_spread_bps + _fee_bps(instrument, mark, lots))


def usual_price(closes: Floats) -> float:
    """Price of a history at which a fee by share has its mean cost: the harmonic mean of ``closes`` (T,).

    Closes are as they were traded. The newest one alone would charge the years before a reverse split, or at
    a tenth of the price, what trading costs today.
    """
    return float(len(closes) / np.sum(1.0 / closes))


def research_cost_bps(instrument: Instrument, price: float, cash: float) -> float:
    """One-way cost in bps at ``price`` for an account of ``cash``: what validation charges for turnover."""
    ticks = max(round_to_grid(price, instrument.tick_float), 1)
    lots = max(round_to_grid(USUAL_SHARE * cash / price, instrument.lot_float), 1)
    return instrument.half_spread_bps + _fee_bps(instrument, ticks, lots)


def _fee_bps(instrument: Instrument, price_ticks: int, lots: int) -> float:
    value = notional_e8(price_ticks, lots, instrument.ratio)
    numerator, denominator = instrument.lot.as_integer_ratio()
    fees = instrument.fee_schedule
    fee = commission_e8(
        value, lots, numerator, denominator, fees.taker_rate_e8, fees.per_unit_e8, fees.minimum_e8
    )
    return 10_000.0 * fee / value
