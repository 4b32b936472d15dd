"""Settings of the stream; the defaults suit the public endpoint."""

from dataclasses import dataclass

from tradewind.core.errors import ConfigError
from tradewind.data.streams.connection_settings import ConnectionSettings

WEBSOCKET = "wss://advanced-trade-ws.coinbase.com"
TRADES, TICKER, BOOK, CANDLES, HEARTBEATS = "market_trades", "ticker", "level2", "candles", "heartbeats"
CHANNELS = (TRADES, TICKER, BOOK, CANDLES)
"""Those that can be chosen; heartbeats always come along, for without them silence would say nothing."""


@dataclass(frozen=True, kw_only=True)
class CoinbaseStreamSettings(ConnectionSettings):
    """Channels, and when a connection is lost.

    Bars are made of trades. ``candles`` in their place has 5-minute bars alone: each is then fetched when the
    channel says that the next has begun.
    """

    channels: tuple[str, ...] = (TRADES, TICKER)
    stale_after_s: float = 5.0
    """A heartbeat comes every second."""
    grace_s: float = 1.0
    """How long after its end a bar waits for trades that are on their way; they are sent in batches."""
    most_frame_bytes: int = 32 << 20
    """A book's snapshot is one frame."""

    def __post_init__(self) -> None:
        unknown = [channel for channel in self.channels if channel not in CHANNELS]
        if unknown or not self.channels:
            message = f"{self.channels!r} are not channels of the stream."
            raise ConfigError(message, f"Choose from {', '.join(CHANNELS)}.")
        if not {TRADES, CANDLES}.intersection(self.channels):
            message = f"Of {', '.join(self.channels)} no bars can be made."
            raise ConfigError(message, f"Add {TRADES}, or {CANDLES} for 5-minute bars.")
