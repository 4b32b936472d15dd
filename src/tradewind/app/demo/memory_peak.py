"""The most memory that this process and its children held together, sampled beside the work."""

import threading
from types import TracebackType
from typing import Self

SAMPLE_S = 0.25


class MemoryPeak:
    """``with MemoryPeak() as memory: ...`` then ``memory.peak_mb``: resident memory summed over the tree.

    Pages that processes share are counted once for each, so the figure is an upper bound.
    """

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory-peak", daemon=True)

    def __enter__(self) -> Self:
        self._sample()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._sample()

    def _watch(self) -> None:
        while not self._stop.wait(SAMPLE_S):
            self._sample()

    def _sample(self) -> None:
        import psutil

        own = psutil.Process()
        total = 0
        for process in (own, *own.children(recursive=True)):
            try:
                total += process.memory_info().rss
            except (psutil.NoSuchProcess, psutil.AccessDenied):  # it ended meanwhile; macOS hides some
                continue
        self.peak_mb = max(self.peak_mb, total / 1e6)
