"""The kill switch thrown through the API while a replayed session runs: closed at the next bar, in session
time.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from session_parts import MakePlan

from tradewind.api.app import create_app
from tradewind.api.serve import bind, settings
from tradewind.app.session.running import Ran, replay_journal, run_paper
from tradewind.core.decisions import AccountMarked, BreakerTripped, OrderRequested
from tradewind.core.events import AnyEvent, Command
from tradewind.core.market import Bar
from tradewind.core.orders import OrderFilled
from tradewind.journal.opening import open_reader

TOKEN = "a-token-for-the-test-only"


def events(path: Path, *kinds: type) -> list[tuple[int, AnyEvent]]:
    with open_reader(path) as reader:
        return [(record.seq, record.event) for record in reader.read_kind(*kinds)]


@contextlib.contextmanager
def serving(path: Path) -> Iterator[str]:
    """The API over the journal on a free port, as ``serve`` runs it."""
    app = create_app(path, health=dict, takes_commands=True, token=TOKEN)
    listening = bind("127.0.0.1", 0)
    server = uvicorn.Server(settings(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    wait_for(lambda: server.started)
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()


def wait_for(condition, seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.02)


def opened_ns(bar: Bar) -> int:
    return bar.ts_open or bar.ts_event - 1


@pytest.mark.slow
@pytest.mark.services
@pytest.mark.parametrize("mode", ["liquidate", "freeze"])
def test_the_kill_switch_of_the_api_acts_at_once_and_in_the_sessions_own_time(
    make_plan: MakePlan, mode: str
) -> None:
    plan = make_plan(f"kill-{mode}")
    path = plan.config.home / "journals" / f"{plan.session_id}.journal"
    ended: list[Ran] = []
    session = threading.Thread(target=lambda: ended.append(run_paper(plan, pace_s=0.1)))
    session.start()
    wait_for(lambda: path.exists() and any(True for _ in events(path, OrderFilled)))
    with serving(path) as address:
        key = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": "the-only-one"}
        body = {"verb": "kill", "argument": mode}
        answer = httpx.post(f"http://{address}/api/v1/commands", json=body, headers=key, timeout=30)
    assert answer.status_code == 202, answer.text
    session.join(timeout=240)
    assert ended
    window = plan.config.session.window
    with open_reader(path) as reader:
        stamps = [
            record.event.ts_event for record in reader.read() if not getattr(record.event, "warmup", False)
        ]
    assert max(stamps) < window.end_ns, "nothing is dated in the present"
    ((seq, command),) = events(path, Command)
    assert isinstance(command, Command)
    assert window.start_ns <= command.ts_event < window.end_ns
    assert command.ts_sent > window.end_ns
    trips = {event.breaker for at, event in events(path, BreakerTripped) if at >= seq}  # type: ignore[union-attr]
    assert "kill_switch" in trips
    assert not trips & {"data_stale", "vix_missing", "index_drop_missing"}
    before = [event for at, event in events(path, AccountMarked) if at < seq]
    held = before[-1].positions if before else {}  # type: ignore[union-attr]
    assert held
    later = [event.order for at, event in events(path, OrderRequested) if at > seq]  # type: ignore[union-attr]
    assert all(order.reduce_only for order in later)
    last = events(path, AccountMarked)[-1][1]
    if mode == "liquidate":
        assert last.positions == {}  # type: ignore[union-attr]
        for instrument_id in held:
            # A bar that was open already when the command came takes no order of it.
            bars = [
                at
                for at, bar in events(path, Bar)
                if at > seq and bar.instrument_id == instrument_id and opened_ns(bar) >= command.ts_event
            ]  # type: ignore[union-attr]
            fills = [
                at
                for at, fill in events(path, OrderFilled)
                if at > seq and fill.instrument_id == instrument_id
            ]  # type: ignore[union-attr]
            assert fills[0] < bars[0], "it is filled at its next bar, which is recorded right after"
    assert replay_journal(plan, path).last_seq == ended[0].records
