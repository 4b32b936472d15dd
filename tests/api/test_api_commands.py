import asyncio
from contextlib import closing
from pathlib import Path

import pytest
from session_story import START_NS

from tradewind.core.commands import heard
from tradewind.core.decisions import OrderRequested
from tradewind.core.events import SessionEnded, SessionOpened
from tradewind.core.orders import Order, OrderType, Side
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.journal.audit import verify_file
from tradewind.journal.export import export_journal
from tradewind.journal.inbox import Inbox
from tradewind.journal.opening import open_keys

KEY = {"Idempotency-Key": "first-key"}
KILL = {"verb": "kill", "argument": "freeze"}


async def test_a_command_reaches_the_inbox_once(make_app, asking, tmp_path) -> None:
    async with asking(make_app()) as client:
        given = await client.post("/commands", json=KILL, headers=KEY)
        again = await client.post("/commands", json=KILL, headers=KEY)
        both = await asyncio.gather(
            *(client.post("/commands", json=KILL, headers={"Idempotency-Key": "at-once-1"}) for _ in range(5))
        )
        assert given.status_code == again.status_code == 202
        assert given.json() == again.json()
        assert len({one.json()["id"] for one in both}) == 1
        other = await client.post("/commands", json=KILL | {"argument": "liquidate"}, headers=KEY)
        assert other.status_code == 409
        inbox = Inbox(tmp_path / "session.inbox")
        waiting = inbox.take()
        assert [(one.verb, one.argument) for _, one in waiting] == [("kill", "freeze")] * 2
        entry = given.json()["id"]
        assert (await client.get(f"/commands/{entry}")).json() == {"id": entry, "seq": None}
        inbox.acknowledge(entry, 77)
        assert (await client.get(f"/commands/{entry}")).json() == {"id": entry, "seq": 77}
        assert (await client.get("/commands/999")).status_code == 404
        inbox.close()


@pytest.mark.parametrize("wish", [KILL, {"verb": "rearm", "argument": "losing_streak:SOL/USDT.SIM"}])
async def test_a_session_that_has_ended_hears_no_command(make_app, asking, journal, tmp_path, wish) -> None:
    async with asking(make_app()) as client:
        seq = journal.append(SessionEnded(ts_event=START_NS + 90 * NS_PER_DAY, reason="stopped by SIGTERM"))
        journal.commit()
        async with asyncio.timeout(10):
            while (await client.get("/session")).json()["seq"] < seq:
                await asyncio.sleep(0.02)
        refused = await client.post("/commands", json=wish, headers=KEY)
        assert refused.status_code == 409
        assert "stopped by SIGTERM" in refused.json()["detail"]
        with closing(Inbox(tmp_path / "session.inbox")) as inbox:
            assert inbox.take() == []
        journal.append(SessionOpened(ts_event=START_NS + 91 * NS_PER_DAY))
        journal.commit()
        async with asyncio.timeout(10):
            while (await client.get("/session")).json()["seq"] < seq + 1:
                await asyncio.sleep(0.02)
        assert (await client.post("/commands", json=wish, headers=KEY)).status_code == 202


async def test_only_a_tripped_breaker_can_be_armed_again(make_app, asking, journal) -> None:
    async with asking(make_app()) as client:
        tripped = {"verb": "rearm", "argument": "losing_streak:SOL/USDT.SIM"}
        assert (await client.post("/commands", json=tripped, headers=KEY)).status_code == 202
        unknown = await client.post(
            "/commands", json={"verb": "rearm", "argument": "nope"}, headers={"Idempotency-Key": "other-key"}
        )
        assert unknown.status_code == 409
        assert "daily_loss" in unknown.json()["next_step"]


async def test_what_is_refused(make_app, asking) -> None:
    async with asking(make_app()) as client:
        assert (await client.post("/commands", json=KILL)).status_code == 422  # no key
        for body in ({"verb": "set", "argument": "x"}, {"verb": "kill", "argument": "now"}, KILL | {"x": 1}):
            assert (await client.post("/commands", json=body, headers=KEY)).status_code == 422
        # A form of another site can only send plain text: it is never taken for a command.
        plain = await client.post(
            "/commands",
            content='{"verb":"kill","argument":"freeze"}',
            headers=KEY | {"Content-Type": "text/plain"},
        )
        assert plain.status_code == 422


