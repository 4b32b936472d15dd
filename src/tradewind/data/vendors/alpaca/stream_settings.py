"""Settings of the stream of US stocks."""

from dataclasses import dataclass

from tradewind.core.errors import ConfigError
from tradewind.data.streams.connection_settings import ConnectionSettings

WEBSOCKET = "wss://stream.data.alpaca.markets"
FEEDS = ("iex", "sip", "delayed_sip")
BARS, REVISED, DAILY, QUOTES, TRADES = "bars", "updatedBars", "dailyBars", "quotes", "trades"
CHANNELS = (BARS, REVISED, DAILY, QUOTES, TRADES)
CALENDAR = "XNYS"


@dataclass(frozen=True, kw_only=True)
class AlpacaStreamSettings(ConnectionSettings):
    """Channels, and when a connection is lost. Corrections and cancellations come along with trades."""

    channels: tuple[str, ...] = (BARS, REVISED, QUOTES)
    stale_after_s: float = 90.0
    """While New York trades. There is no heartbeat, and a minute without a trade has no bar."""
    backfill_wait_s: float = 2.0

    def __post_init__(self) -> None:
        unknown = [channel for channel in self.channels if channel not in CHANNELS]
        if unknown or BARS not in self.channels:
            message = f"{self.channels!r} are not channels of the stream, or lack {BARS}."
            raise ConfigError(message, f"Choose {BARS} and any of {', '.join(CHANNELS)}.")
