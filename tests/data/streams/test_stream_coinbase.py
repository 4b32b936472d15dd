"""What is Coinbase's own: bars out of trades, books asked for anew, its errors, payloads as published."""

import asyncio
import json
import lzma
import tarfile
from contextlib import aclosing
from io import BytesIO
from random import Random

import pytest
from coinbase_wire import VENDOR
from misbehaving_feed import MarketClock, Past, feed_site
from wire_vendors import FIRST, MINUTE_NS, START_NS, at

from tradewind.core.errors import ConfigError, DataError, NoTimeframeError, UnknownSymbolError
from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, Quote, Timeframe
from tradewind.core.timestamps import parse_ns
from tradewind.data.streams.ticks import BookMoved, Trade
from tradewind.data.streams.wire import BookSnapshot, BookUpdate, Forming, Ready, Ticker
from tradewind.data.vendors.coinbase.stream import CoinbaseStream
from tradewind.data.vendors.coinbase.stream_settings import CoinbaseStreamSettings
from tradewind.data.vendors.coinbase.stream_wire import CoinbaseWire

pytestmark = pytest.mark.services

BTC, SYMBOL = "BTC/USD.COINBASE", "BTC-USD"
SECOND = 10**9


@pytest.fixture
def clock():
    return MarketClock(FIRST - 1)


@pytest.fixture
def make(clock, tmp_path):
    def stream(url, history=None, *, since=FIRST - 1, **changes):
        quick = {"first_wait_s": 0.01, "longest_wait_s": 0.02, "backfill_wait_s": 0.02}
        return CoinbaseStream(
            history or Past(clock),
            tmp_path,
            since=None if since is None else {BTC: at(since)},
            url=url,
            settings=CoinbaseStreamSettings(**(quick | changes)),
            clock=clock,
            random=Random(1),
        )

    return stream


async def collect(stream, enough, timeframe="1m", seconds=10.0):
    got = []
    async with asyncio.timeout(seconds), aclosing(stream.stream([BTC], timeframe)) as events:
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


def rows(feed, minute):
    """The four trades of a minute, oldest first."""
    found = []
    for nth, price in enumerate((100.0, 101.0, 99.0, 100.5)):
        time = at(minute - 1) + (nth * 19 + 1) * SECOND
        found.append(feed.row(SYMBOL, 4 * minute + nth, price + minute, 0.8125, time))
    return found


async def test_the_trades_before_make_the_first_bar_whole(make, clock):
    """The snapshot reaches back beyond the minute that goes on, so nothing of it is fetched."""

    async def play(stage):
        before, now = rows(stage.feed, FIRST - 1), rows(stage.feed, FIRST)
        await stage.send([stage.feed.trades([*now[1::-1], *before[::-1]], "snapshot")])
        await stage.send([stage.feed.trades(now[2:]), stage.feed.beat(at(FIRST) + 2 * SECOND)])
        await stage.bars(SYMBOL, FIRST + 1)
        await stage.hold()

    async with feed_site(VENDOR, clock, play) as url:
        stream = make(url, history := Past(clock, lacks=(FIRST,)))
        trades = stream.hub.add((Trade,))
        got = await collect(stream, reached(FIRST + 1))
        trades.close()
        told = [trade.trade_id async for trade in trades]
    assert minutes(got) == [FIRST, FIRST + 1]
    bar = next(event for event in got if isinstance(event, Bar))
    assert (bar.open, bar.high, bar.low, bar.close) == (1000.0, 1001.0, 999.0, 1000.5)
    assert bar.volume == 3.25
    assert not [asked for asked in history.asked if asked[1] > FIRST + 1]
    assert told == [4 * FIRST + 2, 4 * FIRST + 3, *range(4 * FIRST + 4, 4 * FIRST + 8)]


async def test_a_bar_across_a_broken_line_is_whole_where_the_trades_join_on(make, clock):
    async def breaks(stage):
        await stage.bars(SYMBOL, FIRST, FIRST + 1)
        await stage.send([stage.feed.trades(rows(stage.feed, FIRST + 2)[:1])])
        await asyncio.sleep(0.05)

    async def joins(stage):
        await stage.send([stage.feed.trades(rows(stage.feed, FIRST + 2)[2::-1], "snapshot")])
        await stage.send([stage.feed.trades(rows(stage.feed, FIRST + 2)[3:])])
        await stage.bars(SYMBOL, FIRST + 3)
        await stage.hold()

    async with feed_site(VENDOR, clock, breaks, joins) as url:
        stream = make(url, Past(clock, lacks=(FIRST + 2,)))
        got = await collect(stream, reached(FIRST + 3))
    assert minutes(got) == [FIRST, FIRST + 1, FIRST + 2, FIRST + 3]
    assert statuses(got) == ["connected", "lost", "connected"]