async def test_every_call_needs_the_token_once_there_is_one(make_app, asking) -> None:
    async with asking(make_app(token="a-Secret_token-of-25-chars")) as client:
        assert (await client.get("/session")).status_code == 401  # on loopback too
        assert (await client.post("/commands", json=KILL, headers=KEY)).status_code == 401
        wrong = KEY | {"Authorization": "Bearer a-Secret_token-of-25-charz"}
        assert (await client.post("/commands", json=KILL, headers=wrong)).status_code == 401
        right = KEY | {"Authorization": "Bearer a-Secret_token-of-25-chars"}
        assert (await client.get("/session", headers=right)).status_code == 200
        assert (await client.post("/commands", json=KILL, headers=right)).status_code == 202


async def test_without_an_inbox_it_says_so(make_app, asking) -> None:
    async with asking(make_app(takes_commands=False)) as client:
        assert (await client.post("/commands", json=KILL, headers=KEY)).status_code == 503


NAME = "ada.lovelace@example.org"


def holds_in_clear(folder: Path) -> list[str]:
    """Files in which the name stands, whatever they are: free pages and logs too."""
    return sorted(file.name for file in folder.iterdir() if NAME.encode() in file.read_bytes())


async def said(client, journal, wanted: str) -> str:
    """The newest notice, once the server has read the journal to its end; ``wanted`` must be in it."""
    async with asyncio.timeout(10):
        while (await client.get("/session")).json()["seq"] < journal.next_seq - 1:
            await asyncio.sleep(0.02)
    text = (await client.get("/notices")).json()["items"][0]["text"]
    assert wanted in text
    return text


async def test_who_commanded_is_sealed_shown_and_erased(make_app, asking, journal, tmp_path) -> None:
    async with asking(make_app()) as client:
        given = await client.post("/commands", json=KILL | {"operator": NAME}, headers=KEY)
        assert given.status_code == 202
        assert NAME not in given.text
        assert (
            await client.post("/commands", json=KILL | {"operator": NAME}, headers=KEY)
        ).json() == given.json()
        with closing(Inbox(tmp_path / "session.inbox")) as inbox:
            ((entry, command),) = inbox.take()
            order = Order(
                client_order_id="closing-1",
                instrument_id="SOL/USDT.SIM",
                strategy="blend",
                side=Side.SELL,
                quantity_lots=1,
                order_type=OrderType.MARKET,
                decision_id="closing-1",
                ts_decided=START_NS,
                reduce_only=True,
            )
            seq = journal.append(heard(command, entry, START_NS + 90 * NS_PER_DAY))
            journal.append(OrderRequested(ts_event=START_NS + 90 * NS_PER_DAY, order=order), seq)
            journal.commit()
            inbox.acknowledge(entry, seq)
        assert holds_in_clear(tmp_path) == ["session.keys"]
        text = await said(client, journal, f"A person commanded: kill freeze. By {NAME}.")
        tag = (await client.get("/notices")).headers["ETag"]
        assert NAME in (await client.get("/orders/closing-1/explain")).text
        before = verify_file(journal.path)
        with closing(open_keys(journal.path)) as keys:
            for other in range(40):  # so that pages of the ring are rewritten and freed
                keys.seal("x", f"other-{other}")
            assert keys.erase(NAME)
        # At once, although no record came; who knows the page by its ETag is not told that it still holds.
        assert await said(client, journal, "By (erased).") == text.replace(NAME, "(erased)")
        asked = await client.get("/notices", headers={"If-None-Match": tag})
        assert asked.status_code == 200
        assert NAME not in asked.text
        assert "(erased)" in (await client.get("/orders/closing-1/explain")).text
        assert holds_in_clear(tmp_path) == []
        assert verify_file(journal.path) == before
        export_journal(journal.path, tmp_path / "copy")
        assert holds_in_clear(tmp_path / "copy") == []


@pytest.mark.parametrize("operator", [" ada", "ada ", " ", "a" * 101, 7, "a\0da", "a\x1b[31mda", "ada\u202e"])
async def test_a_name_that_is_none_is_refused(make_app, asking, operator) -> None:
    async with asking(make_app()) as client:
        done = await client.post("/commands", json=KILL | {"operator": operator}, headers=KEY)
        assert done.status_code == 422
