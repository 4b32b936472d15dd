"""Cumulative and path-dependent columns that carry their state from one call to the next.

``state`` has shape (slots, W), is zero before the first bar and is changed in place; row 0 counts bars.
Calling with the bars in one piece or in many gives the same bits.
"""

import numpy as np

from tradewind.kernels.rounding import ROUNDING
from tradewind.kernels.windows_compile import Floats, compiled


@compiled
def balance_volume(close: Floats, volume: Floats, state: Floats) -> Floats:
    """Granville's on-balance volume from the first bar's volume. State: bars, last close, balance."""
    T, W = close.shape
    out = np.empty_like(close)
    for t in range(T):
        for j in range(W):
            before = state[1, j]
            v = volume[t, j]
            step = v if close[t, j] > before else (-v if close[t, j] < before else 0.0)
            state[2, j] = state[2, j] + step if state[0, j] > 0.0 else v
            state[0, j] += 1.0
            state[1, j] = close[t, j]
            out[t, j] = state[2, j]
    return out


@compiled
def accumulation(high: Floats, low: Floats, close: Floats, volume: Floats, state: Floats) -> Floats:
    """Chaikin's accumulation/distribution line. State: bars, line."""
    T, W = close.shape
    out = np.empty_like(close)
    for t in range(T):
        for j in range(W):
            width = high[t, j] - low[t, j]
            if width > 0.0:
                share = ((close[t, j] - low[t, j]) - (high[t, j] - close[t, j])) / width
                state[1, j] += share * volume[t, j]
            state[0, j] += 1.0
            out[t, j] = state[1, j]
    return out


@compiled
def parabolic_stop(high: Floats, low: Floats, step: float, limit: float, state: Floats) -> Floats:
    """Wilder's parabolic SAR, seeded as TA-Lib does; NaN at the first bar.

    State: bars, long (1) or short (0), stop of the next bar, extreme point, acceleration, last high and low.
    """
    T, W = high.shape
    out = np.empty_like(high)
    for j in range(W):
        bars, is_long, stop = state[0, j], state[1, j], state[2, j]
        extreme, speed, last_high, last_low = state[3, j], state[4, j], state[5, j], state[6, j]
        for t in range(T):
            h, low_now = high[t, j], low[t, j]
            bars += 1.0
            if bars == 1.0:
                last_high, last_low = h, low_now
                out[t, j] = np.nan
                continue
            if bars == 2.0:
                up, down = h - last_high, last_low - low_now
                is_long = 0.0 if down > 0.0 and down - up > ROUNDING * abs(h) else 1.0
                extreme, stop = (h, last_low) if is_long > 0.0 else (low_now, last_high)
                speed = step
                last_high, last_low = h, low_now
            turned = low_now <= stop if is_long > 0.0 else h >= stop
            if turned:
                # The stop of the turning bar is the old extreme, kept outside the last two bars.
                if is_long > 0.0:
                    stop = max(extreme, last_high, h)
                    extreme = low_now
                else:
                    stop = min(extreme, last_low, low_now)
                    extreme = h
                is_long = 1.0 - is_long
                speed = step
            elif (is_long > 0.0 and h > extreme) or (is_long == 0.0 and low_now < extreme):
                extreme = h if is_long > 0.0 else low_now
                speed = min(speed + step, limit)
            out[t, j] = stop
            stop += speed * (extreme - stop)
            stop = min(stop, last_low, low_now) if is_long > 0.0 else max(stop, last_high, h)
            last_high, last_low = h, low_now
        state[0, j], state[1, j], state[2, j] = bars, is_long, stop
        state[3, j], state[4, j], state[5, j], state[6, j] = extreme, speed, last_high, last_low
    return out


@compiled
def super_trend(high: Floats, low: Floats, close: Floats, n: int, width: float, state: Floats) -> Floats:
    """SuperTrend line (Seban): bands of ``width`` ATRs around the middle that only tighten.

    NaN for the first ``n`` bars. State: bars, last close, ATR (a sum while it is being seeded), upper band,
    lower band, long (1) or short (0).
    """
    T, W = high.shape
    out = np.empty_like(high)
    for j in range(W):
        bars, before, atr = state[0, j], state[1, j], state[2, j]
        upper, lower, is_long = state[3, j], state[4, j], state[5, j]
        for t in range(T):
            h, low_now, c = high[t, j], low[t, j], close[t, j]
            bars += 1.0
            if bars > 1.0:
                reach = max(h, before) - min(low_now, before)
                atr = atr + reach / n if bars <= n + 1 else atr + (reach - atr) / n
            if bars <= n:
                before = c
                out[t, j] = np.nan
                continue
            middle = 0.5 * (h + low_now)
            top, bottom = middle + width * atr, middle - width * atr
            if bars == n + 1:
                upper, lower, is_long = top, bottom, 1.0 if c > middle else 0.0
            else:
                upper = top if top < upper or before > upper else upper
                lower = bottom if bottom > lower or before < lower else lower
                if is_long > 0.0 and c < lower:
                    is_long = 0.0
                elif is_long == 0.0 and c > upper:
                    is_long = 1.0
            out[t, j] = lower if is_long > 0.0 else upper
            before = c
        state[0, j], state[1, j], state[2, j] = bars, before, atr
        state[3, j], state[4, j], state[5, j] = upper, lower, is_long
    return out
