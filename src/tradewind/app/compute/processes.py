"""Local worker processes through joblib and loky: one computing thread each, kept between calls.

Workers are fresh interpreters, never forks of this process: a parent that has started OpenMP, numba or torch
threads hands locked mutexes to a fork, and the child hangs at its first parallel region. Thread limits are in
their environment, because BLAS and OpenMP read them once, at import.

Arrays bound to the function are written once per call and mapped into memory by every worker, so a cube of
factors exists once however many workers read it.
"""

import pickle
import signal
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from joblib import Parallel, delayed, parallel_config
from joblib.externals.loky import get_reusable_executor, process_executor
from joblib.externals.loky.process_executor import BrokenProcessPool, ShutdownExecutorError

from tradewind.core.errors import ConfigError, TradewindError
from tradewind.core.plugins import folders, use_folders

A = TypeVar("A")
B = TypeVar("B")

THREADS = 1
"""BLAS, OpenMP and numba threads of one worker; more work means more workers."""
SHARED_BYTES = 50_000
"""Arrays from this size on are mapped instead of sent with each item."""


class WorkerError(TradewindError):
    """A worker process died, or raised what could not be carried back to this process."""

    exit_code = 11


class ProcessMapper:
    """Work in ``workers`` local processes, started on first use and kept until :meth:`close`.

    All mappers of this process share loky's one pool, which takes the size of the last call. Calls from
    several threads share the workers, first come, first served; a failure or :meth:`close` in one of them
    ends the others' work too.
    """

    def __init__(self, workers: int) -> None:
        if workers < 2:
            message = f"{workers} worker processes bring nothing."
            raise ConfigError(message, "Ask for two or more, or use the serial mapper.")
        self.workers = workers

    def map(
        self,
        function: Callable[[A], B],
        items: Sequence[A],
        *,
        on_done: Callable[[int], None] | None = None,
    ) -> list[B]:
        """``function`` of each item, in order; ``on_done`` hears how many are finished.

        The first failure, and Ctrl-C, end all workers; the next call starts new ones.

        Raises
        ------
        WorkerError
            A worker died (killed, out of memory), or what was to travel cannot be pickled. Otherwise
            whatever ``function`` raised, with the item in a note and the worker's traceback as its cause.
        """
        results: list[Any] = [None] * len(items)
        left = set(range(len(items)))
        try:
            with closing(self._begun(function, items)) as answers:
                for index, result in answers:
                    results[index] = result
                    left.discard(index)
                    if on_done:
                        on_done(len(items) - len(left))
        except (BrokenProcessPool, ShutdownExecutorError) as error:
            raise _death(left, len(items), error) from error
        except pickle.PicklingError as error:
            said = str(error.__cause__ or error).strip('\n" ').splitlines()[-1]
            message = f"Work cannot travel between processes: {said}."
            raise WorkerError(
                message, "Bind plain data and arrays alone, or set compute to 'serial'."
            ) from error
        return results

    def close(self) -> None:
        """End the workers."""
        get_reusable_executor(reuse=True).shutdown(wait=True)

    def __enter__(self) -> "ProcessMapper":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begun(self, function: Callable[..., Any], items: Iterable[Any]) -> Any:
        """The answers as they come."""
        with parallel_config(
            "loky", inner_max_num_threads=THREADS, initializer=_set_up_worker, initargs=(folders(),)
        ):
            run = Parallel(
                n_jobs=self.workers,
                return_as="generator_unordered",
                batch_size=1,
                mmap_mode="r",
                max_nbytes=SHARED_BYTES,
            )
        return run(delayed(_answer)(function, index, item) for index, item in enumerate(items))


def _set_up_worker(plugins: tuple[Path, ...]) -> None:
    """The folders of plug-ins are the parent's, and Ctrl-C is its business.

    A worker that loads large libraries in mid-call is not leaking: loky would end it, with a warning, once it
    has grown by 300 MB since its first item.
    """
    use_folders(plugins)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    process_executor._USE_PSUTIL = False


def _answer(function: Callable[[A], B], index: int, item: A) -> tuple[int, B]:
    """Run in a worker. An exception that would not load again in the parent goes there as its traceback."""
    try:
        return index, function(item)
    except Exception as error:
        error.add_note(f"In parallel work, at item {index}.")
        try:
            pickle.loads(pickle.dumps(error, protocol=5))  # noqa: S301 - just made
        except Exception:  # noqa: BLE001 - an exception may break pickling in any way it likes
            message = f"Item {index} failed with what cannot be carried back:\n{traceback.format_exc()}"
            raise WorkerError(message, "Read the traceback above.") from None
        raise


def _death(left: set[int], total: int, error: Exception) -> WorkerError:
    first = str(error).strip().splitlines()
    said = next((line for line in first if "exit code" in line), first[0] if first else type(error).__name__)
    items = ", ".join(str(index) for index in sorted(left)[:5]) + (" …" if len(left) > 5 else "")
    message = f"A worker process died; of {total} items {len(left)} were not done ({items}). {said.strip()}"
    return WorkerError(message, "A lack of memory is the usual cause: use fewer workers, then run again.")
