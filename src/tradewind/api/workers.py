"""Threads of the API, apart from each other: no number of reads keeps a command or the follower waiting.

================= =====================================================================
``commands``      puts commands into the inbox
``following``     reads the journal for the follower
``reads``         what is asked of the journal: few threads, a short queue, then 503
``shared``        a long check: one thread, one run at a time for all who ask
================= =====================================================================
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, ParamSpec, TypeVar

from tradewind.api.problems import ProblemError

P = ParamSpec("P")
T = TypeVar("T")


class Pool:
    """Some threads and a queue of bounded length before them.

    Parameters
    ----------
    name
        What the threads are called, and what a refusal names.
    threads
        How many run at once.
    queue
        How many more may wait; whoever comes then is told to come again.
    """

    def __init__(self, name: str, threads: int, queue: int) -> None:
        self._name = name
        self._threads = threads
        self._most = threads + queue
        self._inside = 0
        self._executor: ThreadPoolExecutor | None = None

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``work`` returns, or ProblemError 503 while the queue is full."""
        if self._inside >= self._most:
            why = f"{self._inside} {self._name} are under way already."
            raise busy(why)
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self._threads, f"tradewind-{self._name}")
        self._inside += 1
        # Counted until the thread is done, not until the asker stops waiting.
        running = self._executor.submit(work, *args, **kwargs)
        loop = asyncio.get_running_loop()
        running.add_done_callback(lambda _: _in_loop(loop, self._leave))
        return await asyncio.wrap_future(running)

    def close(self) -> None:
        """Let nobody in any more; who is inside ends by himself."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None

    def _leave(self) -> None:
        self._inside -= 1


class SharedRun(Generic[T]):
    """A long check that runs once however many ask: who comes while it runs gets the same result.

    Parameters
    ----------
    name
        What it is called in a refusal.
    work
        The check; runs in a thread of its own.
    most_waiting
        How many may wait for it; whoever comes then is told to come again.
    """

    def __init__(self, name: str, work: Callable[[], T], most_waiting: int = 64) -> None:
        self._name = name
        self._work = work
        self._most_waiting = most_waiting
        self._waiting = 0
        self._pool = Pool(name, threads=1, queue=1)
        self._running: asyncio.Task[T] | None = None

    async def result(self) -> T:
        """The result of the running check, or of one that starts now."""
        if self._waiting >= self._most_waiting:
            why = f"{self._waiting} wait for the same {self._name}."
            raise busy(why)
        if self._running is None:
            self._running = asyncio.create_task(self._pool.run(self._work))
            self._running.add_done_callback(self._ended)
        self._waiting += 1
        try:
            return await asyncio.shield(self._running)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Begin no other."""
        self._pool.close()

    def _ended(self, running: asyncio.Task[T]) -> None:
        self._running = None
        if not running.cancelled():
            running.exception()  # Fetched here too, in case nobody waits any more.


class Workers:
    """The pools of one journal that is read, closed at its end."""

    def __init__(self) -> None:
        self.commands = Pool("commands", threads=1, queue=64)
        self.following = Pool("followers", threads=1, queue=1)
        self.reads = Pool("reads", threads=2, queue=16)
        self._closed_at_the_end: list[Pool | SharedRun[Any]] = [self.commands, self.following, self.reads]

    def shared(self, name: str, work: Callable[[], T]) -> SharedRun[T]:
        """A long check in a thread of its own."""
        made = SharedRun(name, work)
        self._closed_at_the_end.append(made)
        return made

    def close(self) -> None:
        """Let nobody in any more."""
        for one in self._closed_at_the_end:
            one.close()


def busy(why: str, retry_after_s: int = 2) -> ProblemError:
    """503, with the seconds after which it is worth another try."""
    return ProblemError(503, why, "Ask again in a moment.", {"Retry-After": str(retry_after_s)})


def _in_loop(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)
