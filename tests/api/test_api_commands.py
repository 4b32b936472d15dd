import asyncio

from tradewind.journal.inbox import Inbox

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
    async with asking(make_app(inbox_path=None)) as client:
        assert (await client.post("/commands", json=KILL, headers=KEY)).status_code == 503
