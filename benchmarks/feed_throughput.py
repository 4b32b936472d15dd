"""A live feed at full speed on one core: recorded frames through parse, book, bar and publish.

Six recorded minutes of bitcoin on Binance's spot market (trades, best bids and asks, changes of the book with
its snapshot) are played again and again with their ids and times moved on, each time as after a reconnection.
Frames go through what a live stream uses: its wire, frame handler, order book and hub; a consumer makes
minute bars of the trades and publishes them; another takes everything that is published. The socket is left
out. Bounds: 50,000 messages a second (10,000 is the floor) and memory that stays as it is.

``python -m benchmarks.feed_throughput [--messages N] [--rate PER_S]``; the recording lies in the folder that
TRADEWIND_TEST_DATA names.
"""

import argparse
import asyncio
import gzip
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.machine import machine_line
from benchmarks.progress import say
from tradewind.core.clock import WallClock
from tradewind.core.market import Quote, Timeframe
from tradewind.core.panel import Floats
from tradewind.data.policy.quarantine import Quarantine
from tradewind.data.streams.bar_sequence import BarSequence
from tradewind.data.streams.bars.rules import TimeRule
from tradewind.data.streams.bars.time_bars import TimeBars
from tradewind.data.streams.bars.trade_bar import TradeBar
from tradewind.data.streams.consumer_queue import QueueSettings
from tradewind.data.streams.depth import decode_snapshot
from tradewind.data.streams.frame_handler import FrameHandler
from tradewind.data.streams.hub import Hub
from tradewind.data.streams.order_book import OrderBook
from tradewind.data.streams.ticks import BookMoved, Trade
from tradewind.data.vendors.binance.frames import stream_names
from tradewind.data.vendors.binance.wire import BinanceWire

BTC = "BTC/USDT.BINANCE"
RECORDING = Path("lob_l2_binance") / "spot" / "btcusdt_20240808.gz"
BATCH = 64
"""Frames between two looks of the consumers, as a socket gives several at once."""
EDGES_US = (0, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 100_000, 1_000_000_000)
_NUMBER = re.compile(rb'"(u|U|t|lastUpdateId|E|T)":(\d+)')
_UPDATES, _TRADES, _TIMES = (b"u", b"U", b"lastUpdateId"), (b"t",), (b"E", b"T")


@dataclass(frozen=True)
class Frame:
    """A frame cut at its numbers: what stands between, and each number with the kind that moves it on."""

    pieces: tuple[bytes, ...]
    numbers: tuple[tuple[int, int], ...]

    def moved(self, steps: Sequence[int], times: int) -> bytes:
        """The frame with each number moved on by its kind's step, so many times."""
        parts = [self.pieces[0]]
        for (kind, number), piece in zip(self.numbers, self.pieces[1:], strict=True):
            parts.append(b"%d" % (number + steps[kind] * times))
            parts.append(piece)
        return b"".join(parts)