async def test_a_bar_is_whole_where_the_line_broke_and_nothing_was_traded_meanwhile(make, clock):
    async def breaks(stage):
        await stage.bars(SYMBOL, FIRST, FIRST + 1)
        await stage.send([stage.feed.trades(rows(stage.feed, FIRST + 2))])
        await asyncio.sleep(0.05)

    async def joins(stage):
        await stage.send([stage.feed.trades(rows(stage.feed, FIRST + 2)[::-1], "snapshot")])
        await stage.send([stage.feed.beat(at(FIRST + 2) + 2 * SECOND)])
        await stage.hold()

    async with feed_site(VENDOR, clock, breaks, joins) as url:
        stream = make(url, Past(clock, lacks=(FIRST + 2,)))
        got = await collect(stream, reached(FIRST + 2))
    assert minutes(got) == [FIRST, FIRST + 1, FIRST + 2]


async def test_a_minute_without_a_trade_has_no_bar_and_is_no_gap(make, clock):
    async def play(stage):
        await stage.bars(SYMBOL, FIRST, FIRST + 1)
        await asyncio.sleep(0.1)  # the first bar is fetched
        stage.clock.now = at(FIRST + 4)
        later = rows(stage.feed, FIRST + 5)
        for nth, row in enumerate(later):
            row["trade_id"] = str(4 * FIRST + 8 + nth)  # the very next ones: nothing was traded meanwhile
        await stage.send([stage.feed.beat(at(FIRST + 4)), stage.feed.trades(later)])
        await stage.send([stage.feed.beat(at(FIRST + 5) + 2 * SECOND)])
        await stage.hold()

    async with feed_site(VENDOR, clock, play) as url:
        stream = make(url, history := Past(clock))
        got = await collect(stream, reached(FIRST + 5))
    assert minutes(got) == [FIRST, FIRST + 1, FIRST + 5]
    assert statuses(got) == ["connected"]
    assert not [asked for asked in history.asked if asked[0] > FIRST + 1]


async def test_minutes_that_the_history_knows_nothing_of_are_no_gap_either(make, clock):
    """Messages were lost, and what was lost held no trade of these minutes: the history shows it."""

    async def play(stage):
        await stage.bars(SYMBOL, FIRST, FIRST + 1)
        stage.feed.beat(at(FIRST + 2))
        await stage.bars(SYMBOL, FIRST + 5, FIRST + 6)
        await stage.hold()

    async with feed_site(VENDOR, clock, play) as url:
        stream = make(url, Past(clock, lacks=(FIRST + 2, FIRST + 3, FIRST + 4)))
        got = await collect(stream, reached(FIRST + 6))
    assert minutes(got) == [FIRST, FIRST + 1, FIRST + 5, FIRST + 6]
    assert statuses(got) == ["connected"]
    assert stream.handler.bars.missing == 0


def level(side, price, size):
    return {"side": side, "event_time": "2024-03-01T15:00:00Z", "price_level": price, "new_quantity": size}


def levels(feed, kind, *updates):
    event = {"type": kind, "product_id": SYMBOL, "updates": list(updates)}
    return feed.frame("l2_data", at(FIRST), [event])


async def test_a_book_is_asked_for_anew_after_a_gap(make, clock):
    asked = []

    async def play(stage):
        feed = stage.feed
        whole = levels(feed, "snapshot", level("bid", "9.0", "1"), level("offer", "10.0", "1"))
        await stage.send([whole, levels(feed, "update", level("bid", "9.5", "2"))])
        feed.beat(at(FIRST))  # lost
        await stage.send([levels(feed, "update", level("offer", "9.9", "3"))])
        asked.extend([json.loads(await stage.socket.recv()) for _ in range(2)])
        await stage.send([levels(feed, "update", level("offer", "9.8", "3"))])  # of the old subscription
        whole = levels(feed, "snapshot", level("bid", "8.0", "1"), level("offer", "11.0", "1"))
        await stage.send([whole, levels(feed, "update", level("bid", "8.0", "0"), level("bid", "7.0", "4"))])
        await stage.bars(SYMBOL, FIRST)
        await stage.hold()

    async with feed_site(VENDOR, clock, play) as url:
        stream = make(url, channels=("market_trades", "level2"))
        moves = stream.hub.add((BookMoved,))
        seen = []

        async def read():
            async for event in moves:
                seen.append((event.in_step, event.bid, event.bid_size, event.ask, event.ask_size))

        reading = asyncio.create_task(read())
        await collect(stream, reached(FIRST))
        moves.close()
        await reading
    assert [(one["type"], one["channel"], one["product_ids"]) for one in asked] == [
        ("unsubscribe", "level2", [SYMBOL]),
        ("subscribe", "level2", [SYMBOL]),
    ]
    assert seen[-1] == (True, 7.0, 4.0, 11.0, 1.0)
    assert stream.handler.counters.books_lost == 1
    assert stream.handler.counters.gaps == 1
    assert all(bid < ask for in_step, bid, _, ask, _ in seen if in_step)


