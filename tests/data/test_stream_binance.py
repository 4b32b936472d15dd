"""The Binance stream against a real websockets server on loopback that breaks in every way we know."""

import asyncio
import gzip
import json
import lzma
import tarfile
from contextlib import aclosing
from io import BytesIO
from random import Random

import pytest
from binance_site import (
    START,
    History,
    at,
    depth_frame,
    kline_frame,
    plays,
    price,
    ticker_frame,
    trade_frame,
    websocket_site,
)
from loopback_http import SteppedClock, serve

from tradewind.core.errors import ConfigError, NetworkError, NoDataError, UnknownSymbolError
from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, Quote
from tradewind.core.timestamps import NS_PER_MINUTE
from tradewind.data.registry import STREAMS
from tradewind.data.streams.consumer_queue import QueueSettings
from tradewind.data.streams.depth import DepthSnapshot
from tradewind.data.streams.ticks import Trade
from tradewind.data.vendors.binance.stream import BinanceStream
from tradewind.data.vendors.binance.stream_settings import StreamSettings

pytestmark = pytest.mark.services

FAST = {
    "first_wait_s": 0.01,
    "longest_wait_s": 0.02,
    "backfill_wait_s": 0.01,
    "open_timeout_s": 2.0,
    "stale_after_s": 2.0,
}
HELD = plays(hold=True)


@pytest.fixture
def clock():
    return SteppedClock(at(2))


@pytest.fixture
def make(tmp_path, clock):
    def stream(url, history=None, *, since=None, fetch_book=None, queue=None, **changes):
        return BinanceStream(
            history or History(),
            tmp_path,
            fetch_book=fetch_book,
            since=since,
            url=url,
            settings=StreamSettings(**(FAST | changes)),
            queue=queue,
            clock=clock,
            random=Random(1),
        )

    return stream


async def collect(stream, enough, instrument_ids=("BTC/USDT",), seconds=10.0):
    """Events until ``enough`` of them says so."""
    got = []
    async with asyncio.timeout(seconds), aclosing(stream.stream(instrument_ids, "1m")) as events:
        async for event in events:
            got.append(event)
            if enough(got):
                break
    return got


