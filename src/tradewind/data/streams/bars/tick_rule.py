"""Who took, by the direction of the last change of price.

Source: Lopez de Prado (2018), chapter 2.3.2.1, after Lee and Ready (1991). It is used where a feed names the
taker as well, so that bars of all sources mean the same.
"""

from tradewind.data.streams.ticks import Trade


class TickRule:
    """Signs of trades of any number of instruments; before the first change of price, a buyer's."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[float, int]] = {}

    def sign(self, trade: Trade) -> int:
        """1 where the price rose last, -1 where it fell."""
        price, sign = self._last.get(trade.instrument_id, (trade.price, 1))
        if trade.price > price:
            sign = 1
        elif trade.price < price:
            sign = -1
        self._last[trade.instrument_id] = (trade.price, sign)
        return sign
