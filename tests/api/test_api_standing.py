"""A journal that is stale, gone, replaced or broken is answered so, and never as the session of today."""

import asyncio
import contextlib
import json
import sqlite3
import threading
from contextlib import closing

import httpx
import pytest
import websockets
from loopback import running
from session_story import INSTRUMENTS, START_NS, make_bar, story, write

from tradewind.api.app import Parts, build_app, create_app
from tradewind.api.journal_access import JournalAccess, access_to
from tradewind.api.record_routes import Verified
from tradewind.core.timestamps import NS_PER_HOUR
from tradewind.journal.files import inbox_path
from tradewind.journal.inbox import Inbox
from tradewind.journal.sqlite import SqliteJournal
from tradewind.journal.sqlite_reader import SqliteJournalReader

pytestmark = pytest.mark.services

SHOWING = ["/session", "/snapshot", "/positions", "/orders", "/records", "/refusals/explain", "/equity"]
KILL = {"verb": "kill", "argument": "freeze"}


async def until(client: httpx.AsyncClient, wanted: int) -> None:
    async with asyncio.timeout(10):
        while (await client.get("/session")).status_code != wanted:
            await asyncio.sleep(0.02)


async def all_say(client: httpx.AsyncClient, wanted: int) -> None:
    """Every route that shows the session refuses, also one who knows its ETag; kill and health go on."""
    await until(client, wanted)
    for path in SHOWING:
        got = await client.get(path)
        assert (got.status_code, got.headers["content-type"]) == (wanted, "application/problem+json"), path
        assert got.json()["detail"]
        assert "/tmp" not in got.text
    health = await client.get("/health")
    assert health.status_code == 503
    assert health.json()["journal"]["fault"]
    rearm = {"verb": "rearm", "argument": "losing_streak:SOL/USDT"}
    key = {"Idempotency-Key": f"rearm-while-{wanted}"}
    assert (await client.post("/commands", json=rearm, headers=key)).status_code == wanted
    key = {"Idempotency-Key": f"kill-while-{wanted}"}
    assert (await client.post("/commands", json=KILL, headers=key)).status_code == 202