async def test_five_minute_bars_by_the_candles_channel_are_fetched_when_the_next_begins(make, clock):
    def candles(feed, minute):
        row = {"start": str(at(minute) // SECOND), "product_id": SYMBOL, "volume": "1.0"}
        row |= {"open": "5.0", "high": "6.0", "low": "4.0", "close": "5.5"}
        return feed.frame("candles", at(minute), [{"type": "update", "candles": [row]}])

    def history(request):
        from dataclasses import replace

        found = Past(clock)(request)
        ends = (found.ts_event - START_NS) % (5 * MINUTE_NS) == 0
        names = ("ts_event", "open", "high", "low", "close", "volume")
        return replace(found, **{name: getattr(found, name)[ends] for name in names})

    async def play(stage):
        clock.now = at(FIRST + 5)
        await stage.send(
            [candles(stage.feed, FIRST), candles(stage.feed, FIRST), candles(stage.feed, FIRST + 5)]
        )
        await stage.hold()

    async with feed_site(VENDOR, clock, play) as url:
        stream = make(url, history, since=FIRST, channels=("candles",))
        got = await collect(stream, reached(FIRST + 5), "5m")
    assert minutes(got) == [FIRST + 5]


async def test_what_coinbase_refuses_is_said_and_its_limit_is_waited_for(make, clock):
    async def refuses(stage):
        await stage.send([b'{"type":"error","message":"BTC-EURX is not a valid product"}'])
        await stage.hold()

    async def limits(stage):
        await stage.send([b'{"type":"error","message":"rate limit exceeded"}'])
        await stage.hold()

    async def serves(stage):
        await stage.bars(SYMBOL, FIRST)
        await stage.hold()

    async with feed_site(VENDOR, clock, refuses) as url:
        with pytest.raises(DataError, match="not a valid product"):
            await collect(make(url), lambda got: False)
    async with feed_site(VENDOR, clock, limits, serves) as url:
        got = await collect(make(url), reached(FIRST))
    assert "rate limit" in next(e.detail for e in got if statuses([e]) == ["lost"])


async def test_what_its_stream_does_not_have(make):
    url = "ws://127.0.0.1:9"
    with pytest.raises(NoTimeframeError, match="1m, 5m"):
        await collect(make(url), lambda got: False, "4h")
    with pytest.raises(NoTimeframeError, match="5m"):
        await collect(make(url, channels=("candles",)), lambda got: False, "1m")
    with pytest.raises(UnknownSymbolError, match="BTC/USD"):
        async for _ in make(url).stream(["BTC/USDC"], "1m"):
            pass
    with pytest.raises(ConfigError, match="no bars"):
        CoinbaseStreamSettings(channels=("ticker",))
    with pytest.raises(ConfigError, match="matches"):
        CoinbaseStreamSettings(channels=("matches",))


def test_payloads_as_published(shared_data):
    """Nautilus's adapter is tested on these; they follow Coinbase's documentation."""
    archive = shared_data / "api_payloads" / "nautilus_adapter_payloads.tar.xz"
    with tarfile.open(fileobj=BytesIO(lzma.decompress(archive.read_bytes()))) as files:
        read = {
            name: files.extractfile(f"./crates/adapters/coinbase/test_data/ws_{name}.json").read()
            for name in (
                "subscriptions",
                "heartbeats",
                "market_trades",
                "ticker",
                "candles",
                "l2_data_snapshot",
                "l2_data_update",
            )
        }

    def items(name, **channels):
        settings = CoinbaseStreamSettings(**channels)
        wire = CoinbaseWire("wss://x", {"BTC-USD": BTC}, Timeframe.M5, settings)
        return list(wire.read(read[name], 5))

    assert items("subscriptions") == [Ready()]
    assert items("heartbeats") == []
    first, forming, second = items("market_trades")
    assert (first.trade_id, first.price, first.quantity, first.buyer_is_maker) == (
        995098700,
        68900.5,
        0.0015,
        True,
    )
    assert first.ts_event == parse_ns("2026-04-07T14:30:02.789012+00:00")
    assert forming == Forming(BTC, parse_ns("2026-04-07T14:30:00+00:00"))
    assert (second.trade_id, second.buyer_is_maker) == (995098701, False)
    (ticker,) = items("ticker")
    assert isinstance(ticker, Ticker)
    assert ticker.quote == Quote(
        ts_event=parse_ns("2026-04-07T14:30:03+00:00"),
        instrument_id=BTC,
        bid=68900.0,
        ask=68901.0,
        bid_size=1.5,
        ask_size=0.5,
        ts_recv=5,
    )
    assert items("candles", channels=("candles",)) == [Forming(BTC, 1775521800 * SECOND)]
    (snapshot,) = items("l2_data_snapshot")
    assert isinstance(snapshot, BookSnapshot)
    assert snapshot.snapshot.bids == [(68900.0, 1.5), (68899.5, 0.75), (68899.0, 2.3)]
    assert snapshot.snapshot.asks == [(68901.0, 0.5), (68901.5, 1.2), (68902.0, 0.8)]
    (update,) = items("l2_data_update")
    assert isinstance(update, BookUpdate)
    assert (update.update.bids, update.update.asks) == ([(68900.0, 2.0)], [(68901.0, 0.0)])
