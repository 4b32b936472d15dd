"""What every model in the registry keeps, whatever it is; a new file is tested without editing this one."""

import importlib.util
import subprocess
import sys
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from tradewind.alphas.artefacts import load_files
from tradewind.alphas.registry import MODELS, load_model
from tradewind.core.errors import ModelError, RegistryError
from tradewind.core.panel import Predictions

FIELDS = ("probability_up", "expected_return_bps", "confidence", "lower_bps", "upper_bps")
NAMES = MODELS.names(available_only=True)
pytestmark = pytest.mark.filterwarnings("error")


def build(name, small):
    return MODELS.get(name)(**small.get(name, {}))


def windows(rows):
    """Training, validation and test rows by time."""
    return rows.take(rows.t < 300), rows.take((rows.t >= 300) & (rows.t < 450)), rows.take(rows.t >= 450)


def same(a: Predictions, b: Predictions) -> bool:
    return all(np.array_equal(getattr(a, f), getattr(b, f), equal_nan=True) for f in FIELDS)


@pytest.fixture(scope="module", params=NAMES)
def fitted(request, samples, small):
    train, validation, test = windows(samples())
    model = build(request.param, small)
    model.fit(train, validation, seed=3)
    return request.param, model, model.predict(test), test


def test_at_least_six_rules_and_five_learners():
    families = [MODELS.get(name)().describe()["family"] for name in NAMES]
    assert families.count("rules") >= 6
    assert set(families) >= {"rules", "classical", "trees"}


def test_predictions_are_in_range_and_ordered(fitted):
    _, model, said, test = fitted
    assert len(said) == len(test)
    assert np.isfinite(said.probability_up).mean() > 0.9
    for field in ("probability_up", "confidence"):
        values = getattr(said, field)[np.isfinite(getattr(said, field))]
        assert values.min() >= 0.0
        assert values.max() <= 1.0
    judged = np.isfinite(said.lower_bps)
    assert (said.lower_bps[judged] < said.upper_bps[judged]).all()
    assert model.lookback >= 1


def test_save_and_load_give_the_same_predictions(fitted, tmp_path):
    name, model, said, test = fitted
    model.save(tmp_path / name)
    again = load_model(tmp_path / name)
    assert same(again.predict(test), said)
    assert (again.name, again.version) == (model.name, model.version)
    assert msgspec.json.encode(dict(again.describe())) == msgspec.json.encode(dict(model.describe()))


def test_the_same_fit_gives_the_same_bytes(fitted, samples, small, tmp_path):
    name, model, said, test = fitted
    twin = build(name, small)
    train, validation, _ = windows(samples())
    twin.fit(train, validation, seed=3)
    assert same(twin.predict(test), said)
    model.save(tmp_path / "one")
    twin.save(tmp_path / "two")
    assert load_files(tmp_path / "one") == load_files(tmp_path / "two")


def test_the_future_changes_no_fit(fitted, samples, small):
    name, model, _, _ = fitted
    rows = samples()
    cube, labels = rows.cube.copy(), rows.label_return.copy()
    cube[450:] = -7.0 * cube[450:] + 3.0
    labels[rows.t >= 450] *= -5.0
    train, validation, _ = windows(replace(rows, cube=cube, label_return=labels))
    twin = build(name, small)
    twin.fit(train, validation, seed=3)
    assert twin.version == model.version
    assert same(twin.predict(validation), model.predict(validation))


def test_labels_of_asked_rows_are_not_looked_at(fitted):
    _, model, said, test = fitted
    unknown = replace(test, label_return=np.full(len(test), np.nan))
    assert same(model.predict(unknown), said)


def test_a_row_is_judged_the_same_alone_as_in_a_batch(fitted):
    name, model, said, test = fitted
    tolerance = 1e-6 if model.lookback > 1 else 0.0
    for r in (0, 17, len(test) - 1):
        alone = model.predict(test.take(np.array([r])))
        for field in FIELDS:
            ours, theirs = getattr(alone, field)[0], getattr(said, field)[r]
            assert ours == pytest.approx(theirs, rel=tolerance, abs=tolerance, nan_ok=True), (name, field)