class Recording:
    """Frames of the file and by how much a further round moves their numbers on."""

    def __init__(self, path: Path) -> None:
        with gzip.open(path, "rb") as lines:
            self.frames = [_cut(line.partition(b" ")[2].rstrip()) for line in lines]
        ranges = []
        for kind in range(3):
            held = [number for frame in self.frames for its, number in frame.numbers if its == kind]
            ranges.append(max(held) - min(held) + 1)
        minute_ms = 60_000
        self.steps = (ranges[0], ranges[1], -(-ranges[2] // minute_ms) * minute_ms)

    def round(self, times: int) -> list[bytes]:
        """All frames, moved on."""
        return [frame.moved(self.steps, times) for frame in self.frames]


def _cut(body: bytes) -> Frame:
    pieces, numbers, at = [], [], 0
    for found in _NUMBER.finditer(body):
        name = found[1]
        kind = 0 if name in _UPDATES else 1 if name in _TRADES else 2
        pieces.append(body[at : found.start(2)])
        numbers.append((kind, int(found[2])))
        at = found.end(2)
    return Frame((*pieces, body[at:]), tuple(numbers))


class Pipeline:
    """The parts of a live stream, without its socket, and two consumers."""

    def __init__(self, folder: Path) -> None:
        channels = ("kline", "bookTicker", "trade", "depth")
        routes = {name: (channel, BTC) for name, channel in stream_names(BTC, "1m", channels).items()}
        wire = BinanceWire("wss://stream.example", routes, Timeframe.M1)
        self.hub, self.book = Hub(), OrderBook()
        self.bars = TimeBars(TimeRule(60))
        self.trades = self.hub.add((Trade,), QueueSettings(in_memory=1_000_000))
        self.everything = self.hub.add(
            (Quote, Trade, BookMoved, TradeBar), QueueSettings(in_memory=1_000_000, batch=1_000)
        )
        self.handler = FrameHandler(
            wire,
            self.hub,
            BarSequence(Timeframe.M1.length_ns),
            {BTC: self.book},
            Quarantine(folder, "bench", WallClock()),
        )
        self.bars_made, self.taken = 0, 0

    def feed(self, frame: bytes) -> None:
        """One frame; a snapshot comes to the book as if it were had over REST."""
        if frame.startswith(b'{"lastUpdateId"'):
            if not self.book.start(decode_snapshot(frame)):
                raise RuntimeError("The recorded snapshot does not fit its book.")
            return
        self.handler.on_frame(frame, time.time_ns())

    async def consume(self) -> None:
        """Both consumers take what waits for them."""
        while len(self.trades):
            for event in await self.trades.take():
                if isinstance(event, Trade):
                    for bar in self.bars.take(event):
                        self.hub.publish(bar)
                        self.bars_made += 1
        while len(self.everything):
            self.taken += len(await self.everything.take())

    def end_round(self) -> None:
        """As when a connection breaks, after a look at what came of it.

        RuntimeError where anything was lost, crossed or not understood.
        """
        counters, ids = self.handler.counters, self.handler.trades[BTC]
        wrong = {
            "malformed": counters.malformed,
            "books lost": counters.books_lost,
            "gaps": self.book.gaps,
            "crossings": self.book.crossings,
            "trades missing": ids.missing,
            "trades repeated": ids.repeated,
            "late trades": self.bars.late,
        }
        if any(wrong.values()) or not self.book.in_step:
            message = f"The feed was not taken as it is: {wrong}."
            raise RuntimeError(message)
        self.handler.on_disconnect()


async def throughput(
    recording: Recording, pipeline: Pipeline, rounds: range
) -> list[tuple[int, float, float]]:
    """``(messages, seconds, MiB held)`` of each round; frames are made ready outside of the time."""
    found: list[tuple[int, float, float]] = []
    for times in rounds:
        frames = recording.round(times)
        began = time.perf_counter()
        for first in range(0, len(frames), BATCH):
            for frame in frames[first : first + BATCH]:
                pipeline.feed(frame)
            await pipeline.consume()
        found.append((len(frames), time.perf_counter() - began, resident_mib()))
        pipeline.end_round()
        if times % 25 == 0:
            say(f"round {times}: {len(frames) / found[-1][1]:,.0f}/s, {found[-1][2]:.1f} MiB")
    return found


async def latencies(recording: Recording, pipeline: Pipeline, per_s: float, times: int) -> Floats:
    """Seconds from when each message was due, at an even pace, until its events were taken; one round."""
    frames = recording.round(times)
    late = np.empty(len(frames))
    began = time.perf_counter()
    for number, frame in enumerate(frames):
        due = began + number / per_s
        while time.perf_counter() < due:
            pass
        pipeline.feed(frame)
        await pipeline.consume()
        late[number] = time.perf_counter() - due
    pipeline.end_round()
    return late


def resident_mib() -> float:
    """Memory that the process holds (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def measure(path: Path, messages: int, per_s: float, paced_rounds: int) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        pipeline, recording = Pipeline(Path(folder)), Recording(path)
        last = -(-messages // len(recording.frames))
        found = await throughput(recording, pipeline, range(last))
        rates = [count / seconds for count, seconds, _ in found]
        total, spent_s = sum(one[0] for one in found), sum(one[1] for one in found)
        print(machine_line())
        print(
            f"{total:,} messages: {total / spent_s:,.0f}/s (rounds {min(rates):,.0f} to {max(rates):,.0f});"
            f" {pipeline.taken:,} events taken, {pipeline.bars_made:,} bars"
        )
        tenth, held = -(-len(found) // 10), [mib for _, _, mib in found]
        print(
            f"memory {held[tenth - 1]:.1f} MiB after the first tenth, {held[-1]:.1f} at the end,"
            f" at most {max(held):.1f}"
        )
        paced = range(last, last + paced_rounds)
        late = [await latencies(recording, pipeline, per_s, times) for times in paced]
        print_histogram(np.concatenate(late), per_s)


def print_histogram(late: Floats, per_s: float) -> None:
    """Shares, then counts; ``late`` in seconds."""
    shares = ", ".join(
        f"{share:g} % {np.percentile(late, share) * 1e6:,.0f} us" for share in (50, 99, 99.9, 100)
    )
    print(f"at {per_s:,.0f}/s: {shares}")
    counts, _ = np.histogram(late * 1e6, EDGES_US)
    for low, high, count in zip(EDGES_US, EDGES_US[1:], counts, strict=False):
        if count:
            print(f"  {low:>7,} to {high:>13,} us {count:>10,} {count / len(late):9.4%}")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--rate", type=float, default=25_000.0, help="messages a second for the latencies")
    parser.add_argument("--paced-rounds", type=int, default=5)
    given = parser.parse_args()
    folder = os.environ.get("TRADEWIND_TEST_DATA", "")
    path = Path(folder) / RECORDING
    if not folder or not path.is_file():
        say(f"There is no {RECORDING} in the folder that TRADEWIND_TEST_DATA names ({folder or 'none'}).")
        return 2
    asyncio.run(measure(path, given.messages, given.rate, given.paced_rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
