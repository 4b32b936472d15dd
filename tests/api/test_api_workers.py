"""What one caller asks keeps no other waiting: least of all a command."""

import asyncio
import threading
from pathlib import Path

import httpx
import pytest
from loopback import running
from session_story import INSTRUMENTS, START_NS, make_bar, story, write

from tradewind.api.app import Parts, build_app, create_app
from tradewind.api.journal_access import JournalAccess
from tradewind.api.problems import ProblemError
from tradewind.api.record_routes import Verified
from tradewind.api.workers import Pool, SharedRun
from tradewind.core.errors import JournalError
from tradewind.core.timestamps import NS_PER_HOUR
from tradewind.journal.inbox import Inbox
from tradewind.journal.sqlite import SqliteJournal
from tradewind.journal.sqlite_reader import SqliteJournalReader

pytestmark = [pytest.mark.services, pytest.mark.slow]

KILL = {"verb": "kill", "argument": "freeze"}
KEY = {"Idempotency-Key": "first-key"}


class HeldReader(SqliteJournalReader):
    """Lets nobody look for kinds of records until it is told to."""

    may_go = threading.Event()

    def read_kind(self, *kinds, start=1, stop=None, newest_first=False):
        self.may_go.wait(60)
        return super().read_kind(*kinds, start=start, stop=stop, newest_first=newest_first)


@pytest.fixture
def held(journal, tmp_path: Path):
    """An app whose checks and explanations all wait for the event that comes with it, and its counter."""
    go = HeldReader.may_go = threading.Event()
    runs = {"verify": 0, "health": 0}

    def wait(name: str) -> None:
        runs[name] += 1
        go.wait(60)

    def verify() -> Verified:
        wait("verify")
        return Verified(records=1, first_ts=1, last_ts=1, root_hash="00")

    def health() -> dict:
        wait("health")
        return {"status": "ok"}

    app = build_app(
        Parts(
            journal=JournalAccess(open_reader=lambda: HeldReader(journal.path), verify=verify),
            health=health,
            list_sessions=lambda: ([], 0),
            locate=no_other,
            open_inbox=lambda: Inbox(tmp_path / "session.inbox"),
            poll_s=0.02,
        )
    )
    yield app, go, runs
    go.set()


def no_other(name: str) -> JournalAccess:
    raise JournalError(f"There is no journal called {name!r}.")


async def until(condition) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_kill_overtakes_all_reads_and_checks_that_are_under_way(held, journal, tmp_path) -> None:
    app, go, runs = held
    with running(app) as address:
        base = f"http://{address}/api/v1"
        limits = httpx.Limits(max_connections=200)
        async with httpx.AsyncClient(base_url=base, limits=limits, timeout=60) as client:
            asked = [asyncio.create_task(client.get("/journal/verify")) for _ in range(60)]
            asked += [asyncio.create_task(client.get("/health")) for _ in range(30)]
            asked += [asyncio.create_task(client.get("/refusals/explain")) for _ in range(30)]
            follower = app.state.follower
            await until(lambda: runs == {"verify": 1, "health": 1} and sum(one.done() for one in asked) >= 12)
            given = await client.post("/commands", json=KILL, headers=KEY)
            assert given.status_code == 202
            inbox = Inbox(tmp_path / "session.inbox")
            assert [one.verb for _, one in inbox.take()] == ["kill"]
            inbox.close()
            # The follower goes on as well.
            write(journal, [(make_bar(INSTRUMENTS[3], 321.5, START_NS + 900 * NS_PER_HOUR), True)])
            await until(lambda: follower.view.seq == journal.next_seq - 1)
            done = [one.result() for one in asked if one.done()]
            assert {one.status_code for one in done} == {503}  # beyond the queue of reads
            assert all(int(one.headers["retry-after"]) > 0 and one.json()["detail"] for one in done)
            assert not any(one.done() for one in asked[:90])
            go.set()
            answers = await asyncio.gather(*asked)
        assert runs == {"verify": 1, "health": 1}
        for shared in (answers[:60], answers[60:90]):
            assert {one.status_code for one in shared} == {200}
            assert len({one.text for one in shared}) == 1
            assert shared[0].json()["checked_ts"]
        assert sum(one.status_code == 200 for one in answers[90:]) == 18  # two threads and their queue


async def test_sixty_checks_of_a_long_journal_are_few_runs_and_a_kill_gets_in(tmp_path) -> None:
    with SqliteJournal(tmp_path / "long.journal") as journal:
        write(journal, story(1_500, 7, ended=False))
        records = journal.next_seq - 1
    assert records > 20_000
    app = create_app(tmp_path / "long.journal", health=dict, takes_commands=True)
    with running(app) as address:
        limits = httpx.Limits(max_connections=200)
        async with httpx.AsyncClient(
            base_url=f"http://{address}/api/v1", limits=limits, timeout=60
        ) as client:
            await until(app.state.follower.caught_up.is_set)
            asked = [asyncio.create_task(client.get("/journal/verify")) for _ in range(60)]
            given = await client.post("/commands", json=KILL, headers=KEY)
            assert given.status_code == 202
            answers = await asyncio.gather(*asked)
        assert {one.json()["records"] for one in answers} == {records}
        assert len({one.json()["checked_ts"] for one in answers}) < 10


async def test_who_comes_while_a_check_runs_shares_it_and_too_many_are_told() -> None:
    go, runs = threading.Event(), []
    shared = SharedRun("check", lambda: (runs.append(1), go.wait(20)), most_waiting=3)
    waiting = [asyncio.create_task(shared.result()) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(ProblemError) as refused:
        await shared.result()
    assert (refused.value.status, "Retry-After" in refused.value.headers) == (503, True)
    waiting[0].cancel()  # One who leaves takes nothing from the others.
    go.set()
    await asyncio.gather(*waiting[1:])
    assert runs == [1]
    await shared.result()
    assert runs == [1, 1]
    shared.close()


async def test_a_failed_check_fails_for_all_who_wait_and_the_next_begins_anew() -> None:
    outcomes = [ValueError("first"), None]

    def work() -> int:
        if (found := outcomes.pop(0)) is not None:
            raise found
        return 7

    shared = SharedRun("check", work)
    both = await asyncio.gather(shared.result(), shared.result(), return_exceptions=True)
    assert [str(one) for one in both] == ["first", "first"]
    assert await shared.result() == 7
    shared.close()


async def test_a_pool_counts_until_its_threads_are_done() -> None:
    go, pool = threading.Event(), Pool("reads", threads=1, queue=1)
    first = asyncio.create_task(pool.run(go.wait, 20))
    second = asyncio.create_task(pool.run(go.wait, 20))
    await asyncio.sleep(0)
    first.cancel()  # The asker is gone; the thread still works for him.
    await asyncio.sleep(0)
    with pytest.raises(ProblemError):
        await pool.run(go.wait, 20)
    go.set()
    await second
    await until(lambda: not pool._inside)
    assert await pool.run(lambda: 3) == 3
    pool.close()
