"""Amounts in other currencies as the session's own, by the same prices that the loop has."""

from fractions import Fraction

from tradewind.core.events import SessionStarted
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.money import divide_half_even

_RATED = (AssetClass.FX, AssetClass.CRYPTO)


class Money:
    """Rates of currencies and coins to the base currency, and the capital that owners have paid in.

    ``start_e8`` is the cash of all accounts in the base currency at the start, ``paid_in_e8`` all capital so
    far: what the session began with in another currency counts from the first rate of that currency on.
    """

    def __init__(self, start: SessionStarted | None) -> None:
        self.base = "" if start is None else start.base_currency
        self._began: dict[str, int] = {}
        for terms in () if start is None else start.accounts:
            for currency, cash_e8 in terms.cash_e8.items():
                self._began[currency] = self._began.get(currency, 0) + cash_e8
        self.start_e8 = self.paid_in_e8 = self._began.get(self.base, 0)
        self._rates = {self.base: Fraction(1)}

    def price(self, instrument: Instrument, ticks: int) -> None:
        """A pair with the base currency says what the other one is worth."""
        left, _, right = instrument.symbol.partition("/")
        if instrument.asset_class not in _RATED or ticks <= 0 or not right:
            return
        price = Fraction(instrument.tick) * ticks
        if instrument.quote_currency == self.base:
            self._rate(left, price)
        elif left == self.base:
            self._rate(instrument.quote_currency, 1 / price)

    def worth_e8(self, amount_e8: int, currency: str, into: str = "") -> int | None:
        """The amount in ``into`` (the base currency unless told), half to even; None without a rate."""
        if currency == (into or self.base):
            return amount_e8
        rate = self.rate(currency, into)
        if rate is None:
            return None
        exact = amount_e8 * rate
        return divide_half_even(exact.numerator, exact.denominator)

    def rate(self, currency: str, into: str = "") -> Fraction | None:
        """What one unit of a currency is worth in ``into`` (the base currency unless told), exactly."""
        if currency == (into or self.base):
            return Fraction(1)
        rate, other = self._rates.get(currency), self._rates.get(into or self.base)
        return None if rate is None or other is None else rate / other

    def pay_in(self, amount_e8: int, currency: str) -> None:
        """Capital came, or went; the loop books none in a currency without a rate."""
        self.paid_in_e8 += self.worth_e8(amount_e8, currency) or 0

    def _rate(self, currency: str, rate: Fraction) -> None:
        first = currency not in self._rates
        self._rates[currency] = rate
        if first:
            self.pay_in(self._began.get(currency, 0), currency)
