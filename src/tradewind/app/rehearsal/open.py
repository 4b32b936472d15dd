"""Opens a rehearsal: loads the recorded bars and puts the venue server's desk over them."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tradewind.app.config import DateWindow
from tradewind.app.market.history import load_series
from tradewind.app.market.workspace import Workspace
from tradewind.app.rehearsal.faults import read_faults
from tradewind.core.errors import ConfigError, TradewindError
from tradewind.core.money import CASH_SCALE, round_to_grid
from tradewind.core.timestamps import NS_PER_DAY, iso
from tradewind.data.calendars import trading_calendars
from tradewind.execution.venue_server.access import Credentials
from tradewind.execution.venue_server.listing import list_instruments
from tradewind.execution.venue_server.server import PROTOCOLS, serve_venue
from tradewind.execution.venue_server.tape import make_tape
from tradewind.execution.venue_server.venue import LocalVenue

HISTORY_DAYS = 400
"""Days before the start whose bars clients may ask for, to warm up their bots."""

CALENDAR_DAYS_AFTER = 30
"""Days after the end of which clients may still ask when the market opens."""


@dataclass(frozen=True)
class Rehearsed:
    """What a rehearsal is of."""

    protocol: str
    symbols: Sequence[str]
    window: DateWindow
    timeframe: str = "1d"
    cash: float = 100_000.0
    speed: float = 60.0
    faults: Path | None = None
    seed: int = 0
    """Decides faults that have a chance."""


def open_rehearsal(workspace: Workspace, asked: Rehearsed, state: Path) -> LocalVenue:
    """The venue, where its state on disk stands.

    Raises
    ------
    ConfigError
        The protocol is none, a symbol cannot be traded there, or the state belongs to another rehearsal.
    DataError
        There are no bars in the window.
    """
    if asked.protocol not in PROTOCOLS:
        message = f"{asked.protocol!r} is no protocol of the venue."
        raise ConfigError(message, f"Give one of {', '.join(PROTOCOLS)} with --protocol.")
    if not 0.0 < asked.cash <= 1e9:
        message = f"The cash is {asked.cash:g}."
        raise ConfigError(message, "Give more than 0 and at most 1e9 with --cash.")
    faults = read_faults(asked.faults)
    instruments = workspace.instruments.find(asked.symbols, asked.window.end_ns - 1)
    protocol = PROTOCOLS[asked.protocol]
    listings = list_instruments(instruments.values(), coins_alone=protocol.coins_alone)
    start_ns, end_ns = asked.window.start_ns, asked.window.end_ns
    before = iso(start_ns - HISTORY_DAYS * NS_PER_DAY)
    wide = DateWindow.of(before, asked.window.end)
    loaded = load_series(workspace, list(instruments), wide, timeframe=asked.timeframe)
    names = {listing.instrument.calendar for listing in listings.values()}
    last_ns = end_ns + CALENDAR_DAYS_AFTER * NS_PER_DAY
    calendars = trading_calendars(names, start_ns - HISTORY_DAYS * NS_PER_DAY, last_ns)
    series = {name: one.bars for name, one in loaded.items()}
    cents = round_to_grid(asked.cash, 0.01)
    cash_e8 = {listing.quote: cents * (CASH_SCALE // 100) for listing in listings.values()}
    venue = LocalVenue(
        listings,
        make_tape(series, listings, calendars, start_ns),
        cash_e8,
        state,
        asked.protocol,
        speed=asked.speed,
        seed=asked.seed,
        names_once=protocol.names_once,
    )
    try:
        venue.add_faults(faults)
    except TradewindError:
        venue.close()
        raise
    return venue


def serve_rehearsal(venue: LocalVenue, listening: socket.socket, key: str, secret: str) -> None:
    """Serve the venue on a socket that listens, until interrupted; its state is closed then."""
    try:
        serve_venue(venue, listening, Credentials(key, secret))
    finally:
        venue.close()
