"""Sources of live bars that are killed or silenced at random: how soon the next serves, what is lost.

Three exchanges on loopback make the same market over real sockets, in Binance's frames and with a clock that
runs faster. The one that serves is struck, its connection cut or its sending stopped without a word; measured
is the time from the blow to the first bar of another source, which contains the wait for a bar to be due.
Bound: 5 s; aimed at: under 1 s. Every bar has to come out once and in order.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random

import msgspec
import numpy as np
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from benchmarks.machine import machine_line
from benchmarks.progress import say
from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.data.failover.sources import Source
from tradewind.data.failover.stream import FailoverStream
from tradewind.data.streams.consumer_queue import QueueSettings
from tradewind.data.vendors.binance.stream import BinanceStream

MINUTE_NS = 60_000_000_000
SPEED = 240.0
"""A minute's bar every quarter of a second."""
NAMES = ("first", "second", "third")
PAIRS = {"BTCUSDT": "BTC/USDT.BINANCE", "ETHUSDT": "ETH/USDT.BINANCE"}
QUOTE_S = 0.02
KILL, STALL = "kill", "stall"


@dataclass
class FastClock:
    """Real time since ``base_ns``, ``SPEED`` times as fast."""

    base_ns: int = field(default_factory=time.time_ns)

    def now_ns(self) -> int:
        """The time of the market."""
        return self.base_ns + int((time.time_ns() - self.base_ns) * SPEED)


