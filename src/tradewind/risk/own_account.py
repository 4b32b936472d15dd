"""What the second gate reckons for itself: cash, positions and prices, in floats, from what it was shown.

It is an estimate on purpose made another way than the book (floats instead of exact integers, its own rates):
the two can only agree where both are right.
"""

import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import msgspec

from tradewind.core.accounts import CorporateAction, split_lots
from tradewind.core.book import PositionKey
from tradewind.core.instruments import Instrument
from tradewind.core.orders import OrderFilled
from tradewind.core.vocabulary import ActionKind


class _Kept(msgspec.Struct, kw_only=True):
    cash: dict[str, float]
    held: dict[PositionKey, int]
    prices: dict[str, tuple[float, int]]


class OwnAccount:
    """Cash by currency, lots by holder, and the last price of each instrument with its time."""

    def __init__(
        self, instruments: Mapping[str, Instrument], cash: Mapping[str, float], base_currency: str
    ) -> None:
        self._instruments = instruments
        self._base = base_currency
        self._cash = dict(cash)
        self._held: dict[PositionKey, int] = {}
        self._prices: dict[str, tuple[float, int]] = {}

    def price(self, instrument_id: str, price: float, ts_ns: int) -> None:
        """Remember a price, unless it is none that the instrument can have."""
        if 0.0 < price < math.inf:
            self._prices[instrument_id] = (price, ts_ns)
            return
        instrument = self._instruments.get(instrument_id)
        if instrument is not None and math.isfinite(price) and instrument.negative_prices:
            self._prices[instrument_id] = (price, ts_ns)

    def seen_price(self, instrument_id: str) -> tuple[float, int] | None:
        """``(price, when)``, or None."""
        return self._prices.get(instrument_id)

    def take_cash(self, currency: str, amount: float) -> None:
        """Cash came or went."""
        self._cash[currency] = self._cash.get(currency, 0.0) + amount

    def add(self, key: PositionKey, lots: int) -> None:
        """Lots came or went without money."""
        self._held[key] = self._held.get(key, 0) + lots

    def set_position(self, instrument_id: str, lots: int) -> None:
        """One position of nobody in particular in place of all that was known of the instrument."""
        self._held = {key: n for key, n in self._held.items() if key.instrument_id != instrument_id}
        self._held[PositionKey("", "", instrument_id)] = lots

    def fill(self, key: PositionKey, report: OrderFilled) -> None:
        """A fill: lots against money, and its fee."""
        signed = report.side.sign * report.quantity_lots
        self.add(key, signed)
        instrument = self._instruments.get(report.instrument_id)
        if instrument is None:
            return
        value = signed * float(instrument.lot_size) * report.price_ticks * float(instrument.tick_size)
        self.take_cash(instrument.quote_currency, -value)
        self.take_cash(report.fee_currency or instrument.quote_currency, -report.commission_e8 / 1e8)

    def take_action(self, action: CorporateAction) -> None:
        """A split, a dividend, a delisting, a merger or a spin-off, on what is held here."""
        instrument = self._instruments.get(action.instrument_id)
        if instrument is None or action.numerator <= 0 or action.denominator <= 0:
            return
        keys = [key for key in self._held if key.instrument_id == action.instrument_id]
        if action.kind is ActionKind.SPLIT:
            for key in keys:
                self._held[key] = split_lots(self._held[key], action)[0]
            seen = self._prices.get(action.instrument_id)
            if seen is not None:
                self._prices[action.instrument_id] = (
                    seen[0] * action.denominator / action.numerator,
                    seen[1],
                )
            return
        if action.kind in (ActionKind.MERGER, ActionKind.SPIN_OFF):
            self._exchange(action, instrument, keys)
            return
        units = self.net(action.instrument_id) * float(instrument.lot_size)
        paid = units * float(Decimal(action.amount))
        self.take_cash(action.currency or instrument.quote_currency, paid)
        if action.kind is ActionKind.DELISTING:
            for key in keys:
                del self._held[key]

    def _exchange(self, action: CorporateAction, old: Instrument, keys: list[PositionKey]) -> None:
        """Shares of another instrument for those held, or beside them; fractions of a lot as cash."""
        new = self._instruments.get(action.into)
        if action.into and new is None:
            return
        for key in keys:
            units, cash = self._held[key] * float(old.lot_size), float(Decimal(action.amount))
            self.take_cash(old.quote_currency, units * cash)
            if new is None:
                continue
            seen = self._prices.get(new.id)
            if seen is None and action.into_price:
                seen = self._prices[new.id] = (float(Decimal(action.into_price)), action.ts_event)
            exact = Fraction(self._held[key]) * Fraction(old.lot) / Fraction(new.lot)
            exact *= Fraction(action.numerator, action.denominator)
            self.add(PositionKey(key.account, key.strategy, new.id), int(exact))
            if seen is not None:
                self.take_cash(new.quote_currency, float(exact - int(exact)) * float(new.lot_size) * seen[0])
        if action.kind is ActionKind.MERGER:
            for key in keys:
                del self._held[key]

    def held(self, key: PositionKey) -> int:
        """Signed lots of one holder."""
        return self._held.get(key, 0)

    def net(self, instrument_id: str) -> int:
        """Signed lots of all holders."""
        return sum(lots for key, lots in self._held.items() if key.instrument_id == instrument_id)

    def rate(self, currency: str) -> float | None:
        """What one unit is worth in the base currency by the pairs seen; None where none says so."""
        if not self._base or currency == self._base:
            return 1.0
        for instrument_id, (price, _) in self._prices.items():
            if instrument_id not in self._instruments:
                continue
            symbol = self._instruments[instrument_id].symbol
            if price > 0.0 and symbol == f"{currency}/{self._base}":
                return price
            if price > 0.0 and symbol == f"{self._base}/{currency}":
                return 1.0 / price
        return None

    def equity(self) -> float:
        """Cash and holdings in the base currency; what has no price or rate yet is left out."""
        total = sum(amount * (self.rate(currency) or 0.0) for currency, amount in self._cash.items())
        for key, lots in self._held.items():
            instrument = self._instruments.get(key.instrument_id)
            seen = self._prices.get(key.instrument_id)
            if lots and instrument is not None and seen is not None:
                rate = self.rate(instrument.quote_currency) or 0.0
                total += lots * float(instrument.lot_size) * seen[0] * rate
        return total

    def snapshot(self) -> bytes:
        """All of it; equal states give equal bytes."""
        return _encoder.encode(
            _Kept(
                cash=dict(sorted(self._cash.items())),
                held=dict(sorted(self._held.items())),
                prices=dict(sorted(self._prices.items())),
            )
        )

    def restore(self, state: bytes) -> None:
        """Become what was snapshot."""
        kept = _decoder.decode(state)
        self._cash, self._held, self._prices = kept.cash, kept.held, kept.prices


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Kept)
