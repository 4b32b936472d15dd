"""Where parallel work runs: in this process, in local processes, or on a Ray cluster, by one setting.

``serial`` runs here, as does ``local:1``; ``local`` uses one process a core, ``local:2`` two; ``ray`` joins
the cluster that is running (or starts one on this machine), ``ray://host:10001`` and ``ray:host:6379`` join a
named one.
All three implement :class:`tradewind.core.ports.Mapper` and give the same results in the same order.

Large arrays bound to the function (a cube of factors in a ``functools.partial``) are written once per call
and shared. Arrays that arrive this way are read-only.
"""

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import joblib

from tradewind.app.compute.processes import THREADS, ProcessMapper, WorkerError
from tradewind.core.errors import ConfigError
from tradewind.core.plugins import folders, use_folders
from tradewind.core.ports import Mapper

__all__ = ["Mapper", "ProcessMapper", "RayMapper", "SerialMapper", "WorkerError", "mapper_from"]

A = TypeVar("A")
B = TypeVar("B")

_POOLS = ("OMP", "OPENBLAS", "MKL", "NUMBA")


class SerialMapper:
    """One item after the other, in this process; calls from several threads take turns.

    Libraries keep one random generator a process (torch), so two models must not learn at the same time.
    """

    _turn = threading.RLock()

    def map(
        self,
        function: Callable[[A], B],
        items: Sequence[A],
        *,
        on_done: Callable[[int], None] | None = None,
    ) -> list[B]:
        """``function`` of each item, in order; ``on_done`` hears how many are finished."""
        results = []
        with self._turn:
            for done, item in enumerate(items, start=1):
                results.append(function(item))
                if on_done:
                    on_done(done)
        return results


class RayMapper:
    """Tasks of one core each on a Ray cluster; every node needs this package installed.

    Parameters
    ----------
    address
        ``ray://host:port`` (client) or ``host:port`` (a node of the cluster); empty joins the cluster that
        ``RAY_ADDRESS`` or this machine knows, else starts one here.
    cores
        Cores of a cluster that is started here; None takes all. Without effect on one that is joined.
    """

    def __init__(self, address: str = "", *, cores: int | None = None) -> None:
        self.address = address
        self.cores = cores

    def map(
        self,
        function: Callable[[A], B],
        items: Sequence[A],
        *,
        on_done: Callable[[int], None] | None = None,
    ) -> list[B]:
        """``function`` of each item, in order; the first failure cancels what is left.

        Raises
        ------
        WorkerError
            A worker or its node died; otherwise whatever ``function`` raised, with the remote traceback
            as a note.
        """
        ray = self._connected()
        call = ray.remote(num_cpus=1, max_retries=0)(_call)
        shared = ray.put(function)
        plugins = folders()
        pending = [call.remote(shared, item, plugins) for item in items]
        order = {reference: index for index, reference in enumerate(pending)}
        results: list[Any] = [None] * len(pending)
        left = list(pending)
        try:
            while left:
                ready, left = ray.wait(left, num_returns=1)
                results[order[ready[0]]] = _fetch(ray, ready[0], order[ready[0]])
                if on_done:
                    on_done(len(pending) - len(left))
        finally:
            for reference in left:
                ray.cancel(reference, force=True)
        return results

    def close(self) -> None:
        """Leave the cluster; one that was started here ends."""
        ray = _ray()
        if ray.is_initialized():
            ray.shutdown()

    def _connected(self) -> Any:
        ray = _ray()
        if ray.is_initialized():
            return ray
        # Ray's own way to say "start one here" is an address of None with a number of cores.
        address = self.address or (None if self.cores else os.environ.get("RAY_ADDRESS"))
        try:
            ray.init(
                address=address,
                num_cpus=self.cores,
                runtime_env={"env_vars": {f"{pool}_NUM_THREADS": str(THREADS) for pool in _POOLS}},
                log_to_driver=False,
                include_dashboard=False if address is None else None,
            )
        except (ConnectionError, ValueError) as error:
            message = f"The Ray cluster at {address!r} could not be joined: {error}"
            raise ConfigError(message, "Check the address, or set compute to 'local'.") from error
        return ray


def mapper_from(setting: str) -> Mapper:
    """The mapper that ``serial``, ``local``, ``local:2``, ``ray``, ``ray:host:port`` or ``ray://…`` names."""
    kind, _, rest = setting.partition(":")
    if setting == "serial":
        return SerialMapper()
    if kind == "local" and not rest and setting == kind:
        return mapper_from(f"local:{joblib.cpu_count()}")
    if kind == "local" and rest.isdecimal() and int(rest) > 0:
        return ProcessMapper(int(rest)) if int(rest) > 1 else SerialMapper()
    if setting == "ray":
        return RayMapper()
    if kind == "ray" and rest.strip("/"):
        return RayMapper(setting if rest.startswith("//") else rest)
    message = f"The compute setting {setting!r} names no way to run work."
    raise ConfigError(message, "Write serial, local, local:2, ray, ray:host:port or ray://host:port.")


def _call(function: Callable[[A], B], item: A, plugins: tuple[Path, ...]) -> B:
    use_folders(plugins)
    return function(item)


def _fetch(ray: Any, reference: Any, index: int) -> Any:
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        cause = error.cause if isinstance(error.cause, Exception) else None
        if cause is None:
            raise
        cause.add_note(f"In a Ray worker, at item {index}:\n{error}")
        raise cause from None
    except ray.exceptions.RayError as error:
        message = f"A Ray worker died at item {index}: {type(error).__name__}: {error}"
        raise WorkerError(message, "Look for a lack of memory on that node, then run again.") from error


def _ray() -> ModuleType:
    try:
        import ray
    except ModuleNotFoundError as error:
        message = "Ray is not installed."
        raise ConfigError(message, "Install it with: pip install 'tradewind[cluster]'.") from error
    module: ModuleType = ray
    return module
