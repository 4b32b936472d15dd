"""A venue server on loopback over bars that are made up, and what moves it on."""

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn

from tradewind.api.serve import bind
from tradewind.core.instruments import AssetClass, FeeSchedule, Instrument
from tradewind.core.panel import BarColumns
from tradewind.core.timestamps import NS_PER_MINUTE, parse_ns
from tradewind.data.calendars import trading_calendars
from tradewind.execution.venue_server.access import KEY, SECRET, Credentials
from tradewind.execution.venue_server.listing import list_instruments
from tradewind.execution.venue_server.server import PROTOCOLS, make_app, settings
from tradewind.execution.venue_server.tape import make_tape
from tradewind.execution.venue_server.venue import LocalVenue

OPEN_NS = parse_ns("2024-03-05T14:30:00+00:00")
"""A Tuesday, 9:30 in New York."""

AAPL = Instrument(
    symbol="AAPL",
    asset_class=AssetClass.EQUITY,
    venue="XNAS",
    quote_currency="USD",
    tick_size="0.01",
    lot_size="1",
    calendar="XNYS",
    half_spread_bps=1.0,
)
BITCOIN = Instrument(
    symbol="BTC/USD",
    asset_class=AssetClass.CRYPTO,
    venue="BINANCE",
    quote_currency="USD",
    tick_size="0.01",
    lot_size="0.00001",
    calendar="24/7",
    fees=FeeSchedule(maker_rate_e8=100_000, taker_rate_e8=100_000),
    shortable=False,
    half_spread_bps=1.0,
)


def minute_bars(name: str, closes: list[float], volume: float, start_ns: int = OPEN_NS) -> BarColumns:
    """Bars that open where the one before closed and reach a hundredth beyond on both sides."""
    close = np.array(closes)
    open_ = np.concatenate([close[:1], close[:-1]])
    return BarColumns(
        instrument_id=name,
        timeframe="1m",
        ts_event=start_ns + NS_PER_MINUTE * np.arange(1, len(close) + 1, dtype=np.int64),
        open=open_,
        high=np.maximum(open_, close) + 0.01,
        low=np.minimum(open_, close) - 0.01,
        close=close,
        volume=np.full(len(close), volume),
        source="synthetic",
        synthetic=True,
    )


SHARES = [100.0, 101.0, 102.0, 103.0, 102.0, 99.0, 98.0, 100.0, 104.0, 105.0]
COINS = [50_000.0, 50_100.0, 49_000.0, 48_000.0, 52_000.0, 53_000.0, 51_000.0, 50_000.0, 50_500.0, 51_000.0]


def make_venue(
    state: Path, protocol: str = "alpaca", *, speed: float = 0.0, volume: float = 40_000.0
) -> LocalVenue:
    """Two markets of ten minutes; a quote shows a fortieth of ``volume`` on each side."""
    coins_alone = PROTOCOLS[protocol].coins_alone
    listings = list_instruments([BITCOIN] if coins_alone else [AAPL, BITCOIN], coins_alone=coins_alone)
    series = {BITCOIN.id: minute_bars(BITCOIN.id, COINS, volume / 1_000.0)}
    if not coins_alone:
        series = {AAPL.id: minute_bars(AAPL.id, SHARES, volume)} | series
    calendars = trading_calendars({"XNYS"}, OPEN_NS - 10**15, OPEN_NS + 10**15)
    tape = make_tape(series, listings, calendars, OPEN_NS)
    once = PROTOCOLS[protocol].names_once
    cash = {"USD": 100_000 * 10**8}
    return LocalVenue(listings, tape, cash, state, protocol, speed=speed, names_once=once)


class Rehearsal:
    """A server in a thread of its own, by its address."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.stream_url = f"ws://127.0.0.1:{port}/stream"
        self.key, self.secret = KEY, SECRET

    def tell(self, path: str, **what: object) -> Any:
        """A control request."""
        return self._post(path, what)

    def faults(self, rows: list[dict[str, object]]) -> list[dict[str, Any]]:
        """More faults; what is told of all of them."""
        told: list[dict[str, Any]] = self._post("/venue/faults", rows)
        return told

    def _post(self, path: str, what: object) -> Any:
        body = json.dumps(what).encode()
        asked = urllib.request.Request(self.url + path, data=body, method="POST")
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return json.loads(answer.read())

    def state(self) -> dict[str, object]:
        """Where it stands."""
        with urllib.request.urlopen(f"{self.url}/venue", timeout=10) as answer:
            return dict(json.loads(answer.read()))

    def step(self, steps: int = 1) -> None:
        """Move on by so many steps of the tape."""
        self.tell("/venue/step", steps=steps)

    def bars(self, count: int = 1) -> None:
        """Move on to where so many bars have closed."""
        self.tell("/venue/step", bars=count)


@contextmanager
def serving(venue: LocalVenue) -> Iterator[Rehearsal]:
    """Serve a venue on loopback, and close both in the end."""
    listening = bind("127.0.0.1", 0)
    server = uvicorn.Server(settings(make_app(venue, Credentials())))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.005)
        yield Rehearsal(listening.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()
        venue.close()
