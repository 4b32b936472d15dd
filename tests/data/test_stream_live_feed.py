"""The live session's feed over any stream: order, bounds, losses and returns."""

import asyncio
from contextlib import aclosing

import pytest
from binance_site import START, History, at, kline_frame, plays, ticker_frame, websocket_site
from loopback_http import SteppedClock

from tradewind.core.errors import MissingKeyError, NetworkError, StaleDataError
from tradewind.core.events import FeedStatus, decode_event, encode_event
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.market import Bar, Quote
from tradewind.core.timestamps import NS_PER_MINUTE
from tradewind.data.live_feed import RestartSettings, live_events
from tradewind.data.streams.consumer_queue import QueueSettings
from tradewind.data.vendors.binance.stream import BinanceStream
from tradewind.data.vendors.binance.stream_settings import StreamSettings

pytestmark = pytest.mark.services


def pair(instrument_id):
    return Instrument(
        symbol=instrument_id.removesuffix(".BINANCE"),
        asset_class=AssetClass.CRYPTO,
        venue="BINANCE",
        quote_currency="USDT",
        tick_size="0.01",
        lot_size="0.00001",
        calendar="24/7",
    )


INSTRUMENTS = {
    instrument_id: pair(instrument_id) for instrument_id in ("BTC/USDT.BINANCE", "ETH/USDT.BINANCE")
}
AT_ONCE = RestartSettings(most=2, wait_s=0.0)


def bar(minute, instrument_id="BTC/USDT.BINANCE"):
    return Bar(
        ts_event=at(minute), instrument_id=instrument_id, open=1, high=1, low=1, close=1, timeframe="1m"
    )


def quote(number, instrument_id="BTC/USDT.BINANCE"):
    return Quote(ts_event=number, instrument_id=instrument_id, bid=float(number), ask=number + 1.0)


class Scripted:
    """A stream that plays one list of events, and perhaps an error, each time it is started."""

    name = "scripted"

    def __init__(self, *runs, hold=False):
        self.runs, self.hold = list(runs), hold
        self.started = []
        self.closed = 0

    async def stream(self, instrument_ids, timeframe):
        self.started.append((tuple(instrument_ids), timeframe))
        try:
            for event in self.runs.pop(0):
                if isinstance(event, Exception):
                    raise event
                yield event
                await asyncio.sleep(0)
            if self.hold:
                await asyncio.sleep(60)
        finally:
            self.closed += 1


async def everything(stream, **settings):
    got, error = [], None
    try:
        async with aclosing(
            live_events(stream, INSTRUMENTS, restart=AT_ONCE, clock=SteppedClock(START), **settings)
        ) as events:
            async for event in events:
                got.append(event)
    except (NetworkError, StaleDataError, MissingKeyError) as raised:
        error = raised
    return got, error


async def test_events_come_as_they_are_and_fit_the_journal():
    sent = [bar(1), quote(1), FeedStatus(ts_event=START, feed="scripted", status="connected"), bar(2)]
    stream = Scripted(sent)
    got, error = await everything(stream)
    assert got == sent
    assert error is None
    assert [decode_event(encode_event(event)) for event in got] == sent
    assert stream.started == [(("BTC/USDT.BINANCE", "ETH/USDT.BINANCE"), "1m")]
    assert stream.closed == 1


async def test_bars_rise_strictly_and_strangers_are_refused_aloud():
    sent = [
        bar(2),
        bar(1),
        bar(2),
        bar(3, "ETH/USDT.BINANCE"),
        bar(3),
        bar(1, "DOGE/USDT.BINANCE"),
        quote(1, "DOGE/USDT.BINANCE"),
    ]
    got, _ = await everything(Scripted(sent))
    assert [event for event in got if isinstance(event, Bar)] == [bar(2), bar(3, "ETH/USDT.BINANCE"), bar(3)]
    refused = [event.detail for event in got if isinstance(event, FeedStatus)]
    assert [event.status for event in got if isinstance(event, FeedStatus)] == ["refused", "refused"]
    assert "came late" in refused[0]
    assert "DOGE/USDT.BINANCE is not of this session" in refused[1]


