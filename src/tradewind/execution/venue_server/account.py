"""The one account of a rehearsal: money, holdings, what they cost, exact in 1e-8."""

from collections.abc import Mapping
from fractions import Fraction

import msgspec

from tradewind.core.money import divide_half_even, notional_e8
from tradewind.core.orders import OrderFilled
from tradewind.execution.venue_server.listing import Listing
from tradewind.kernels.accounts import apply_fill


class Holding(msgspec.Struct, kw_only=True):
    """What is held of one instrument: signed lots (1e-8 units), and the signed money they cost."""

    lots: int = 0
    cost_e8: int = 0
    realized_e8: int = 0


class Account(msgspec.Struct, kw_only=True):
    """Money by currency in 1e-8, and holdings by instrument.

    Per currency, in every state: ``cash + cost of holdings = paid in + realized - fees``. A fee in coins
    makes the holding smaller and leaves its cost, so it is paid when the rest is sold.
    """

    cash_e8: dict[str, int]
    holdings: dict[str, Holding] = msgspec.field(default_factory=dict)
    fees_e8: dict[str, int] = msgspec.field(default_factory=dict)
    """Fees paid so far, by what they were paid in."""

    def held(self, instrument_id: str) -> int:
        """Signed lots of an instrument."""
        holding = self.holdings.get(instrument_id)
        return holding.lots if holding is not None else 0

    def book(self, fill: OrderFilled, listing: Listing) -> tuple[int, str]:
        """Take a fill in; ``(fee in 1e-8, what it was paid in)``."""
        value = notional_e8(fill.price_ticks, fill.quantity_lots, listing.instrument.ratio)
        sign = fill.side.sign
        holding = self.holdings.setdefault(fill.instrument_id, Holding())
        lots, cost, realized = apply_fill(
            holding.lots, holding.cost_e8, sign * fill.quantity_lots, sign * value
        )
        holding.lots, holding.cost_e8 = int(lots), int(cost)
        holding.realized_e8 += int(realized)
        self.cash_e8[listing.quote] = self.cash_e8.get(listing.quote, 0) - sign * value
        fee, paid_in = fill.commission_e8, listing.quote
        if listing.is_coin and sign > 0:
            exact = Fraction(fee) / (Fraction(listing.instrument.tick) * fill.price_ticks)
            fee, paid_in = divide_half_even(exact.numerator, exact.denominator), listing.base
            holding.lots -= fee
        else:
            self.cash_e8[paid_in] -= fee
        self.fees_e8[paid_in] = self.fees_e8.get(paid_in, 0) + fee
        return fee, paid_in


class Worth(msgspec.Struct, frozen=True, kw_only=True):
    """What the account is worth in one currency, in 1e-8."""

    cash_e8: int
    long_e8: int
    short_e8: int
    """Nothing or negative."""

    @property
    def equity_e8(self) -> int:
        """Money and holdings together."""
        return self.cash_e8 + self.long_e8 + self.short_e8


def worth_of(
    account: Account, listings: Mapping[str, Listing], marks: Mapping[str, int], currency: str
) -> Worth:
    """Worth at the last prices (``marks``: ticks by instrument) of what is quoted in ``currency``."""
    longs = shorts = 0
    for name, holding in account.holdings.items():
        if not holding.lots or listings[name].quote != currency or name not in marks:
            continue
        value = notional_e8(marks[name], holding.lots, listings[name].instrument.ratio)
        longs, shorts = longs + max(value, 0), shorts + min(value, 0)
    return Worth(cash_e8=account.cash_e8.get(currency, 0), long_e8=longs, short_e8=shorts)
