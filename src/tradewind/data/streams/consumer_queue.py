"""What stands between ingestion and one consumer, so that a slow one never holds up the others.

Quotes and tops of books are conflated: of each instrument only the newest waits. Everything else is kept in
order, first in memory, then on disk; where neither has room the consumer is cut off with an error, since
losing a trade or a bar in silence would be worse. Events leave in the order in which their newest form came.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from tradewind.core.errors import DataError, TradewindError
from tradewind.core.market import Event, Quote
from tradewind.data.streams.spill import Spill
from tradewind.data.streams.ticks import BookMoved


@dataclass(frozen=True)
class QueueSettings:
    """Room of one consumer: events in memory, then bytes in a file under ``spill_folder`` (None: no file)."""

    in_memory: int = 10_000
    spill_folder: Path | None = None
    spill_bytes: int = 1 << 30
    batch: int = 256


@dataclass
class QueueCounters:
    """What happened so far. ``deepest`` is the most kept events that ever waited in memory."""

    offered: int = 0
    delivered: int = 0
    conflated: int = 0
    spilled: int = 0
    refused: int = 0
    deepest: int = 0


class ConsumerQueue:
    """One producer and one consumer on the same event loop; :meth:`offer` never waits."""

    def __init__(self, settings: QueueSettings | None = None) -> None:
        self.settings = settings or QueueSettings()
        self.counters = QueueCounters()
        self._number = 0
        self._kept: deque[tuple[int, Event]] = deque()
        self._newest: dict[tuple[type, str], tuple[int, Event]] = {}
        self._spill: Spill | None = None
        self._arrived = asyncio.Event()
        self._closed = False
        self._error: TradewindError | None = None

    def __len__(self) -> int:
        """Events that wait in memory."""
        return len(self._kept) + len(self._newest)

    def offer(self, event: Event) -> None:
        """Take an event; after :meth:`close` it is counted as refused."""
        counters = self.counters
        counters.offered += 1
        if self._closed:
            counters.refused += 1
            return
        self._number += 1
        if isinstance(event, Quote | BookMoved):
            key = (type(event), event.instrument_id)
            if self._newest.pop(key, None) is not None:
                counters.conflated += 1
            self._newest[key] = (self._number, event)
        else:
            self._keep(event)
        self._arrived.set()

    def close(self, error: TradewindError | None = None) -> None:
        """Nothing more will come; what waits is still delivered, then ``error`` is raised, or it ends."""
        self._closed = True
        self._error = self._error or error
        self._arrived.set()

    def discard(self) -> None:
        """The consumer is gone: forget what waits and give memory and disk back."""
        self._closed = True
        self._kept.clear()
        self._newest.clear()
        if self._spill is not None:
            self._spill.close()
            self._spill = None

    async def take(self) -> list[Event]:
        """The next events in order, at least one; empty at the end.

        Raises
        ------
        TradewindError
            What :meth:`close` was given, once everything before it has been taken.
        """
        while not (batch := self._next_batch()):
            if self._closed:
                self.discard()
                if self._error is not None:
                    raise self._error
                return []
            self._arrived.clear()
            await self._arrived.wait()
        self.counters.delivered += len(batch)
        return batch

    async def __aiter__(self) -> AsyncIterator[Event]:
        while batch := await self.take():
            for event in batch:
                yield event

    def _keep(self, event: Event) -> None:
        counters, settings = self.counters, self.settings
        if not self._spill and len(self._kept) < settings.in_memory:
            self._kept.append((self._number, event))
            counters.deepest = max(counters.deepest, len(self._kept))
            return
        if settings.spill_folder is None or (self._spill and self._spill.size >= settings.spill_bytes):
            counters.refused += 1
            message = f"A consumer fell {len(self._kept)} events behind and has no more room."
            self.close(DataError(message, "Give it a spill folder or more room, or make it faster."))
            return
        if self._spill is None:
            self._spill = Spill(settings.spill_folder)
        self._spill.push(self._number, event)
        counters.spilled += 1

    def _next_batch(self) -> list[Event]:
        batch: list[Event] = []
        kept, newest, most = self._kept, self._newest, self.settings.batch
        while len(batch) < most:
            if not kept and self._spill:
                kept.extend(self._spill.pull(min(self.settings.in_memory, 1_000)))
            key = next(iter(newest), None)
            if key is None and not kept:
                break
            if key is None or (kept and kept[0][0] < newest[key][0]):
                batch.append(kept.popleft()[1])
            else:
                batch.append(newest.pop(key)[1])
        return batch
