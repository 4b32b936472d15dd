"""The recurrent reference: its shapes, its training, its ONNX twin."""

import numpy as np
import pytest

from torch_absent import REASON
from tradewind.alphas.networks.bilstm import SEQUENCE_30, BiLSTMLearner
from tradewind.alphas.networks.onnx_scorer import OnnxScorer, export
from tradewind.alphas.networks.training import Taught, Watch, evaluate, pick_device
from tradewind.alphas.preparation import Rows, Windows
from tradewind.alphas.registry import MODELS
from tradewind.alphas.rows import halves
from tradewind.core.errors import ModelError

torch = pytest.importorskip("torch", reason=REASON)
SMALL = {"hidden": (6, 4), "dense": (5, 4), "lookback": 8, "device": "cpu"}


def split(rows):
    return rows.take(rows.t < 300), rows.take((rows.t >= 300) & (rows.t < 450)), rows.take(rows.t >= 450)


def lstm_weights(inputs, hidden, biases):
    """Both directions of one layer: four gates, each with input and state weights and its biases."""
    return 2 * 4 * hidden * (inputs + hidden + biases)


def test_parameter_count_equals_an_independent_one():
    network = BiLSTMLearner().network(30)
    dense = (128 * 64 + 64) + (64 * 32 + 32) + (32 + 1)
    # torch keeps two bias vectors a gate where one would do; Keras, where the reference was published, one.
    expected = lstm_weights(30, 128, 2) + lstm_weights(256, 64, 2) + dense
    assert sum(p.numel() for p in network.parameters()) == expected == 339_073
    assert lstm_weights(30, 128, 1) + lstm_weights(256, 64, 1) + dense == 337_537


def test_layers_are_the_reference():
    learner = BiLSTMLearner()
    network = learner.network(30)
    shapes = {}
    for name, layer in network.named_modules():
        layer.register_forward_hook(lambda _m, _i, out, name=name: shapes.setdefault(name, out))
    network.eval()
    assert network(torch.zeros(3, 60, 30)).shape == (3,)
    assert shapes["first"][0].shape == (3, 60, 256)
    assert shapes["second"][0].shape == (3, 60, 128)
    assert [shapes[f"head.{k}"].shape[1] for k in (0, 3, 6)] == [64, 32, 1]
    rates = [m.p for m in network.modules() if isinstance(m, torch.nn.Dropout)]
    assert rates == [0.3, 0.3, 0.25, 0.2]
    assert (learner.lookback, learner.rate, learner.betas, learner.patience) == (60, 1e-3, (0.9, 0.999), 15)
    assert len(SEQUENCE_30) == len(set(SEQUENCE_30)) == 30


@pytest.mark.parametrize("rows", [1, 2, 7, 300])
def test_onnx_equals_torch(rows):
    torch.manual_seed(0)
    network = BiLSTMLearner(hidden=(16, 8)).network(30).eval()
    scorer = OnnxScorer(export(network, 60, 30))
    cube = np.random.default_rng(1).normal(size=(60, rows, 30)).astype(np.float32)
    windows = Windows(cube, np.zeros(30, np.float32), np.full(rows, 59), np.arange(rows), 60)
    with torch.no_grad():
        theirs = network(torch.from_numpy(windows.cut(slice(None)))).numpy()
    np.testing.assert_allclose(scorer.score(windows), theirs, atol=1e-5)


def test_the_full_reference_equals_torch_too():
    torch.manual_seed(0)
    network = BiLSTMLearner().network(30).eval()
    cube = np.random.default_rng(1).normal(size=(70, 1, 30)).astype(np.float32)
    windows = Windows(cube, np.zeros(30, np.float32), np.arange(60, 70), np.zeros(10, np.int64), 60)
    with torch.no_grad():
        theirs = network(torch.from_numpy(windows.cut(slice(None)))).numpy()
    np.testing.assert_allclose(OnnxScorer(export(network, 60, 30)).score(windows), theirs, atol=1e-5)


def test_it_learns_a_planted_signal(samples):
    train, validation, test = split(samples("linear", snr=2.0))
    model = MODELS.get("bilstm")(**SMALL | {"epochs": 12, "rate": 0.02, "batch": 32})
    model.fit(train, validation, seed=1)
    said = model.predict(test)
    hit = ((said.probability_up > 0.5) == (test.label_return > 0)).mean()
    assert hit > 0.7
    assert model.describe()["weights"] == sum(p.numel() for p in model.learner.network(27).parameters())


