"""The bus over a real server: what all streams promise, kept through kills, floods and nonsense."""

import asyncio
import multiprocessing
import sys
import time
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from random import Random

import msgspec
import pytest
from misbehaving_feed import MarketClock, Past
from wire_vendors import FIRST, MINUTE_NS, START_NS, at

sys.path.append(str(Path(__file__).parents[1]))

from redis_site import redis_site

from tradewind.core.errors import ConfigError, DataError, MissingKeyError, NetworkError, UnknownSymbolError
from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, Quote
from tradewind.data.policy.redaction import Secret
from tradewind.data.policy.redis_server import RedisServer
from tradewind.data.streams.bus import publisher as publisher_module
from tradewind.data.streams.bus import relay_connection
from tradewind.data.streams.bus.entries import ROOMS, Kind, Room
from tradewind.data.streams.bus.publisher import Publisher, PublishSettings
from tradewind.data.streams.connection_settings import ConnectionSettings
from tradewind.data.streams.ticks import BookMoved, Trade
from tradewind.data.vendors.redis.stream import RedisStream

pytestmark = pytest.mark.services

BTC, ETH = "BTC/USDT.BINANCE", "ETH/USDT.BINANCE"
BARS_KEY = "tradewind:bus:binance:1m:bars"
QUICK = {
    "first_wait_s": 0.02,
    "longest_wait_s": 0.05,
    "backfill_wait_s": 0.02,
    "stale_after_s": 5.0,
    "attempts": 200,
}


def bar(minute: int, instrument_id: str = BTC) -> Bar:
    """The market's, as Past has it."""
    opened = 100.0 + minute
    return Bar(
        ts_event=at(minute),
        instrument_id=instrument_id,
        open=opened,
        high=opened + 1,
        low=opened - 1,
        close=opened + 0.5,
        volume=3.25,
        timeframe="1m",
        ts_recv=at(minute),
    )


def trade(number: int) -> Trade:
    return Trade(ts_event=at(FIRST - 1), instrument_id=BTC, trade_id=number, price=100.5, quantity=2.0)


def quote(bid: float) -> Quote:
    return Quote(ts_event=at(FIRST - 1), instrument_id=BTC, bid=bid, ask=bid + 2)


def raw(number: int, event: object, run: str = "elsewhere", version: int = 1) -> dict[bytes, bytes]:
    """An entry as another program would write it from the documentation."""
    return {b"e": msgspec.msgpack.encode([version, run, number, at(FIRST), event])}


def raw_bar(minute: int, **changes: object) -> dict[str, object]:
    opened = 100.0 + minute
    told = {"type": "bar", "ts_event": at(minute), "instrument_id": BTC, "timeframe": "1m", "volume": 3.25}
    return told | {"open": opened, "high": opened + 1, "low": opened - 1, "close": opened + 0.5} | changes


@pytest.fixture
def clock():
    return MarketClock(FIRST + 30)


@pytest.fixture
def site(tmp_path):
    with redis_site(tmp_path / "redis") as made:
        yield made


@pytest.fixture
def make(site, clock, tmp_path):
    def stream(history=None, *, since=FIRST - 1, password=None, settings=None, **changes):
        return RedisStream(
            history or Past(clock),
            tmp_path / "kept",
            address=site.url,
            password=password,
            since={BTC: at(since)} if since else None,
            clock=clock,
            random=Random(1),
            settings=ConnectionSettings(**(QUICK | (settings or {}))),
            **changes,
        )

    return stream


@asynccontextmanager
async def publishing(site, clock, *, rooms=ROOMS, password=None, said=None, **changes):
    heard = [] if said is None else said
    settings = PublishSettings(**({"beat_s": 0.1, "longest_wait_s": 0.1} | changes))
    server = RedisServer(site.url, password=password)
    publisher = Publisher(
        server, "binance", "1m", rooms=rooms, settings=settings, clock=clock, tell=heard.append
    )
    running = asyncio.create_task(publisher.run())
    try:
        yield publisher
    finally:
        running.cancel()
        await asyncio.wait([running])


async def collect(stream, enough, *, instruments=(BTC,), seconds=20.0):
    got = []
    async with asyncio.timeout(seconds), aclosing(stream.stream(list(instruments), "1m")) as events:
        async for event in events:
            got.append(event)
            if enough(got):
                break
    return got


async def sent(publisher):
    async with asyncio.timeout(20.0):
        while publisher.counters.published < publisher.counters.offered:
            await asyncio.sleep(0.01)


