"""The stream against a real server on loopback."""

import asyncio
import json
from collections.abc import Iterator

import msgspec
import pytest
import websockets
from merged_session import merge
from session_story import INSTRUMENTS, START_NS, make_bar, opening, write

from tradewind.core.timestamps import NS_PER_HOUR
from tradewind.views.rows import Changes

pytestmark = pytest.mark.services


def later_bars(count: int) -> Iterator:
    for number in range(count):
        yield make_bar(INSTRUMENTS[3], 200.0 + number, START_NS + (1_000 + number) * NS_PER_HOUR), True


def decoded(text: str) -> Changes:
    """Nulls of numbers back as NaN, so that a message can be read as the type it was made from."""
    return msgspec.convert(_with_nan(json.loads(text)), Changes)


def _with_nan(plain):
    plain["forecasts"] = [
        {key: float("nan") if value is None else value for key, value in row.items()}
        for row in plain["forecasts"]
    ]
    return plain


async def next_changes(socket) -> Changes:
    async with asyncio.timeout(10):
        while True:
            text = await socket.recv()
            if json.loads(text)["kind"] != "heartbeat":
                return decoded(text)


def same(left: Changes, right: Changes) -> bool:
    return msgspec.json.encode(left) == msgspec.json.encode(right)


async def test_snapshot_then_changes_then_resume(make_app, serving, journal) -> None:
    app = make_app()
    with serving(app) as address:
        url = f"ws://{address}/api/v1/stream"
        async with websockets.connect(url) as socket:
            known = await next_changes(socket)
            assert known.reset
            assert same(known, app.state.follower.whole())
            write(journal, later_bars(3))
            while known.seq < journal.next_seq - 1:
                change = await next_changes(socket)
                assert not change.reset
                assert change.since == known.seq
                assert len(change.market) == 1  # only what changed
                known = merge(known, change)
            assert next(row.price for row in known.market if row.instrument_id == "AAPL.SIM") == "202.00"
        write(journal, later_bars(5))  # while nobody listens
        async with websockets.connect(
            f"{url}?since={known.seq}&session={known.session.session_id}"
        ) as socket:
            change = await next_changes(socket)
            assert (change.since, change.reset) == (known.seq, False)
            known = merge(known, change)
            while known.seq < journal.next_seq - 1:
                known = merge(known, await next_changes(socket))
            assert same(known, app.state.follower.whole())


@pytest.mark.parametrize(
    "query", ["since=100&session=another", "since=99999999&session=paper-2026-03-02", "since=x"]
)
async def test_what_cannot_be_resumed_begins_with_a_snapshot(make_app, serving, query: str) -> None:
    with serving(make_app()) as address:
        async with websockets.connect(f"ws://{address}/api/v1/stream?{query}") as socket:
            assert (await next_changes(socket)).reset


async def test_a_slow_reader_gets_few_large_messages_and_misses_nothing(make_app, serving, journal) -> None:
    app = make_app()
    with serving(app) as address:
        async with websockets.connect(f"ws://{address}/api/v1/stream", max_queue=1) as socket:
            known = await next_changes(socket)
            for _ in range(40):
                write(journal, later_bars(20))
                await asyncio.sleep(0.005)
            messages = 0
            while known.seq < journal.next_seq - 1:
                known = merge(known, await next_changes(socket))
                messages += 1
            assert messages < 20
            assert same(known, app.state.follower.whole())


async def test_a_new_session_in_the_journal_resets_the_reader(make_app, serving, journal) -> None:
    with serving(make_app()) as address:
        async with websockets.connect(f"ws://{address}/api/v1/stream") as socket:
            known = await next_changes(socket)
            write(journal, opening())
            change = await next_changes(socket)
            assert change.reset
            assert change.counters.bars < known.counters.bars


async def test_a_page_of_another_site_may_not_listen(make_app, serving) -> None:
    with serving(make_app()) as address:
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with websockets.connect(
                f"ws://{address}/api/v1/stream", origin=websockets.Origin("http://evil.example")
            ):
                pass
        assert refused.value.response.status_code == 403
        async with websockets.connect(
            f"ws://{address}/api/v1/stream", origin=websockets.Origin(f"http://{address}")
        ):
            pass
