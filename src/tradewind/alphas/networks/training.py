"""The training loop of every network: seeded, watched, stopped early, and resumed where it was cut off.

Each epoch draws its order and its dropout from the seed and the epoch's number alone, so that a run resumed
from a checkpoint ends in the same weights as one that was never interrupted.
"""

import io
import pickle
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tradewind.alphas.artefacts import write_atomic
from tradewind.alphas.networks.adam import Adam
from tradewind.alphas.preparation import Windows
from tradewind.core.errors import ModelError
from tradewind.core.panel import Floats

EVALUATION_BATCH = 256


@dataclass(frozen=True)
class Progress:
    """How far a fit is; losses are binary cross-entropy in nats a row."""

    epoch: int
    epochs: int
    train_loss: float
    validation_loss: float
    best_epoch: int
    best_loss: float


@dataclass(frozen=True)
class Watch:
    """Who hears of progress, and where a checkpoint is kept; none by default."""

    on_progress: Callable[[Progress], None] | None = None
    checkpoint: Path | None = None


@dataclass(frozen=True)
class Course:
    """Adam (Kingma and Ba 2015), cross-entropy, early stopping on validation loss, best weights kept."""

    epochs: int
    batch: int
    rate: float
    betas: tuple[float, float]
    patience: int
    device: str
    seed: int
    fingerprint: str
    """Hash over data and parameters: a checkpoint of another fit is refused."""


@dataclass(frozen=True)
class Taught:
    """Rows to learn from: histories, ``up`` 0.0 or 1.0, and weights."""

    windows: Windows
    up: Floats
    weight: Floats


@dataclass
class _Run:
    """Where a fit stands after an epoch."""

    epoch: int
    best_epoch: int
    best_loss: float
    best: dict[str, Any]


def pick_device(wanted: str) -> str:
    """``auto`` becomes ``cuda`` or ``mps`` where there is one, else ``cpu``; ModelError if absent."""
    import torch

    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wanted == "auto":
        return next((name for name in ("cuda", "mps") if there[name]), "cpu")
    if not there.get(wanted, False):
        message = f"The device {wanted!r} is not there."
        raise ModelError(
            message, f"Use auto, or one of {', '.join(n for n, is_there in there.items() if is_there)}."
        )
    return wanted


def teach(network: Any, lesson: Taught, held: Taught, course: Course, watch: Watch) -> dict[str, object]:
    """Teach ``network`` (a torch module giving log-odds) in place; it ends with its best weights, on the CPU.

    Returns what the fit showed. Raises ModelError when a loss is no number, or the checkpoint is of another
    fit.
    """
    network.to(course.device)
    optimizer = Adam(network.parameters(), course.rate, course.betas)
    run = _resume(network, optimizer, course, watch.checkpoint)
    resumed_at = run.epoch
    while run.epoch < course.epochs and run.epoch - run.best_epoch < course.patience:
        train_loss = _epoch(network, optimizer, lesson, course, run.epoch)
        loss = evaluate(network, held, course.device)
        if not np.isfinite(train_loss + loss):
            message = f"The loss of epoch {run.epoch + 1} is {train_loss} in training, {loss} in validation."
            raise ModelError(message, "Lower the rate, or check the factors for extreme values.")
        run.epoch += 1
        if loss < run.best_loss:
            run.best_epoch, run.best_loss, run.best = run.epoch, loss, _copied(network)
        _save(network, optimizer, course, run, watch.checkpoint)
        if watch.on_progress is not None:
            seen = Progress(run.epoch, course.epochs, train_loss, loss, run.best_epoch, run.best_loss)
            watch.on_progress(seen)
    network.load_state_dict(run.best)
    network.to("cpu").eval()
    return {
        "epochs_run": run.epoch,
        "best_epoch": run.best_epoch,
        "best_validation_loss": run.best_loss,
        "resumed_after_epoch": resumed_at,
        "device": course.device,
        "mixed_precision": course.device != "cpu",
    }


def evaluate(network: Any, held: Taught, device: str) -> float:
    """Weighted mean binary cross-entropy, dropout off."""
    import torch

    network.eval()
    total = 0.0
    with torch.no_grad():
        for start in range(0, len(held.windows), EVALUATION_BATCH):
            total += float(_loss(network, held, slice(start, start + EVALUATION_BATCH), device).sum())
    return total / float(held.weight.sum())


def _epoch(network: Any, optimizer: Any, lesson: Taught, course: Course, epoch: int) -> float:
    import torch

    order = np.random.default_rng([course.seed, epoch]).permutation(len(lesson.windows))
    network.train()
    total = 0.0
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(course.seed * 1_000_003 + epoch)
        for start in range(0, len(order), course.batch):
            rows = order[start : start + course.batch]
            losses = _loss(network, lesson, rows, course.device)
            network.zero_grad(set_to_none=True)
            (losses.sum() / len(rows)).backward()
            optimizer.step()
            total += float(losses.detach().sum())
    return total / float(lesson.weight.sum())


def _loss(network: Any, taught: Taught, rows: Any, device: str) -> Any:
    """Weighted loss of each chosen row."""
    import torch

    histories = torch.from_numpy(taught.windows.cut(rows)).to(device)
    up, weight = (torch.from_numpy(v[rows].astype(np.float32)).to(device) for v in (taught.up, taught.weight))
    with _precision(device):
        odds = network(histories)
    return weight * torch.nn.functional.binary_cross_entropy_with_logits(odds.float(), up, reduction="none")


def _precision(device: str) -> AbstractContextManager[Any]:
    """bfloat16 on a GPU: it has float32's exponents, so gradients need no scaling. float32 on the CPU."""
    import torch

    return nullcontext() if device == "cpu" else torch.autocast(device, dtype=torch.bfloat16)


def _copied(network: Any) -> dict[str, Any]:
    return {name: value.detach().to("cpu", copy=True) for name, value in network.state_dict().items()}


def _save(network: Any, optimizer: Any, course: Course, run: _Run, path: Path | None) -> None:
    if path is None:
        return
    import torch

    buffer = io.BytesIO()
    state = vars(run) | {
        "fingerprint": course.fingerprint,
        "network": _copied(network),
        "adam": optimizer.state(),
    }
    torch.save(state, buffer)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, buffer.getvalue())


def _resume(network: Any, optimizer: Any, course: Course, path: Path | None) -> _Run:
    if path is None or not path.exists():
        return _Run(epoch=0, best_epoch=0, best_loss=float("inf"), best=_copied(network))
    import torch

    try:
        # weights_only: tensors and plain values alone, nothing that runs code.
        state = torch.load(io.BytesIO(path.read_bytes()), weights_only=True, map_location=course.device)
    except (RuntimeError, pickle.UnpicklingError, EOFError, OSError, ValueError) as error:
        message = f"The checkpoint {path} cannot be read: {error}."
        raise ModelError(message, "Delete it, and the fit starts from the beginning.") from error
    if not isinstance(state, dict) or state.get("fingerprint") != course.fingerprint or "adam" not in state:
        message = f"The checkpoint {path} is of another fit: its data or its parameters differ."
        raise ModelError(message, "Delete it, or give this fit a checkpoint of its own.")
    network.load_state_dict(state["network"])
    optimizer.restore(state["adam"])
    return _Run(state["epoch"], state["best_epoch"], state["best_loss"], state["best"])
