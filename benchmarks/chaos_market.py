"""The venue of a chaos run: made-up minutes of one share behind the local venue, in its own process."""

import math
import os
import random
import signal
import threading
import time
from pathlib import Path

import numpy as np
import uvicorn

from tradewind.api.serve import bind
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.panel import BarColumns
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_MINUTE, parse_ns
from tradewind.data.calendars import trading_calendars
from tradewind.execution.venue_server.access import Credentials
from tradewind.execution.venue_server.listing import list_instruments
from tradewind.execution.venue_server.server import make_app, settings
from tradewind.execution.venue_server.tape import make_tape
from tradewind.execution.venue_server.venue import LocalVenue

DAY = 390
OPENS_NS = tuple(parse_ns(f"2024-03-0{day}T14:30:00+00:00") for day in (4, 5))
"""9:30 in New York: a day of history, and the one that is traded."""
SHARE = Instrument(
    symbol="AAPL",
    asset_class=AssetClass.EQUITY,
    venue="XNAS",
    quote_currency="USD",
    tick_size="0.01",
    lot_size="1",
    calendar="XNYS",
)


def minutes(seed: int) -> BarColumns:
    """Two days of waves with a little noise, synthetic."""
    chance = random.Random(seed)
    phase = chance.uniform(0.0, 2 * math.pi)
    count = DAY * len(OPENS_NS)
    close = np.array(
        [100.0 * math.exp(0.02 * math.sin(phase + i / 5.0) + chance.gauss(0.0, 5e-4)) for i in range(count)]
    ).round(2)
    opened = np.concatenate([close[:1], close[:-1]])
    ends = [start + NS_PER_MINUTE * k for start in OPENS_NS for k in range(1, DAY + 1)]
    return BarColumns(
        instrument_id=SHARE.id,
        timeframe="1m",
        ts_event=np.array(ends, dtype=np.int64),
        open=opened,
        high=np.maximum(opened, close) + 0.02,
        low=np.minimum(opened, close) - 0.02,
        close=close,
        volume=np.full(count, 400_000.0),
        source="synthetic",
        synthetic=True,
    )


def start_venue(state: Path, seed: int, speed: float) -> tuple[int, str]:
    """The server in a child process: its number, and its address."""
    reads, writes = os.pipe()
    child = os.fork()
    if child:
        os.close(writes)
        with os.fdopen(reads) as pipe:
            return child, pipe.readline().strip()
    os.close(reads)
    code = 1
    try:
        _serve(state, seed, speed, writes)
        code = 0
    finally:
        os._exit(code)


def _serve(state: Path, seed: int, speed: float, writes: int) -> None:
    listings = list_instruments([SHARE], coins_alone=False)
    calendars = trading_calendars({"XNYS"}, OPENS_NS[0] - 40 * NS_PER_DAY, OPENS_NS[-1] + 20 * NS_PER_DAY)
    tape = make_tape({SHARE.id: minutes(seed)}, listings, calendars, OPENS_NS[-1])
    venue = LocalVenue(listings, tape, {"USD": 100_000 * 10**8}, state, "alpaca", speed=speed, seed=seed)
    listening = bind("127.0.0.1", 0)
    server = uvicorn.Server(settings(make_app(venue, Credentials())))
    signal.signal(signal.SIGTERM, lambda number, frame: setattr(server, "should_exit", True))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    with os.fdopen(writes, "w") as pipe:
        pipe.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
    thread.join()
    venue.close()
