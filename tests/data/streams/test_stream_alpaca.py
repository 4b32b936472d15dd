"""What is Alpaca's own: hours, revised bars, corrected and cancelled trades, its errors by number."""

import asyncio
import json
from contextlib import aclosing
from random import Random

import pytest
from alpaca_wire import KEY, SECRET, VENDOR, AlpacaFeed
from misbehaving_feed import MarketClock, Past, feed_site
from wire_vendors import FIRST, MINUTE_NS, START_NS, at, iso

from tradewind.core.errors import (
    ConfigError,
    DataError,
    MissingKeyError,
    NoTimeframeError,
    UnknownSymbolError,
)
from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, Quote, Timeframe
from tradewind.data.policy.redaction import Secret
from tradewind.data.streams.ticks import Trade, TradeCancelled
from tradewind.data.vendors.alpaca.stream import AlpacaStream
from tradewind.data.vendors.alpaca.stream_settings import AlpacaStreamSettings

pytestmark = pytest.mark.services

AAPL = "AAPL.XNAS"
CLOSE, NEXT_OPEN = 1_260, 3 * 1_440 + 870
"""Minutes of Friday's close and Monday's open in New York (21:00 and 14:30 UTC)."""


@pytest.fixture
def clock():
    return MarketClock(FIRST - 1)


@pytest.fixture
def make(clock, tmp_path):
    def stream(url, history=None, *, since=FIRST - 1, **changes):
        quick = {"first_wait_s": 0.01, "longest_wait_s": 0.02, "backfill_wait_s": 0.02}
        return AlpacaStream(
            history or Past(clock),
            tmp_path,
            api_key=Secret(KEY),
            api_secret=Secret(SECRET),
            since={AAPL: at(since)},
            url=url,
            settings=AlpacaStreamSettings(**(quick | changes)),
            clock=clock,
            random=Random(1),
        )

    return stream


async def collect(stream, enough, instruments=(AAPL,), timeframe="1m"):
    got = []
    async with asyncio.timeout(10.0), aclosing(stream.stream(instruments, timeframe)) as events:
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


async def test_a_week_end_is_no_hole_and_its_silence_no_loss(make, clock):
    """Bars outside of hours are left out; nothing is asked for between Friday's close and Monday's open."""
    clock.now = at(CLOSE - 1.9)

    async def play(stage):
        await stage.bars("AAPL", CLOSE - 1, CLOSE, CLOSE + 1, CLOSE + 2)
        await asyncio.sleep(0.5)  # longer than stale_after_s
        await stage.bars("AAPL", NEXT_OPEN - 5, NEXT_OPEN + 1, NEXT_OPEN + 2)
        await stage.hold()

    async with feed_site(VENDOR, clock, play) as url:
        stream = make(url, history := Past(clock), since=CLOSE - 2, stale_after_s=0.2)
        got = await collect(stream, reached(NEXT_OPEN + 2))
    assert minutes(got) == [CLOSE - 1, CLOSE, NEXT_OPEN + 1, NEXT_OPEN + 2]
    assert statuses(got) == ["connected"]
    assert not [asked for asked in history.asked if asked[1] > CLOSE + 1]


async def test_a_minute_without_a_trade_is_no_gap(make, clock):
    async def play(stage):
        await stage.bars("AAPL", FIRST, FIRST + 3, FIRST + 4)
        await stage.hold()

    async with feed_site(VENDOR, clock, play) as url:
        stream = make(url, Past(clock, lacks=(FIRST + 1, FIRST + 2)))
        got = await collect(stream, reached(FIRST + 4))
    assert minutes(got) == [FIRST, FIRST + 3, FIRST + 4]
    assert statuses(got) == ["connected"]


async def test_a_bar_that_late_trades_change_is_said_and_not_handed_on_again(make, clock):
    async def play(stage):
        await stage.bars("AAPL", FIRST)
        await stage.send(stage.feed.bar("AAPL", FIRST, kind="u", c=1000.25, v=4.5))
        await stage.send(stage.feed.bar("AAPL", FIRST + 1, kind="u"))  # the first that comes of it
        await stage.bars("AAPL", FIRST + 1, FIRST + 2)
        await stage.hold()

    async with feed_site(VENDOR, clock, play) as url:
        stream = make(url)
        got = await collect(stream, reached(FIRST + 2))
    assert minutes(got) == [FIRST, FIRST + 1, FIRST + 2]
    said = next(event for event in got if statuses([event]) == ["revised"])
    assert said.feed == "alpaca:AAPL.XNAS"
    assert "2024-03-01T15:00:00Z" in said.detail
    assert "closes at 1000.25 with volume 4.5" in said.detail


async def test_a_day_that_is_not_over_is_no_bar(make, clock):
    async def play(stage):
        await stage.send(stage.feed.bar("AAPL", FIRST, kind="d"))
        await stage.bars("AAPL", FIRST, FIRST + 1)
        await stage.hold()

    async with feed_site(VENDOR, clock, play) as url:
        got = await collect(make(url, channels=("bars", "dailyBars")), reached(FIRST + 1))
    assert minutes(got) == [FIRST, FIRST + 1]