async def test_a_loss_and_the_return_are_said():
    stream = Scripted([bar(1), NetworkError("cable")], [bar(2), StaleDataError("silence")], [bar(3)])
    got, error = await everything(stream)
    assert error is None
    assert [event.status if isinstance(event, FeedStatus) else event for event in got] == [
        bar(1),
        "lost",
        "connected",
        bar(2),
        "lost",
        "connected",
        bar(3),
    ]
    assert stream.closed == 3


async def test_it_ends_with_the_error_once_restarts_are_used_up():
    got, error = await everything(Scripted([bar(1), NetworkError("a")], *[[NetworkError("b")]] * 5))
    assert isinstance(error, NetworkError)
    assert [event.status for event in got if isinstance(event, FeedStatus)] == ["lost"] * 3


async def test_an_error_that_will_not_pass_ends_it_at_once():
    got, error = await everything(Scripted([bar(1), MissingKeyError("no key")], [bar(2)]))
    assert isinstance(error, MissingKeyError)
    assert got[0] == bar(1)


async def test_a_bug_in_a_stream_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        await everything(Scripted([bar(1), ZeroDivisionError()]))


async def test_a_slow_reader_gets_every_bar_and_the_newest_quotes(tmp_path):
    sent = [event for n in range(1, 500) for event in (bar(n), quote(n), quote(n, "ETH/USDT.BINANCE"))]
    room = QueueSettings(in_memory=20, spill_folder=tmp_path)
    stream = Scripted(sent, hold=True)
    got = []
    async with aclosing(live_events(stream, INSTRUMENTS, queue=room)) as events:
        got.append(await anext(events))
        await asyncio.sleep(0.1)  # the stream plays all of it meanwhile
        async for event in events:
            got.append(event)
            if got.count(quote(499)) and got.count(quote(499, "ETH/USDT.BINANCE")):
                break
    assert [event for event in got if isinstance(event, Bar)] == [bar(n) for n in range(1, 500)]
    assert sum(isinstance(event, Quote) for event in got) < 10
    assert stream.closed == 1


async def test_closing_it_stops_the_stream():
    stream = Scripted([bar(1)], hold=True)
    events = live_events(stream, INSTRUMENTS)
    assert await anext(events) == bar(1)
    await events.aclose()
    assert stream.closed == 1


async def test_an_outage_longer_than_the_streams_patience_loses_no_bar(tmp_path):
    """The stream gives up, the feed starts it again, and it follows on from the last bar that it gave."""
    clock = SteppedClock(at(2))

    async def refuse(socket):
        socket.transport.abort()

    async def back(socket):
        clock.now = at(6.5)
        await plays(kline_frame(7, closed=False), kline_frame(7), ticker_frame(1, 5.0, 6.0), hold=True)(
            socket
        )

    first = plays(kline_frame(1), kline_frame(2))
    async with websocket_site(first, refuse, refuse, refuse, back) as url:
        settings = StreamSettings(
            attempts=2, first_wait_s=0.01, longest_wait_s=0.01, backfill_wait_s=0.01, stale_after_s=2.0
        )
        stream = BinanceStream(History(), tmp_path, url=url, settings=settings, clock=clock)
        got = []
        async with (
            asyncio.timeout(10),
            aclosing(
                live_events(stream, INSTRUMENTS, restart=RestartSettings(5, 0.0), clock=clock)
            ) as events,
        ):
            async for event in events:
                got.append(event)
                if isinstance(event, Bar) and event.ts_event == at(7):
                    break
    bars = [(event.ts_event - START) // NS_PER_MINUTE for event in got if isinstance(event, Bar)]
    assert bars == [1, 2, 3, 4, 5, 6, 7]
    said = [event.status for event in got if isinstance(event, FeedStatus)]
    assert said[0] == "connected"
    assert "lost" in said
    assert said[-1] == "connected"
