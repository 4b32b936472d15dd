"""Local worker processes: one computing thread each, reused across calls, gone when this process is.

Workers are forked from a clean server process, never from this one: a parent that has started OpenMP, numba
or torch threads hands locked mutexes to a fork, and the child hangs at its first parallel region. The server
is started with the thread limits in its environment, because BLAS and OpenMP read them once, at import.

A call writes the function, with whatever arrays are bound to it, once to a temporary folder; workers map
that file into memory, so a cube of factors exists once however many workers read it.
"""

import contextlib
import mmap
import multiprocessing
import os
import pickle
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from tradewind.core.errors import ConfigError, TradewindError

A = TypeVar("A")
B = TypeVar("B")

THREAD_LIMITS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}
DEFAULT_PRELOAD = ("numpy", "tradewind.core.panel")
_ALIGNMENT = 64
_STOP = b""


class WorkerError(TradewindError):
    """A worker process died, or raised what could not be carried back to this process."""

    exit_code = 11


@dataclass
class _Worker:
    process: BaseProcess
    pipe: connection.Connection
    item: int = field(default=-1)


class ProcessMapper:
    """Work in ``workers`` local processes, started on first use and kept until :meth:`close`.

    ``preload`` names modules that the server imports once for all workers: fewer seconds to start and less
    memory, at the price of importing what a worker may not need. It takes effect at the first start in this
    process. Calls from several threads take turns. Functions and items must be picklable and must not be
    defined in the script that was started.
    """

    def __init__(self, workers: int, *, preload: Sequence[str] = DEFAULT_PRELOAD) -> None:
        if workers < 1:
            message = f"{workers} workers cannot do anything."
            raise ConfigError(message, "Ask for one or more.")
        self.workers = workers
        self._preload = tuple(preload)
        self._pool: list[_Worker] = []
        self._turn = threading.Lock()

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
            A worker died (killed, out of memory), or raised an exception that cannot be pickled. Otherwise
            whatever ``function`` raised, with the worker's traceback as a note.
        """
        if not items:
            return []
        with self._turn, tempfile.TemporaryDirectory(prefix="tradewind-map-") as folder:
            finished = False
            try:
                job = _write_shared(function, Path(folder))
                self._start()
                results = self._work(job, items, on_done)
                finished = True
            finally:
                if not finished:
                    self._end(kill=True)
        return results

    def close(self) -> None:
        """End the workers."""
        with self._turn:
            self._end(kill=False)

    def __enter__(self) -> "ProcessMapper":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        if any(not worker.process.is_alive() for worker in self._pool):
            self._end(kill=True)
        while len(self._pool) < self.workers:
            self._pool.append(_start_worker(self._preload, len(self._pool)))

    def _work(self, job: str, items: Sequence[Any], on_done: Callable[[int], None] | None) -> list[Any]:
        results: list[Any] = [None] * len(items)
        waiting = iter(enumerate(items))
        busy = {}
        for worker in self._pool:
            if _hand_out(worker, job, waiting):
                busy[worker.pipe] = worker
        done = 0
        while busy:
            for ready in connection.wait(list(busy)):
                worker = busy.pop(ready)  # type: ignore[call-overload]
                results[worker.item] = _receive(worker)
                done += 1
                if on_done:
                    on_done(done)
                if _hand_out(worker, job, waiting):
                    busy[worker.pipe] = worker
        return results

    def _end(self, *, kill: bool) -> None:
        for worker in self._pool:
            if kill:
                worker.process.kill()
            else:
                # A worker that is already gone cannot be told to stop.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    worker.pipe.send_bytes(_STOP)
        for worker in self._pool:
            worker.process.join()
            worker.process.close()
            worker.pipe.close()
        self._pool.clear()


def _hand_out(worker: _Worker, job: str, waiting: Iterator[tuple[int, Any]]) -> bool:
    following = next(waiting, None)
    if following is None:
        return False
    worker.item = following[0]
    message = pickle.dumps((job, following[1]), protocol=5)
    try:
        worker.pipe.send_bytes(message)
    except (BrokenPipeError, ConnectionResetError) as error:
        raise _death(worker) from error
    return True


def _receive(worker: _Worker) -> Any:
    try:
        ok, value, trace = pickle.loads(worker.pipe.recv_bytes())  # noqa: S301 - written by our own worker
    except (EOFError, ConnectionResetError) as error:
        raise _death(worker) from error
    if ok:
        return value
    where = f"In worker process {worker.process.pid}, at item {worker.item}:\n{trace}"
    if value is None:
        message = f"A worker failed at item {worker.item} with what cannot be carried back.\n{where}"
        raise WorkerError(message, "Read the traceback above.")
    value.add_note(where)
    raise value


def _death(worker: _Worker) -> WorkerError:
    worker.process.join()
    code = worker.process.exitcode or 0
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    message = f"Worker process {worker.process.pid} {how} at item {worker.item}."
    return WorkerError(message, "A lack of memory is the usual cause: use fewer workers, then run again.")


# Starting ------------------------------------------------------------------------------------


def _start_worker(preload: tuple[str, ...], number: int) -> _Worker:
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    ours, theirs = context.Pipe()
    with _environment(THREAD_LIMITS), _without_script():
        context.set_forkserver_preload(list(preload))
        process = context.Process(  # type: ignore[attr-defined]
            target=_serve, args=(theirs,), name=f"tradewind-worker-{number}", daemon=True
        )
        process.start()
    theirs.close()
    return _Worker(process, ours)


@contextlib.contextmanager
def _environment(changes: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _without_script() -> Iterator[None]:
    """Hide the started script, which a new worker would otherwise run again to import it."""
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


# Sharing -------------------------------------------------------------------------------------


def _write_shared(function: Callable[..., Any], folder: Path) -> str:
    """Pickle ``function`` with its arrays beside it, and return the folder for the workers."""
    inner: Any = function
    while hasattr(inner, "func"):
        inner = inner.func
    if getattr(inner, "__module__", "") == "__main__":
        message = f"The function {inner!r} is defined in the script that was started."
        raise ConfigError(message, "Put it in a module, or set compute to 'serial'.")
    buffers: list[pickle.PickleBuffer] = []
    body = pickle.dumps(function, protocol=5, buffer_callback=buffers.append)
    spans = []
    with (folder / "arrays").open("wb") as file:
        for buffer in buffers:
            file.write(b"\0" * (-file.tell() % _ALIGNMENT))
            raw = buffer.raw()
            spans.append((file.tell(), raw.nbytes))
            file.write(raw)
    (folder / "function").write_bytes(pickle.dumps((body, spans), protocol=5))
    return str(folder)


def _read_shared(folder: str) -> Callable[[Any], Any]:
    body, spans = pickle.loads((Path(folder) / "function").read_bytes())  # noqa: S301 - our own parent's
    views: list[memoryview | bytes] = []
    if any(size for _, size in spans):
        with (Path(folder) / "arrays").open("rb") as file:
            whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        views = [whole[start : start + size] for start, size in spans]
    else:
        views = [b"" for _ in spans]
    function: Callable[[Any], Any] = pickle.loads(body, buffers=views)  # noqa: S301 - our own parent's
    return function


# The worker ----------------------------------------------------------------------------------


def _serve(pipe: connection.Connection) -> None:
    """Answer items until told to stop, or until the parent is gone. Ctrl-C is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(THREAD_LIMITS)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    job, function = "", None
    while True:
        try:
            message = pipe.recv_bytes()
        except EOFError:
            return
        if message == _STOP:
            return
        try:
            wanted, item = pickle.loads(message)  # noqa: S301 - written by our own parent
            if wanted != job or function is None:
                job, function = wanted, _read_shared(wanted)
            answer = pickle.dumps((True, function(item), ""), protocol=5)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the caller
            answer = _carried(error)
        try:
            pipe.send_bytes(answer)
        except (BrokenPipeError, ConnectionResetError):
            return


def _carried(error: Exception) -> bytes:
    """The exception as bytes that are known to load again, else its traceback alone."""
    trace = traceback.format_exc()
    try:
        body = pickle.dumps((False, error, trace), protocol=5)
        pickle.loads(body)  # noqa: S301 - just made
    except Exception:  # noqa: BLE001 - an exception may break pickling in any way it likes
        return pickle.dumps((False, None, trace), protocol=5)
    return body
