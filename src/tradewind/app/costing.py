"""What a round trip costs, from the same schedule and formulas that the simulated venue charges by."""

from tradewind.core.book import Book, in_base
from tradewind.core.instruments import Instrument
from tradewind.core.money import notional_e8, round_to_grid
from tradewind.kernels.costs import commission_e8

USUAL_SHARE = 0.05
"""Part of equity that an order is taken to have when its cost is estimated; minimum fees weigh more on less."""


def round_trip_bps(instrument: Instrument, book: Book) -> float:
    """Expected cost of getting in and out, in bps of the value traded; market impact is not in it.

    NaN while the instrument has no mark, so that no decision passes on an unknown cost.
    """
    mark = book.mark_ticks.get(instrument.symbol)
    if mark is None or book.equity_e8 <= 0:
        return float("nan")
    one_lot = in_base(book, notional_e8(mark, 1, instrument.ratio), instrument.quote_currency)
    lots = max(round_to_grid(USUAL_SHARE * book.equity_e8 / max(one_lot, 1), 1.0), 1)
    value = notional_e8(mark, lots, instrument.ratio)
    numerator, denominator = instrument.lot.as_integer_ratio()
    fees = instrument.fees
    fee = commission_e8(
        value, lots, numerator, denominator, fees.taker_rate_e8, fees.per_unit_e8, fees.minimum_e8
    )
    return 2.0 * (instrument.half_spread_bps + 10_000.0 * fee / value)
