"""Markets with a known answer, marked as made up by their symbols."""

from collections.abc import Callable

import numpy as np
import pytest

from tradewind.alphas.networks.bilstm import SEQUENCE_30
from tradewind.core.panel import Samples
from tradewind.core.timestamps import NS_PER_DAY, parse_ns

LEFT_OUT = ("macd_sig_norm_12_26_9", "bb_width_20", "close_to_low")
"""A network uses the columns that are there; three are not."""
EXTRA = ("ret_20", "donchian_position_20", "ema12", "ema50", "atr", "close")
START = parse_ns("2015-01-01")


def build_samples(
    signal: str = "linear", T: int = 600, N: int = 4, seed: int = 0, snr: float = 0.5
) -> Samples:
    """Normal factors under every name that a model here asks for, and 1-bar returns of 1 % noise.

    ``linear``: the first factor moves the return. ``xor``: the sign of the product of the first two does.
    ``noise``: nothing does.
    """
    names = (*(name for name in SEQUENCE_30 if name not in LEFT_OUT), *EXTRA)
    rng = np.random.default_rng(seed)
    cube = rng.normal(size=(T, N, len(names)))
    first, second = cube[:, :, 0], cube[:, :, 1]
    moved = {"linear": first, "xor": np.sign(first * second), "noise": 0.0 * first}[signal]
    returns = 0.01 * (snr * moved + rng.normal(size=(T, N)))
    for name in ("close", "atr", "ema50", "ema12"):
        k = names.index(name)
        cube[:, :, k] = 100.0 + cube[:, :, k]
    t, i = (a.ravel() for a in np.meshgrid(np.arange(T), np.arange(N), indexing="ij"))
    ts_event = START + t * NS_PER_DAY
    return Samples(
        cube=cube,
        t=t,
        i=i,
        ts_event=ts_event,
        label_return=returns.ravel(),
        label_end=ts_event + NS_PER_DAY,
        weight=np.ones(T * N),
        names=names,
        instrument_ids=tuple(f"MADE_UP_{n}" for n in range(N)),
        horizon_bars=1,
    )


@pytest.fixture(scope="session")
def samples() -> Callable[..., Samples]:
    """:func:`build_samples`."""
    return build_samples


@pytest.fixture(scope="session")
def small() -> dict[str, dict[str, object]]:
    """Parameters that keep a fit short; a model that is not named here runs as it is."""
    return {
        "random_forest": {"trees": 15},
        "xgboost": {"trees": 15},
        "lightgbm": {"trees": 15},
        "bilstm": {"epochs": 2, "hidden": (6, 4), "dense": (5, 4), "lookback": 8, "device": "cpu"},
    }
