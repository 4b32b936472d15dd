"""One contract for all live streams: what each brings, and what it says when its vendor's feed misbehaves.

It runs over the registry. A stream is tested by a module ``NAME_wire.py`` in this folder (see
``wire_vendors.py``), played by a real websockets server on loopback.
"""

import asyncio
import importlib.util
import json
import logging
from contextlib import aclosing
from dataclasses import replace
from inspect import signature
from pathlib import Path
from random import Random

import pytest
from misbehaving_feed import MarketClock, Past, feed_site
from wire_vendors import FIRST, MINUTE_NS, START_NS, at

from tradewind.core.errors import ConfigError, MissingKeyError, NetworkError, UnknownSymbolError
from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, Quote
from tradewind.data.policy.redaction import Secret
from tradewind.data.registry import STREAMS
from tradewind.data.streams.ticks import Trade

pytestmark = pytest.mark.services

QUICK = {
    "first_wait_s": 0.01,
    "longest_wait_s": 0.02,
    "backfill_wait_s": 0.02,
    "open_timeout_s": 2.0,
    "stale_after_s": 2.0,
}


def socket_streams():
    """Those that take an address."""
    entries = [entry for entry in STREAMS.entries() if not entry.outside]
    return [entry.name for entry in entries if "url" in signature(entry.plugin).parameters]


def vendor_of(name):
    path = Path(__file__).parent / f"{name}_wire.py"
    if not path.exists():
        pytest.fail(
            f"The stream {name!r} is not tested: write tests/data/streams/{path.name} with a VENDOR, what its"
            " feed says in its recorded or documented shape (wire_vendors.py says what it holds)."
        )
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.VENDOR


@pytest.fixture(params=socket_streams())
def name(request):
    return request.param


@pytest.fixture
def vendor(name):
    return vendor_of(name)


@pytest.fixture
def clock():
    return MarketClock(FIRST - 1)


@pytest.fixture
def first(vendor):
    """The first instrument and what the vendor calls it."""
    return next(iter(vendor.symbols.items()))


@pytest.fixture
def make(name, vendor, first, clock, tmp_path):
    def stream(url, history=None, *, keys=None, **changes):
        factory = STREAMS.get(name)
        arguments = {
            "fetch_bars": history or Past(clock),
            "folder": tmp_path,
            "url": url,
            "since": {first[0]: at(FIRST - 1)},
            "clock": clock,
            "random": Random(1),
        }
        arguments |= {word: Secret(key) for word, key in (vendor.keys if keys is None else keys).items()}
        usual = factory(**arguments).settings
        return factory(**arguments, settings=replace(usual, **(QUICK | changes)))

    return stream


async def collect(stream, instruments, enough, seconds=20.0):
    got = []
    async with asyncio.timeout(seconds), aclosing(stream.stream(instruments, "1m")) as events:
        async for event in events:
            got.append(event)
            if enough(got):
                break
    return got


