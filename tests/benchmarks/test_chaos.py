"""Live sessions at a broker that misbehaves, killed at random; a clean day there against the backtest."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.chaos import read, table
from benchmarks.chaos_market import SHARE, start_venue
from benchmarks.chaos_run import CONFIG, NAME, SWAYS, Run
from tradewind.app.config import load_config
from tradewind.app.session.parity import parity_of
from tradewind.app.session.parity_report import words as words_of
from tradewind.app.session.prepare import session_as_started
from tradewind.core.accounts import AccountSnapshot
from tradewind.core.events import SessionStarted
from tradewind.core.market import Bar
from tradewind.core.orders import OrderFilled
from tradewind.core.vocabulary import SessionMode, VenueKind
from tradewind.journal.opening import open_reader

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(900)]

RUNS = 25


def test_sessions_killed_at_random_at_a_broker_that_misbehaves_lose_and_double_nothing(
    tmp_path: Path,
) -> None:
    results = tmp_path / "results.jsonl"
    given = [sys.executable, "-m", "benchmarks.chaos", "--runs", str(RUNS), "--workers", "4"]
    done = subprocess.run(
        [*given, "--results", str(results)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    outcomes = read(results)
    assert len(outcomes) == RUNS, done.stderr
    assert not [one for one in outcomes if one.problems], table(outcomes)
    assert sum(one.kills for one in outcomes) > RUNS / 2
    assert sum(one.fills for one in outcomes) > RUNS
    assert len({what for one in outcomes for what in one.faults}) > 5
    assert done.returncode == 0


@pytest.fixture
def day(tmp_path: Path) -> Run:
    """A session at the venue without any fault, stopped in good order."""
    run = Run(tmp_path, 0)
    (tmp_path / "tradewind.yaml").write_text(CONFIG.replace("PLANNER", "{}"), "utf-8")
    (tmp_path / "sways.py").write_text(SWAYS, "utf-8")
    venue, run.url = start_venue(tmp_path / "venue.jsonl", 3, speed=60.0)
    try:
        run.start()
        assert run.wait_for(lambda: run.count(OrderFilled) >= 5, "trading")
        words = run.count(AccountSnapshot)
        assert run.wait_for(lambda: run.count(AccountSnapshot) > words + 1, "the broker's word")
        run.kill(signal.SIGTERM)
    finally:
        run.kill()
        subprocess.run(["kill", str(venue)], check=False)
    return run


def test_a_day_at_a_broker_differs_from_its_backtest_by_nothing_unexplained(day: Run) -> None:
    """Two runs through different feed and broker code: sockets and an adapter, a recorded feed and the venue
    in the process."""
    config = load_config(day.folder / "tradewind.yaml", home=day.home)
    plan = session_as_started(config, NAME)
    report = parity_of(plan, day.journal)
    assert report.fills >= 5
    assert report.same_decisions >= 3
    assert report.unexplained == (), words_of(report)
    assert all(cash.unexplained_e8 == 0 for cash in report.cash)
    with open_reader(day.journal) as reader:
        started = next(iter(reader.read(1, 2))).event
        words = [r.event for r in reader.read_kind(AccountSnapshot)]
        bars = [r.event for r in reader.read_kind(Bar)]
    assert isinstance(started, SessionStarted)
    assert (started.mode, started.wiring.venue) == (SessionMode.LIVE, VenueKind.EXTERNAL)
    assert started.accounts[0].broker == "alpaca"
    assert [i.id for i in started.instruments] == [SHARE.id]
    assert words
    assert bars
    assert json.loads(started.configuration)["session"]["broker"]["name"] == "alpaca"