@dataclass
class Exchange:
    """One source; ``fault`` is what is wrong with it now."""

    clock: FastClock
    url: str = ""
    fault: str = ""

    async def stream(self, socket: ServerConnection) -> None:
        """Quotes all the time and each minute's bar, until the connection goes."""
        done, number = self.clock.now_ns() // MINUTE_NS, 0
        with suppress(ConnectionClosed):
            while self.fault != KILL:
                await asyncio.sleep(QUOTE_S)
                if self.fault == STALL:
                    continue
                number += 1
                for pair in PAIRS:
                    await socket.send(quote_frame(pair, number), text=True)
                for minute in range(done + 1, self.clock.now_ns() // MINUTE_NS + 1):
                    for pair in PAIRS:
                        await socket.send(bar_frame(pair, minute), text=True)
                    done = minute
        socket.transport.abort()


def price_at(minute: int) -> float:
    """Every exchange's price of both pairs."""
    return 100.0 + minute % 11


def bar_frame(pair: str, minute: int) -> bytes:
    """A closed kline, as Binance's stream has it."""
    end_ms, price = minute * 60_000, f"{price_at(minute):.2f}"
    figures = dict.fromkeys("ohlc", price) | {"t": end_ms - 60_000, "T": end_ms - 1, "v": "1"}
    kline = figures | {"s": pair, "i": "1m", "x": True}
    body = {"stream": f"{pair.lower()}@kline_1m", "data": {"e": "kline", "s": pair, "k": kline}}
    return msgspec.json.encode(body)


def quote_frame(pair: str, number: int) -> bytes:
    """A best bid and ask."""
    data = {"u": number, "s": pair, "b": "99.00", "B": "5", "a": "101.00", "A": "5"}
    return msgspec.json.encode({"stream": f"{pair.lower()}@bookTicker", "data": data})


def history(request: BarRequest) -> BarColumns:
    """Any of the exchanges' past bars."""
    minutes = np.arange(-(-request.start_ns // MINUTE_NS), -(-request.end_ns // MINUTE_NS), dtype=np.int64)
    price = np.array([price_at(minute) for minute in minutes.tolist()])
    return BarColumns(
        instrument_id=request.instrument_id,
        timeframe="1m",
        ts_event=minutes * MINUTE_NS,
        open=price,
        high=price,
        low=price,
        close=price,
        volume=np.ones(len(minutes)),
    )


@asynccontextmanager
async def exchanges(clock: FastClock) -> AsyncIterator[dict[str, Exchange]]:
    """All of them, listening."""
    made = {name: Exchange(clock) for name in NAMES}
    async with AsyncExitStack() as servers:
        for one in made.values():
            server = await servers.enter_async_context(serve(one.stream, "127.0.0.1", 0, compression=None))
            one.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield made


@dataclass
class Heard:
    """What came out, and when."""

    bars: list[Bar] = field(default_factory=list)
    at_s: list[float] = field(default_factory=list)
    statuses: list[FeedStatus] = field(default_factory=list)

    async def listen(self, stream: FailoverStream) -> None:
        """Until cancelled."""
        async for event in stream.stream(list(PAIRS.values()), "1m"):
            if isinstance(event, Bar):
                self.bars.append(event)
                self.at_s.append(time.perf_counter())
            elif isinstance(event, FeedStatus):
                self.statuses.append(event)

    def faults(self) -> dict[str, int]:
        """Bars missing, doubled, out of order, and at another price than the market's."""
        counts = {"missing": 0, "doubled": 0, "out of order": 0, "wrong": 0}
        for name in PAIRS.values():
            minutes = [bar.ts_event // MINUTE_NS for bar in self.bars if bar.instrument_id == name]
            steps = [after - before for before, after in pairwise(minutes)]
            counts["missing"] += max(minutes) - min(minutes) + 1 - len(set(minutes))
            counts["doubled"] += len(minutes) - len(set(minutes))
            counts["out of order"] += sum(step < 0 for step in steps)
        counts["wrong"] = sum(bar.close != price_at(bar.ts_event // MINUTE_NS) for bar in self.bars)
        return counts


async def strike_all(rounds: int, seed: int, folder: Path) -> tuple[dict[str, list[float]], Heard, int]:
    """Seconds to the first bar by kind of blow, what came out, and how often another source took over."""
    clock, chance, heard = FastClock(), Random(seed), Heard()
    times: dict[str, list[float]] = {KILL: [], STALL: []}
    async with exchanges(clock) as sites:
        stream = FailoverStream(
            [
                Source(name, BinanceStream(history, folder / name, url=site.url, clock=clock), history)
                for name, site in sites.items()
            ],
            clock=clock,
            queue=QueueSettings(),
        )
        listening = asyncio.create_task(heard.listen(stream))
        for done in range(rounds):
            await asyncio.sleep(chance.uniform(1.5, 3.0))
            while stream.active is None or not heard.bars:
                await asyncio.sleep(0.05)
            site, how = sites[stream.active.name], chance.choice((KILL, STALL))
            times[how].append(await strike(site, how, stream, heard))
            site.fault = ""
            if (done + 1) % 20 == 0:
                say(f"{done + 1} of {rounds} blows")
        await asyncio.sleep(2.0)
        listening.cancel()
        await asyncio.wait([listening])
    return times, heard, stream.switches


async def strike(site: Exchange, how: str, stream: FailoverStream, heard: Heard) -> float:
    """Seconds from the blow to the first bar that comes from another source than the one that was struck."""
    struck = stream.active
    begun_s, site.fault = time.perf_counter(), how
    while stream.active is struck or stream.active is None:
        await asyncio.sleep(0.002)
    known = len(heard.bars)
    while len(heard.bars) == known:
        await asyncio.sleep(0.002)
    return heard.at_s[known] - begun_s


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the times and the counts; the exit code is 1 where a bar was lost, doubled or out of order."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        times, heard, switches = asyncio.run(strike_all(given.rounds, given.seed, Path(folder)))
    for how, seconds in times.items():
        if seconds:
            print(f"{how:6}{len(seconds):5} times to the first bar: median {np.median(seconds):.2f} s, "
                  f"95 % {np.quantile(seconds, 0.95):.2f} s, worst {max(seconds):.2f} s")  # fmt: skip
    faults = heard.faults()
    counts = ", ".join(f"{count} {name}" for name, count in faults.items())
    print(f"{len(heard.bars):,} bars over {switches} switches: {counts}")
    print(machine_line(), flush=True)
    return 1 if any(faults.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