def minutes(events):
    return [(event.ts_event - START_NS) // MINUTE_NS for event in events if isinstance(event, Bar)]


def statuses(events):
    return [event.status for event in events if isinstance(event, FeedStatus)]


def reached(minute):
    return lambda got: minute in minutes(got[-1:])


def assert_whole(events, first, last):
    """Every minute once, in order, and each as the market was, whether it came live or was fetched."""
    assert minutes(events) == list(range(first, last + 1))
    for bar in (event for event in events if isinstance(event, Bar)):
        opened = 100.0 + (bar.ts_event - START_NS) // MINUTE_NS
        figures = (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.timeframe)
        assert figures == (opened, opened + 1, opened - 1, opened + 0.5, 3.25, "1m")
        assert bar.ts_recv >= bar.ts_event


async def test_bars_are_the_markets_and_none_is_missing(make, vendor, clock, first):
    async def play(stage):
        await stage.bars(first[1], *range(FIRST, FIRST + 6))
        await stage.hold()

    async with feed_site(vendor, clock, play) as url:
        got = await collect(make(url), [first[0]], reached(FIRST + 5))
    assert_whole(got, FIRST, FIRST + 5)
    assert statuses(got) == ["connected"]
    assert type(got[0]) is FeedStatus


async def test_quotes_of_each_instrument(make, vendor, clock, first):
    async def play(stage):
        for nth, symbol in enumerate(vendor.symbols.values()):
            await stage.send(stage.feed.quote(symbol, FIRST - 0.5, 99.0 + nth, 101.0 + nth))
        await stage.hold()

    async with feed_site(vendor, clock, play) as url:
        got = await collect(
            make(url),
            list(vendor.symbols),
            lambda got: len([e for e in got if isinstance(e, Quote)]) == len(vendor.symbols),
        )
    quotes = [event for event in got if isinstance(event, Quote)]
    assert [(q.instrument_id, q.bid, q.ask) for q in quotes] == [
        (instrument_id, 99.0 + nth, 101.0 + nth) for nth, instrument_id in enumerate(vendor.symbols)
    ]


async def test_a_quote_that_crosses_is_no_quote(make, vendor, clock, first):
    async def play(stage):
        await stage.send(stage.feed.quote(first[1], FIRST - 0.9, 99.0, 101.0))
        await stage.send(stage.feed.quote(first[1], FIRST - 0.8, 102.0, 101.0))
        await stage.bars(first[1], FIRST, FIRST + 1)
        await stage.hold()

    async with feed_site(vendor, clock, play) as url:
        stream = make(url)
        got = await collect(stream, [first[0]], reached(FIRST + 1))
    assert [q.bid for q in got if isinstance(q, Quote)] == [99.0]
    assert stream.handler.counters.quotes_crossed == 1


async def test_trades_come_once_each(make, vendor, clock, first):
    numbers = [4 * FIRST - 1 - n for n in (5, 4, 3, 2)]

    async def play(stage):
        for number in numbers:
            frames = stage.feed.trade(first[1], number)
            await stage.send(frames + frames)
        await stage.bars(first[1], FIRST, FIRST + 1)
        await stage.hold()

    async with feed_site(vendor, clock, play) as url:
        stream = make(url, channels=vendor.trades)
        trades = stream.hub.add((Trade,))
        await collect(stream, [first[0]], reached(FIRST + 1))
        trades.close()
        got = [trade async for trade in trades][: len(numbers)]
    assert [trade.trade_id for trade in got] == numbers
    side = True if vendor.says_side else None
    assert {(t.instrument_id, t.price, t.quantity, t.buyer_is_maker) for t in got} == {
        (first[0], 100.5, 2.0, side)
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_frames_repeated_and_in_another_order(make, vendor, clock, first, seed):
    """Whatever is lost by it is fetched; nothing comes twice or out of order."""
    random, last = Random(seed), FIRST + 12

    async def play(stage):
        frames = [f for minute in range(FIRST, last - 1) for f in stage.feed.bar(first[1], minute)]
        frames = [frame for frame in frames for _ in range(random.choice((1, 1, 2)))]
        for at_ in range(1, len(frames)):
            if random.random() < 0.4:
                frames[at_ - 1], frames[at_] = frames[at_], frames[at_ - 1]
        clock.now = at(last - 1.9)
        await stage.send(frames)
        await asyncio.sleep(0.05)
        await stage.bars(first[1], last - 1, last)
        await stage.hold()

    async with feed_site(vendor, clock, play) as url:
        got = await collect(make(url), [first[0]], reached(last))
    assert_whole(got, FIRST, last)


async def test_what_is_lost_on_the_way_is_fetched(make, vendor, clock, first):
    async def play(stage):
        await stage.bars(first[1], FIRST, FIRST + 1)
        stage.feed.bar(first[1], FIRST + 2)
        stage.feed.bar(first[1], FIRST + 3)
        await stage.bars(first[1], FIRST + 4, FIRST + 5, FIRST + 6)
        await stage.hold()

    async with feed_site(vendor, clock, play) as url:
        stream = make(url, history := Past(clock))
        got = await collect(stream, [first[0]], reached(FIRST + 6))
    assert_whole(got, FIRST, FIRST + 6)
    assert statuses(got) == ["connected"]
    assert any(begin <= FIRST + 2 < end for begin, end in history.asked)


async def test_a_line_that_dies_within_a_frame(make, vendor, clock, first):
    async def dies(stage):
        await stage.bars(first[1], FIRST, FIRST + 1)
        await stage.break_off(stage.feed.bar(first[1], FIRST + 2)[-1])

    async def goes_on(stage):
        await stage.bars(first[1], FIRST + 4, FIRST + 5)
        await stage.hold()

    async with feed_site(vendor, clock, dies, goes_on) as url:
        stream = make(url)
        got = await collect(stream, [first[0]], reached(FIRST + 5))
    assert_whole(got, FIRST, FIRST + 5)
    assert statuses(got) == ["connected", "lost", "connected"]
    assert stream.handler.counters.malformed == 0


async def test_a_line_that_falls_silent_is_left(make, vendor, clock, first):
    async def silent(stage):
        await stage.bars(first[1], FIRST, FIRST + 1)
        await stage.hold()

    async def goes_on(stage):
        await stage.bars(first[1], FIRST + 3, FIRST + 4)
        await stage.hold()

    async with feed_site(vendor, clock, silent, goes_on) as url:
        got = await collect(make(url, stale_after_s=0.2), [first[0]], reached(FIRST + 4))
    assert_whole(got, FIRST, FIRST + 4)
    assert statuses(got) == ["connected", "lost", "connected"]
    assert "Nothing came for 0.2 s" in next(e.detail for e in got if statuses([e]) == ["lost"])


async def test_frames_that_make_no_sense_are_kept_aside(make, vendor, clock, first, tmp_path):
    nonsense = [b"not json", b"\xff\xfe", b"7", b'{"a": ', *vendor.malformed]

    async def play(stage):
        await stage.bars(first[1], FIRST)
        await stage.send(nonsense)
        await stage.bars(first[1], FIRST + 1, FIRST + 2)
        await stage.hold()

    async with feed_site(vendor, clock, play) as url:
        stream = make(url)
        got = await collect(stream, [first[0]], reached(FIRST + 2))
    assert_whole(got, FIRST, FIRST + 2)
    assert not [event for event in got if isinstance(event, Quote)]
    assert stream.handler.counters.malformed == len(nonsense)
    kept = {path.read_bytes() for path in tmp_path.glob("*/*.payload")}
    assert kept == set(nonsense)


async def test_another_instruments_data_is_never_taken(make, vendor, clock, first, tmp_path):
    stranger = list(vendor.symbols.values())[1]

    async def play(stage):
        await stage.bars(first[1], FIRST)
        await stage.send(stage.feed.bar(stranger, FIRST + 1)[-2:])
        await stage.send(stage.feed.quote(stranger, FIRST, 5.0, 6.0))
        await stage.bars(first[1], FIRST + 1, FIRST + 2)
        await stage.hold()

    async with feed_site(vendor, clock, play) as url:
        stream = make(url)
        got = await collect(stream, [first[0]], reached(FIRST + 2))
    assert {event.instrument_id for event in got if isinstance(event, Bar | Quote)} == {first[0]}
    assert not [event for event in got if isinstance(event, Quote)]
    assert_whole(got, FIRST, FIRST + 2)
    notes = [json.loads(path.read_text())["reason"] for path in tmp_path.glob("*/*.json")]
    assert notes
    assert all("Nobody subscribed" in note for note in notes)


async def test_a_wrong_key_ends_it_at_once(make, vendor, clock, first, tmp_path, caplog):
    if not vendor.keys:
        return  # nothing to be refused

    async def play(stage):
        await stage.hold()

    wrong = {word: f"wrong-{key}" for word, key in vendor.keys.items()}
    caplog.set_level(logging.DEBUG)
    async with feed_site(vendor, clock, play) as url:
        stream = make(url, keys=wrong)
        with pytest.raises(MissingKeyError) as caught:
            await collect(stream, [first[0]], lambda got: False)
    assert stream.connections == 1
    shown = str(caught.value) + "".join(p.read_text() for p in tmp_path.rglob("*") if p.is_file())
    assert not [key for key in wrong.values() if key in shown]
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("tradewind")]
    assert not [key for key in wrong.values() if key in "".join(ours)]


async def test_a_missing_key_is_said_before_anything_is_asked(make, vendor, clock, first):
    if not vendor.keys:
        return
    with pytest.raises(MissingKeyError, match="TRADEWIND_"):
        await collect(make("ws://127.0.0.1:9", keys={}), [first[0]], lambda got: False)


async def test_a_server_that_is_not_there(make, first):
    with pytest.raises(NetworkError, match="3 tries"):
        await collect(make("ws://127.0.0.1:9", attempts=3), [first[0]], lambda got: False)


async def test_what_cannot_be_streamed_is_refused(make, first):
    with pytest.raises(ConfigError):
        await collect(make("ws://127.0.0.1:9"), [], lambda got: False)
    with pytest.raises(UnknownSymbolError):
        await collect(make("ws://127.0.0.1:9"), ["?!"], lambda got: False)
    with pytest.raises(ConfigError, match="not encrypted"):
        make("ws://feed.example.com")


def test_a_stream_without_a_wire_module_is_named():
    with pytest.raises(pytest.fail.Exception, match=r"nobody_wire\.py"):
        vendor_of("nobody")
