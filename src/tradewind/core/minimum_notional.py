"""Whether an order is worth what its venue asks of each at least.

Exchanges refuse orders below a value in the quote currency. Planner, strategies, gate and simulated venue
ask here, so that they agree to the last lot. An order is worth its lots at the price that it names, a limit
before a stop; one that names none at the price that is given for it. The comparison is exact.

Source: Binance Spot API, "Filters", ``MIN_NOTIONAL`` and ``NOTIONAL``: price times quantity; of an order
without a price, the market's.
"""

from fractions import Fraction

from tradewind.core.decisions import Refused
from tradewind.core.instruments import Instrument
from tradewind.core.money import CASH_SCALE
from tradewind.core.orders import Order

RULE = "minimum_notional"
"""Name of the refusal."""


def below_minimum(instrument: Instrument, price_ticks: int, lots: int) -> Refused | None:
    """Why so many lots (signed or not) are too few at that price; None where they are enough.

    The figures are ``value`` and ``minimum``, in whole units of the quote currency.
    """
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
    """The same of an order; one without a price of its own passes where the market has none yet."""
    if not instrument.minimum_notional_e8:
        return None
    price = order.limit_price_ticks if order.limit_price_ticks is not None else order.stop_price_ticks
    price = price if price is not None else mark_ticks
    return below_minimum(instrument, price, order.quantity_lots) if price is not None else None
