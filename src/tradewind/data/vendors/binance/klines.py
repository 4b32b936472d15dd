"""Binance's kline rows, decoded to columns and checked.

Source: Binance Spot API, "Kline/Candlestick data": open time, open, high, low, close, volume, close time, ...
Times are milliseconds, or microseconds in dumps since 2025 and on request: the unit is told by their size. A
kline's close time is one step under the next one's open.
"""

import msgspec
import numpy as np

from tradewind.core.errors import MalformedPayloadError
from tradewind.core.panel import Floats, Ints
from tradewind.data.stamps import step_ns_of

_Row = tuple[int, float, float, float, float, float, int, float, int, float, float, object]
_decoder = msgspec.json.Decoder(list[_Row], strict=False)


def decode_klines(body: bytes) -> tuple[Ints, Ints, Floats]:
    """Open times and closes in UTC ns (R,), and open, high, low, close, volume as (R, 5), oldest first.

    Raises
    ------
    MalformedPayloadError
        Rows are out of order, their times are none or mix units, or a figure is not finite, not positive or
        outside of its high and low.
    """
    rows = _decoder.decode(body)
    step_ns = step_ns_of([stamp for row in rows for stamp in (row[0], row[6])]) if rows else 1
    opened = np.array([row[0] for row in rows], dtype=np.int64) * step_ns
    closed = (np.array([row[6] for row in rows], dtype=np.int64) + 1) * step_ns
    figures = np.array([row[1:6] for row in rows], dtype=np.float64).reshape(-1, 5)
    if np.any(np.diff(opened) <= 0) or np.any(closed <= opened):
        raise MalformedPayloadError("The klines are not in order of time.")
    open_, high, low, close, volume = figures.T
    sound = (low > 0) & (low <= np.minimum(open_, close)) & (high >= np.maximum(open_, close))
    if not np.all(sound & np.isfinite(high) & np.isfinite(volume) & (volume >= 0)):
        raise MalformedPayloadError("A kline has impossible prices or volume.")
    return opened, closed, figures
