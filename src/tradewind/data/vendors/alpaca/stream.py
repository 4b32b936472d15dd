"""Alpaca's stream of US stocks; the rest is the house's."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from tradewind.core.clock import Clock
from tradewind.core.errors import ConfigError, NoTimeframeError
from tradewind.core.market import Timeframe
from tradewind.data.policy.redaction import Secret, require_key
from tradewind.data.registry import STREAMS
from tradewind.data.streams.bar_events import FetchBars
from tradewind.data.streams.consumer_queue import QueueSettings
from tradewind.data.streams.socket_stream import SocketStream
from tradewind.data.us_listings import us_symbol
from tradewind.data.vendors.alpaca.stream_settings import (
    BARS,
    FEEDS,
    QUOTES,
    REVISED,
    TRADES,
    WEBSOCKET,
    AlpacaStreamSettings,
)
from tradewind.data.vendors.alpaca.stream_wire import AlpacaWire


@STREAMS.register("alpaca")
class AlpacaStream(SocketStream):
    """Live minute bars and quotes of US stocks; trades where the settings ask for them; a key.

    Bars outside of New York's hours are left out. A bar that late trades change after it was handed on is
    said (``revised``) and not handed on again.

    Parameters are :class:`~tradewind.data.streams.socket_stream.SocketStream`'s, and

    feed
        ``iex`` (one exchange, free), ``sip`` (all exchanges) or ``delayed_sip`` (15 minutes late).
    quotes
        Whether best bids and asks are asked for, where no ``settings`` name the channels.
    trades
        The same of single trades.
    """

    name = "alpaca"

    def __init__(
        self,
        fetch_bars: FetchBars,
        folder: Path,
        *,
        api_key: Secret | None = None,
        api_secret: Secret | None = None,
        feed: str = "iex",
        since: Mapping[str, int] | None = None,
        quotes: bool = True,
        trades: bool = False,
        url: str = WEBSOCKET,
        settings: AlpacaStreamSettings | None = None,
        queue: QueueSettings | None = None,
        clock: Clock | None = None,
        random: Random | None = None,
    ) -> None:
        if feed not in FEEDS:
            message = f"Alpaca has no feed {feed!r}."
            raise ConfigError(message, f"Use one of {', '.join(FEEDS)}.")
        chosen = (BARS, REVISED, *((QUOTES,) if quotes else ()), *((TRADES,) if trades else ()))
        self.feed, self.settings = feed, settings or AlpacaStreamSettings(channels=chosen)
        self._api_key, self._api_secret = api_key, api_secret
        super().__init__(
            self.name,
            self._wire,
            fetch_bars,
            folder,
            url,
            self.settings,
            since=since,
            queue=queue,
            clock=clock,
            random=random,
        )

    def _wire(self, instrument_ids: Sequence[str], frame: Timeframe) -> AlpacaWire:
        """MissingKeyError without a key."""
        if frame is not Timeframe.M1:
            message = f"Alpaca's stream has no {frame} bars."
            raise NoTimeframeError(message, "Ask for 1m.", offers=(Timeframe.M1,))
        symbols = {us_symbol(instrument_id, "Alpaca"): instrument_id for instrument_id in instrument_ids}
        if not symbols or len(symbols) < len(instrument_ids):
            message = f"{len(instrument_ids)} instruments are {len(symbols)} stocks at Alpaca."
            raise ConfigError(message, "Name at least one stock, each once.")
        return AlpacaWire(
            f"{self.url}/v2/{self.feed}",
            symbols,
            self.settings.channels,
            require_key(self.name, "TRADEWIND_ALPACA_API_KEY", self._api_key),
            require_key(self.name, "TRADEWIND_ALPACA_API_SECRET", self._api_secret),
        )