def minutes(events):
    return [(event.ts_event - START_NS) // MINUTE_NS for event in events if isinstance(event, Bar)]


def statuses(events):
    return [event.status for event in events if isinstance(event, FeedStatus)]


def reached(minute):
    return lambda got: minute in minutes(got[-1:])


def assert_whole(events, first, last):
    assert minutes(events) == list(range(first, last + 1))
    for one in (event for event in events if isinstance(event, Bar)):
        minute = (one.ts_event - START_NS) // MINUTE_NS
        assert msgspec.structs.replace(one, ts_recv=one.ts_event) == bar(minute)
        assert one.ts_recv >= one.ts_event


async def test_bars_quotes_trades_and_books_come_as_they_were_published(site, clock, make):
    stream = make(trades=True)
    queue = stream.hub.add((Trade, BookMoved))
    moved = BookMoved(ts_event=at(FIRST), instrument_id=BTC, in_step=True, bid=99.0, ask=101.0, update_id=7)
    async with publishing(site, clock) as publisher:
        await sent(publisher)

        async def play():
            while not stream.connections:
                await asyncio.sleep(0.01)
            for event in (quote(99.0), trade(1), trade(2), moved, bar(FIRST), bar(FIRST + 1)):
                publisher.offer(event)
            await sent(publisher)

        playing = asyncio.create_task(play())
        got = await collect(
            stream,
            lambda got: (
                len(queue) == 3 and FIRST + 1 in minutes(got) and any(isinstance(e, Quote) for e in got)
            ),
        )
        await playing
    queue.close()
    ticks = [event async for event in queue]
    assert minutes(got)[0] == FIRST
    assert next(e.bid for e in got if isinstance(e, Quote)) == 99.0
    assert [e.trade_id for e in ticks if isinstance(e, Trade)] == [1, 2]
    assert [(e.bid, e.update_id) for e in ticks if isinstance(e, BookMoved)] == [(99.0, 7)]


async def test_a_reader_that_comes_later_gets_every_bar_after_the_last_it_knows(site, clock, make):
    """What is on the bus comes from there; history fills what came before the bus."""
    async with publishing(site, clock) as publisher:
        for minute in range(FIRST - 20, FIRST + 31):
            publisher.offer(bar(minute))
        await sent(publisher)
        assert_whole(await collect(make(since=FIRST - 5), reached(FIRST + 30)), FIRST - 4, FIRST + 30)
        assert_whole(await collect(make(since=FIRST + 10), reached(FIRST + 30)), FIRST + 11, FIRST + 30)


@pytest.mark.parametrize("lose_data", [False, True])
async def test_a_server_killed_while_bars_are_published(site, clock, make, lose_data):
    """Kept or lost, every bar comes once, in order; both sides say that the server was away."""
    clock.now, said = at(FIRST) - 1, []
    stream = make()

    async def play(publisher):
        for minute in range(FIRST, FIRST + 60):
            clock.now = at(minute) + 10**9
            publisher.offer(bar(minute))
            if minute in (FIRST + 20, FIRST + 40):
                site.kill(lose_data=lose_data)
                publisher.offer(quote(99.0))
                await asyncio.sleep(0.15)
                await asyncio.to_thread(site.start)
            await asyncio.sleep(0.005)

    async with publishing(site, clock, said=said) as publisher:
        playing = asyncio.create_task(play(publisher))
        got = await collect(stream, reached(FIRST + 59), seconds=60.0)
        await playing
    assert_whole(got, FIRST, FIRST + 59)
    assert "lost" in statuses(got)
    assert {event.status for event in said} == {"lost", "connected"}


async def test_events_trimmed_before_they_were_read_are_told_and_bars_fetched(site, clock, make):
    """A reader cut off for longer than the bus keeps: bars of the hole come from history."""
    tiny = {kind: Room(5, 1_000) for kind in Kind}
    history = Past(clock)
    clock.now = at(FIRST + 2)
    stream = make(history)
    async with publishing(site, clock, rooms=tiny) as publisher:
        for minute in range(FIRST, FIRST + 3):
            publisher.offer(bar(minute))
        first = await collect(stream, reached(FIRST + 2))
        clock.now = at(FIRST + 500) + 10**9
        for minute in range(FIRST + 3, FIRST + 501):
            publisher.offer(bar(minute))
        await sent(publisher)
        with site.client() as client:
            client.xtrim(BARS_KEY, maxlen=5, approximate=False)
        second = await collect(stream, reached(FIRST + 500))
    assert_whole(first + second, FIRST, FIRST + 500)
    (told,) = [e.detail for e in second if isinstance(e, FeedStatus) and e.status == "gap"]
    assert "493 entries of bars left the bus" in told
    assert history.asked


async def test_what_was_sent_twice_comes_once(site, clock, make):
    """A publisher whose connection broke sends a batch again, for it cannot know whether it came through."""
    with site.client() as client:
        for number, minute in [(1, FIRST), (2, FIRST + 1), (1, FIRST), (2, FIRST + 1), (3, FIRST + 2)]:
            client.xadd(BARS_KEY, raw(number, raw_bar(minute)))
    stream = make()
    assert_whole(await collect(stream, reached(FIRST + 2)), FIRST, FIRST + 2)
    assert stream.numbers.repeated == 2


HOSTILE = [
    {b"e": b""},
    {b"e": b"\xff\xff\xff"},
    {b"x": b"1"},
    {b"e": msgspec.msgpack.encode({"type": "bar"})},
    raw(2, raw_bar(FIRST + 1), version=2),
    raw(-1, raw_bar(FIRST + 1)),
    raw(2, raw_bar(FIRST + 1), run="x" * 65),
    raw(2, raw_bar(FIRST + 1, close=float("nan"))),
    raw(2, raw_bar(FIRST + 1, high=1.0)),
    raw(2, raw_bar(FIRST + 1, volume=-1.0)),
    raw(2, raw_bar(FIRST + 1, ts_event=at(FIRST + 1) + 1)),
    raw(2, raw_bar(FIRST + 1, ts_event=at(10**7))),
    raw(2, raw_bar(FIRST + 1, ts_event=-5)),
    raw(2, raw_bar(FIRST + 1, timeframe="1h")),
    raw(2, raw_bar(FIRST + 1, warmup=True)),
    raw(2, {"type": "quote", "ts_event": at(FIRST), "instrument_id": BTC, "bid": float("inf"), "ask": 1.0}),
    raw(
        2,
        {
            "type": "trade",
            "ts_event": at(FIRST),
            "instrument_id": BTC,
            "trade_id": 1,
            "price": 1.0,
            "quantity": 0.0,
        },
    ),
    raw(2, {"type": "order_filled", "ts_event": at(FIRST)}),
]


async def test_hostile_entries_are_refused_and_counted_and_stop_nothing(site, clock, make, tmp_path):
    clock.now = at(FIRST + 2) + 10**9
    with site.client() as client:
        client.xadd(BARS_KEY, raw(1, raw_bar(FIRST)))
        for fields in HOSTILE * 20:  # far more than a socket would be forgiven
            client.xadd(BARS_KEY, fields)
        client.xadd(BARS_KEY, raw(2, raw_bar(FIRST + 1)))
        client.xadd(BARS_KEY, raw(3, raw_bar(FIRST + 2)))
    stream = make()
    got = await collect(stream, reached(FIRST + 2))
    assert_whole(got, FIRST, FIRST + 2)
    assert stream.handler.counters.malformed == 20 * len(HOSTILE)
    assert statuses(got) == ["connected"]
    assert list(tmp_path.glob("kept/*/*.payload"))


async def test_another_instruments_events_are_not_taken(site, clock, make):
    async with publishing(site, clock) as publisher:
        for minute in range(FIRST, FIRST + 4):
            publisher.offer(bar(minute, ETH))
            publisher.offer(bar(minute))
        got = await collect(make(), reached(FIRST + 3))
    assert {event.instrument_id for event in got if isinstance(event, Bar)} == {BTC}
    assert_whole(got, FIRST, FIRST + 3)


async def test_a_publisher_that_dies_is_a_silent_feed(site, clock, make):
    clock.now = at(FIRST) + 10**9
    stream = make(settings={"stale_after_s": 0.6})
    async with publishing(site, clock) as publisher:
        publisher.offer(bar(FIRST))
        await collect(stream, reached(FIRST))
    got = await collect(stream, lambda got: "lost" in statuses(got))
    assert "Nothing came for 0.6 s" in got[-1].detail


async def test_a_publisher_whose_own_source_is_lost_says_so(site, clock, make):
    clock.now = at(FIRST) + 10**9
    stream = make()
    async with publishing(site, clock) as publisher:
        publisher.offer(bar(FIRST))
        heard = []

        def enough(got):
            if minutes(got) and not heard:
                heard.append(True)
                publisher.offer(FeedStatus(ts_event=at(FIRST), feed="binance", status="lost", detail="cut"))
            return "lost" in statuses(got)

        got = await collect(stream, enough)
    assert (got[-1].feed, got[-1].detail) == ("redis:binance", "cut")


async def test_a_wrong_password_ends_it_at_once_and_is_never_shown(clock, tmp_path, caplog):
    options = ("--requirepass", "the-right-word")
    with redis_site(tmp_path / "redis", *options, password="the-right-word") as site:
        for word in (Secret("a-wrong-word"), None):
            stream = RedisStream(Past(clock), tmp_path, address=site.url, password=word, clock=clock)
            with pytest.raises(MissingKeyError, match="TRADEWIND_REDIS_PASSWORD") as caught:
                await collect(stream, lambda got: False)
            assert "a-wrong-word" not in str(caught.value) + repr(stream.server) + caplog.text
            publisher = Publisher(RedisServer(site.url, password=word), "binance", "1m")
            with pytest.raises(MissingKeyError) as caught:
                await asyncio.wait_for(publisher.run(), 20.0)
            assert "a-wrong-word" not in str(caught.value)
        right = RedisStream(
            Past(clock),
            tmp_path,
            address=site.url,
            password=Secret("the-right-word"),
            since={BTC: at(FIRST - 1)},
            clock=clock,
        )
        async with publishing(site, clock, password=Secret("the-right-word")) as publisher:
            publisher.offer(bar(FIRST))
            assert minutes(await collect(right, reached(FIRST))) == [FIRST]


async def test_a_key_that_is_something_else_ends_it_with_its_name(site, clock, make):
    with site.client() as client:
        client.set(BARS_KEY, "mine")
    with pytest.raises(DataError, match="another program") as caught:
        await collect(make(), lambda got: False)
    assert not isinstance(caught.value, NetworkError)
    publisher = Publisher(RedisServer(site.url), "binance", "1m", clock=clock)
    publisher.offer(bar(FIRST))
    with pytest.raises(DataError, match="WRONGTYPE"):
        await asyncio.wait_for(publisher.run(), 20.0)
    with site.client() as client:
        assert client.get(BARS_KEY) == b"mine"


async def test_a_server_without_memory_is_waited_for_and_nothing_that_has_room_is_lost(site, clock, make):
    said = []
    with site.client() as client:
        client.config_set("maxmemory", "1")
        async with publishing(site, clock, said=said) as publisher:
            for minute in range(FIRST, FIRST + 10):
                publisher.offer(bar(minute))
            async with asyncio.timeout(20.0):
                while not said:
                    await asyncio.sleep(0.01)
            assert publisher.counters.published == 0
            client.config_set("maxmemory", "0")
            got = await collect(make(), reached(FIRST + 9))
            await sent(publisher)
    assert_whole(got, FIRST, FIRST + 9)
    assert [event.status for event in said] == ["lost", "connected"]
    assert publisher.counters.dropped == 0


async def test_a_server_that_is_away_for_long_costs_the_oldest_quotes_and_counts_them(site, clock):
    site.kill()
    rooms = ROOMS | {Kind.QUOTES: Room(100, 10)}
    async with publishing(site, clock, rooms=rooms) as publisher:
        for number in range(30):
            publisher.offer(quote(100.0 + number))
            publisher.offer(bar(FIRST + number))
        assert publisher.counters.dropped == 20
        site.start()
        async with asyncio.timeout(20.0):
            while publisher.counters.published < 40:
                await asyncio.sleep(0.01)
    with site.client() as client:
        assert client.xlen(BARS_KEY) == 30
        assert client.xlen("tradewind:bus:binance:1m:quotes") == 10


async def test_the_bus_stays_bounded(site, clock):
    rooms = {kind: Room(200, 10_000) for kind in Kind}
    async with publishing(site, clock, rooms=rooms) as publisher:
        for number in range(5_000):
            publisher.offer(trade(number))
        await sent(publisher)
    with site.client() as client:
        assert 200 <= client.xlen("tradewind:bus:binance:1m:trades") < 500


def hear_all(url, folder, count, ready, told):
    """A reader in a process of its own: the numbers of all trades, in the order in which they came."""

    async def main():
        stream = RedisStream(lambda request: None, Path(folder), address=url, trades=True)
        stream._make_connection = quietly(stream, ready)
        queue = stream.hub.add((Trade,))
        running = asyncio.create_task(stream.run([BTC], "1m"))
        numbers = []
        async with asyncio.timeout(60.0):
            while len(numbers) < count:
                numbers += [event.trade_id for event in await queue.take()]
        running.cancel()
        await asyncio.wait([running])
        return numbers

    told.put(asyncio.run(main()))


def quietly(stream, ready):
    """Say when the stream's places are known, and fetch no bars."""
    made = type(stream)._make_connection

    def make(handler, mending, instruments):
        connection = made(stream, handler, mending, ())
        find = connection._find_positions

        async def found(client):
            await find(client)
            ready.release()

        connection._find_positions = found
        return connection

    return make


@pytest.mark.slow
def test_five_processes_each_hear_everything(site, tmp_path):
    context = multiprocessing.get_context("spawn")
    ready, told, count = context.Semaphore(0), context.Queue(), 3_000
    readers = [
        context.Process(target=hear_all, args=(site.url, str(tmp_path / str(nth)), count, ready, told))
        for nth in range(5)
    ]
    for reader in readers:
        reader.start()
    for _ in readers:
        assert ready.acquire(timeout=60.0)

    async def publish():
        async with publishing(site, MarketClock(0)) as publisher:
            publisher.clock = type("Now", (), {"now_ns": staticmethod(time.time_ns)})()
            for number in range(count):
                publisher.offer(trade(number))
            await sent(publisher)

    asyncio.run(publish())
    heard = [told.get(timeout=60.0) for _ in readers]
    for reader in readers:
        reader.join()
    assert heard == [list(range(count))] * 5


async def test_what_cannot_be_heard_is_refused(site, make, clock, tmp_path):
    with pytest.raises(ConfigError, match="Nothing"):
        await collect(make(), lambda got: False, instruments=())
    with pytest.raises(UnknownSymbolError):
        await collect(make(), lambda got: False, instruments=("BTC",))
    with pytest.raises(ConfigError, match="several calendars"):
        await collect(make(calendars={BTC: "24/7", ETH: "XNYS"}), lambda got: False, instruments=(BTC, ETH))
    site.kill()
    with pytest.raises(NetworkError, match="3 tries"):
        await collect(make(settings={"attempts": 3}), lambda got: False)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://example.com", "127.0.0.1 alone"),
        ("http://127.0.0.1", "rediss://"),
        ("rediss://user:hidden-word@example.com", "TRADEWIND_REDIS_PASSWORD"),
        ("rediss://", "rediss://"),
    ],
)
def test_addresses_that_are_not_safe(url, said):
    with pytest.raises(ConfigError, match=said) as caught:
        RedisServer(url)
    assert "hidden-word" not in str(caught.value)


