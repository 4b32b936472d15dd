"""Questions to live streams: what they say in a moment or two, held to what a session relies on."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tradewind.app.market.live_streams import stream_arguments
from tradewind.app.market.vendor_config import vendor_arguments
from tradewind.app.plugin_check.probe import Probe
from tradewind.core.clock import WallClock
from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, Event, Quote
from tradewind.core.ports import HistoryProvider
from tradewind.core.timestamps import NS_PER_S, iso
from tradewind.data.registry import PROVIDERS, STREAMS

_LISTEN_S = 2.0
_MINUTES = 5
_MOST = 500


def stream_probes(name: str) -> list[Probe]:
    """It is listened to for two seconds, begun some minutes ago, on the first symbol of its own history.

    What comes depends on when it is asked, so the answer is what is wrong with it: nothing, each time.
    """
    return [Probe("two seconds of it", partial(_wrong, name), str)]


def _wrong(name: str) -> str:
    with TemporaryDirectory(prefix="tradewind-check-") as folder:
        history = _history(name, Path(folder))
        symbols = tuple(history.symbols())[:1] if history is not None else ()
        if not symbols or history is None:
            return ""  # nobody says what could be asked for
        since = {symbols[0]: WallClock().now_ns() - _MINUTES * 60 * NS_PER_S}
        factory = STREAMS.get(name)
        made = factory(**stream_arguments(name, factory, Path(folder), history, {"since": since}))
        return _fault(asyncio.run(_heard(made, symbols)), since[symbols[0]])


def _history(name: str, folder: Path) -> HistoryProvider | None:
    if name not in PROVIDERS.names():
        return None
    factory = PROVIDERS.get(name)
    return factory(**vendor_arguments(name, factory, folder))


async def _heard(stream: Any, symbols: tuple[str, ...]) -> list[Event]:
    came: list[Event] = []
    events = stream.stream(symbols, "1m")
    with suppress(TimeoutError):
        async with asyncio.timeout(_LISTEN_S):
            async for event in events:
                came.append(event)
                if len(came) >= _MOST:
                    break
    if isinstance(events, AsyncGenerator):
        await events.aclose()
    return came


def _fault(came: list[Event], since_ns: int) -> str:
    """What a session could not live with."""
    now_ns, last_ns = WallClock().now_ns(), since_ns
    for event in came:
        if not isinstance(event, Bar | Quote | FeedStatus):
            return f"it brings a {type(event).__name__}, not bars, quotes or statuses"
        if isinstance(event, Bar):
            if event.ts_event <= last_ns:
                return "its bars do not rise in time from the last one that is known"
            if event.ts_event > now_ns:
                return f"it brings a bar that closes at {iso(event.ts_event)}, before it has closed"
            last_ns = event.ts_event
    return ""
