"""Every example runs as a reader would run it, and says what it is there to say."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

RUNS = {
    "sma_cross.py": (["2000"], r"(?m)^[\d,]+ records, [1-9]\d* orders, [1-9]\d* fills \(synthetic data\)$"),
    "history_and_factors.py": (
        ["2012-01-01"],
        r"(?m)^\d{3} bars, 5 factors, the same from a pandas frame: True$",
    ),
    "sma_cross_ten_lines.py": ([], r"(?m)^  Closed trades +[1-9]\d*$(?s:.)*^  All costs +[1-9]\d*\.\d\d$"),
    "own_bars.py": (
        [],
        r"(?m)^5000 bars, (\d+) orders, \d+ fills, [1-9][\d.]+ USD of commission\n"
        r"equity [\d.]+ USD from 100000\.00$",
    ),
    "own_model.py": (["2006-01-01"], r"(?m)^The gate's verdict on calm_rise: (accepted|refused)$"),
    "read_journal.py": (
        [],
        r"(?m)^\d+ records, each follows .*(?s:.)*^Why order sma_cross-sma-\d+-0 exists$",
    ),
}
SLOW = {"history_and_factors.py", "own_model.py", "sma_cross_ten_lines.py"}


def run(name: str, *words: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:__main__", str(EXAMPLES / name), *words],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow if n in SLOW else ()) for n in sorted(RUNS)]
)
def test_an_example_says_what_it_is_for(name: str, tmp_path: Path) -> None:
    words, wanted = RUNS[name]
    said = run(name, *words, cwd=tmp_path)
    assert re.search(wanted, said), said
    assert not list(tmp_path.iterdir()), "an example leaves nothing behind"


def test_no_example_is_left_out() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(RUNS)


@pytest.mark.parametrize("name", sorted(RUNS))
def test_an_example_says_how_it_is_run(name: str) -> None:
    assert f"``python examples/{name}" in (EXAMPLES / name).read_text("utf-8")
