"""Settings of the stream; the defaults suit the public endpoint."""

from dataclasses import dataclass

from tradewind.core.errors import ConfigError
from tradewind.data.streams.connection_settings import ConnectionSettings
from tradewind.data.vendors.binance.frames import CHANNELS, DEPTH, KLINE, TICKER

WEBSOCKET = "wss://stream.binance.com:9443"
MOST_STREAMS = 1_024
"""Streams of one connection (Binance Spot API, "WebSocket Streams")."""


@dataclass(frozen=True, kw_only=True)
class StreamSettings(ConnectionSettings):
    """Channels, and when a connection is lost."""

    channels: tuple[str, ...] = (KLINE, TICKER)

    def __post_init__(self) -> None:
        unknown = [channel for channel in self.channels if channel not in CHANNELS]
        if unknown or not self.channels:
            message = f"{self.channels!r} are not channels of the stream."
            raise ConfigError(message, f"Choose from {', '.join(CHANNELS)}.")

    @property
    def wants_books(self) -> bool:
        """Whether order books are kept."""
        return DEPTH in self.channels