def test_a_row_without_factors_is_nan_throughout(fitted):
    _, model, _, test = fitted
    cube = test.cube.copy()
    cube[:, 0] = np.nan
    said = model.predict(replace(test, cube=cube))
    for field in FIELDS:
        assert np.isnan(getattr(said, field)[test.i == 0]).all()
        assert np.isfinite(getattr(said, field)[test.i == 1]).any()


def test_a_missing_factor_is_named(fitted):
    name, model, _, test = fitted
    wanted = model.describe()["factor_names"][0]
    renamed = tuple("other" if n == wanted else n for n in test.names)
    with pytest.raises(ModelError, match=wanted):
        model.predict(replace(test, names=renamed))
    assert name == model.name


def test_a_model_that_is_not_fitted_says_so(small, samples):
    for name in NAMES:
        with pytest.raises(ModelError, match="not "):
            build(name, small).predict(samples())


def test_no_rows_give_no_predictions(fitted):
    _, model, _, test = fitted
    assert len(model.predict(test.take(np.zeros(len(test), dtype=bool)))) == 0


def test_a_changed_byte_is_noticed(fitted, tmp_path):
    name, model, _, _ = fitted
    model.save(tmp_path / name)
    for path in sorted((tmp_path / name).iterdir()):
        data = path.read_bytes()
        path.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
        with pytest.raises(ModelError, match=r"Restore|train"):
            load_model(tmp_path / name)
        path.write_bytes(data)
    load_model(tmp_path / name)


def test_a_model_loads_only_its_own_kind(fitted, small, tmp_path):
    name, model, _, _ = fitted
    model.save(tmp_path / name)
    other = build("logistic" if name != "logistic" else "rsi_reversion", small)
    with pytest.raises(ModelError, match="holds the model"):
        other.load(tmp_path / name)


def test_too_few_rows_are_counted(samples, small):
    rows = samples()
    for name in NAMES:
        with pytest.raises(ModelError, match="fewer than"):
            build(name, small).fit(rows.take(rows.t < 3), None, seed=1)


def test_without_a_validation_slice_the_tail_of_training_serves(samples, small):
    rows = samples(T=400)
    model = build("logistic", small)
    model.fit(rows, None, seed=1)
    said = model.describe()
    assert said["train"]["end_ns"] < said["validation"]["start_ns"]
    assert said["validation"]["rows"] == pytest.approx(0.2 * len(rows), abs=8)


def test_rows_whose_label_reaches_into_validation_are_purged(samples, small):
    rows = samples(T=400)
    late = replace(rows, label_end=rows.ts_event + 10 * (rows.label_end - rows.ts_event), horizon_bars=10)
    model = build("logistic", small)
    model.fit(late.take(late.t < 300), late.take(late.t >= 300), seed=1)
    assert model.describe()["train"]["rows"] == (300 - 9) * 4


def test_changed_parameters_are_said_and_unknown_ones_refused():
    model = MODELS.get("xgboost")(trees=60)
    assert model.describe()["changed_from_reference"] == {"trees": {"used": 60, "reference": 200}}
    with pytest.raises(ModelError, match="trees_count"):
        MODELS.get("xgboost")(trees_count=60)


def test_listing_the_models_imports_no_heavy_library():
    code = (
        "import sys; from tradewind.alphas.registry import MODELS; names = MODELS.names();"
        "heavy = {'torch', 'sklearn', 'xgboost', 'lightgbm', 'onnx', 'onnxruntime', 'pandas', 'numba'};"
        "print(sorted(heavy & set(sys.modules)), len(names))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("[] ")


def test_without_torch_the_command_that_installs_it_is_named(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else find(name))
    with pytest.raises(RegistryError, match=r"pip install 'tradewind\[torch\]'"):
        MODELS.get("bilstm")
    assert "bilstm" in MODELS.names()
    assert "bilstm" not in MODELS.names(available_only=True)


def test_another_horizon_is_refused(fitted):
    _, model, _, test = fitted
    with pytest.raises(ModelError, match="fitted for 1 bars and asked about 5"):
        model.predict(replace(test, horizon_bars=5))
