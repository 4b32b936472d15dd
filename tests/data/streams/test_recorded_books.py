"""Recorded feeds with messages taken out: a book is right or says that it is not, and comes back into step.

Oracle: the exchange's own bookTicker wherever its update id is the book's, and a plain dictionary that missed
nothing.
"""

import gzip
import json
from itertools import islice
from random import Random

import numpy as np
import pytest

from tradewind.core.market import Timeframe
from tradewind.data.streams.bars.building import builder_of
from tradewind.data.streams.bars.rules import parse_rule
from tradewind.data.streams.depth import DepthSnapshot, decode_snapshot
from tradewind.data.streams.order_book import OrderBook
from tradewind.data.streams.ticks import Trade
from tradewind.data.streams.wire import BookUpdate, Ticker
from tradewind.data.vendors.binance.frames import stream_names
from tradewind.data.vendors.binance.wire import BinanceWire

BTC = "BTC/USDT"


def bodies(path):
    with gzip.open(path, "rb") as lines:
        for line in lines:
            yield line.partition(b" ")[2]


def wire_of():
    routes = {
        name: (channel, BTC)
        for name, channel in stream_names(BTC, "1m", ("kline", "bookTicker", "trade", "depth")).items()
    }
    return BinanceWire("wss://x", routes, Timeframe.M1)


class Plain:
    """What the book holds, by the exchange's own description: two dictionaries."""

    def __init__(self):
        self.last_id, self.before = None, []
        self.sides = ({}, {})

    def begin(self, snapshot):
        self.last_id = snapshot["lastUpdateId"]
        for side, rows in zip(self.sides, (snapshot["bids"], snapshot["asks"]), strict=True):
            side.update((float(price), float(size)) for price, size in rows)
        for data in self.before:
            self.take(data)

    def take(self, data):
        if self.last_id is None:
            self.before.append(data)
            return
        if data["u"] <= self.last_id:
            return
        for side, rows in zip(self.sides, (data["b"], data["a"]), strict=True):
            for price, size in rows:
                side[float(price)] = float(size)
                if float(size) == 0.0:
                    del side[float(price)]
        self.last_id = data["u"]

    def snapshot(self):
        bids, asks = (list(side.items()) for side in self.sides)
        return DepthSnapshot(last_update_id=self.last_id, bids=bids, asks=asks)


@pytest.mark.parametrize(
    ("name", "lines", "least_met"),
    [
        ("btcusdt", 12_000, 20),
        pytest.param("btcusdt", None, 80, marks=pytest.mark.slow),
    ],
)
def test_a_book_that_loses_messages_is_never_wrong(shared_data, name, lines, least_met):
    """One change in a hundred is lost; twenty lines later comes a snapshot."""
    random, wire, plain, book = Random(7), wire_of(), Plain(), OrderBook()
    lost, gaps, met, due, tickers = 0, 0, 0, 0, {}
    path = shared_data / "lob_l2_binance" / "spot" / f"{name}_20240808.gz"
    for number, body in enumerate(islice(bodies(path), lines)):
        if body.startswith(b'{"lastUpdateId"'):
            plain.begin(json.loads(body))
            assert book.start(decode_snapshot(body))
            continue
        (item,) = wire.read(body, number)
        if isinstance(item, Ticker):
            quote = item.quote
            tickers[item.number] = (quote.bid, quote.bid_size, quote.ask, quote.ask_size)
        if isinstance(item, BookUpdate):
            plain.take(json.loads(body)["data"])
            if plain.last_id is not None and random.random() < 0.01:
                lost += 1
                continue
            was_in_step = book.in_step
            book.accept(item.update)
            if was_in_step and not book.in_step:
                gaps, due = gaps + 1, number + 20
        if due and number >= due:
            assert not book.in_step
            assert book.start(plain.snapshot())
            due = 0
        if not book.in_step:
            assert (book.best_bid(), book.best_ask()) == (None, None)
        elif book.last_id in tickers:
            assert (*book.best_bid(), *book.best_ask()) == tickers.pop(book.last_id)
            met += 1
    assert gaps == book.gaps > 0
    assert gaps <= lost
    assert book.crossings == 0
    assert met >= least_met


def test_recorded_trades_make_the_bars_of_a_plain_sum(shared_data):
    """9,757 trades of bitcoin in six minutes."""
    wire, trades = wire_of(), []
    for body in bodies(shared_data / "lob_l2_binance" / "spot" / "btcusdt_20240808.gz"):
        if b"@trade" in body[:40]:
            trades += wire.read(body, 0)
    assert len(trades) == 9_757
    assert all(isinstance(trade, Trade) for trade in trades)
    price, quantity, time = (
        np.array([getattr(trade, name) for trade in trades]) for name in ("price", "quantity", "ts_event")
    )
    assert np.all(np.diff(time) >= 0)

    def made(rule):
        builder = builder_of(parse_rule(rule))
        return [bar for trade in trades for bar in builder.take(trade)]

    minute = time // (60 * 10**9)
    starts = np.flatnonzero(np.diff(minute, prepend=-1))
    expected = zip(
        price[starts],
        np.maximum.reduceat(price, starts),
        np.minimum.reduceat(price, starts),
        np.add.reduceat(quantity, starts),
        strict=True,
    )
    bars = made("time:60")
    assert len(bars) == len(starts) - 1
    for bar, (open_, high, low, volume) in zip(bars, expected, strict=False):
        assert (bar.open, bar.high, bar.low) == (open_, high, low)
        assert bar.volume == pytest.approx(volume)
    assert [bar.trades for bar in made("tick:1000")] == [1_000] * 9
    values = [bar.value for bar in made("dollar:1e6")]
    assert min(values) >= 1e6
    assert 0.0 <= float(np.sum(price * quantity)) - sum(values) < 1e6
    assert 3 <= len(made("volume-imbalance:100")) <= 2_000
