"""The streams of a live session: the one that it names and, where some stand by, all of them as one."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from inspect import signature
from pathlib import Path
from typing import Any

from tradewind.app.config import TradewindConfig
from tradewind.app.market.bus import history_name, relay_arguments
from tradewind.app.market.vendor_config import USUAL, own_arguments
from tradewind.app.market.workspace import make_provider
from tradewind.core.clock import Clock
from tradewind.core.errors import ConfigError
from tradewind.core.ports import HistoryProvider, StreamProvider, SupportsClose
from tradewind.data.candles import as_traded
from tradewind.data.failover.sources import Source
from tradewind.data.failover.stream import FailoverStream
from tradewind.data.registry import PROVIDERS, STREAMS
from tradewind.data.streams.polling import PolledStream


@contextmanager
def session_stream(
    config: TradewindConfig, calendars: Mapping[str, str], since: Mapping[str, int], clock: Clock
) -> Iterator[StreamProvider]:
    """What drives a live session: bars of the instruments that ``calendars`` names, after ``since``."""
    live = config.session.live
    with ExitStack() as held:

        def history(name: str) -> HistoryProvider:
            # A stream whose vendor has no history leaves what it missed to the session's own.
            own = history_name(config, name)
            provider = uncached_provider(
                config, own if own in PROVIDERS.names() else history_name(config, live.stream)
            )
            if isinstance(provider, SupportsClose):
                held.callback(provider.close)
            return provider

        def source(name: str, *, polled: bool, url: str = "") -> Source:
            if polled:
                return _polled(name, history(name), calendars, since, clock)
            return _streamed(config, name, history(name), calendars, since, clock, url=url)

        first = source(live.stream, polled=is_history(live.stream), url=live.url)
        standing_by = [source(name, polled=is_polled(config, name)) for name in live.standby]
        yield FailoverStream([first, *standing_by], since=since, clock=clock) if standing_by else first.stream


def is_history(name: str) -> bool:
    """Whether a source of live bars is no stream, but a history that is asked for each bar."""
    return name not in STREAMS.names()


def is_polled(config: TradewindConfig, name: str) -> bool:
    """Whether a standby is asked for each bar: a history, that of the session's stream too."""
    return name == config.session.live.stream or is_history(name)


def uncached_provider(config: TradewindConfig, name: str) -> HistoryProvider:
    """A source of history that is asked anew each time: what has just closed is in no earlier answer."""
    takes = signature(PROVIDERS.get(name)).parameters
    if "settings" not in takes:
        return make_provider(config, name)
    vendor = config.providers.get(name, USUAL).model_copy(update={"cache_ttl_s": 0.0})
    return make_provider(
        config.model_copy(update={"providers": {**config.providers, name: vendor}}),
        name,
    )


def _streamed(
    config: TradewindConfig,
    name: str,
    history: HistoryProvider,
    calendars: Mapping[str, str],
    since: Mapping[str, int],
    clock: Clock,
    *,
    url: str = "",
) -> Source:
    factory, folder = STREAMS.get(name), config.home / "providers" / name
    wanted = {"since": since, "quotes": config.session.live.quotes, "clock": clock, "calendars": calendars}
    wanted |= relay_arguments(config, name)
    if url:
        wanted["url"] = url
    return Source(
        name, factory(**stream_arguments(name, factory, folder, history, wanted)), as_traded(history)
    )


def stream_arguments(
    name: str,
    factory: Callable[..., Any],
    folder: Path,
    history: HistoryProvider,
    wanted: Mapping[str, Any],
) -> dict[str, Any]:
    """What to call a stream's ``factory`` with: folder, keys, who fetches what it missed, and what is wanted.

    Of all that it gets what it takes; an address that it cannot take is a ConfigError. Where the history is
    one of several feeds of a vendor, the stream is the same one: what is mended must be of one series.
    """
    takes = signature(factory).parameters
    if "url" in wanted and "url" not in takes:
        message = f"The stream {name!r} has no other address than its own."
        raise ConfigError(message, "Leave the address out.", location=("session", "live", "url"))
    offered = {"fetch_bars": as_traded(history), **wanted}
    if feed := getattr(history, "feed", ""):
        offered["feed"] = feed
    given = {word: value for word, value in offered.items() if word in takes}
    return own_arguments(name, factory, folder) | given


def _polled(
    name: str,
    history: HistoryProvider,
    calendars: Mapping[str, str],
    since: Mapping[str, int],
    clock: Clock,
) -> Source:
    source, fetch_bars = f"{name}-polled", as_traded(history)
    stream = PolledStream(source, fetch_bars, calendars, since=since, clock=clock)
    return Source(source, stream, fetch_bars, polled=True)
