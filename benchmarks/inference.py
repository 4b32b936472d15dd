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
from benchmarks.harness import MICROSECONDS as UNIT
from benchmarks.harness import Contestant, Job, Result, per_call, run_job
from tradewind.alphas.learned import LearnedModel
from tradewind.alphas.networks.bilstm import BiLSTMLearner
from tradewind.alphas.networks.onnx_scorer import export
from tradewind.alphas.preparation import Rows
from tradewind.alphas.registry import MODELS
from tradewind.core.panel import Samples
from tradewind.core.timestamps import NS_PER_DAY

NAMES = BiLSTMLearner.wanted or ()
TIMES, INSTRUMENTS, TAUGHT = 900, 4, 600
CALLS = {"bilstm": (500, 100), "xgboost": (2_000, 300), "lightgbm": (2_000, 300), "random_forest": (300, 50)}
"""Calls a round, full and quick."""
TREE_PEERS = {
    "xgboost": "XGBClassifier",
    "lightgbm": "LGBMClassifier",
    "random_forest": "RandomForestClassifier",
}
TOLERANCE = 1e-4


def run(size: Size) -> list[Result]:
    """Microseconds a row, one thread, for the network and three tree ensembles."""
    samples = made_up_samples()
    results = run_job(_network_job(samples, size), size.rounds)
    for name in TREE_PEERS:
        results += run_job(_tree_job(name, samples, size), size.rounds)
    return results


def made_up_samples(seed: int = 0) -> Samples:
    """Normal factors under the names that the network takes and returns that all of them make, without noise.

    So much can be learnt that early stopping keeps (almost) all of the reference's 200 trees.
    """
    rng = np.random.default_rng(seed)
    cube = rng.normal(size=(TIMES, INSTRUMENTS, len(NAMES)))
    returns = 0.01 * cube.mean(axis=2)
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
        names=NAMES,
        instrument_ids=tuple(f"MADE_UP_{n}" for n in range(INSTRUMENTS)),
        horizon_bars=1,
    )


def _fitted(name: str, taught: Samples, /, **parameters: object) -> LearnedModel:
    model = MODELS.get(name)(**parameters)
    if not isinstance(model, LearnedModel):
        message = f"The model {name} does not learn."
        raise TypeError(message)
    model.fit(taught.take(taught.t < TAUGHT), None, seed=1)
    return model


def _ours(model: LearnedModel, prepared: Rows, calls: int) -> dict[str, Contestant]:
    return {
        "score": per_call(lambda: model.learner.score(prepared), calls),
        "predict": per_call(lambda: model.predict(prepared.samples), calls),
    }


def _network_job(samples: Samples, size: Size) -> Job:
    import torch

    # One epoch over few rows makes a whole model of the reference sizes; its weights are then replaced.
    model = _fitted("bilstm", samples, epochs=1, samples=64, device="cpu")
    row = _last(samples)
    prepared = Rows(row, model.trained.preparation, model.name)
    torch.set_num_threads(1)
    torch.manual_seed(1)
    columns = len(model.trained.preparation.names)
    network = BiLSTMLearner().network(columns).eval()
    model.learner.restore({"network.onnx": export(network, model.lookback, columns)})
    history = torch.from_numpy(prepared.windows(model.lookback).cut(slice(None)))

    def eager() -> Any:
        with torch.no_grad():
            return network(history)

    _require_equal(float(model.learner.score(prepared)[0]), float(eager()[0]), "BiLSTM")
    calls = CALLS["bilstm"][size.quick]
    return Job(
        name="BiLSTM 128/64, one 60 x 30 row",
        unit=UNIT,
        ours=_ours(model, prepared, calls),
        peers={"torch, eager": per_call(eager, calls)},
        note="same weights, same log-odds",
    )


def _tree_job(name: str, samples: Samples, size: Size) -> Job:
    model = _fitted(name, samples)
    row = _last(samples)
    sizes = dict(vars(model.learner))
    trees = int(str(model.describe().get("trees_kept", sizes["trees"])))
    peer = _tree_peer(name, samples.take(samples.t < TAUGHT), trees, sizes)
    values = row.features()
    calls = CALLS[name][size.quick]
    return Job(
        name=f"{name}, {trees} trees, one row",
        unit=UNIT,
        ours=_ours(model, Rows(row, model.trained.preparation, model.name), calls),
        peers={TREE_PEERS[name]: per_call(lambda: peer.predict_proba(values), calls)},
        note="the peer has as many trees, of the same depth, learnt from the same rows",
    )


def _require_equal(ours: float, theirs: float, what: str) -> None:
    if abs(ours - theirs) > TOLERANCE:
        message = f"{what}: ours says {ours}, the peer {theirs}; nothing is timed."
        raise ArithmeticError(message)


def _tree_peer(name: str, train: Samples, trees: int, sizes: Mapping[str, Any]) -> Any:
    """The scikit-learn face of the same library, fitted with the same sizes."""
    x, y = train.features(), (train.label_return > 0.0).astype(np.int64)
    shared = {"n_estimators": trees, "max_depth": sizes["depth"], "n_jobs": 1}
    if name == "random_forest":
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(random_state=1, **shared).fit(x, y)
    if name == "lightgbm":
        import lightgbm

        face = lightgbm.LGBMClassifier(
            num_leaves=sizes["leaves"], learning_rate=sizes["rate"], verbosity=-1, **shared
        )
        return face.fit(x, y)
    import xgboost

    return xgboost.XGBClassifier(learning_rate=sizes["rate"], **shared).fit(x, y)


def _last(samples: Samples) -> Samples:
    return samples.take(np.array([len(samples) - 1]))


if __name__ == "__main__":
    sys.exit(main(run, str(__doc__).partition("\n")[0]))
