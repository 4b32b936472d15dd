"""``tradewind health`` and the bounds behind it."""

import os
import time

import pytest

from tradewind.app.health import LEAST_FREE_BYTES, judge_clock, judge_disk, judge_memory
from tradewind.core.timestamps import NS_PER_S, parse_ns
from tradewind.journal.export import export_journal

NOW = parse_ns("2026-05-01T12:00:00+00:00")


def test_every_check_has_a_state_and_figures(tw, home):
    said = tw("health", "--home", home, "--json").json()
    checks = {check["name"]: check for check in said["checks"]}
    machine = ["home", "disk", "memory", "clock"]
    names = [*machine, "store", "journal", "trial ledger", "models", "libraries", "plug-ins"]
    assert list(checks) == names
    assert {check["state"] for check in checks.values()} <= {"ok", "warning", "error"}
    assert all(check["text"].endswith((".", ":")) and check["figures"] for check in checks.values())
    assert checks["store"]["figures"]["files"] > 5
    assert checks["store"]["figures"]["damaged"] == 0
    assert checks["libraries"]["figures"]["needed"] > 20


def test_the_table_names_them_too(tw, home):
    done = tw("health", "--home", home)
    assert "libraries" in done.out
    assert "Checking: 10 of 10" in done.err


@pytest.mark.parametrize(
    ("free", "state"),
    [(3 * LEAST_FREE_BYTES, "ok"), (int(1.5 * LEAST_FREE_BYTES), "warning"), (LEAST_FREE_BYTES - 1, "error")],
)
def test_disk_bound(tmp_path, free, state):
    assert judge_disk(tmp_path, free).state == state


@pytest.mark.parametrize(
    ("used", "state"), [(79.9, "ok"), (80.0, "warning"), (94.9, "warning"), (95.0, "error")]
)
def test_memory_bound(used, state):
    assert judge_memory(used, 8_000_000_000).state == state


@pytest.mark.parametrize(
    ("now", "newest", "state"),
    [
        (NOW, 0, "ok"),
        (NOW, NOW - NS_PER_S, "ok"),
        (NOW, NOW + 4 * NS_PER_S, "ok"),
        (NOW, NOW + 6 * NS_PER_S, "error"),
        (parse_ns("1970-01-02"), 0, "error"),
    ],
)
def test_a_clock_that_was_set_back_is_an_error(now, newest, state):
    assert judge_clock(now, newest).state == state


def test_a_file_of_tomorrow_is_found(tw, tmp_path):
    file = tmp_path / "trials.jsonl"
    file.touch()
    tomorrow = time.time() + 86_400
    os.utime(file, (tomorrow, tomorrow))
    done = tw("health", "--home", tmp_path, "--json")
    assert done.code == 1
    assert {c["name"] for c in done.json()["checks"] if c["state"] == "error"} >= {"clock"}


def test_a_broken_journal_and_a_broken_ledger_are_errors(tw, journal, tmp_path):
    (tmp_path / "journals").mkdir()
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "journals" / "one.journal").write_bytes(data)
    (tmp_path / "trials.jsonl").write_text('{"previous": "nothing"}\n{"previous": "nothing"}\n')
    done = tw("health", "--home", tmp_path, "--json")
    assert done.code == 1
    broken = {check["name"] for check in done.json()["checks"] if check["state"] == "error"}
    assert {"journal", "trial ledger"} <= broken


@pytest.mark.parametrize("left", ["nothing", "a link to nowhere"])
def test_a_journal_that_is_gone_but_for_its_mark_is_an_error_among_the_others(tw, journal, tmp_path, left):
    copy = export_journal(journal, tmp_path / "journals").journal
    copy.unlink()
    if left != "nothing":
        copy.symlink_to(tmp_path / "nowhere")
    done = tw("health", "--home", tmp_path, "--json")
    assert done.code == 1
    checks = {check["name"]: check for check in done.json()["checks"]}
    assert checks["journal"]["state"] == "error"
    assert "are lost" in checks["journal"]["text"]
    assert checks["clock"]["state"] == "ok"
