"""From socket to published event: recorded frames over a real WebSocket at an even pace.

A process of its own sends the recording of :mod:`benchmarks.feed_throughput` and writes into each frame when
it does; the live stream (connection, wire, frame handler, book, hub) runs here. Measured is, for each event,
the time from the sending of its frame to its publication, so waiting on both sides of the socket is in it.
Bound: under 100 ms for 99 % at 10,000 messages a second.

``python -m benchmarks.feed_socket [--rate PER_S] [--seconds S]``; Linux, where both processes read one clock.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path

import numpy as np
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from benchmarks.feed_throughput import BTC, RECORDING, Recording, print_histogram
from benchmarks.machine import machine_line
from benchmarks.progress import say
from tradewind.core.errors import NoDataError
from tradewind.core.market import Event, Quote, Timeframe
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.data.streams.depth import decode_snapshot
from tradewind.data.streams.hub import Hub
from tradewind.data.streams.ticks import BookMoved, Trade
from tradewind.data.streams.wire import Item, Wire
from tradewind.data.vendors.binance.stream import BinanceStream
from tradewind.data.vendors.binance.stream_settings import StreamSettings

CHANNELS = ("kline", "bookTicker", "trade", "depth")
_MARK = b',"sent":'


class StampedWire:
    """A wire that remembers when the frame that it reads was sent."""

    def __init__(self, wire: Wire) -> None:
        self.traits, self.address = wire.traits, wire.address
        self.opening, self.ask_book, self.on_disconnect = wire.opening, wire.ask_book, wire.on_disconnect
        self.sent_ns = 0
        self._read = wire.read

    def read(self, frame: bytes, ts_recv: int) -> Sequence[Item]:
        """As the wire does."""
        self.sent_ns = int(frame[frame.rindex(_MARK) + len(_MARK) : -2])
        return self._read(frame, ts_recv)


class StampedHub(Hub):
    """Notes for each event of a frame how long ago that was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.late_ns: list[int] = []
        self.wire: StampedWire | None = None

    def publish(self, event: Event) -> None:
        """As the hub does."""
        super().publish(event)
        if self.wire is not None and isinstance(event, Quote | Trade | BookMoved):
            self.late_ns.append(time.monotonic_ns() - self.wire.sent_ns)


class StampedStream(BinanceStream):
    """The stream with a hub and a wire that take the time."""

    hub: StampedHub

    def _wire(self, instrument_ids: Sequence[str], frame: Timeframe) -> Wire:
        self.hub.wire = StampedWire(super()._wire(instrument_ids, frame))
        return self.hub.wire


def send(path: Path, per_s: float, seconds: float, ports: "Queue[int]") -> None:
    """The other process: one connection, an even pace."""

    async def play(socket: ServerConnection) -> None:
        frames = [f for f in Recording(path).round(0) if not f.startswith(b'{"lastUpdateId"')]
        began = time.monotonic()
        for number in range(int(per_s * seconds)):
            due = began + number / per_s
            if (wait := due - time.monotonic()) > 0.0005:
                await asyncio.sleep(wait)
            frame = frames[number % len(frames)]
            await socket.send(frame[:-2] + _MARK + b"%d}}" % time.monotonic_ns(), text=True)

    async def handle(socket: ServerConnection) -> None:
        try:
            await play(socket)
        except ConnectionClosed:
            return

    async def run() -> None:
        async with serve(handle, "127.0.0.1", 0, compression=None) as server:
            ports.put(server.sockets[0].getsockname()[1])
            await server.serve_forever()

    asyncio.run(run())


async def listen(port: int, path: Path, per_s: float, seconds: float, folder: Path) -> StampedStream:
    """Run the stream until all frames of one connection have come."""
    snapshot = next(f for f in Recording(path).round(0) if f.startswith(b'{"lastUpdateId"'))

    def no_bars(request: BarRequest) -> BarColumns:
        message = f"There are no bars of {request.instrument_id} here."
        raise NoDataError(message)

    stream = StampedStream(
        no_bars,
        folder,
        fetch_book=lambda instrument_id: decode_snapshot(snapshot),
        url=f"ws://127.0.0.1:{port}",
        settings=StreamSettings(channels=CHANNELS),
    )
    stream.hub = StampedHub()
    consumer = stream.hub.add((Quote, Trade, BookMoved))

    async def take() -> None:
        while await consumer.take():
            pass

    running = [asyncio.create_task(stream.run([BTC], "1m")), asyncio.create_task(take())]
    wanted = int(per_s * seconds)
    while stream.handler is None or stream.handler.counters.frames < wanted:
        await asyncio.sleep(0.05)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    return stream


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--rate", type=float, default=10_000.0)
    parser.add_argument("--seconds", type=float, default=4.0, help="the recording has 41,248 messages")
    given = parser.parse_args()
    path = Path(os.environ.get("TRADEWIND_TEST_DATA", "")) / RECORDING
    if not path.is_file():
        say(f"There is no {RECORDING} in the folder that TRADEWIND_TEST_DATA names.")
        return 2
    context = get_context("spawn")
    ports: Queue[int] = context.Queue()
    sender = context.Process(target=send, args=(path, given.rate, given.seconds, ports), daemon=True)
    sender.start()
    with tempfile.TemporaryDirectory() as folder:
        stream = asyncio.run(listen(ports.get(timeout=60), path, given.rate, given.seconds, Path(folder)))
    sender.terminate()
    sender.join()
    print(machine_line())
    print(f"{given.rate * given.seconds:,.0f} messages, {len(stream.hub.late_ns):,} events published")
    print_histogram(np.array(stream.hub.late_ns) / 1e9, given.rate)
    return 0


if __name__ == "__main__":
    sys.exit(main())
