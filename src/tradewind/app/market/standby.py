"""Whether sources can stand by for a live session: fast enough, and of the same prices."""

from collections.abc import Mapping, Sequence

import numpy as np

from tradewind.app.config import TradewindConfig
from tradewind.app.live_config import LiveConfig
from tradewind.app.market.live_streams import is_history, is_polled, uncached_provider
from tradewind.app.market.vendor_config import USUAL, call_limits
from tradewind.core.errors import ConfigError, DataError, RegistryError, UnknownSymbolError
from tradewind.core.market import Timeframe
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest, Instruments
from tradewind.core.settings import Location
from tradewind.data.candles import as_traded
from tradewind.data.registry import PROVIDERS, STREAMS
from tradewind.data.streams.polling import newest_closes, poll_shortfall

_COMPARED = 30
_SAME_BPS = 10.0
"""Median difference of closes up to which two sources show one market."""


def check_live_sources(live: LiveConfig) -> None:
    """The stream and those that stand by are sources of data, and two of them."""
    named: list[tuple[Location, str, str]] = [
        (("session", "live", "stream"), "session.live.stream", live.stream)
    ]
    named += [
        (("session", "live", "standby", index), "session.live.standby", name)
        for index, name in enumerate(live.standby)
    ]
    for at, where, name in named:
        if name not in STREAMS.names() and name not in PROVIDERS.names():
            known = ", ".join(sorted({*STREAMS.names(), *PROVIDERS.names()}))
            message = f"{where} names {name!r}, which is no source of data."
            raise RegistryError(message, f"Known are: {known}.", location=at)
    if is_history(live.stream) and live.stream in live.standby:
        message = f"session.live.standby names {live.stream}, which has no stream: it is asked already."
        place = ("session", "live", "standby", live.standby.index(live.stream))
        raise ConfigError(message, "Name another source of the same prices.", location=place)
    if is_history(live.stream) and live.url:
        message = f"{live.stream} has no stream, so session.live.url is the address of nothing."
        raise ConfigError(message, "Use session.live.rest_url.", location=("session", "live", "url"))


def check_live_pace(config: TradewindConfig, instruments: int) -> None:
    """Those that are asked for each bar may be asked so often."""
    live = config.session.live
    asked: list[tuple[Location, str]] = []
    if is_history(live.stream):
        asked.append((("session", "live", "stream"), live.stream))
    asked += [
        (("session", "live", "standby", index), name)
        for index, name in enumerate(live.standby)
        if is_polled(config, name)
    ]
    for at, name in asked:
        limits = call_limits(PROVIDERS.get(name), config.providers.get(name, USUAL))
        if short := poll_shortfall(limits, instruments, live.timeframe):
            message = f"session.live.{at[2]}: {name} is too slow for live bars: {short}."
            step = (
                f"Put it under fallbacks, which back up history, or raise providers.{name} for a paid plan."
            )
            raise ConfigError(message, step, location=at)


def require_standbys(
    config: TradewindConfig, loaded: Mapping[str, BarColumns], instruments: Instruments, now_ns: int
) -> None:
    """Ask each for the newest bars of each instrument and hold them to those that the session begins with.

    Raises
    ------
    ConfigError
        A source does not know an instrument, has it on another basis, at other prices, or too late.
    DataError
        A source could not be asked.
    """
    for index, name in enumerate(config.session.live.standby):
        if name not in PROVIDERS.names():
            continue  # a stream alone: its prices are held to the others' while it runs
        fetch_bars = as_traded(uncached_provider(config, name))
        for instrument_id, bars in loaded.items():
            frame = Timeframe(bars.timeframe)
            closes = newest_closes(instruments[instrument_id].calendar, frame, now_ns)[-_COMPARED:]
            request = BarRequest(instrument_id, frame.value, int(closes[0]), now_ns + 1)
            try:
                why = _difference(fetch_bars(request), bars, int(closes[-2:][0]))
            except (UnknownSymbolError, DataError) as error:
                why = error.message
            if why:
                message = f"session.live.standby: {name} cannot stand by for {instrument_id}: {why}"
                step = f"Take {name} out, or choose one of the same venue and prices."
                raise ConfigError(message, step, location=("session", "live", "standby", index))


def _difference(found: BarColumns, bars: BarColumns, oldest_ns: int) -> str:
    """How a source differs from the bars that are had already; empty where they are one market's."""
    if found.adjusted != bars.adjusted:
        words: Sequence[str] = ["adjusted" if one.adjusted else "as traded" for one in (found, bars)]
        return f"its prices are {words[0]}, those of the session {words[1]}."
    if found.ts_event[-1] < oldest_ns:
        return "its newest bars come too late."
    _, mine, other = np.intersect1d(bars.ts_event, found.ts_event, return_indices=True)
    if not len(mine):
        return "none of its bars closes when those of the session do."
    gaps_bps = 1e4 * np.abs(found.close[other] / bars.close[mine] - 1.0)
    middle = float(np.median(gaps_bps))
    return "" if middle <= _SAME_BPS else f"its closes lie {middle:.0f} basis points from the session's."
