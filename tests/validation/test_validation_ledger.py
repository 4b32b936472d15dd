import multiprocessing
import subprocess
import sys

import numpy as np
import pytest

from tradewind.core.errors import CorruptFileError, StoreError
from tradewind.validation.known_markets import known_market
from tradewind.validation.ledger import Trial, TrialLedger, trial_identity


def judged(number, net=(0.01, -0.02)):
    return Trial(f"id{number}", f"model {number}", np.arange(len(net)), np.array(net))


def write_some(path, first, gate):
    ledger = TrialLedger(path)
    gate.wait()
    for number in range(first, first + 30):
        ledger.start(f"id{number}", "m", {"seed": number})


def test_trials_outlive_the_object_and_count_once(tmp_path):
    path = tmp_path / "state" / "trials.jsonl"
    ledger = TrialLedger(path)
    ledger.start("id1", "model 1", {"seed": 1})
    ledger.start("id1", "model 1", {"seed": 1})
    ledger.start("id2", "model 2", {"seed": 1})
    ledger.judge(judged(1))
    ledger.judge(judged(1, (0.5,)))
    again = TrialLedger(path).trials()
    assert [(t.trial_id, t.judged) for t in again] == [("id1", True), ("id2", False)]
    assert again[0].net.tolist() == [0.5]
    assert again[0].ts_event.tolist() == [0]
    assert TrialLedger(path).head() == ledger.head() != TrialLedger(None).head()
    ledger.judge(judged(1))
    assert TrialLedger(path).trials()[0].net.tolist() == [0.01, -0.02]
    assert len(path.read_text().splitlines()) == 5  # the second start said nothing new
    assert "id2" in ledger
    assert "id3" not in ledger


def test_a_removed_or_altered_line_is_found(tmp_path):
    path = tmp_path / "trials.jsonl"
    ledger = TrialLedger(path)
    for number in range(4):
        ledger.judge(judged(number))
    lines = path.read_text().splitlines(keepends=True)
    for damaged in (
        lines[:1] + lines[2:],
        lines[1:],
        [lines[0].replace("model 0", "model 9"), *lines[1:]],
    ):
        path.write_text("".join(damaged))
        with pytest.raises(CorruptFileError, match=r"Line [12] "):
            TrialLedger(path)


def test_half_a_line_from_a_crash_is_not_a_record(tmp_path):
    path = tmp_path / "trials.jsonl"
    TrialLedger(path).judge(judged(1))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    ledger = TrialLedger(path)
    assert len(ledger.trials()) == 1
    ledger.judge(judged(2))
    assert [t.trial_id for t in TrialLedger(path).trials()] == ["id1", "id2"]


def test_processes_take_turns(tmp_path):
    path = tmp_path / "trials.jsonl"
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(2)
    writers = [context.Process(target=write_some, args=(path, 100 * k, gate)) for k in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert len(TrialLedger(path).trials()) == 60


ELSEWHERE = """
import sys
from pathlib import Path
sys.modules["fcntl"] = None
from tradewind.validation.ledger import TrialLedger
TrialLedger(Path(sys.argv[1])).start("id1", "m", {"seed": 1})
"""


def test_a_system_without_fcntl_keeps_the_ledger_as_well(tmp_path):
    path = tmp_path / "trials.jsonl"
    subprocess.run([sys.executable, "-W", "ignore", "-c", ELSEWHERE, str(path)], check=True)
    assert [trial.trial_id for trial in TrialLedger(path).trials()] == ["id1"]


def test_rounds_are_counted_by_the_data_they_saw():
    ledger = TrialLedger(None)
    assert ledger.round_of(100) == 1
    ledger.record_verdict("id1", "m", 100, "refused", ["why"])
    ledger.record_verdict("id2", "n", 100, "refused", ["why"])
    assert ledger.round_of(100) == 1
    assert ledger.round_of(200) == 2
    assert ledger.trials() == ()


def test_what_cannot_be_recorded_is_refused(tmp_path):
    with pytest.raises(StoreError, match="not finite"):
        TrialLedger(None).judge(judged(1, (np.nan,)))
    blocked = tmp_path / "folder"
    blocked.mkdir()
    with pytest.raises((StoreError, IsADirectoryError)):
        TrialLedger(blocked).judge(judged(1))


def test_an_identity_depends_on_model_data_and_plan():
    samples = known_market("noise", days=50, instruments=2, seed=1).samples
    other = known_market("noise", days=50, instruments=2, seed=2).samples
    base = trial_identity("m", samples, {"seed": 1})
    assert base == trial_identity("m", samples, {"seed": 1})
    assert (
        len({base, trial_identity("n", samples, {"seed": 1}), trial_identity("m", other, {"seed": 1})}) == 3
    )
    assert base != trial_identity("m", samples, {"seed": 2})
