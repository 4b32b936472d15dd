"""All candlestick patterns of TA-Lib, as -1 (bearish) to 1 (bullish); confirmed patterns reach 2.

TA-Lib does the work here. It keeps running sums of candle sizes, so a comparison that is exactly at its
threshold can fall either way by where the history starts.
"""

import numpy as np

from tradewind.core.panel import Floats
from tradewind.factors.memory import Window
from tradewind.factors.registry import factor

OHLC = ("open", "high", "low", "close")
LOOKBACKS = {
    "2CROWS": 12,
    "3BLACKCROWS": 13,
    "3INSIDE": 12,
    "3LINESTRIKE": 8,
    "3OUTSIDE": 3,
    "3STARSINSOUTH": 12,
    "3WHITESOLDIERS": 12,
    "ABANDONEDBABY": 12,
    "ADVANCEBLOCK": 12,
    "BELTHOLD": 10,
    "BREAKAWAY": 14,
    "CLOSINGMARUBOZU": 10,
    "CONCEALBABYSWALL": 13,
    "COUNTERATTACK": 11,
    "DARKCLOUDCOVER": 11,
    "DOJI": 10,
    "DOJISTAR": 11,
    "DRAGONFLYDOJI": 10,
    "ENGULFING": 2,
    "EVENINGDOJISTAR": 12,
    "EVENINGSTAR": 12,
    "GAPSIDESIDEWHITE": 7,
    "GRAVESTONEDOJI": 10,
    "HAMMER": 11,
    "HANGINGMAN": 11,
    "HARAMI": 11,
    "HARAMICROSS": 11,
    "HIGHWAVE": 10,
    "HIKKAKE": 5,
    "HIKKAKEMOD": 10,
    "HOMINGPIGEON": 11,
    "IDENTICAL3CROWS": 12,
    "INNECK": 11,
    "INVERTEDHAMMER": 11,
    "KICKING": 11,
    "KICKINGBYLENGTH": 11,
    "LADDERBOTTOM": 14,
    "LONGLEGGEDDOJI": 10,
    "LONGLINE": 10,
    "MARUBOZU": 10,
    "MATCHINGLOW": 6,
    "MATHOLD": 14,
    "MORNINGDOJISTAR": 12,
    "MORNINGSTAR": 12,
    "ONNECK": 11,
    "PIERCING": 11,
    "RICKSHAWMAN": 10,
    "RISEFALL3METHODS": 14,
    "SEPARATINGLINES": 11,
    "SHOOTINGSTAR": 11,
    "SHORTLINE": 10,
    "SPINNINGTOP": 10,
    "STALLEDPATTERN": 12,
    "STICKSANDWICH": 7,
    "TAKURI": 10,
    "TASUKIGAP": 7,
    "THRUSTING": 11,
    "TRISTAR": 12,
    "UNIQUE3RIVER": 12,
    "UPSIDEGAP2CROWS": 12,
    "XSIDEGAP3METHODS": 2,
}


def _register() -> None:
    for name, lookback in LOOKBACKS.items():
        factor(
            name=f"candle_{name.lower()}",
            group="candles",
            inputs=OHLC,
            memory=Window(lookback + 1),
            formula=f"CDL{name} / 100",
            source="TA-Lib 0.8.1, default candle settings",
            params=[{"pattern": name}],
        )(pattern)


def pattern(open_: Floats, high: Floats, low: Floats, close: Floats, pattern: str) -> Floats:
    """One TA-Lib pattern, lane by lane."""
    import talib

    find = getattr(talib, f"CDL{pattern}")
    out = np.empty_like(close)
    lookback = LOOKBACKS[pattern]
    columns = [np.ascontiguousarray(x.T) for x in (open_, high, low, close)]
    for lane in range(close.shape[1]):
        out[:, lane] = find(*(x[lane] for x in columns))
    out /= 100.0
    out[:lookback] = np.nan
    return out


_register()
