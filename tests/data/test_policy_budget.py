"""Calls are counted strictly, across restarts, threads and processes."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback_http import SteppedClock

from tradewind.core.errors import ConfigError
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_S, parse_ns
from tradewind.data.policy.call_budget import PER_DAY, PER_MINUTE, CallBudget, CallLimit

START = parse_ns("2024-03-01")


def budget(folder: Path, clock: SteppedClock, *limits: CallLimit) -> CallBudget:
    return CallBudget(folder / "limits.sqlite", "vendor", limits, clock)


def test_a_restart_does_not_give_the_day_back(tmp_path):
    clock = SteppedClock(START)
    first = budget(tmp_path, clock, CallLimit(5, PER_MINUTE), CallLimit(8, PER_DAY))
    assert [first.take() for _ in range(5)] == [0.0] * 5
    assert first.take() == pytest.approx(60.0)
    clock.sleep(60.0)
    again = budget(tmp_path, clock, CallLimit(5, PER_MINUTE), CallLimit(8, PER_DAY))
    assert again.left() == (5, 3)
    assert [again.take() for _ in range(3)] == [0.0] * 3
    assert again.take() == pytest.approx(PER_DAY - 60.0)


def test_another_provider_in_the_same_file_has_its_own_tokens(tmp_path):
    clock = SteppedClock(START)
    one = budget(tmp_path, clock, CallLimit(1, PER_MINUTE))
    other = CallBudget(tmp_path / "limits.sqlite", "other", (CallLimit(1, PER_MINUTE),), clock)
    assert one.take() == other.take() == 0.0
    assert one.take() > 0


@settings(max_examples=25, deadline=None)
@given(
    steps=st.lists(st.tuples(st.floats(0.0, 20.0), st.integers(1, 3)), min_size=1, max_size=25),
    calls=st.integers(3, 6),
    per_s=st.sampled_from([5.0, 30.0]),
)
def test_no_window_ever_sees_more_than_the_limit(tmp_path_factory, steps, calls, per_s):
    clock = SteppedClock(START)
    one = budget(tmp_path_factory.mktemp("limits"), clock, CallLimit(calls, per_s))
    taken: list[tuple[int, int]] = []
    for pause, cost in steps:
        clock.sleep(pause)
        if one.take(cost) == 0.0:
            taken.append((clock.now, cost))
    for ts, _ in taken:
        assert sum(cost for other, cost in taken if ts - int(per_s * 1e9) < other <= ts) <= calls


@settings(max_examples=25, deadline=None)
@given(costs=st.lists(st.integers(1, 4), min_size=1, max_size=15))
def test_after_the_stated_wait_and_not_before_there_is_a_token(tmp_path_factory, costs):
    clock = SteppedClock(START)
    one = budget(tmp_path_factory.mktemp("limits"), clock, CallLimit(4, 10.0))
    for cost in costs:
        wait = one.take(cost)
        if wait:
            clock.now += int(wait * NS_PER_S) - 1_000
            assert one.take(cost) > 0
            clock.now += 2_000
            assert one.take(cost) == 0.0
        clock.sleep(0.7)


def test_a_word_of_the_provider_shuts_it_for_every_process(tmp_path):
    clock = SteppedClock(START)
    one = budget(tmp_path, clock, CallLimit(10, PER_MINUTE))
    one.shut(30.0)
    one.shut(5.0)  # a shorter word does not shorten it
    assert budget(tmp_path, clock, CallLimit(10, PER_MINUTE)).take() == pytest.approx(30.0)
    clock.sleep(30.0)
    assert one.take() == 0.0


def test_a_clock_set_back_does_not_lock_the_provider_up(tmp_path):
    clock = SteppedClock(START + 400 * NS_PER_DAY)
    one = budget(tmp_path, clock, CallLimit(1, PER_MINUTE))
    one.take()
    clock.now = START
    assert one.take() == pytest.approx(60.0)
    clock.sleep(60.0)
    assert one.take() == 0.0


def test_threads_share_the_tokens(tmp_path):
    one = budget(tmp_path, SteppedClock(START), CallLimit(20, PER_DAY))
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: one.take(), range(60)))
    assert sum(wait == 0.0 for wait in waits) == 20


def test_processes_share_the_tokens(tmp_path):
    budget(tmp_path, SteppedClock(START), CallLimit(2, PER_DAY)).take()
    script = (
        "import sys; from pathlib import Path\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from loopback_http import SteppedClock\n"
        "from tradewind.data.policy.call_budget import CallBudget, CallLimit\n"
        f"b = CallBudget(Path(sys.argv[1]), 'vendor', (CallLimit(2, 86400.0),), SteppedClock({START}))\n"
        "print(b.take(), b.take() > 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "limits.sqlite")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["0.0", "True"]


def test_rows_do_not_pile_up(tmp_path):
    clock = SteppedClock(START)
    one = budget(tmp_path, clock, CallLimit(3, 1.0))
    for _ in range(30):
        one.take()
        clock.sleep(0.5)
    rows = sqlite3.connect(tmp_path / "limits.sqlite")
    assert rows.execute("SELECT count(*) FROM taken").fetchone()[0] <= 3
    rows.close()


def test_impossible_limits_and_costs_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="0 calls"):
        CallLimit(0, PER_MINUTE)
    with pytest.raises(ConfigError, match="costs 5"):
        budget(tmp_path, SteppedClock(START), CallLimit(4, PER_MINUTE)).take(5)