def asker(address: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://{address}/api/v1", timeout=10)


async def test_another_journal_in_its_place_is_410(make_app, journal, tmp_path) -> None:
    with SqliteJournal(tmp_path / "other.journal") as other:
        write(other, story(50, 12, ended=False))
    with running(make_app()) as address:
        async with asker(address) as client, websockets.connect(f"ws://{address}/api/v1/stream") as stream:
            assert json.loads(await stream.recv())["seq"]
            etag = (await client.get("/session")).headers["etag"]
            (tmp_path / "other.journal").replace(journal.path)
            await all_say(client, 410)
            assert (await client.get("/session", headers={"If-None-Match": etag})).status_code == 410
            async with asyncio.timeout(10):
                with contextlib.suppress(websockets.ConnectionClosed):
                    async for _ in stream:
                        pass
            assert stream.close_code == 1013
            with pytest.raises(websockets.InvalidStatus) as refused:
                async with websockets.connect(f"ws://{address}/api/v1/stream"):
                    pass
            assert refused.value.response.status_code == 410


async def test_another_history_in_the_same_file_is_410(make_app, journal, tmp_path) -> None:
    with SqliteJournal(tmp_path / "other.journal") as other:
        write(other, story(90, 12, ended=False))
        with other.reader() as reader:
            lines = list(reader.lines())
    assert len(lines) >= journal.next_seq  # It has a record where the last one known was.
    with running(make_app()) as address:
        async with asker(address) as client:
            await until(client, 200)
            with (
                closing(sqlite3.connect(other.path)) as source,
                closing(sqlite3.connect(journal.path)) as file,
            ):
                source.backup(file)
            await all_say(client, 410)


async def test_a_journal_that_is_gone_is_503_until_it_is_back(make_app, journal, tmp_path) -> None:
    with running(make_app()) as address:
        async with asker(address) as client:
            await until(client, 200)
            moved = journal.path.rename(tmp_path / "aside.journal")
            await all_say(client, 503)
            assert int((await client.get("/session")).headers["retry-after"]) > 0
            moved.rename(journal.path)
            await until(client, 200)


async def test_a_record_that_cannot_be_read_is_409(make_app, journal) -> None:
    with running(make_app()) as address:
        async with asker(address) as client:
            await until(client, 200)
            write(journal, [(make_bar(INSTRUMENTS[3], 321.5, START_NS + 900 * NS_PER_HOUR), True)])
            last = journal.next_seq - 1
            with sqlite3.connect(journal.path) as file:
                file.execute("UPDATE commits SET first = first + 1, last = last + 1 WHERE last = ?", (last,))
            file.close()
            # Where it was read before, it is the last record known that is not there.
            async with asyncio.timeout(10):
                while (await client.get("/session")).status_code not in (409, 410):
                    await asyncio.sleep(0.02)


async def test_a_file_that_is_no_journal_is_not_an_empty_session(tmp_path) -> None:
    (tmp_path / "text.journal").write_text("this is no journal" * 100)
    app = create_app(tmp_path / "text.journal", health=dict, poll_s=0.02)
    with running(app) as address:
        async with asker(address) as client:
            await until(client, 503)
            assert "not a journal" in (await client.get("/session")).json()["detail"]


def made_of(journal, tmp_path, reader) -> object:
    return build_app(
        Parts(
            journal=JournalAccess(
                open_reader=lambda: reader(journal.path),
                verify=lambda: Verified(records=0, first_ts=0, last_ts=0, root_hash=""),
            ),
            health=dict,
            list_sessions=lambda: ([], 0),
            locate=lambda name: access_to(tmp_path / f"{name}.journal"),
            open_inbox=lambda: Inbox(tmp_path / "session.inbox"),
            poll_s=0.02,
        )
    )


async def test_a_follower_that_died_is_503(journal, tmp_path, caplog) -> None:
    class Failing(SqliteJournalReader):
        fails = False

        def read(self, start=1, stop=None):
            if self.fails:
                raise ZeroDivisionError
            return super().read(start, stop)

    with running(made_of(journal, tmp_path, Failing)) as address:
        async with asker(address) as client:
            await until(client, 200)
            Failing.fails = True
            await all_say(client, 503)
            assert "not followed" in (await client.get("/session")).json()["detail"]
    assert any(line.exc_info and "not followed" in line.getMessage() for line in caplog.records)


async def test_a_look_at_the_journal_that_hangs_makes_it_stale(journal, tmp_path) -> None:
    go = threading.Event()

    class Hanging(SqliteJournalReader):
        hangs = False

        def read(self, start=1, stop=None):
            if self.hangs and start > 1:
                go.wait(30)
            return super().read(start, stop)

    app = made_of(journal, tmp_path, Hanging)
    app.state.follower._late_s = 0.3
    with running(app) as address:
        async with asker(address) as client:
            await until(client, 200)
            Hanging.hangs = True
            await until(client, 503)
            assert "last read" in (await client.get("/session")).json()["detail"]
            health = (await client.get("/health")).json()
            assert (health["status"], "last read" in health["journal"]["fault"]) == ("error", True)
            Hanging.hangs = False
            go.set()
            await until(client, 200)


async def test_while_a_long_journal_is_read_it_is_not_shown_yet(journal, tmp_path) -> None:
    go = threading.Event()

    class Slow(SqliteJournalReader):
        def read(self, start=1, stop=None):
            go.wait(30)
            return super().read(start, stop)

    with running(made_of(journal, tmp_path, Slow)) as address:
        async with asker(address) as client:
            got = await client.get("/session")
            assert (got.status_code, got.headers["retry-after"]) == (503, "1")
            go.set()
            await until(client, 200)


async def test_tampering_is_seen_by_who_asked_before(make_app, journal) -> None:
    """The check and the records carry nothing by which an older answer could stand for the file of now."""
    with running(make_app()) as address:
        async with asker(address) as client:
            await until(client, 200)
            order = (await client.get("/orders?state=closed&limit=1")).json()["items"][0]
            paths = ["/journal/verify", "/records", f"/orders/{order['client_order_id']}/explain"]
            before = [await client.get(path) for path in paths]
            for got in before:
                assert got.headers["cache-control"] == "no-store"
                assert "etag" not in got.headers
            assert before[0].json()["verified"] is True
            etag = (await client.get("/session")).headers["etag"]
            with sqlite3.connect(journal.path) as file:
                file.execute("UPDATE commits SET hash = zeroblob(32) WHERE first <= 7 AND last >= 7")
            file.close()
            for known in (etag, "*", 'W/"paper-2026-03-02-1"'):
                again = await client.get("/journal/verify", headers={"If-None-Match": known})
                assert (again.status_code, again.json()["verified"]) == (200, False)
            assert again.json()["records"] < 7


async def test_one_record_is_one_record_read(journal, tmp_path) -> None:
    read: list[int] = []

    class Counting(SqliteJournalReader):
        def lines(self, start=1, stop=None):
            for line in super().lines(start, stop):
                read.append(line.seq)
                yield line

    with running(made_of(journal, tmp_path, Counting)) as address:
        async with asker(address) as client:
            await until(client, 200)
            last = journal.next_seq - 1
            for query, expected, following in [
                ("limit=1", [1], 2),
                (f"start={last}&limit=1", [last], None),
                (f"start={last - 1}&limit=1", [last - 1], last),
                (f"start={last + 1}", [], None),
                ("tail=3", [last - 2, last - 1, last], None),
                ("start=9223372036854775807&limit=500", [], None),
            ]:
                read.clear()
                page = (await client.get(f"/records?{query}")).json()
                assert [row["seq"] for row in page["items"]] == expected
                assert page["next"] == following
                # The follower looks at the last record meanwhile.
                assert len(read) - read.count(last) <= len(expected)
            assert len((await client.get("/records?tail=500")).json()["items"]) == min(500, last)


async def test_nothing_says_where_files_lie(tmp_path, journal) -> None:
    inbox_path(journal.path).mkdir()
    app = create_app(
        journal.path,
        health=lambda: {"status": "ok", "checks": [{"text": f"{journal.path} is there."}]},
        takes_commands=True,
        poll_s=0.02,
    )
    with running(app) as address:
        async with asker(address) as client:
            await until(client, 200)
            refused = await client.post("/commands", json=KILL, headers={"Idempotency-Key": "no-folder-1"})
            assert refused.status_code == 503
            health = await client.get("/health")
            assert health.json()["checks"][0]["text"] == "session.journal is there."
            for got in (refused, health, await client.get("/commands/1")):
                assert str(tmp_path) not in got.text
                assert "Traceback" not in got.text


async def test_what_nobody_foresaw_is_a_problem_without_a_word_of_it(journal, tmp_path) -> None:
    def health() -> dict:
        message = "secret detail in /home/somebody"
        raise ZeroDivisionError(message)

    with running(create_app(journal.path, health=health, poll_s=0.02)) as address:
        async with asker(address) as client:
            got = await client.get("/health")
            assert (got.status_code, got.headers["content-type"]) == (500, "application/problem+json")
            assert "secret" not in got.text
            assert got.headers["x-content-type-options"] == "nosniff"
            assert "frame-ancestors 'none'" in got.headers["content-security-policy"]
            assert got.headers["referrer-policy"] == "no-referrer"
