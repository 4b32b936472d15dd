"""The second gate, beside the broker: it shares no code and no state with the first.

It knows only what passes its own door: prices it was shown, fills that came back, orders that went out. So a
fault in the book, in the first gate, or between the two meets a second pair of eyes. It asks little: is the
order sane in size, price and rate, and is it new.
"""

from collections import deque
from collections.abc import Mapping

import msgspec

from tradewind.core.decisions import Approved, Refused
from tradewind.core.errors import ConfigError
from tradewind.core.instruments import Instrument
from tradewind.core.orders import Order, Side
from tradewind.core.settings import Age, Amount, Count, Limit, Settings

_MINUTE_NS = 60_000_000_000
_REMEMBERED_IDS = 100_000


class LastLookSettings(Settings, frozen=True, kw_only=True):
    """Bounds in whole units of each instrument's quote currency; ``by_id`` overrides one instrument's order.

    ``collar`` is how far a limit price may give money away against the last price seen, as a fraction, and
    ``max_age_ns`` how old that price may be.
    """

    max_order_notional: Amount
    max_instrument_notional: Amount
    by_id: dict[str, Amount] = msgspec.field(default_factory=dict)
    per_minute: Count = 600
    collar: Limit = 0.10
    max_age_ns: Age = 5 * 86_400_000_000_000


class LastLook:
    """Holds each order against bounds of its own just before it is sent.

    Raises
    ------
    ConfigError
        A bound that is not positive.
    """

    def __init__(self, instruments: Mapping[str, Instrument], settings: LastLookSettings) -> None:
        for bound in (settings.max_order_notional, settings.max_instrument_notional, settings.collar):
            if not bound > 0.0:
                message = f"A bound of the last look is {bound}."
                raise ConfigError(message, "Every bound must be positive.")
        self._instruments = dict(instruments)
        self._settings = settings
        self._prices: dict[str, tuple[float, int]] = {}
        self._held: dict[str, int] = {}
        self._out: dict[tuple[str, Side], int] = {}
        self._sent_at: deque[int] = deque()
        self._sent: dict[str, None] = {}

    def saw_price(self, instrument_id: str, price: float, ts_ns: int) -> None:
        """Remember a price from the feed; one that is not positive is not a price."""
        if price > 0.0:
            self._prices[instrument_id] = (price, ts_ns)

    def saw_fill(self, instrument_id: str, signed_lots: int) -> None:
        """Count a fill, so that closing can be told from opening."""
        self._held[instrument_id] = self._held.get(instrument_id, 0) + signed_lots
        self.saw_end(instrument_id, signed_lots)

    def saw_end(self, instrument_id: str, signed_lots: int) -> None:
        """Lots that no longer wait to be filled: canceled, rejected or expired, signed by their side."""
        key = (instrument_id, Side.BUY if signed_lots > 0 else Side.SELL)
        self._out[key] = max(self._out.get(key, 0) - abs(signed_lots), 0)

    def saw_position(self, instrument_id: str, signed_lots: int) -> None:
        """Take the broker's own word on a position, at the start and after a reconciliation."""
        self._held[instrument_id] = signed_lots

    def check(self, order: Order, now_ns: int) -> Approved | Refused:
        """Approved, or why not. An approved order counts as sent; the same id is not approved twice."""
        problem = self._problem(order, now_ns)
        if problem is not None:
            return problem
        self._sent[order.client_order_id] = None
        if len(self._sent) > _REMEMBERED_IDS:
            del self._sent[next(iter(self._sent))]
        self._sent_at.append(now_ns)
        key = (order.instrument_id, order.side)
        self._out[key] = self._out.get(key, 0) + order.quantity_lots
        return Approved()

    def _problem(self, order: Order, now_ns: int) -> Refused | None:
        instrument = self._instruments.get(order.instrument_id)
        if instrument is None:
            return _refused("instrument", f"{order.instrument_id} is not known here.")
        if order.client_order_id in self._sent:
            return _refused("duplicate", f"{order.client_order_id} was sent already.")
        if order.quantity_lots <= 0:
            return _refused("quantity", f"A quantity of {order.quantity_lots} lots is none.")
        held = self._held.get(order.instrument_id, 0)
        signed = order.quantity_lots if order.side is Side.BUY else -order.quantity_lots
        closing = held * signed < 0 and abs(signed) <= abs(held)
        if closing and order.limit_price_ticks is None:
            return None  # closing at the market is always let through
        while self._sent_at and self._sent_at[0] <= now_ns - _MINUTE_NS:
            self._sent_at.popleft()
        if not closing and len(self._sent_at) >= self._settings.per_minute:
            return _refused("rate", f"{len(self._sent_at)} orders left within a minute.")
        waiting = self._out.get((order.instrument_id, order.side), 0)
        after = held + signed + (waiting if order.side is Side.BUY else -waiting)
        return self._price_problem(order, instrument, after, closing, now_ns)

    def _price_problem(
        self, order: Order, instrument: Instrument, after: int, closing: bool, now_ns: int
    ) -> Refused | None:
        price, seen_at = self._prices.get(order.instrument_id, (0.0, 0))
        settings = self._settings
        if price <= 0.0 or (not closing and now_ns - seen_at > settings.max_age_ns):
            return _refused(
                "price", f"There is no fresh price of {order.instrument_id} to hold the order against."
            )
        worst = price
        if order.limit_price_ticks is not None:
            limit = order.limit_price_ticks * float(instrument.tick_size)
            anchor = price
            if order.stop_price_ticks is not None:
                anchor = order.stop_price_ticks * float(instrument.tick_size)
            given_away = (limit - anchor if order.side is Side.BUY else anchor - limit) / anchor
            if given_away > settings.collar:
                return _refused("collar", f"The limit {limit:g} gives away {given_away:.1%} from {anchor:g}.")
            worst = max(price, limit)
        if closing:
            return None
        lot = float(instrument.lot_size)
        most = settings.by_id.get(order.instrument_id, settings.max_order_notional)
        if order.quantity_lots * lot * worst > most:
            return _refused(
                "size", f"The order is worth {order.quantity_lots * lot * worst:.2f} of {most:.2f}."
            )
        if abs(after) * lot * worst > settings.max_instrument_notional:
            return _refused("position", f"The position would be worth {abs(after) * lot * worst:.2f}.")
        return None


def _refused(rule: str, reason: str) -> Refused:
    return Refused(rule=f"last_look_{rule}", reason=reason)
