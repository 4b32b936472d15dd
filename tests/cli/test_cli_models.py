"""``train``, ``validate`` and ``warm`` on a short stretch of real history."""

import importlib.util
import math

import pytest

CONFIG = """
compute: serial
research:
  symbols: [AAPL, MSFT]
  window: {start: "2000-03-01", end: "2007-03-01"}
session:
  symbols: [MSFT, NFLX]
  train_years: 2
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    file = tmp_path_factory.mktemp("config") / "short.yaml"
    file.write_text(CONFIG)
    return file


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("models-home")


@pytest.fixture(scope="module")
def validated(tw, config, place):
    words = ("--models", "logistic,moving_average_momentum", "--config", config, "--home", place)
    return tw("validate", "--quick", *words, "--json")


def test_validate_gives_figures_with_intervals_and_a_verdict(validated):
    assert (validated.code, validated.err) == (0, "")
    said = validated.json()
    assert [one["model"] for one in said["models"]] == ["logistic", "moving_average_momentum"]
    assert said["instrument_ids"] == ["AAPL.XNAS", "MSFT.XNAS"]
    for one in said["models"]:
        assert 0.4 < one["accuracy"][0] < 0.6  # more would be a leak
        assert 0.5 <= one["base_rate"] < 0.7
        for name in ("accuracy", "ic", "sharpe"):
            value, low, high = one[name]
            assert low <= value <= high
            assert all(math.isfinite(end) for end in (value, low, high))
        assert one["verdict"] in {"accepted", "refused"}
        assert one["reasons"]
    assert "1y" in said["notes"][0]


def test_validate_says_how_far_the_best_is_the_work_of_choosing(validated):
    run = validated.json()["run"]
    assert run["periods"] > 250
    assert 1 <= run["effective_models"] <= 2
    assert set(run["discoveries"]) <= {"logistic", "moving_average_momentum"}
    for name in ("reality_check_p", "spa_p", "overfitting"):
        assert 0.0 <= run[name] <= 1.0


def test_leaks_are_looked_for_without_a_try(tw, config, place, validated):
    ledger = place / "trials.jsonl"
    before = ledger.read_bytes() if ledger.exists() else b""
    words = ("--models", "logistic,moving_average_momentum", "--config", config, "--home", place, "--json")
    done = tw("validate", "--quick", "--check-leaks", *words)
    learner, rule = done.json()
    assert (learner["model"], rule["model"]) == ("logistic", "moving_average_momentum")
    assert learner["figures"]["linear_ic"] > 0.03  # what is planted is found
    assert abs(learner["figures"]["noise_ic"]) < 0.03
    assert "linear_ic" not in rule["figures"]
    assert done.code == (1 if learner["findings"] or rule["findings"] else 0)
    assert (ledger.read_bytes() if ledger.exists() else b"") == before


def test_validate_is_on_record_and_repeats_itself(tw, config, place, validated):
    words = ("--models", "logistic,moving_average_momentum", "--config", config, "--home", place)
    done = tw("validate", "--quick", *words)
    assert done.code == 0
    shown = validated.json()["models"][0]
    assert f"{shown['accuracy'][0]:.1%} / {shown['base_rate']:.1%}" in done.out
    assert f"logistic is {shown['verdict']}:" in done.out
    assert "Walking forward: 2 of 2 judging" in done.err
    ledger = next(
        c for c in tw("health", "--home", place, "--json").json()["checks"] if c["name"] == "trial ledger"
    )
    assert ledger["figures"]["trials"] == 2  # the same try again is no other try


def test_train_keeps_versions_that_load(tw, config, place):
    words = ("--models", "logistic,bollinger_reversion", "--config", config, "--home", place)
    first = tw("train", *words, "--json")
    assert (first.code, first.err) == (0, "")
    said = first.json()
    assert {one["model"] for one in said["fitted"]} == {"logistic", "bollinger_reversion"}
    kept = {(row["model"], row["version"]) for row in said["versions"]}
    assert kept == {(one["model"], one["version"]) for one in said["fitted"]}
    assert {row["learned_until"] for row in said["versions"]} == {"2020-01-01T00:00:00Z"}
    again = tw("train", *words)
    assert again.out.count("from this run") == 2
    listed = tw("train", "--list", "--config", config, "--home", place, "--json").json()
    assert (listed["fitted"], listed["versions"]) == ([], said["versions"])
    checks = {c["name"]: c for c in tw("health", "--home", place, "--json").json()["checks"]}
    assert checks["models"]["figures"] == {"loaded": 2, "broken": 0}


def test_a_damaged_model_is_an_error_of_health(tw, config, tmp_path):
    words = ("--models", "logistic", "--config", config, "--home", tmp_path)
    assert tw("train", *words).code == 0
    file = next(path for path in (tmp_path / "models").rglob("artefact/*") if path.name != "manifest.json")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    done = tw("health", "--home", tmp_path, "--json")
    models = next(check for check in done.json()["checks"] if check["name"] == "models")
    assert (done.code, models["state"], models["figures"]["broken"]) == (1, "error", 1)


def test_the_list_names_a_damaged_version_and_goes_on(tw, config, tmp_path):
    words = (
        "--models",
        "logistic,bollinger_reversion,donchian_breakout",
        "--config",
        config,
        "--home",
        tmp_path,
    )
    assert tw("train", *words).code == 0
    artefact = (tmp_path / "models" / "logistic").rglob("artefact/*")
    file = next(path for path in artefact if path.name != "manifest.json")
    file.write_bytes(file.read_bytes()[:-1])
    (tmp_path / "models" / "donchian_breakout" / "states.json").write_text("{")
    done = tw("train", "--list", "--home", tmp_path, "--json")
    assert (done.code, done.err) == (0, "")
    rows = {row["model"]: row for row in done.json()["versions"]}
    assert {name: row["state"] for name, row in rows.items()} == {
        "logistic": "damaged",
        "bollinger_reversion": "candidate",
        "donchian_breakout": "damaged",
    }
    assert file.name in rows["logistic"]["problem"]
    assert "states.json" in rows["donchian_breakout"]["problem"]
    assert rows["bollinger_reversion"]["problem"] == ""
    shown = tw("train", "--list", "--home", tmp_path)
    assert shown.code == 0
    assert f"logistic {rows['logistic']['version']} cannot be opened" in shown.out + shown.err


def test_no_version_yet_says_how_to_make_one(tw, tmp_path):
    done = tw("train", "--list", "--home", tmp_path)
    assert (done.code, "tradewind train" in done.out) == (0, True)


@pytest.mark.slow
def test_warm_compiles_what_there_is(tw):
    done = tw("warm", "--json")
    assert done.json()["factors"] >= 400
    assert "All kernels are compiled" in tw("warm").out


@pytest.mark.parametrize(
    "words",
    [("validate",), ("validate", "--check-leaks"), ("train",), ("paper",), ("backtest",)],
    ids=" ".join,
)
def test_a_default_model_without_its_library_is_refused_before_any_work(tw, tmp_path, monkeypatch, words):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else find(name))
    done = tw(*words, "--home", tmp_path / "home")
    assert done.code == 2
    assert "The model 'bilstm' needs torch" in done.one_error()
    assert "pip install 'tradewind[torch]'" in done.err
    assert not (tmp_path / "home").exists()