def test_best_weights_are_kept_and_patience_ends_the_fit(samples):
    train, validation, _ = split(samples("noise"))
    model = MODELS.get("bilstm")(**SMALL | {"epochs": 60, "patience": 3, "rate": 0.02})
    heard = []
    model.learner.watch = Watch(on_progress=heard.append)
    model.fit(train, validation, seed=1)
    said = model.describe()
    assert said["epochs_run"] == said["best_epoch"] + 3 < 60
    assert [p.epoch for p in heard] == list(range(1, said["epochs_run"] + 1))
    losses = [p.validation_loss for p in heard]
    assert said["best_validation_loss"] == min(losses) == losses[said["best_epoch"] - 1]
    watched = Rows(halves(validation)[0], model.trained.preparation, "bilstm")
    watched = watched.take(watched.judged(8, 0.7))
    odds = model.learner.score(watched)
    kept = np.logaddexp(0.0, np.where(watched.samples.label_return > 0, -odds, odds)).mean()
    assert kept == pytest.approx(said["best_validation_loss"], abs=1e-6) != losses[-1]
    assert said["changed_from_reference"]["hidden"] == {"used": (6, 4), "reference": (128, 64)}


def test_a_resumed_fit_ends_in_the_same_network(samples, tmp_path):
    train, validation, _ = split(samples("linear"))
    whole = MODELS.get("bilstm")(**SMALL | {"epochs": 5})
    whole.fit(train, validation, seed=4)

    class CutOffError(Exception):
        pass

    def stop(progress):
        if progress.epoch == 2:
            raise CutOffError

    part = MODELS.get("bilstm")(**SMALL | {"epochs": 5})
    part.learner.watch = Watch(on_progress=stop, checkpoint=tmp_path / "fit.ckpt")
    with pytest.raises(CutOffError):
        part.fit(train, validation, seed=4)
    part.learner.watch = Watch(checkpoint=tmp_path / "fit.ckpt")
    part.fit(train, validation, seed=4)
    assert part.describe()["resumed_after_epoch"] == 2
    assert part.learner.files() == whole.learner.files()

    other = MODELS.get("bilstm")(**SMALL | {"epochs": 5})
    other.learner.watch = Watch(checkpoint=tmp_path / "fit.ckpt")
    with pytest.raises(ModelError, match="another fit"):
        other.fit(train, validation, seed=5)
    (tmp_path / "fit.ckpt").write_bytes(b"not a checkpoint")
    with pytest.raises(ModelError, match="cannot be read"):
        other.fit(train, validation, seed=5)


def test_fitting_leaves_torchs_global_state_alone(samples):
    train, validation, _ = split(samples("linear"))
    torch.manual_seed(11)
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    MODELS.get("bilstm")(**SMALL | {"epochs": 1}).fit(train, validation, seed=4)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_capped_samples_are_evenly_spaced_and_said(samples):
    train, validation, _ = split(samples("linear"))
    model = MODELS.get("bilstm")(**SMALL | {"epochs": 1, "samples": 100})
    model.fit(train, validation, seed=4)
    said = model.describe()
    assert said["rows_learnt"] == 100 < said["rows_offered"]
    assert said["changed_from_reference"]["samples"] == {"used": 100, "reference": 0}


def test_missing_core_factors_are_said_and_the_rest_used(samples):
    rows = samples("linear")
    rows.cube[:, :, rows.names.index("price_to_ema_200")] = np.nan
    train, validation, test = split(rows)
    model = MODELS.get("bilstm")(**SMALL | {"epochs": 1})
    model.fit(train, validation, seed=4)
    assert "price_to_ema_200" in model.describe()["factors_left_out"]
    assert len(model.describe()["factor_names"]) == 26
    assert np.isfinite(model.predict(test).probability_up).all()


def test_rows_before_enough_history_are_not_judged(samples):
    train, validation, _ = split(samples("linear"))
    model = MODELS.get("bilstm")(**SMALL | {"epochs": 1, "present_share": 1.0})
    model.fit(train, validation, seed=4)
    judged = np.isfinite(model.predict(train).probability_up)
    np.testing.assert_array_equal(judged, train.t >= 7)


def test_weighted_loss_is_binary_cross_entropy():
    network = torch.nn.Flatten(0)
    cube = np.array([[[0.3]], [[-1.2]]], dtype=np.float32)
    windows = Windows(cube, np.zeros(1, np.float32), np.array([0, 1]), np.zeros(2, np.int64), 1)
    held = Taught(windows, np.array([1.0, 0.0]), np.array([3.0, 1.0]))
    p = 1 / (1 + np.exp(-np.array([0.3, -1.2])))
    expected = (3.0 * -np.log(p[0]) - np.log(1 - p[1])) / 4.0
    assert evaluate(network, held, "cpu") == pytest.approx(expected, rel=1e-6)


def test_a_device_that_is_absent_is_named():
    assert pick_device("cpu") == "cpu"
    with pytest.raises(ModelError, match="tpu"):
        pick_device("tpu")


def test_a_damaged_graph_is_refused():
    with pytest.raises(ModelError, match="not an ONNX graph"):
        OnnxScorer(b"nothing of the kind")
