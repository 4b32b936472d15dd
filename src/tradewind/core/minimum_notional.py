"""Whether an order is worth what its venue asks of each at least, and of a quantity that it takes.

Exchanges refuse orders below a value in the quote currency, and below and above a quantity. Planner,
strategies, gate and simulated venue ask here, so that they agree to the last lot. An order is worth its lots
at the price that it names, a limit before a stop; one that names none at the price that is given for it. The
comparison is exact.

Source: Binance Spot API, "Filters", ``MIN_NOTIONAL`` and ``NOTIONAL``: price times quantity; of an order
without a price, the market's; ``LOT_SIZE``: ``minQty`` and ``maxQty``.
"""

from fractions import Fraction

from tradewind.core.decisions import Refused
from tradewind.core.instruments import Instrument
from tradewind.core.money import CASH_SCALE
from tradewind.core.orders import Order

RULE = "minimum_notional"
"""Name of the refusal."""

LEAST_QUANTITY, MOST_QUANTITY = "minimum_quantity", "maximum_quantity"


def below_minimum(instrument: Instrument, price_ticks: int, lots: int) -> Refused | None:
    """Why so many lots (signed or not) are too few at that price; None where they are enough.

    The figures are ``value`` and ``minimum``, in whole units of the quote currency, or ``quantity`` and
    ``minimum`` in those of the thing itself.
    """
    few = _below_quantity(instrument, lots)
    if few is not None:
        return few
    minimum_e8 = instrument.minimum_notional_e8
    if not minimum_e8:
        return None
    numerator, denominator = instrument.ratio
    value_e8 = Fraction(abs(price_ticks * lots) * numerator, denominator)
    if value_e8 >= minimum_e8:
        return None
    value, currency = float(value_e8 / CASH_SCALE), instrument.quote_currency
    reason = (
        f"{instrument.id}: {value:.8g} {currency} is less than the venue's minimum notional, "
        f"{instrument.minimum_notional} {currency}."
    )
    figures = {"value": value, "minimum": float(minimum_e8 / CASH_SCALE)}
    return Refused(rule=RULE, reason=reason, figures=figures)


def order_below_minimum(instrument: Instrument, order: Order, mark_ticks: int | None) -> Refused | None:
    """The same of an order; one without a price of its own is worth enough where the market has none yet."""
    price = order.limit_price_ticks if order.limit_price_ticks is not None else order.stop_price_ticks
    price = price if price is not None else mark_ticks
    if price is None:
        return _below_quantity(instrument, order.quantity_lots)
    return below_minimum(instrument, price, order.quantity_lots)


def above_maximum(instrument: Instrument, lots: int) -> Refused | None:
    """Why so many lots (signed or not) are too many for one order; None where they are not.

    The figures are ``quantity`` and ``maximum``, in whole units.
    """
    if not instrument.most_lots or abs(lots) <= instrument.most_lots:
        return None
    quantity, most = abs(lots) * instrument.lot, instrument.maximum_quantity
    reason = f"{instrument.id}: a quantity of {quantity:f} is more than the venue's most, {most}."
    figures = {"quantity": float(quantity), "maximum": float(most)}
    return Refused(rule=MOST_QUANTITY, reason=reason, figures=figures)


def _below_quantity(instrument: Instrument, lots: int) -> Refused | None:
    if abs(lots) >= instrument.least_lots:
        return None
    quantity, least = abs(lots) * instrument.lot, instrument.minimum_quantity
    reason = f"{instrument.id}: a quantity of {quantity:f} is less than the venue's least, {least}."
    figures = {"quantity": float(quantity), "minimum": float(least)}
    return Refused(rule=LEAST_QUANTITY, reason=reason, figures=figures)