def test_an_encrypted_address_elsewhere_is_taken():
    assert RedisServer("rediss://user@redis.example.com:6380/1").url.endswith("/1")


class Overtaken:
    """A client whose answer comes at the very moment of a cancellation, which is then forgotten.

    So does ``asyncio.wait_for`` of Python 3.11, with which redis-py waits (python/cpython 86296).
    """

    def __init__(self):
        self.asked = asyncio.Event()

    def pipeline(self, transaction):
        return self

    def xadd(self, *words, **more):
        pass

    async def execute(self):
        self.asked.set()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(30.0)
        return []

    async def xrevrange(self, *words, **more):
        return []

    async def xread(self, *words, **more):
        await self.execute()


@pytest.mark.parametrize("side", ["publisher", "reader"])
async def test_an_answer_that_overtakes_a_cancellation_does_not_keep_anybody_alive(
    side, monkeypatch, make, clock
):
    client = Overtaken()

    @asynccontextmanager
    async def connected(server):
        yield client

    monkeypatch.setattr(publisher_module, "connected", connected)
    monkeypatch.setattr(relay_connection, "connected", connected)
    if side == "publisher":
        running = asyncio.create_task(Publisher(RedisServer("redis://127.0.0.1:1"), "binance", "1m").run())
    else:
        running = asyncio.create_task(make().run([BTC], "1m"))
    await asyncio.wait_for(client.asked.wait(), 5.0)
    running.cancel()
    done, _ = await asyncio.wait([running], timeout=10.0)
    assert done, "it was cancelled once and goes on for ever"
    assert running.cancelled()
