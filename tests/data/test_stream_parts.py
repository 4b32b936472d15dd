"""The stream's parts alone: bars in order, numbered trades, queues of consumers, order books."""

import asyncio
import gzip
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.errors import DataError, NetworkError
from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, Quote
from tradewind.core.timestamps import NS_PER_MINUTE
from tradewind.data.streams.bar_sequence import BarSequence
from tradewind.data.streams.consumer_queue import ConsumerQueue, QueueSettings
from tradewind.data.streams.depth import DepthSnapshot, DepthUpdate
from tradewind.data.streams.hub import Hub
from tradewind.data.streams.id_sequence import IdSequence
from tradewind.data.streams.order_book import BookChange, OrderBook
from tradewind.data.streams.ticks import Trade

M = NS_PER_MINUTE


def bar(minute, instrument_id="BTC/USDT"):
    return Bar(
        ts_event=minute * M, instrument_id=instrument_id, open=1, high=1, low=1, close=minute, timeframe="1m"
    )


def trade(number, instrument_id="BTC/USDT"):
    return Trade(
        ts_event=number,
        instrument_id=instrument_id,
        trade_id=number,
        price=1.0,
        quantity=1.0,
        buyer_is_maker=False,
    )


def quote(number, instrument_id="BTC/USDT"):
    return Quote(ts_event=number, instrument_id=instrument_id, bid=float(number), ask=number + 1.0)


# Bars ------------------------------------------------------------------------------------------


