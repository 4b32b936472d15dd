"""Versions on disk: whole or not at all, states that move by rule, damage that is noticed."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from tradewind.alphas.registry import MODELS
from tradewind.alphas.versions import ModelVersions, VersionState
from tradewind.core.errors import ModelError

NOW = 1_600_000_000_000_000_000


@pytest.fixture(scope="module")
def fitted(samples):
    models = []
    for c in (0.05, 0.5):
        model = MODELS.get("logistic")(c=c)
        rows = samples("linear", T=300)
        model.fit(rows, None, seed=1)
        models.append(model)
    return models


@pytest.fixture
def kept(fitted, tmp_path):
    versions = ModelVersions(tmp_path / "models")
    for model in fitted:
        versions.add(
            model, metrics={"auc": 0.61, "coverage": float("nan")}, train_seconds=0.2, created_ns=NOW
        )
    return versions, [m.version for m in fitted]


def test_a_version_comes_back_as_it_was(kept, fitted, samples):
    versions, (first, second) = kept
    assert first != second
    rows = samples("linear", T=300)
    again = versions.load("logistic", first)
    np.testing.assert_array_equal(again.predict(rows).probability_up, fitted[0].predict(rows).probability_up)
    record = versions.record("logistic", first)
    assert record.metrics["auc"] == 0.61
    assert record.metrics["coverage"] is None
    assert record.description["train"]["data_hash"] == fitted[0].describe()["train"]["data_hash"]
    assert versions.models() == ["logistic"]


def test_adding_again_changes_nothing(kept, fitted):
    versions, _ = kept
    before = versions.history("logistic")
    record = versions.add(fitted[0], metrics={"auc": 0.99}, train_seconds=9.0, created_ns=NOW + 1)
    assert record.metrics["auc"] == 0.61
    assert versions.history("logistic") == before


def test_the_card_says_what_a_person_needs(kept):
    versions, (_, second) = kept
    card = versions.card("logistic", second)
    assert card.startswith(f"# logistic {second}\n")
    for text in (
        "2020-09-13T12:26:40Z",
        "c: 0.5 instead of 0.05",
        "Training: 960 rows",
        "rsi_fast",
        "auc: 0.61",
    ):
        assert text in card, text


def test_states_move_by_rule_and_one_is_champion(kept):
    versions, (first, second) = kept
    assert set(versions.states("logistic").values()) == {VersionState.CANDIDATE}
    assert versions.champion("logistic") is None
    versions.set_state("logistic", first, VersionState.SHADOW, reason="gate passed", ts_ns=NOW + 1)
    versions.set_state("logistic", first, VersionState.CHAMPION, reason="paired test", ts_ns=NOW + 2)
    versions.set_state("logistic", second, VersionState.CHAMPION, reason="override", ts_ns=NOW + 3)
    assert versions.champion("logistic") == second
    assert versions.states("logistic")[first] is VersionState.RETIRED
    assert [c.reason for c in versions.history("logistic")][-2:] == [f"followed by {second}", "override"]
    with pytest.raises(ModelError, match="retired and cannot become champion"):
        versions.set_state("logistic", first, VersionState.CHAMPION, reason="again", ts_ns=NOW + 4)
    with pytest.raises(ModelError, match="no reason"):
        versions.set_state("logistic", second, VersionState.RETIRED, reason=" ", ts_ns=NOW + 4)
    with pytest.raises(ModelError, match="nothing"):
        versions.set_state("logistic", "nothing", VersionState.RETIRED, reason="x", ts_ns=NOW + 4)


@pytest.mark.parametrize("file", ["artefact/model.json", "artefact/logistic.json", "artefact/manifest.json"])
def test_a_damaged_artefact_is_refused(kept, file):
    versions, (first, _) = kept
    path = versions.root / "logistic" / first / file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ModelError):
        versions.load("logistic", first)


def test_a_whole_artefact_of_another_version_is_refused(kept):
    versions, (first, second) = kept
    for path in (versions.root / "logistic" / second / "artefact").iterdir():
        (versions.root / "logistic" / first / "artefact" / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ModelError, match="not the one that was saved"):
        versions.load("logistic", first)


def test_an_unreadable_record_or_state_is_a_model_error(kept):
    versions, (first, _) = kept
    (versions.root / "logistic" / first / "record.json").write_text("{")
    with pytest.raises(ModelError, match=r"record\.json"):
        versions.record("logistic", first)
    (versions.root / "logistic" / "states.json").write_bytes(msgspec.json.encode([{"version": 1}]))
    with pytest.raises(ModelError, match=r"states\.json"):
        versions.states("logistic")


def test_a_save_that_was_cut_off_is_not_a_version(fitted, tmp_path):
    versions = ModelVersions(tmp_path)
    part = tmp_path / "logistic" / f".{fitted[0].version}.part"
    (part / "artefact").mkdir(parents=True)
    (part / "artefact" / "model.json").write_text("{")
    assert versions.models() == []
    versions.add(fitted[0], metrics={}, train_seconds=0.1, created_ns=NOW)
    assert not part.exists()
    assert versions.load("logistic", fitted[0].version).version == fitted[0].version


def test_names_cannot_leave_the_folder(kept):
    versions, _ = kept
    with pytest.raises(ModelError, match="There is no version"):
        versions.record("..", "etc")
    with pytest.raises(ModelError, match="There is no version"):
        versions.card("logistic", "../logistic")


def test_the_card_says_what_was_learned_from_and_on_which_basis(samples, tmp_path):
    priced = samples("linear", T=300)
    paid = replace(priced, total_return=priced.instrument_ids)
    for rows, basis in ((priced, "price only"), (paid, "total return")):
        model = MODELS.get("logistic")()
        model.fit(rows, None, seed=1)
        versions = ModelVersions(tmp_path / basis)
        versions.add(model, metrics={}, train_seconds=0.2, created_ns=NOW)
        card = (tmp_path / basis / "logistic" / model.version / "card.md").read_text()
        assert f"- label basis: {basis}\n" in card
        assert f"Instruments: {', '.join(priced.instrument_ids)}." in card
