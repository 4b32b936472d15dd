import asyncio
from decimal import Decimal

import httpx
import pytest
from session_story import INSTRUMENTS

from tradewind.api.app import create_app


async def test_sections_say_what_the_journal_holds(make_app, asking) -> None:
    async with asking(make_app()) as client:
        session = (await client.get("/session")).json()
        assert session["session"]["session_id"] == "paper-2026-03-02"
        assert session["session"]["synthetic"] is True
        assert Decimal(session["account"]["start_equity"]) == 1_000_000
        positions = (await client.get("/positions")).json()["items"]
        total = Decimal(session["account"]["cash"]) + sum(Decimal(row["value"]) for row in positions)
        assert abs(total - Decimal(session["account"]["equity"])) < Decimal("0.01")
        assert len((await client.get("/market")).json()["items"]) == len(INSTRUMENTS)
        models = {row["model"]: row["verdict"] for row in (await client.get("/models")).json()["items"]}
        assert models["momentum"] == "refused"
        assert (await client.get("/breakers")).json()["items"][0]["key"] == "daily_loss"
        assert (await client.get("/feeds")).json()["items"][0]["status"] == "connected"
        points = (await client.get("/equity")).json()["points"]
        assert points[-1][2] == session["account"]["equity"]


@pytest.mark.parametrize("section", ["decisions", "orders", "forecasts", "notices", "refusals"])
async def test_pages_hold_every_row_once(make_app, asking, section: str) -> None:
    async with asking(make_app()) as client:
        everything = (await client.get(f"/{section}?limit=500")).json()
        assert everything["next"] is None
        seen, before = [], None
        while True:
            page = (
                await client.get(f"/{section}", params={"limit": 3} | ({"before": before} if before else {}))
            ).json()
            seen += page["items"]
            before = page["next"]
            if before is None:
                break
        assert seen == everything["items"]
        assert [row["seq"] for row in seen] == sorted((row["seq"] for row in seen), reverse=True)


async def test_filters(make_app, asking) -> None:
    async with asking(make_app()) as client:
        rows = (await client.get("/decisions?symbol=BTC/USDT.SIM&limit=500")).json()["items"]
        assert rows
        assert {row["instrument_id"] for row in rows} == {"BTC/USDT.SIM"}
        for written in ("btcusdt", "BTC-USDT", "BTC/USDT"):
            same = (await client.get("/decisions", params={"symbol": written, "limit": 500})).json()["items"]
            assert same == rows
        told = (await client.get("/refusals/explain?symbol=btc-usdt")).json()
        assert told["instrument_id"] == "BTC/USDT.SIM"
        states = {row["state"] for row in (await client.get("/orders?state=open")).json()["items"]}
        assert states <= {"pending", "working"}


@pytest.mark.parametrize("path", ["/forecasts", "/decisions", "/orders", "/refusals/explain"])
async def test_a_symbol_that_the_session_does_not_have_is_said(make_app, asking, path: str) -> None:
    async with asking(make_app()) as client:
        answer = await client.get(path, params={"symbol": "TSLA"})
        assert answer.status_code == 422
        assert answer.json()["detail"] == "No instrument is called 'TSLA'."
        assert "AAPL.SIM" in answer.json()["next_step"]


async def test_an_etag_saves_the_answer_until_the_journal_grows(make_app, asking, journal) -> None:
    async with asking(make_app()) as client:
        first = await client.get("/positions")
        again = await client.get("/positions", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        with journal.reader() as reader:
            journal.append(next(reader.read(2, 3)).event)
        journal.commit()
        async with asyncio.timeout(5):
            while (await client.get("/session")).json()["seq"] == first.json()["seq"]:
                await asyncio.sleep(0.01)
        changed = await client.get("/positions", headers={"If-None-Match": first.headers["etag"]})
        assert changed.status_code == 200


async def test_explain_verify_and_records(make_app, asking, journal) -> None:
    async with asking(make_app()) as client:
        order = (await client.get("/orders?state=closed&limit=1")).json()["items"][0]
        told = (await client.get(f"/orders/{order['client_order_id']}/explain")).json()
        assert told["decision_id"] == order["decision_id"]
        assert any(step["heading"] == "What it cost" for step in told["steps"])
        assert (await client.get("/refusals/explain")).json()["title"].startswith("The refusal nearest")
        checked = (await client.get("/journal/verify")).json()
        assert checked["verified"] is True
        assert checked["records"] == journal.next_seq - 1
        page = (await client.get("/records?limit=2")).json()
        assert page["items"][0]["event"]["type"] == "session_started"
        assert page["next"] == 3


async def test_errors_are_problems(make_app, asking) -> None:
    async with asking(make_app()) as client:
        for path, status in [
            ("/orders/none/explain", 404),
            ("/decisions?limit=0", 422),
            ("/nothing", 404),
            ("/orders?state=maybe", 422),
        ]:
            got = await client.get(path)
            assert got.status_code == status
            assert got.headers["content-type"] == "application/problem+json"
            assert got.json()["status"] == status
            assert got.json()["detail"]
        assert (await client.get("/orders/none/explain")).json()["next_step"]
        assert (await client.post("/session")).status_code == 405


async def test_every_answer_carries_security_headers(make_app, asking) -> None:
    async with asking(make_app()) as client:
        for got in (await client.get("/session"), await client.get("/nothing")):
            assert "default-src 'self'" in got.headers["content-security-policy"]
            assert got.headers["x-content-type-options"] == "nosniff"
            assert got.headers["x-frame-options"] == "DENY"


async def test_who_may_read(make_app, asking) -> None:
    async with asking(make_app(), host="evil.example") as client:
        assert (await client.get("/session")).status_code == 421
    async with asking(make_app(), address="192.0.2.7") as client:
        assert (await client.get("/session")).status_code == 403
    async with asking(make_app(token="a-Secret_token-of-25-chars"), address="192.0.2.7") as client:
        refused = await client.get("/session")
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        allowed = await client.get("/session", headers={"Authorization": "Bearer a-Secret_token-of-25-chars"})
        assert allowed.status_code == 200


async def test_before_there_is_a_journal_it_waits_and_says_so(tmp_path, asking) -> None:
    app = create_app(tmp_path / "later.journal", health=lambda: {"status": "ok"}, poll_s=0.02)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as client:
            await asyncio.sleep(0.1)
            assert (await client.get("/session")).json()["session"] is None
            health = await client.get("/health")
            assert health.status_code == 503
            assert "no journal" in health.json()["journal"]["fault"]
            assert (await client.get("/orders/x/explain")).status_code == 404
            assert (await client.get("/health/live")).status_code == 200


async def test_an_unbuilt_page_says_how_to_build_it(make_app, asking, tmp_path) -> None:
    async with asking(make_app(static_dir=tmp_path / "none")) as client:
        got = await client.get("http://localhost/")
        assert got.status_code == 503
        assert "npm run build" in got.json()["next_step"]
