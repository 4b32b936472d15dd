"""What an order cost, as one sum: commission, spread and slippage, in the account's currency and in bps.

Slippage is against the price that the order met when it arrived (implementation shortfall, Perold 1988), and
half of the instrument's usual spread is told apart from it where the order took liquidity. The sum does not
depend on that parting.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from tradewind.core.events import SessionStarted
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.market import Bar, Quote, middle_of
from tradewind.core.money import divide_half_even, notional_e8
from tradewind.core.orders import OrderFilled
from tradewind.core.vocabulary import Liquidity
from tradewind.views.amounts import cash_text
from tradewind.views.explanation.look_back import KindReader, backwards_kind

Rates = Mapping[str, Fraction]
"""What one unit of a currency is worth in the account's own."""

_BPS = 10_000


class OrderCost(NamedTuple):
    """Costs in 1e-8 of ``currency``, positive when paid; ``bps`` of the value at arrival."""

    commission_e8: int
    spread_e8: int
    slippage_e8: int
    arrival_value_e8: int
    currency: str

    @property
    def total_e8(self) -> int:
        """All of it."""
        return self.commission_e8 + self.spread_e8 + self.slippage_e8

    @property
    def bps(self) -> float:
        """The whole in bps of what the order was worth when it arrived."""
        return _BPS * self.total_e8 / self.arrival_value_e8 if self.arrival_value_e8 else 0.0

    def words(self) -> str:
        """The sum as a sentence."""
        parts = (
            f"{cash_text(self.commission_e8)} of commission, {cash_text(self.spread_e8)} of spread and "
            f"{cash_text(self.slippage_e8)} of slippage"
        )
        total = f"{cash_text(self.total_e8)} {self.currency}"
        return f"It cost {total}, {self.bps:z.2f} bps of its value at arrival: {parts}."


def cost_of(fills: Sequence[OrderFilled], instrument: Instrument, rates: Rates, base: str) -> OrderCost:
    """The cost of an order's fills; ``rates`` must hold the quote currency and those of the fees.

    Where a fill does not say at which price the order arrived, it follows from its slippage.
    """
    commission = Fraction(0)
    shortfall = arrival_value = spread = 0
    for fill in fills:
        arrival = arrival_ticks(fill)
        value = notional_e8(arrival, fill.quantity_lots, instrument.ratio)
        paid = notional_e8(fill.price_ticks, fill.quantity_lots, instrument.ratio)
        short = fill.side.sign * (paid - value)
        shortfall += short
        arrival_value += abs(value)
        if fill.liquidity is not Liquidity.MAKER and short > 0:
            spread += min(short, round(abs(value) * instrument.half_spread_bps / _BPS))
        commission += fill.commission_e8 * rates[fill.fee_currency or instrument.quote_currency]
    rate = rates[instrument.quote_currency]
    whole, of_spread = _rounded(shortfall * rate), _rounded(spread * rate)
    return OrderCost(
        commission_e8=_rounded(commission),
        spread_e8=of_spread,
        slippage_e8=whole - of_spread,
        arrival_value_e8=_rounded(arrival_value * rate),
        currency=base,
    )


def arrival_ticks(fill: OrderFilled) -> int:
    """The price that the order met when it arrived, in ticks."""
    if fill.arrival_ticks or not fill.slippage_bps:
        return fill.arrival_ticks or fill.price_ticks
    return round(fill.price_ticks / (1.0 + fill.side.sign * fill.slippage_bps / _BPS))


def rates_before(
    reader: KindReader, start: SessionStarted, currencies: Iterable[str], before: int
) -> dict[str, Fraction]:
    """Rates to the session's currency by the last prices before record ``before``; what has none is left out.

    A coin that a fee was paid in counts by its own market.
    """
    base = start.base_currency
    rates = {base: Fraction(1)}
    pairs: dict[str, tuple[str, Instrument, bool]] = {}
    for currency in sorted(set(currencies) - {base}):
        for instrument in start.instruments:
            if instrument.asset_class not in (AssetClass.FX, AssetClass.CRYPTO):
                continue
            if instrument.asset == currency and instrument.quote_currency == base:
                pairs.setdefault(instrument.id, (currency, instrument, False))
            elif instrument.symbol == f"{base}/{currency}":
                pairs.setdefault(instrument.id, (currency, instrument, True))
    if not pairs:
        return rates
    for record in backwards_kind(reader, before, Bar, Quote, SessionStarted):
        event = record.event
        if isinstance(event, SessionStarted) or {c for c, _, _ in pairs.values()} <= rates.keys():
            break
        if isinstance(event, Bar | Quote) and event.instrument_id in pairs:
            currency, instrument, inverse = pairs[event.instrument_id]
            price = event.close if isinstance(event, Bar) else middle_of(event)
            if price is None:
                continue
            exact = Fraction(instrument.tick) * round(price / instrument.tick_float)
            if exact > 0:
                rates.setdefault(currency, 1 / exact if inverse else exact)
    return rates


def _rounded(amount: Fraction | int) -> int:
    return divide_half_even(*Fraction(amount).as_integer_ratio())
