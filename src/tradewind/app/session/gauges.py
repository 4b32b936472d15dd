"""Readings that breakers watch: recorded index levels, and Bitcoin's own realised volatility."""

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from tradewind.core.instruments import AssetClass, Instrument, symbol_of
from tradewind.core.market import Bar, GaugeRead, Timeframe
from tradewind.core.panel import BarColumns, Floats

CRYPTO_GAUGE = "CRYPTO_RV"
WINDOW = 20


def gauge_readings(bars: BarColumns) -> list[GaugeRead]:
    """An index's closes as readings under its symbol (``VIX``), as breakers and the configuration name it."""
    gauge = symbol_of(bars.instrument_id)
    rows = zip(bars.ts_event.tolist(), bars.close.tolist(), strict=True)
    return [GaugeRead(ts_event=ts, ts_recv=ts, gauge=gauge, value=close) for ts, close in rows]


def crypto_volatility_readings(
    series: Sequence[BarColumns],
    instruments: Mapping[str, Instrument],
    bars_per_year: Mapping[tuple[str, str], float],
) -> list[GaugeRead]:
    """Annual volatility of the first coin's last 20 returns, known at each of its closes.

    Where the coin comes in several timeframes it is the longest that counts; ``bars_per_year`` is by
    instrument and timeframe.
    """
    coins = [b for b in series if instruments[b.instrument_id].asset_class is AssetClass.CRYPTO]
    if not coins:
        return []
    own = [b for b in coins if b.instrument_id == coins[0].instrument_id]
    bars = max(own, key=lambda b: Timeframe(b.timeframe).length_ns)
    per_year = bars_per_year[bars.instrument_id, bars.timeframe]
    returns = np.diff(bars.close) / bars.close[:-1]
    return [
        GaugeRead(
            ts_event=int(bars.ts_event[i]),
            ts_recv=int(bars.ts_event[i]),
            gauge=CRYPTO_GAUGE,
            value=_annual(returns[i - WINDOW : i], per_year),
        )
        for i in range(WINDOW, len(bars))
    ]


class CoinVolatility:
    """The same reading on a live feed: given a coin's bars one by one, what is known at each close.

    ``closes`` are those before the first bar, oldest first.
    """

    def __init__(self, name: str, bars_per_year: float, closes: Iterable[float] = ()) -> None:
        self.name, self._per_year = name, bars_per_year
        self._closes = deque(closes, maxlen=WINDOW + 1)

    def on_bar(self, bar: Bar) -> GaugeRead | None:
        """The reading at the bar's close; None for another instrument, and before there are 20 returns."""
        if bar.instrument_id != self.name:
            return None
        self._closes.append(bar.close)
        if len(self._closes) <= WINDOW:
            return None
        closes = np.array(self._closes)
        value = _annual(np.diff(closes) / closes[:-1], self._per_year)
        return GaugeRead(ts_event=bar.ts_event, ts_recv=bar.ts_recv, gauge=CRYPTO_GAUGE, value=value)


def _annual(returns: Floats, per_year: float) -> float:
    return float(returns.std(ddof=1)) * math.sqrt(per_year)