def ends(bars):
    return [b.ts_event // M for b in bars]


def test_bars_that_follow_are_released_at_once():
    sequence = BarSequence(M)
    assert ends(sequence.offer(bar(5))) == [5]
    assert ends(sequence.offer(bar(6))) == [6]
    assert sequence.hole("BTC/USDT") is None


def test_a_bar_after_a_hole_waits_for_it():
    sequence = BarSequence(M, {"BTC/USDT": 5 * M})
    assert sequence.offer(bar(9)) == []
    assert sequence.hole("BTC/USDT") == (6 * M, 9 * M)
    assert ends(sequence.fill("BTC/USDT", [bar(8), bar(6)])) == [6]
    assert sequence.hole("BTC/USDT") == (7 * M, 8 * M)
    assert ends(sequence.fill("BTC/USDT", [bar(7), bar(9), bar(5)])) == [7, 8, 9]
    assert (sequence.filled, sequence.missing) == (3, 0)


def test_the_hole_up_to_now_is_known_without_any_bar():
    sequence = BarSequence(M, {"BTC/USDT": 5 * M})
    assert sequence.hole("BTC/USDT", 7 * M) == (6 * M, 7 * M + 1)
    assert sequence.hole("BTC/USDT", 6 * M - 1) is None
    assert BarSequence(M).hole("BTC/USDT", 7 * M) is None


def test_bars_that_do_not_exist_are_counted_and_passed():
    sequence = BarSequence(M, {"BTC/USDT": 5 * M})
    sequence.offer(bar(9))
    assert ends(sequence.give_up("BTC/USDT")) == [9]
    assert sequence.missing == 3


@settings(deadline=None)
@given(data=st.data(), count=st.integers(2, 40))
def test_whatever_the_stream_does_bars_come_once_and_in_order(data, count):
    """Frames dropped, repeated and mixed up; the exchange's history has all bars but some."""
    existing = [
        n for n in range(1, count + 1) if n in (1, count) or data.draw(st.booleans(), label=f"has {n}")
    ]
    arriving = [n for n in existing for _ in range(data.draw(st.integers(0, 2), label=f"copies of {n}"))]
    arriving = data.draw(st.permutations(arriving), label="order")
    sequence = BarSequence(M, {"BTC/USDT": 0})
    released = []
    for number in [*arriving, count]:
        released += sequence.offer(bar(number))
        while hole := sequence.hole("BTC/USDT"):
            found = [bar(n) for n in existing if hole[0] <= n * M < hole[1]]
            released += sequence.fill("BTC/USDT", found)
            if sequence.hole("BTC/USDT"):
                released += sequence.give_up("BTC/USDT")
    assert ends(released) == existing
    assert sequence.missing == count - len(existing)


# Trades ----------------------------------------------------------------------------------------


@given(numbers=st.lists(st.integers(1, 60), max_size=120))
def test_every_id_is_new_exactly_once(numbers):
    sequence = IdSequence()
    new = [n for n in numbers if sequence.is_new(n)]
    assert len(new) == len(set(new))
    if numbers:
        wanted = {n for n in numbers if n >= numbers[0]}  # what came before the first is not waited for
        assert set(new) == wanted
        assert sequence.missing == max(numbers) - numbers[0] + 1 - len(wanted)
        assert sequence.repeated == len(numbers) - len(new)


def test_memory_for_missing_ids_is_bounded():
    sequence = IdSequence(most_missing=10)
    assert sequence.is_new(1)
    assert sequence.is_new(1_000_000)
    assert sequence.missing == 999_998
    assert sequence.is_new(999_999)
    assert not sequence.is_new(2)
    assert len(sequence._missing) <= 10
    assert len(sequence._order) <= 10


# Consumers -------------------------------------------------------------------------------------


async def drained(queue):
    queue.close()
    return [event async for event in queue]


async def test_quotes_are_conflated_and_the_rest_is_kept_in_order():
    queue = ConsumerQueue()
    for event in (quote(1), trade(1), quote(2), quote(3, "ETH/USDT"), bar(1), quote(4)):
        queue.offer(event)
    got = await drained(queue)
    assert got == [trade(1), quote(3, "ETH/USDT"), bar(1), quote(4)]
    assert queue.counters.conflated == 2


async def test_a_keeping_up_reader_gets_every_quote():
    queue = ConsumerQueue()
    seen = []

    async def read():
        async for event in queue:
            seen.append(event)

    reading = asyncio.create_task(read())
    for number in range(50):
        queue.offer(quote(number))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    queue.close()
    await reading
    assert [event.ts_event for event in seen] == list(range(50))


async def test_trades_beyond_memory_wait_on_disk(tmp_path):
    queue = ConsumerQueue(QueueSettings(in_memory=10, spill_folder=tmp_path))
    sent = [trade(n) if n % 7 else bar(n) for n in range(1, 2_000)]
    for event in sent:
        queue.offer(event)
        queue.offer(quote(event.ts_event))
    assert len(queue) == 11
    got = [event for event in await drained(queue) if not isinstance(event, Quote)]
    assert got == sent
    assert queue.counters.spilled == len(sent) - 10
    assert queue.counters.deepest == 10


async def test_a_consumer_without_room_is_cut_off_aloud():
    hub = Hub()
    slow = hub.add((Trade,), QueueSettings(in_memory=3))
    fast = hub.add((Trade,), QueueSettings(in_memory=100))
    for number in range(10):
        hub.publish(trade(number))
    assert len(await fast.take()) == 10
    assert [t.trade_id for t in await slow.take()] == [0, 1, 2]
    with pytest.raises(DataError, match="3 events behind"):
        await slow.take()
    assert slow.counters.refused == 7


async def test_the_disk_has_a_limit_too(tmp_path):
    queue = ConsumerQueue(QueueSettings(in_memory=1, spill_folder=tmp_path, spill_bytes=500))
    for number in range(100):
        queue.offer(trade(number))
    got = []

    async def read():
        async for event in queue:
            got.append(event)

    with pytest.raises(DataError, match="no more room"):
        await read()
    assert [t.trade_id for t in got] == list(range(len(got)))


async def test_an_error_comes_after_what_came_before_it():
    queue = ConsumerQueue()
    queue.offer(bar(1))
    queue.close(NetworkError("gone"))
    assert await queue.take() == [bar(1)]
    with pytest.raises(NetworkError):
        await queue.take()


@settings(deadline=None, max_examples=60)
@given(steps=st.lists(st.sampled_from(["trade", "quote A", "quote B", "take"]), max_size=80))
def test_order_once_and_bounds_hold_for_any_mix(tmp_path_factory, steps):
    async def play():
        queue = ConsumerQueue(
            QueueSettings(in_memory=4, spill_folder=tmp_path_factory.getbasetemp() / "spill", batch=3)
        )
        sent, got = [], []
        for number, step in enumerate(steps, start=1):
            if step == "take":
                if len(queue):
                    got += await queue.take()
                continue
            event = trade(number) if step == "trade" else quote(number, step[-1])
            sent.append(event)
            queue.offer(event)
            assert len(queue) <= 4 + 2
        got += await drained(queue)
        return sent, got

    sent, got = asyncio.run(play())
    numbers = [event.ts_event for event in got]
    assert numbers == sorted(set(numbers))
    assert [e for e in got if isinstance(e, Trade)] == [e for e in sent if isinstance(e, Trade)]
    for instrument_id in "AB":
        of_symbol = [e for e in sent if isinstance(e, Quote) and e.instrument_id == instrument_id]
        assert (
            of_symbol[-1:]
            == [e for e in got if isinstance(e, Quote) and e.instrument_id == instrument_id][-1:]
        )


def test_hub_gives_each_kind_to_who_wants_it():
    hub = Hub()
    bars, all_kinds = hub.add((Bar,)), hub.add((Bar, Quote, FeedStatus))
    for event in (bar(1), quote(1), trade(1)):
        hub.publish(event)
    assert (len(bars), len(all_kinds)) == (1, 2)
    hub.remove(bars)
    hub.publish(bar(2))
    assert (len(bars), len(all_kinds)) == (0, 3)


# Order books -----------------------------------------------------------------------------------


def update(first, last, bids=(), asks=(), previous=None):
    return DepthUpdate(
        pair="X", first_id=first, last_id=last, bids=list(bids), asks=list(asks), previous_id=previous
    )


SNAPSHOT = DepthSnapshot(last_update_id=100, bids=[(9.0, 1.0), (8.0, 2.0)], asks=[(10.0, 1.0), (11.0, 5.0)])


def test_changes_before_the_snapshot_are_held_and_joined():
    book = OrderBook()
    assert book.accept(update(95, 98, [(9.0, 7.0)])) is BookChange.HELD
    assert book.accept(update(99, 103, [(9.0, 3.0)])) is BookChange.HELD
    assert book.best_bid() is None
    assert book.start(SNAPSHOT)
    assert (book.last_id, book.best_bid(), book.best_ask()) == (103, (9.0, 3.0), (10.0, 1.0))


def test_a_snapshot_from_before_the_first_change_is_refused():
    book = OrderBook()
    book.accept(update(105, 106))
    assert not book.start(SNAPSHOT)
    assert not book.in_step


def test_spot_gaps_empty_the_book_until_the_next_snapshot():
    book = OrderBook()
    book.start(SNAPSHOT)
    assert book.accept(update(101, 102, asks=[(10.0, 0.0)])) is BookChange.APPLIED
    assert book.best_ask() == (11.0, 5.0)
    assert book.accept(update(101, 102)) is BookChange.OLD
    assert book.accept(update(104, 105, [(9.5, 1.0)])) is BookChange.GAP
    assert (book.in_step, book.gaps, book.bids(5)) == (False, 1, [])
    assert book.start(DepthSnapshot(last_update_id=103, bids=[(9.0, 1.0)], asks=[(10.0, 1.0)]))
    assert book.best_bid() == (9.5, 1.0)  # what opened the gap was held and follows the new snapshot


def test_futures_follow_by_the_id_before():
    book = OrderBook()
    book.start(SNAPSHOT)
    assert book.accept(update(90, 99, previous=89)) is BookChange.OLD
    assert book.accept(update(98, 104, previous=97)) is BookChange.APPLIED
    assert book.accept(update(110, 115, previous=104)) is BookChange.APPLIED
    assert book.accept(update(120, 125, previous=118)) is BookChange.GAP


def test_a_crossed_book_is_refused():
    book = OrderBook()
    book.start(SNAPSHOT)
    assert book.accept(update(101, 101, [(10.0, 1.0)])) is BookChange.CROSSED
    assert (book.in_step, book.crossings, book.best_bid()) == (False, 1, None)
    assert not OrderBook().start(DepthSnapshot(last_update_id=1, bids=[(5.0, 1.0)], asks=[(5.0, 1.0)]))


def test_after_a_disconnection_nothing_is_carried_over():
    book = OrderBook()
    book.start(SNAPSHOT)
    book.lose()
    assert (book.in_step, book.best_bid(), book.asks(3)) == (False, None, [])


LEVELS = st.lists(st.tuples(st.integers(1, 30), st.sampled_from([0.0, 0.0, 1.0, 2.5])), max_size=6)


@settings(deadline=None)
@given(steps=st.lists(st.tuples(LEVELS, LEVELS), max_size=40))
def test_the_book_equals_a_plain_dictionary(steps):
    book = OrderBook()
    book.start(DepthSnapshot(last_update_id=0, bids=[], asks=[]))
    bids: dict[float, float] = {}
    asks: dict[float, float] = {}
    for number, (bid_levels, ask_levels) in enumerate(steps, start=1):
        changes = ([(float(p), s) for p, s in bid_levels], [(p + 100.0, s) for p, s in ask_levels])
        for side, levels in zip((bids, asks), changes, strict=True):
            side.update(levels)
            for price in [price for price, size in side.items() if size == 0.0]:
                del side[price]
        assert book.accept(update(number, number, *changes)) is BookChange.APPLIED
        assert book.best_bid() == (max(bids.items()) if bids else None)
        assert book.best_ask() == (min(asks.items()) if asks else None)
        assert book.bids(99) == sorted(bids.items(), reverse=True)
        assert book.asks(2) == sorted(asks.items())[:2]


def test_a_book_does_not_grow_without_bound():
    book = OrderBook(most_levels=100, most_held=10)
    for number in range(50):
        book.accept(update(number, number))
    assert len(book._held) == 10
    book.start(DepthSnapshot(last_update_id=49, bids=[], asks=[]))
    for number in range(50, 5_000):
        price = 1_000.0 + number
        assert book.accept(update(number, number, asks=[(price, 1.0)])) is BookChange.APPLIED
    assert book.best_ask() == (1_050.0, 1.0)
    assert len(book._asks.sizes) <= 125
    assert len(book._asks._heap) <= 2 * 125 + 64


def replayed(path: Path):
    """Lines of ``<local ns> <json>``: depth changes, best bid and ask, trades, one snapshot."""
    with gzip.open(path, "rb") as lines:
        for line in lines:
            stamp, _, body = line.partition(b" ")
            yield int(stamp), body


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("spot/btcusdt_20240808.gz", 150),
        ("spot/ethusdt_20240808.gz", 150),
        pytest.param("usdm/btcusdt_20240808.gz", 20, marks=pytest.mark.slow),
        pytest.param("cm/btcusd_perp_20240808.gz", 20, marks=pytest.mark.slow),
    ],
)
def test_recorded_books_have_no_gap_and_equal_the_best_bid_and_ask(shared_data, name, least):
    """Oracle: the exchange's own bookTicker wherever its update id is the book's."""
    read_update = msgspec.json.Decoder(DepthUpdate, strict=False).decode
    read_snapshot = msgspec.json.Decoder(DepthSnapshot, strict=False).decode
    book, met, changes = OrderBook(), 0, set()
    tickers = {}
    for _, body in replayed(shared_data / "lob_l2_binance" / name):
        if b'"lastUpdateId"' in body[:40]:
            assert book.start(read_snapshot(body))
            continue
        data = json.loads(body)["data"]
        if data.get("e") == "depthUpdate":
            changes.add(book.accept(read_update(json.dumps(data))))
        elif "A" in data:
            tickers[data["u"]] = tuple(float(data[key]) for key in "bBaA")
        theirs = tickers.pop(book.last_id, None) if book.in_step else None
        if theirs is not None:
            met += 1
            assert (*book.best_bid(), *book.best_ask()) == theirs
    assert (book.gaps, book.crossings) == (0, 0)
    assert BookChange.GAP not in changes
    assert met >= least