def minutes(events):
    return [(event.ts_event - START) // NS_PER_MINUTE for event in events if isinstance(event, Bar)]


def statuses(events):
    return [event.status for event in events if isinstance(event, FeedStatus)]


def reached(minute):
    return lambda got: minute in minutes(got[-1:])


async def test_only_closed_klines_become_bars_stamped_by_their_close(make, clock):
    frames = [kline_frame(1, closed=False), kline_frame(1), kline_frame(2, closed=False), kline_frame(2)]
    async with websocket_site(plays(*frames, hold=True)) as url:
        stream = make(url)
        got = await collect(stream, reached(2))
    bar = next(event for event in got if isinstance(event, Bar))
    assert bar == Bar(
        ts_event=at(1),
        ts_open=at(0),
        ts_recv=clock.now,
        instrument_id="BTC/USDT",
        open=price(1),
        high=price(1) + 1,
        low=price(1) - 1,
        close=price(1) + 0.5,
        volume=3.25,
        timeframe="1m",
    )
    assert minutes(got) == [1, 2]
    assert statuses(got) == ["connected"]
    assert stream.handler.counters.forming == 2


async def test_the_server_is_asked_for_the_streams_by_name(make):
    asked = []

    async def script(socket):
        asked.append(socket.request.path)
        await plays(kline_frame(1), hold=True)(socket)

    async with websocket_site(script) as url:
        await collect(make(url), reached(1), ("btc-usdt", "ETH/USDT"))
    assert asked == [
        "/stream?streams=btcusdt@kline_1m/btcusdt@bookTicker/ethusdt@kline_1m/ethusdt@bookTicker"
    ]


async def test_a_bar_is_not_known_before_it_closes_though_the_local_clock_is_behind(make, clock):
    clock.now = at(0.9)
    async with websocket_site(plays(kline_frame(1), hold=True)) as url:
        got = await collect(make(url), reached(1))
    assert got[-1].ts_recv == at(1)


@pytest.mark.parametrize("abort", [False, True])
async def test_no_bar_is_missing_or_doubled_across_a_disconnection(make, clock, abort):
    """Bars 3 to 5 close while nobody listens; 2 and 6 come twice."""
    clock.now = at(5.5)
    first = plays(kline_frame(1), kline_frame(2), abort=abort)
    second = plays(
        kline_frame(6, closed=False),
        kline_frame(2),
        kline_frame(6),
        kline_frame(6),
        kline_frame(7),
        hold=True,
    )
    async with websocket_site(first, second) as url:
        stream = make(url, history := History())
        got = await collect(stream, reached(7))
    assert minutes(got) == [1, 2, 3, 4, 5, 6, 7]
    assert [bar.close for bar in got if isinstance(bar, Bar)] == [price(n) + 0.5 for n in range(1, 8)]
    assert statuses(got) == ["connected", "lost", "connected"]
    assert history.asked[0] == ("BTC/USDT", 3, 6)
    assert stream.connections == 2
    order = [type(event) for event in got]
    assert order.index(FeedStatus) == 0


async def test_the_first_bar_is_not_missed_though_it_closes_while_nobody_listens(make, clock):
    clock.now = at(1.5)
    first, second = (
        plays(kline_frame(1, closed=False)),
        plays(kline_frame(2, closed=False), kline_frame(2), hold=True),
    )
    async with websocket_site(first, second) as url:
        got = await collect(make(url), reached(2))
    assert minutes(got) == [1, 2]


async def test_one_run_at_a_time(make):
    async with websocket_site(HELD) as url:
        stream = make(url)
        running = asyncio.create_task(stream.run(["BTC/USDT"], "1m"))
        await asyncio.sleep(0.05)
        with pytest.raises(ConfigError, match="running already"):
            await stream.run(["BTC/USDT"], "1m")
        running.cancel()
        await asyncio.wait([running])


async def test_history_joins_on_to_the_stream(make, clock):
    clock.now = at(6.5)
    async with websocket_site(plays(kline_frame(7), hold=True)) as url:
        got = await collect(make(url, since={"BTC/USDT": at(3)}), reached(7))
    assert minutes(got) == [4, 5, 6, 7]


async def test_a_hole_longer_than_a_queue_is_filled_piece_by_piece(make, clock):
    clock.now = at(15_000.5)
    frames = (kline_frame(15_001, closed=False), kline_frame(15_001))
    async with websocket_site(plays(*frames, hold=True)) as url:
        got = await collect(make(url, since={"BTC/USDT": at(0)}), reached(15_001))
    assert minutes(got) == list(range(1, 15_002))


async def test_a_bar_that_closes_during_the_reconnection_is_fetched_as_soon_as_it_is_there(make, clock):
    """REST gives it a moment later, and no further frame is needed for it."""
    clock.now = at(2.01)
    history = History(failures=(NoDataError("not yet"), NoDataError("not yet")))
    async with websocket_site(plays(kline_frame(1)), plays(kline_frame(3, closed=False), hold=True)) as url:
        got = await collect(make(url, history), reached(2))
    assert minutes(got) == [1, 2]
    assert len(history.asked) == 3


async def test_a_bar_lost_on_the_way_is_fetched(make):
    async with websocket_site(plays(kline_frame(1), kline_frame(4), kline_frame(5), hold=True)) as url:
        got = await collect(make(url), reached(5))
    assert minutes(got) == [1, 2, 3, 4, 5]
    assert statuses(got) == ["connected"]


async def test_bars_the_exchange_does_not_have_are_a_stated_gap(make):
    async with websocket_site(plays(kline_frame(1), kline_frame(4), hold=True)) as url:
        stream = make(url, History(lacks=(2,)))
        got = await collect(stream, reached(4))
    assert minutes(got) == [1, 3, 4]
    gap = next(event for event in got if isinstance(event, FeedStatus) and event.status == "gap")
    assert "2024-03-01T00:02:00Z" in gap.detail
    assert got.index(gap) < len(got) - 2
    assert stream.handler.bars.missing == 1


async def test_a_history_that_fails_is_asked_again_and_then_the_gap_is_stated(make):
    down = tuple(NetworkError("REST is down") for _ in range(4))
    async with websocket_site(plays(kline_frame(1), kline_frame(3), hold=True)) as url:
        got = await collect(make(url, History(failures=down)), reached(3))
        assert minutes(got) == [1, 3]
        assert "REST is down" in next(event.detail for event in got if statuses([event]) == ["gap"])
    async with websocket_site(plays(kline_frame(1), kline_frame(3), hold=True)) as url:
        got = await collect(make(url, History(failures=down[:3])), reached(3))
        assert minutes(got) == [1, 2, 3]


async def test_quotes_go_on_while_bars_are_being_fetched(make):
    import threading

    let_go = threading.Event()

    def slow(request):
        assert let_go.wait(5)
        return History()(request)

    async def script(socket):
        await plays(kline_frame(1), kline_frame(3))(socket)
        for number in range(5):
            await socket.send(ticker_frame(number, 9.0 + number, 20.0))
            await asyncio.sleep(0.01)
        let_go.set()
        await socket.wait_closed()

    async with websocket_site(script) as url:
        got = await collect(make(url, slow), reached(3))
    kinds = [type(event) for event in got]
    assert kinds.index(Quote) < len(kinds) - 2
    assert minutes(got) == [1, 2, 3]


async def test_frames_mixed_up_and_repeated(make):
    frames = [
        ticker_frame(10, 9.0, 10.0),
        ticker_frame(12, 9.2, 10.0),
        ticker_frame(11, 9.1, 10.0),
        ticker_frame(13, 10.0, 10.0),
        kline_frame(2),
        kline_frame(4),
        kline_frame(3),
        kline_frame(4),
        kline_frame(2),
        kline_frame(5),
    ]
    async with websocket_site(plays(*frames, hold=True)) as url:
        stream = make(url)
        got = await collect(stream, reached(5))
    assert minutes(got) == [2, 3, 4, 5]
    assert (stream.handler.counters.quotes_late, stream.handler.counters.quotes_crossed) == (1, 1)
    assert [q.bid for q in got if isinstance(q, Quote)][-1] == 9.2


MALFORMED = [
    b"{}",
    b"not json",
    b"\xff\xfe",
    b'{"stream":"btcusdt@kline_1m","data":{"s":"BTCUSDT"}}',
    b'{"stream":"dogeusdt@kline_1m","data":{}}',
    b'{"error":{"code":2,"msg":"Invalid request"}}',
    kline_frame(2, i="5m"),
    kline_frame(2, h="1.0"),
    kline_frame(2, c="NaN"),
    kline_frame(2, o="-1"),
    kline_frame(2, v="1e999"),
    kline_frame(2, T=5),
    kline_frame(2, T=(at(2) // 1_000) - 1),  # opens in ms and closes in us
    ticker_frame(5, 0.0, 10.0),
    ticker_frame(5, float("inf"), 10.0),
]


async def test_malformed_frames_are_kept_aside_and_the_rest_goes_on(make, tmp_path):
    async with websocket_site(plays(kline_frame(1), *MALFORMED, kline_frame(2), hold=True)) as url:
        stream = make(url)
        got = await collect(stream, reached(2))
    assert minutes(got) == [1, 2]
    assert stream.handler.counters.malformed == len(MALFORMED)
    kept = {path.read_bytes() for path in (tmp_path / "binance-stream").glob("*.payload")}
    assert kept == set(MALFORMED)
    assert not [event for event in got if isinstance(event, Quote)]


async def test_a_connection_in_microseconds_gives_the_same_bars(make):
    fine = [kline_frame(n, t=at(n - 1) // 1_000, T=at(n) // 1_000 - 1) for n in (1, 2)]
    async with websocket_site(plays(*fine, hold=True)) as url:
        got = await collect(make(url), reached(2))
    assert minutes(got) == [1, 2]
    assert next(event for event in got if isinstance(event, Bar)).ts_open == at(0)


async def test_a_flood_of_nonsense_is_a_lost_connection_and_does_not_fill_the_disk(make, tmp_path):
    nonsense = [b"%d" % n for n in range(300)]
    async with websocket_site(plays(*nonsense, hold=True), plays(kline_frame(1), hold=True)) as url:
        got = await collect(make(url), reached(1))
    assert statuses(got)[-2:] == ["lost", "connected"]
    assert "made no sense" in next(event.detail for event in got if statuses([event]) == ["lost"])
    assert len(list((tmp_path / "binance-stream").glob("*.payload"))) == 20


async def test_a_silent_connection_is_stale_and_made_anew(make, clock):
    clock.now = at(1)
    async with websocket_site(plays(kline_frame(1), hold=True), plays(kline_frame(2), hold=True)) as url:
        got = await collect(make(url, stale_after_s=0.15), reached(2))
    assert statuses(got) == ["connected", "lost", "connected"]
    assert "Nothing came for 0.15 s" in got[2].detail


async def test_cancelling_is_never_mistaken_for_a_loss(make, clock):
    """Cancelled in the very moment at which the connection is found silent, it ends."""
    clock.now = at(1)
    async with websocket_site(plays(kline_frame(1), hold=True)) as url:
        for pause in (0.04, 0.045, 0.05, 0.055, 0.06):
            stream = make(url, stale_after_s=0.04)
            running = asyncio.create_task(stream.run(["BTC/USDT"], "1m"))
            await asyncio.sleep(pause)
            running.cancel()
            done, _ = await asyncio.wait([running], timeout=2.0)
            assert done
            assert running.cancelled()


async def test_one_symbol_that_falls_silent_is_said(make, clock):
    async def script(socket):
        await plays(kline_frame(1), ticker_frame(1, 5.0, 6.0, "ETHUSDT"))(socket)
        for number in range(2, 30):
            await asyncio.sleep(0.02)
            clock.now = at(2 + number)
            await socket.send(ticker_frame(number, 5.0, 6.0, "ETHUSDT"))
        await socket.send(kline_frame(2, closed=False))
        await socket.wait_closed()

    async with websocket_site(script) as url:
        got = await collect(
            make(url, stale_after_s=0.2, backfill_attempts=1),
            lambda got: statuses(got)[-2:] == ["stale", "connected"],
            ("BTC/USDT", "ETH/USDT"),
        )
    said = [event.feed for event in got if isinstance(event, FeedStatus) and event.status == "stale"]
    assert said == ["binance:BTC/USDT"]


async def test_a_server_that_cannot_be_reached_is_given_up_with_its_reason(make):
    with pytest.raises(NetworkError, match="3 tries"):
        await collect(make("ws://127.0.0.1:9", attempts=3), lambda got: False)


async def test_a_server_that_refuses_the_handshake(make):
    with (
        serve(lambda path, query: (451, {}, b"restricted")) as site,
        pytest.raises(NetworkError, match="451"),
    ):
        await collect(make(site.url.replace("http", "ws"), attempts=2), lambda got: False)


async def test_a_slow_consumer_holds_nobody_up_and_loses_no_trade(make, tmp_path):
    """One consumer takes trades and quotes only after all is over, another at once; both get every trade."""
    count = 3_000
    frames = [f for n in range(1, count + 1) for f in (trade_frame(n), ticker_frame(n, 5.0 + n / 1e4, 9.0))]
    async with websocket_site(plays(*frames, kline_frame(2), hold=True)) as url:
        stream = make(url, channels=("kline", "bookTicker", "trade"))
        room = QueueSettings(in_memory=100, spill_folder=tmp_path / "spill")
        slow, fast = stream.hub.add((Trade, Quote), room), stream.hub.add((Trade,))
        numbers = []

        async def read():
            async for event in fast:
                numbers.append(event.trade_id)

        reading = asyncio.create_task(read())
        await collect(stream, reached(2))
        assert len(slow) <= 101
        assert slow.counters.deepest <= 100
        assert slow.counters.conflated == count - 1
        slow.close()
        fast.close()
        await reading
        got = [event async for event in slow]
    assert numbers == [t.trade_id for t in got if isinstance(t, Trade)] == list(range(1, count + 1))
    assert [q.bid for q in got if isinstance(q, Quote)] == [5.0 + count / 1e4]


async def test_trades_repeated_late_and_missing_are_told_apart(make):
    frames = [trade_frame(n) for n in (5, 6, 6, 9, 7, 5, 10)]
    async with websocket_site(plays(*frames, kline_frame(2), hold=True)) as url:
        stream = make(url, channels=("kline", "trade"))
        trades = stream.hub.add((Trade,))
        await collect(stream, reached(2))
        trades.close()
        assert [t.trade_id async for t in trades] == [5, 6, 9, 7, 10]
    ids = stream.handler.trades["BTC/USDT"]
    assert (ids.repeated, ids.late, ids.missing) == (2, 1, 1)


async def test_a_book_is_started_kept_and_brought_back_into_step(make):
    snapshots = [
        DepthSnapshot(last_update_id=90, bids=[], asks=[]),  # older than the first change: refused
        DepthSnapshot(last_update_id=101, bids=[(9.0, 1.0)], asks=[(10.0, 1.0)]),
        DepthSnapshot(last_update_id=205, bids=[(8.0, 1.0)], asks=[(11.0, 1.0)]),
    ]
    asked = []

    def fetch_book(instrument_id):
        asked.append(instrument_id)
        return snapshots[len(asked) - 1]

    async def script(socket):
        await socket.send(depth_frame(100, 101))
        await socket.send(depth_frame(102, 103, [["9.5", "2.0"]]))
        while len(asked) < 2:
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)
        await socket.send(kline_frame(1))
        await asyncio.sleep(0.05)
        await socket.send(depth_frame(200, 206, [["8.5", "3.0"]]))
        while len(asked) < 3:
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)
        await socket.send(kline_frame(2))
        await socket.wait_closed()

    seen = []

    def enough(got):
        if isinstance(got[-1], Bar):
            book = stream.books["BTC/USDT"]
            seen.append((book.last_id, book.best_bid(), book.best_ask()))
        return reached(2)(got)

    async with websocket_site(script) as url:
        stream = make(url, fetch_book=fetch_book, channels=("kline", "depth"))
        await collect(stream, enough)
    assert seen == [(103, (9.5, 2.0), (10.0, 1.0)), (206, (8.5, 3.0), (11.0, 1.0))]
    assert stream.handler.counters.books_lost == 1
    assert len(asked) == 3


async def test_a_bug_in_a_fetch_is_not_swallowed(make):
    def broken(request):
        raise ZeroDivisionError

    async def script(socket):
        await plays(kline_frame(1), kline_frame(3))(socket)
        await asyncio.sleep(0.1)
        await socket.close()

    async with websocket_site(script) as url:
        with pytest.raises(ZeroDivisionError):
            await collect(make(url, broken), lambda got: False)


async def test_what_cannot_be_streamed_is_refused(make, tmp_path):
    with pytest.raises(UnknownSymbolError, match="AAPL"):
        await collect(make("ws://127.0.0.1:9"), lambda got: False, ("AAPL",))
    with pytest.raises(ConfigError, match="0 streams"):
        await collect(make("ws://127.0.0.1:9"), lambda got: False, ())
    with pytest.raises(ConfigError, match="fetch_book"):
        make("ws://127.0.0.1:9", channels=("depth",))
    with pytest.raises(ConfigError, match="funding"):
        StreamSettings(channels=("funding",))
    with pytest.raises(ConfigError, match="not encrypted"):
        BinanceStream(History(), tmp_path, url="ws://stream.binance.com:9443")
    assert STREAMS.get("binance") is BinanceStream


# Recorded frames -------------------------------------------------------------------------------


def recorded_frames(shared_data):
    """Four pairs for a minute in October 2021, with the snapshots that were taken meanwhile."""
    archive = shared_data / "api_payloads" / "cryptofeed_raw_frames.tar.xz"
    with tarfile.open(fileobj=BytesIO(lzma.decompress(archive.read_bytes()))) as files:
        sockets = files.extractfile("sample_data/BINANCE.ws.1.0").read().splitlines()
        answers = files.extractfile("sample_data/BINANCE.http.0.0").read().splitlines()
    frames = [line.partition(b": ")[2] for line in sockets if line[:1].isdigit()]
    snapshots = {}
    for line in filter(None, answers):
        address, _, body = line.partition(b": ")
        pair = address.split(b"symbol=")[1].split(b"&")[0].decode()
        snapshots[pair] = body
    return frames, snapshots


async def test_recorded_frames_with_snapshots_over_rest(make, shared_data, tmp_path, clock):
    """Everything real but the exchange: sockets, REST, frames. Oracle: bookTicker at equal update ids."""
    from tradewind.data.vendors.binance.history import BinanceProvider

    clock.now = 1_633_998_511 * 10**9  # when it was recorded
    frames, snapshots = recorded_frames(shared_data)
    pairs = {"NKNUSDT": "NKN/USDT", "BLZETH": "BLZ/ETH", "LRCBTC": "LRC/BTC", "RUNEEUR": "RUNE/EUR"}
    frames = [frame for frame in frames if b"@aggTrade" not in frame[:60]]

    def in_step():
        return {
            pair: stream.books[instrument_id]
            for pair, instrument_id in pairs.items()
            if stream.books[instrument_id].in_step
        }

    def respond(path, query):
        return 200, {}, snapshots[query["symbol"]]

    async def script(socket):
        for frame in frames[:-1]:
            await socket.send(frame, text=True)
        for _ in range(400):  # the snapshots are on their way
            if len(in_step()) == len(pairs):
                break
            await asyncio.sleep(0.01)
        await socket.send(frames[-1], text=True)
        await socket.send(ticker_frame(1 << 50, 1.0, 2.0, "NKNUSDT"))
        await socket.wait_closed()

    with serve(respond) as site:
        provider = BinanceProvider(tmp_path / "rest", base_url=site.url)
        async with websocket_site(script) as url:
            stream = make(
                url, fetch_book=provider.depth, channels=("kline", "bookTicker", "depth"), backfill_wait_s=0.1
            )
            count = len(frames) + 1
            await collect(
                stream,
                lambda got: stream.handler is not None and stream.handler.counters.frames >= count,
                tuple(pairs.values()),
                20.0,
            )
        provider.close()
    assert stream.handler.counters.malformed == 0
    met = 0
    tickers = {}
    for frame in frames:
        data = json.loads(frame)["data"]
        if "A" in data:
            tickers[data["s"], data["u"]] = tuple(float(data[key]) for key in "bBaA")
    assert set(in_step()) == set(pairs)
    for pair, book in in_step().items():
        theirs = tickers.get((pair, book.last_id))
        if theirs is not None:
            met += 1
            assert (*book.best_bid(), *book.best_ask()) == theirs
        bid, ask = book.best_bid(), book.best_ask()
        assert bid[0] < ask[0]


async def test_six_recorded_minutes_of_bitcoin_over_the_socket(make, shared_data):
    """41,248 lines: every trade once and in order, the newest quote, a book without a gap."""
    lines = gzip.decompress((shared_data / "lob_l2_binance" / "spot" / "btcusdt_20240808.gz").read_bytes())
    bodies = [line.partition(b" ")[2] for line in lines.splitlines()]
    snapshot = next(json.loads(body) for body in bodies if body.startswith(b'{"lastUpdateId"'))
    frames = [body for body in bodies if not body.startswith(b'{"lastUpdateId"')]
    levels = {side: [(float(p), float(q)) for p, q in snapshot[side]] for side in ("bids", "asks")}
    taken = DepthSnapshot(last_update_id=snapshot["lastUpdateId"], **levels)
    async with websocket_site(plays(*frames, kline_frame(1), hold=True)) as url:
        stream = make(
            url, fetch_book=lambda instrument_id: taken, channels=("kline", "bookTicker", "trade", "depth")
        )
        trades = stream.hub.add((Trade,), QueueSettings(in_memory=20_000))
        got = await collect(stream, reached(1), seconds=30.0)
        trades.close()
        ids = [t.trade_id async for t in trades]
    theirs = [json.loads(frame)["data"] for frame in frames]
    assert ids == [data["t"] for data in theirs if data.get("e") == "trade"]
    assert len(ids) == 9_757
    last = [data for data in theirs if "A" in data][-1]
    assert [q.bid for q in got if isinstance(q, Quote)][-1] == float(last["b"])
    book = stream.books["BTC/USDT"]
    assert (book.in_step, book.gaps, book.crossings) == (True, 0, 0)
    assert book.last_id == [data for data in theirs if data.get("e") == "depthUpdate"][-1]["u"]
    assert stream.handler.counters.malformed == 0
