"""A bar of trades, as it grows and when it is closed."""

from dataclasses import dataclass

from tradewind.core.market import Event
from tradewind.data.streams.ticks import Trade


class TradeBar(Event, frozen=True, kw_only=True, gc=False, tag="trade_bar"):
    """A closed bar. ``ts_event`` is its last trade's time and ``ts_open`` its first one's; of time bars, the
    end and the beginning of the interval.

    ``volume`` in whole units, ``value`` (price times quantity) in quote currency; ``bought`` is the part of
    the volume whose sign by the tick rule was a buyer's.
    """

    instrument_id: str
    rule: str
    open: float
    high: float
    low: float
    close: float
    volume: float
    value: float
    bought: float
    trades: int
    ts_open: int
    ts_recv: int = 0


@dataclass
class Growing:
    """One instrument's bar that is not closed."""

    ts_open: int
    open: float
    high: float
    low: float
    close: float
    volume: float = 0.0
    value: float = 0.0
    bought: float = 0.0
    trades: int = 0

    def add(self, trade: Trade, sign: int) -> None:
        """One more trade; ``sign`` is 1 for a buyer's and -1 for a seller's."""
        price, quantity = trade.price, trade.quantity
        if price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        self.close = price
        self.volume += quantity
        self.value += price * quantity
        if sign > 0:
            self.bought += quantity
        self.trades += 1

    def closed(self, instrument_id: str, rule: str, ts_event: int, ts_recv: int) -> TradeBar:
        """It as an event."""
        return TradeBar(
            ts_event=ts_event,
            instrument_id=instrument_id,
            rule=rule,
            open=self.open,
            high=self.high,
            low=self.low,
            close=self.close,
            volume=self.volume,
            value=self.value,
            bought=self.bought,
            trades=self.trades,
            ts_open=self.ts_open,
            ts_recv=max(ts_recv, ts_event),
        )


def growing_from(trade: Trade, ts_open: int) -> Growing:
    """A bar that begins with this trade, which is still to be added."""
    return Growing(ts_open, trade.price, trade.price, trade.price, trade.price)
