"""Settings of the stream; the defaults suit the public endpoint."""

from dataclasses import dataclass

from tradewind.core.errors import ConfigError
from tradewind.data.vendors.binance.frames import CHANNELS, DEPTH, KLINE, TICKER

WEBSOCKET = "wss://stream.binance.com:9443"
MOST_STREAMS = 1_024
"""Streams of one connection (Binance Spot API, "WebSocket Streams")."""


@dataclass(frozen=True)
class StreamSettings:
    """When a connection is taken as lost and how it is mended. Times in seconds."""

    channels: tuple[str, ...] = (KLINE, TICKER)
    stale_after_s: float = 10.0
    """No frame at all for so long is a loss."""
    open_timeout_s: float = 10.0
    attempts: int = 10
    """Connections tried in a row before the stream gives up with NetworkError."""
    first_wait_s: float = 0.2
    longest_wait_s: float = 30.0
    backfill_attempts: int = 4
    backfill_wait_s: float = 1.0
    backfill_timeout_s: float = 30.0
    most_malformed_in_row: int = 100
    ping_s: float = 20.0
    frames_ahead: int = 256
    """Frames read ahead of the handler before the socket is left to wait."""

    def __post_init__(self) -> None:
        unknown = [channel for channel in self.channels if channel not in CHANNELS]
        if unknown or not self.channels:
            message = f"{self.channels!r} are not channels of the stream."
            raise ConfigError(message, f"Choose from {', '.join(CHANNELS)}.")

    @property
    def wants_books(self) -> bool:
        """Whether order books are kept."""
        return DEPTH in self.channels
