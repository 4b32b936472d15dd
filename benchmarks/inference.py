"""One row through a model: the recurrent reference against eager torch, trees against scikit-learn's faces.

Two settings of ours. *score* is the learner alone: from stored factors to log-odds, with what the row needs
of preparation. *predict* is what a session calls: that, and calibration, edge and interval. The peers get
an array that is ready, and are asked for the bare probability, which flatters them.
"""

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.command import Size, main
from benchmarks.harness import Job, Result, per_call, run_job
from benchmarks.harness import MICROSECONDS as UNIT
from tradewind.alphas.learned import LearnedModel
from tradewind.alphas.networks.bilstm import CORE_30, BiLSTMLearner
from tradewind.alphas.preparation import Rows
from tradewind.alphas.registry import MODELS
from tradewind.core.panel import Samples
from tradewind.core.timestamps import NS_PER_DAY

TIMES, INSTRUMENTS, TAUGHT = 900, 4, 600
CALLS = {"bilstm": (500, 100), "xgboost": (2_000, 300), "lightgbm": (2_000, 300), "random_forest": (300, 50)}
"""Calls a round, full and quick."""
TREE_PEERS = {"xgboost": "XGBClassifier", "lightgbm": "LGBMClassifier", "random_forest": "RandomForestClassifier"}
TOLERANCE = 1e-4


def run(size: Size) -> list[Result]:
    """Microseconds a row, one thread, for the network and three tree ensembles."""
    samples = made_up_samples()
    results = run_job(_network_job(samples, size), size.rounds)
    for name in TREE_PEERS:
        results += run_job(_tree_job(name, samples, size), size.rounds)
    return results


def made_up_samples(seed: int = 0) -> Samples:
    """Normal factors under the names of Core-30 and returns that lean on the first of them."""
    rng = np.random.default_rng(seed)
    cube = rng.normal(size=(TIMES, INSTRUMENTS, len(CORE_30)))
    returns = 0.01 * (0.5 * cube[:, :, 0] + rng.normal(size=(TIMES, INSTRUMENTS)))
    t, i = (a.ravel() for a in np.meshgrid(np.arange(TIMES), np.arange(INSTRUMENTS), indexing="ij"))
    ts_event = (t + 1) * NS_PER_DAY
    return Samples(
        cube=cube,
        t=t,
        i=i,
        ts_event=ts_event,
        label_return=returns.ravel(),
        label_end=ts_event + NS_PER_DAY,
        weight=np.ones(len(t)),
        names=CORE_30,
        symbols=tuple(f"MADE_UP_{n}" for n in range(INSTRUMENTS)),
        horizon_bars=1,
    )


def _fitted(name: str, taught: Samples, /, **parameters: object) -> LearnedModel:
    model = MODELS.get(name)(**parameters)
    if not isinstance(model, LearnedModel):
        message = f"The model {name} does not learn."
        raise TypeError(message)
    model.fit(taught.take(taught.t < TAUGHT), None, seed=1)
    return model


def _ours(model: LearnedModel, row: Samples, calls: int) -> dict[str, Any]:
    prepared = Rows(row, model.trained.preparation, model.name)
    return {
        "score": per_call(lambda: model.learner.score(prepared), calls),
        "predict": per_call(lambda: model.predict(row), calls),
    }


def _network_job(samples: Samples, size: Size) -> Job:
    import torch

    # Weights do not change the time: one epoch over few rows makes a whole model of the reference sizes.
    model = _fitted("bilstm", samples, epochs=1, samples=64, device="cpu")
    row = _last(samples)
    torch.set_num_threads(1)
    torch.manual_seed(1)
    network = BiLSTMLearner().network(len(CORE_30)).eval()
    history = torch.from_numpy(row.sequences(model.lookback).astype(np.float32))

    def eager() -> object:
        with torch.no_grad():
            return network(history)

    calls = CALLS["bilstm"][size.quick]
    return Job(
        name="BiLSTM 128/64, one 60 x 30 row",
        unit=UNIT,
        ours=_ours(model, row, calls),
        peers={"torch, eager": per_call(eager, calls)},
    )


def _tree_job(name: str, samples: Samples, size: Size) -> Job:
    # Early stopping is off so that both sides keep 200 trees.
    model = _fitted(name, samples, **({} if name == "random_forest" else {"early_stop": 200}))
    row = _last(samples)
    train = samples.take(samples.t < TAUGHT)
    values = row.features()
    peer = _tree_peer(name, train, dict(vars(model.learner)))
    calls = CALLS[name][size.quick]
    return Job(
        name=f"{name}, one row",
        unit=UNIT,
        ours=_ours(model, row, calls),
        peers={TREE_PEERS[name]: per_call(lambda: peer.predict_proba(values), calls)},
        note=f"trees: ours {_trees(model):,}, peer 200",
    )


def _trees(model: LearnedModel) -> int:
    return int(str(model.describe().get("trees_kept", 200)))


def _tree_peer(name: str, train: Samples, sizes: Mapping[str, Any]) -> Any:
    """The scikit-learn face of the same library, fitted with the same sizes."""
    x, y = train.features(), (train.label_return > 0.0).astype(np.int64)
    trees, depth = sizes["trees"], sizes["depth"]
    if name == "random_forest":
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(trees, max_depth=depth, n_jobs=1, random_state=1).fit(x, y)
    if name == "lightgbm":
        import lightgbm

        face = lightgbm.LGBMClassifier(n_estimators=trees, max_depth=depth, n_jobs=1, verbosity=-1)
        return face.fit(x, y)
    import xgboost

    return xgboost.XGBClassifier(n_estimators=trees, max_depth=depth, learning_rate=sizes["rate"], n_jobs=1).fit(x, y)


def _last(samples: Samples) -> Samples:
    return samples.take(np.array([len(samples) - 1]))


if __name__ == "__main__":
    sys.exit(main(run, str(__doc__).partition("\n")[0]))
