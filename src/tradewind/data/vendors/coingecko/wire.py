"""What CoinGecko answers, decoded to types and checked.

Source: CoinGecko API, "Coin OHLC Chart by ID" (rows of milliseconds and four prices, labelled by their
close), "Coin Historical Chart Data by ID" (``prices`` of a day at its midnight in UTC, and one of now), and
"Coins List with Market Data". None of the first two names its coin.
"""

import msgspec
import numpy as np

from tradewind.core.errors import MalformedPayloadError
from tradewind.data.candles import Candles, candles_of
from tradewind.data.stamps import step_ns_of

_Row = tuple[int, float, float, float, float]


class _Coin(msgspec.Struct, frozen=True):
    id: str
    symbol: str


class _Chart(msgspec.Struct, frozen=True):
    prices: list[tuple[int, float | None]]


_ohlc = msgspec.json.Decoder(list[_Row])
_chart = msgspec.json.Decoder(_Chart)
_coins = msgspec.json.Decoder(list[_Coin])


def decode_ohlc(body: bytes, length_ns: int) -> Candles:
    """Candles by their close, without volume. A last one that is off the grid was still being made."""
    rows = _ohlc.decode(body)
    step_ns = step_ns_of([row[0] for row in rows]) if rows else 1
    found = candles_of([row[0] * step_ns for row in rows], [(*row[1:], 0.0) for row in rows])
    on_grid = found.take(found.time_ns % length_ns == 0)
    if len(on_grid) > 1 and int(np.diff(on_grid.time_ns).min()) > length_ns:
        message = (
            f"Candles come {np.diff(on_grid.time_ns).min() / 60e9:.0f} minutes apart, longer than asked for."
        )
        raise MalformedPayloadError(message)
    return on_grid


def decode_days(body: bytes, length_ns: int) -> Candles:
    """Prices at each midnight in UTC, which are the closes of the days before; that of now is left out."""
    rows = [(stamp, price) for stamp, price in _chart.decode(body).prices if price is not None]
    step_ns = step_ns_of([stamp for stamp, _ in rows]) if rows else 1
    found = candles_of([stamp * step_ns for stamp, _ in rows], [(p, p, p, p, 0.0) for _, p in rows])
    return found.take(found.time_ns % length_ns == 0)


def decode_coins(body: bytes) -> dict[str, str]:
    """The coin of each symbol in capitals: where several share it, the one with the largest market value."""
    found: dict[str, str] = {}
    for coin in _coins.decode(body):
        found.setdefault(coin.symbol.upper(), coin.id)
    return found
