"""Learning rows: which columns a model reads, which rows it may learn from, and a hash that names them."""

import hashlib
from collections.abc import Sequence

import numpy as np

from tradewind.core.errors import ModelError
from tradewind.core.panel import Bools, Floats, Ints, Samples

BPS = 10_000.0


def column_index(names: Sequence[str], wanted: Sequence[str], model: str) -> Ints:
    """Where each wanted factor stands in ``names``; ModelError naming those that are not there."""
    position = {name: k for k, name in enumerate(names)}
    missing = [name for name in wanted if name not in position]
    if missing:
        message = f"The model {model!r} needs the factors {', '.join(missing)}, which the rows do not have."
        raise ModelError(message, "Add them to the session's factors, or leave the model out.")
    return np.array([position[name] for name in wanted], dtype=np.int64)


def check_horizon(samples: Samples, horizon_bars: int, model: str) -> None:
    """ModelError when rows are over another horizon than the one that the model was fitted for."""
    if samples.horizon_bars != horizon_bars:
        message = (
            f"The model {model!r} was fitted for {horizon_bars} bars and asked about {samples.horizon_bars}."
        )
        raise ModelError(message, "Ask about the horizon that it knows, or fit another one.")


def finite_share(samples: Samples, columns: Ints, lookback: int) -> Floats:
    """Share of finite values in each row's window of ``lookback`` times, over ``columns``, (R,).

    Times before the cube's first count as missing.
    """
    if lookback == 1:
        values = samples.cube[samples.t[:, None], samples.i[:, None], columns[None, :]]
        return np.asarray(np.isfinite(values).mean(axis=1), dtype=np.float64)
    if len(samples) == 0:
        return np.zeros(0)
    # Only the times that some row looks at: a host asks about one time of a long memory.
    first = max(int(samples.t.min()) + 1 - lookback, 0)
    present = np.isfinite(samples.cube[first : int(samples.t.max()) + 1][:, :, columns]).mean(axis=2)
    total = np.concatenate([np.zeros((1, present.shape[1])), np.cumsum(present, axis=0)])
    start = np.maximum(samples.t + 1 - lookback, 0)
    share: Floats = (total[samples.t + 1 - first, samples.i] - total[start - first, samples.i]) / lookback
    return share


def labelled(samples: Samples) -> Samples:
    """The rows whose return is known."""
    return samples.take(np.isfinite(samples.label_return))


def purged(train: Samples, boundary_ns: int) -> Samples:
    """The training rows whose label was known by ``boundary_ns``, so that none overlaps what follows."""
    return train.take(train.label_end <= boundary_ns)


def split_tail(samples: Samples, share: float) -> tuple[Samples, Samples]:
    """The last ``share`` of the times as a validation slice, and the purged rows before it."""
    moments = np.unique(samples.ts_event)
    if len(moments) < 2:
        return samples, samples.take(np.zeros(len(samples), dtype=np.bool_))
    boundary = int(moments[min(int(len(moments) * (1.0 - share)), len(moments) - 1)])
    late: Bools = samples.ts_event >= boundary
    return purged(samples.take(~late), boundary), samples.take(late)


def halves(samples: Samples) -> tuple[Samples, Samples]:
    """The earlier and the later half of the times, purged where they meet."""
    return split_tail(samples, 0.5)


def data_hash(samples: Samples) -> str:
    """First 16 hex digits of SHA-256 over the rows: instruments, times, factors, labels and weights."""
    digest = hashlib.sha256("\x1f".join((*samples.names, "", *samples.instrument_ids)).encode())
    digest.update(str(samples.horizon_bars).encode())
    for values in (samples.ts_event, samples.i, samples.label_return, samples.weight, samples.features()):
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()[:16]
