"""The sessions of a home: listed with what they are, and read under their names, never commanded."""

import asyncio
import json
from pathlib import Path

import pytest
from session_story import opening, story, write

from tradewind.api.app import create_app
from tradewind.journal.opening import open_writer
from tradewind.views.rows import Changes


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Three sessions, written one after another, and one whose records were changed."""
    journals = tmp_path / "home" / "journals"
    journals.mkdir(parents=True)
    for name, events in (
        ("first", story(6, 1)),
        ("broken", story(3, 2)),
        ("begun", opening()),
        ("served", story(4, 3, ended=False)),
    ):
        with open_writer(journals / f"{name}.journal") as journal:
            write(journal, events)
    (journals / "broken.journal.mark").unlink()
    return tmp_path / "home"


def app_of(home: Path, **changes):
    return create_app(
        home / "journals" / "served.journal",
        health=dict,
        home=home,
        takes_commands=True,
        poll_s=0.02,
        **changes,
    )


async def caught_up(client, path: str):
    """The answer once the session was read, as it says that one should ask again."""
    async with asyncio.timeout(10):
        while True:
            got = await client.get(path)
            if got.status_code != 503:
                return got
            assert got.headers["retry-after"]
            await asyncio.sleep(0.05)


async def test_the_list_says_what_each_session_is(home, asking) -> None:
    async with asking(app_of(home)) as client:
        told = (await client.get("/sessions")).json()
        assert told["older"] == 0
        rows = {row["name"]: row for row in told["items"]}
        assert next(iter(rows)) == "served"
        assert set(rows) == {"first", "broken", "begun", "served"}
        assert [name for name, row in rows.items() if row["served"]] == ["served"]
        first = rows["first"]
        assert (first["mode"], first["phase"], first["base_currency"]) == ("paper", "ended", "USD")
        assert (first["started"], first["until"]) == ("2026-03-02T00:00:00Z", "2026-03-02T06:00:00Z")
        whole = (await caught_up(client, "/sessions/first/session")).json()
        assert first["equity"] == whole["account"]["equity"]
        assert (rows["served"]["phase"], rows["served"]["problem"]) == ("open", "")
        assert (rows["begun"]["until"], rows["begun"]["equity"]) == (None, None)


async def test_a_damaged_journal_is_listed_with_its_reason(home, asking) -> None:
    async with asking(app_of(home)) as client:
        rows = {row["name"]: row for row in (await client.get("/sessions")).json()["items"]}
        assert "mark" in rows["broken"]["problem"]
        assert str(home) not in json.dumps(rows)
        got = await caught_up(client, "/sessions/broken/session")
        assert got.status_code == 409
        assert got.headers["content-type"] == "application/problem+json"


async def test_another_session_is_read_as_the_served_one_is(home, asking) -> None:
    async with asking(app_of(home)) as client:
        order = (await caught_up(client, "/sessions/first/orders?limit=1")).json()["items"][0]
        told = (await client.get(f"/sessions/first/orders/{order['client_order_id']}/explain")).json()
        assert told["decision_id"] == order["decision_id"]
        assert (await client.get("/sessions/first/snapshot")).json()["session"]["phase"] == "ended"
        assert (await client.get("/session")).json()["session"]["phase"] == "open"
        checked = (await client.get("/sessions/first/journal/verify")).json()
        assert checked["verified"] is True


async def test_no_command_reaches_another_session(home, asking) -> None:
    async with asking(app_of(home)) as client:
        await caught_up(client, "/sessions/first/session")
        sent = {"json": {"verb": "kill", "argument": "freeze"}, "headers": {"Idempotency-Key": "k" * 8}}
        assert (await client.post("/sessions/first/commands", **sent)).status_code == 404
        assert not (home / "journals" / "first.inbox").exists()
        assert (await client.post("/commands", **sent)).status_code == 202


@pytest.mark.parametrize("name", ["nobody", "%2e%2e", "%2e%2e%2fserved", "first.journal", "", "x" * 500])
async def test_a_name_that_is_no_session_is_not_found(home, asking, name: str) -> None:
    async with asking(app_of(home)) as client:
        got = await client.get(f"/sessions/{name}/session")
        assert got.status_code == 404
        assert got.headers["content-type"] == "application/problem+json"


async def test_the_same_rules_say_who_may(home, asking) -> None:
    for path in ("/sessions", "/sessions/first/session"):
        async with asking(app_of(home), address="192.0.2.7") as client:
            assert (await client.get(path)).status_code == 403
        async with asking(app_of(home), host="evil.example") as client:
            assert (await client.get(path)).status_code == 421
        async with asking(app_of(home, token="a-Secret_token-of-25-chars")) as client:
            assert (await client.get(path)).status_code == 401


async def test_few_are_open_at_once_and_the_one_asked_for_longest_ago_makes_room(tmp_path, asking) -> None:
    journals = tmp_path / "journals"
    journals.mkdir()
    names = [f"s{number}" for number in range(7)]
    for name in names:
        with open_writer(journals / f"{name}.journal") as journal:
            write(journal, opening())
    app = create_app(journals / "s0.journal", health=dict, home=tmp_path, poll_s=0.02)
    async with asking(app) as client:
        for name in names * 2:
            assert (await caught_up(client, f"/sessions/{name}/session")).json()["session"]["session_id"]


def test_another_session_streams_and_grows(home, serving) -> None:
    from websockets.sync.client import connect

    with (
        serving(app_of(home)) as address,
        open_writer(home / "journals" / "begun.journal") as journal,
        connect(f"ws://{address}/api/v1/sessions/begun/stream") as socket,
    ):
        known = json.loads(socket.recv(timeout=10))
        assert known["session"]["session_id"] == "paper-2026-03-02"
        assert set(known) == set(Changes.__struct_fields__)
        write(journal, [event for event in story(2, 5) if event[0].ts_event > 0][20:30])
        assert json.loads(socket.recv(timeout=10))["seq"] > known["seq"]