async def test_a_corrected_trade_is_cancelled_and_told_anew(make, clock):
    """Figures of the documentation's examples."""
    time = "2024-03-01T14:59:36.123456789Z"
    corrected = {
        "T": "c", "S": "AAPL", "x": "M", "oi": 52983525033527, "op": 39.1582, "os": 440000, "oc": ["@", "7"],
        "ci": 52983525034326, "cp": 39.1809, "cs": 440000, "cc": ["@", "7"], "z": "B", "t": time,
    }  # fmt: skip
    cancelled = {
        "T": "x", "S": "AAPL", "i": 465, "x": "D", "p": 120.1, "s": 1, "a": "C", "z": "C", "t": time,
    }  # fmt: skip

    async def play(stage):
        await stage.send([json.dumps([corrected, cancelled]).encode()])
        await stage.bars("AAPL", FIRST)
        await stage.hold()

    async with feed_site(VENDOR, clock, play) as url:
        stream = make(url, channels=("bars", "trades"))
        ticks = stream.hub.add((Trade, TradeCancelled))
        await collect(stream, reached(FIRST))
        ticks.close()
        got = [tick async for tick in ticks]
    assert [(type(t), t.trade_id, t.price, t.quantity) for t in got] == [
        (TradeCancelled, 52983525033527, 39.1582, 440000.0),
        (Trade, 52983525034326, 39.1809, 440000.0),
        (TradeCancelled, 465, 120.1, 1.0),
    ]
    assert {t.ts_event for t in got} == {at(FIRST) - 24 * 10**9 + 123_457_000}


async def test_bid_and_ask_may_be_equal_and_a_late_quote_is_dropped(make, clock):
    async def play(stage):
        await stage.send(stage.feed.quote("AAPL", FIRST - 0.5, 100.0, 100.0))
        await stage.send(stage.feed.quote("AAPL", FIRST - 0.6, 99.0, 101.0))
        await stage.bars("AAPL", FIRST)
        await stage.hold()

    async with feed_site(VENDOR, clock, play) as url:
        stream = make(url)
        got = await collect(stream, reached(FIRST))
    quotes = [event for event in got if isinstance(event, Quote)]
    assert [(q.bid, q.ask, q.bid_size) for q in quotes] == [(100.0, 100.0, 0.0)]
    assert stream.handler.counters.quotes_late == 1


class Refusing(AlpacaFeed):
    """Says an error in place of *authenticated*."""

    def __init__(self, *codes):
        super().__init__()
        self.codes = list(codes)

    async def admit(self, socket):
        if not self.codes:
            return await super().admit(socket)
        await socket.recv()
        await self.say(socket, {"T": "error", "code": self.codes.pop(0), "msg": "said by a test"})
        return False


def refusing(*codes):
    from dataclasses import replace

    feed = Refusing(*codes)
    return replace(VENDOR, open_feed=lambda: feed)


async def serves(stage):
    await stage.bars("AAPL", FIRST)
    await stage.hold()


@pytest.mark.parametrize("code", [406, 407, 500])
async def test_what_passes_is_tried_again(make, clock, code):
    async with feed_site(refusing(code, code), clock, serves) as url:
        stream = make(url)
        got = await collect(stream, reached(FIRST))
    assert statuses(got) == ["lost", "connected"]
    assert str(code) in got[0].detail
    assert stream.connections == 3


@pytest.mark.parametrize(
    ("code", "error"), [(402, MissingKeyError), (409, MissingKeyError), (405, DataError)]
)
async def test_what_does_not_pass_ends_it(make, clock, code, error):
    async with feed_site(refusing(code), clock, serves) as url:
        stream = make(url)
        with pytest.raises(error, match=str(code)):
            await collect(stream, lambda got: False)
    assert stream.connections == 1


async def test_a_symbol_that_is_left_out_is_said(make, clock):
    class Forgetful(AlpacaFeed):
        async def say(self, socket, message):
            if message["T"] == "subscription":
                message = message | {"bars": []}
            await super().say(socket, message)

    from dataclasses import replace

    async with feed_site(replace(VENDOR, open_feed=Forgetful), clock, serves) as url:
        with pytest.raises(DataError, match="leaves out AAPL"):
            await collect(make(url), lambda got: False)


async def test_what_its_stream_does_not_have(make, tmp_path):
    url = "ws://127.0.0.1:9"
    with pytest.raises(NoTimeframeError, match="1m"):
        await collect(make(url), lambda got: False, timeframe="5m")
    with pytest.raises(UnknownSymbolError, match=r"VOD\.XLON"):
        await collect(make(url), lambda got: False, ("VOD.XLON",))
    with pytest.raises(ConfigError, match="opra"):
        AlpacaStream(Past(MarketClock(FIRST)), tmp_path, feed="opra")
    with pytest.raises(ConfigError, match="bars"):
        AlpacaStreamSettings(channels=("trades",))


def test_the_feed_is_chosen_by_its_address(tmp_path):
    keys = {"api_key": Secret("k"), "api_secret": Secret("s")}
    stream = AlpacaStream(Past(MarketClock(FIRST)), tmp_path, feed="sip", **keys)
    assert stream._wire([AAPL], Timeframe.M1).address == "wss://stream.data.alpaca.markets/v2/sip"
    assert iso(at(FIRST)) == "2024-03-01T15:00:00.000000000Z"
