"""Live sessions of stocks, coins and currencies: sources die and stall, a kill -9, and no bar is lost.

Stocks and currencies begin while their market is closed, in the week in which New York's clocks change.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import live_alpaca
import live_coinbase
import live_currencies
import pytest
from live_alpaca import Alpaca
from live_coinbase import Coinbase
from live_currencies import currencies
from live_desk import SPEED, Desk, last_warmup_ns
from live_market import MINUTE_NS, FastClock, Market, on_loopback

from tradewind.core.decisions import DecisionMade
from tradewind.core.events import FeedStatus, SessionStarted
from tradewind.core.market import Bar
from tradewind.core.orders import OrderFilled
from tradewind.core.timestamps import parse_ns
from tradewind.journal.audit import verify_file

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(600)]

CONFIG = """
compute: serial
session:
  symbols: [SYMBOLS]
  base_currency: USD
  feed: live
  gauges: []
  warmup_bars: 300
  strategies: [{use: mine.py, timeframe: 1m}]
  live: {stream: STREAM, history_bars: 300, quotes: QUOTES, standby: [STANDBY]}
"""
OWN = """
import tradewind as tw


class Sways(tw.Strategy):
    def on_bar(self, bar, now):
        return 0.1 if bar.close > bar.open else 0.0
"""


@contextmanager
def desk_of(folder: Path, site: Market, more: str = "", **words: str) -> Iterator[Desk]:
    desk = Desk(folder, site)
    text = CONFIG
    for word, value in words.items():
        text = text.replace(word.upper(), value)
    desk.config.write_text(text + more, "utf-8")
    desk.config.with_name("mine.py").write_text(OWN, "utf-8")
    try:
        yield desk
    finally:
        site.stalled = False
        if desk.running is not None:
            desk.running.kill()
            desk.running.communicate()


def statuses(desk: Desk) -> list[FeedStatus]:
    return [event for event in desk.events(FeedStatus) if isinstance(event, FeedStatus)]


def serving(desk: Desk, first: str) -> str:
    """Who has served since the last change."""
    changes = [
        s.detail
        for s in statuses(desk)
        if s.feed == "failover" and s.status == "switched" and " to " in s.detail
    ]
    return changes[-1].partition(":")[0].rpartition(" to ")[2] if changes else first


def wait_for_bars(desk: Desk, more: int) -> None:
    before = len(desk.bars())
    desk.wait_for(lambda: len(desk.bars()) >= before + more)


def assert_whole(
    bars: list[Bar],
    first_after_ns: int,
    names: dict[str, str],
    minutes: Callable[[int, int], list[int]],
    close_of: Callable[[str, int], float],
) -> None:
    """Of each instrument every minute of its market's hours, once, in order, as its source made it."""
    for name, symbol in names.items():
        own = [bar for bar in bars if bar.instrument_id == name]
        found = [bar.ts_event // MINUTE_NS for bar in own]
        assert found == minutes(first_after_ns, own[-1].ts_event), name
        assert [bar.close for bar in own] == [close_of(symbol, minute) for minute in found]


def end_in_order(desk: Desk) -> None:
    code, _, err = desk.stop(signal.SIGTERM)
    assert code == 0, err
    assert desk.events(DecisionMade)
    assert desk.events(OrderFilled)
    verify_file(desk.journal)
    assert "byte for byte" in desk.run("replay", "desk")


def blows_and_a_kill(desk: Desk, site: Market, name: str) -> None:
    """Its stream dies and stalls, its process is killed, and each time it goes on."""
    wait_for_bars(desk, 6)
    for how in ("stream_down", "stalled"):
        desk.wait_for(lambda: serving(desk, name) == name)
        setattr(site, how, True)
        desk.wait_for(lambda: serving(desk, name) == f"{name}-polled")
        wait_for_bars(desk, 6)
        setattr(site, how, False)
    desk.wait_for(lambda: serving(desk, name) == name)
    desk.stop(signal.SIGKILL)
    time.sleep(4 * 60 / SPEED)  # bars close that nobody hears
    desk.start()
    wait_for_bars(desk, 8)


def test_stocks_of_alpaca(tmp_path: Path) -> None:
    """It begins eight minutes before the open on the Monday after the clocks changed."""
    clock = FastClock(time.time_ns(), SPEED, parse_ns("2026-03-09T13:22:00Z"))
    names = {"MSFT.XNAS": "MSFT", "NVDA.XNAS": "NVDA"}
    with (
        on_loopback(Alpaca(clock)) as site,
        desk_of(
            tmp_path, site, symbols="MSFT, NVDA", stream="alpaca", quotes="true", standby="alpaca"
        ) as desk,
    ):
        desk.keys = live_alpaca.KEYS
        desk.start()
        blows_and_a_kill(desk, site, "alpaca")
        end_in_order(desk)
        warm_ns = last_warmup_ns(desk)
        assert warm_ns == parse_ns("2026-03-06T21:00:00Z")  # Friday's close, an hour later by UTC
        bars = desk.bars()
        assert bars[0].ts_event == parse_ns("2026-03-09T13:31:00Z")
        assert_whole(bars, warm_ns, names, live_alpaca.minutes_between, live_alpaca.close_of)
        assert "made-up" not in desk.journal.read_bytes().decode("latin-1")


def test_coins_of_coinbase(tmp_path: Path) -> None:
    clock = FastClock(time.time_ns(), SPEED, parse_ns("2026-03-07T10:00:00Z"))
    names = {"BTC/USD.COINBASE": "BTC-USD", "ETH/USD.COINBASE": "ETH-USD"}
    with (
        on_loopback(Coinbase(clock)) as site,
        desk_of(
            tmp_path,
            site,
            symbols="BTC/USD.COINBASE, ETH/USD.COINBASE",
            stream="coinbase",
            quotes="false",
            standby="coinbase",
        ) as desk,
    ):
        desk.start()
        blows_and_a_kill(desk, site, "coinbase")
        end_in_order(desk)
        bars = desk.bars()
        every = lambda first, last: list(range(first // MINUTE_NS + 1, last // MINUTE_NS + 1))  # noqa: E731
        assert_whole(bars, last_warmup_ns(desk), names, every, live_coinbase.close_of)


def test_currencies_of_two_sources_that_have_no_stream(tmp_path: Path) -> None:
    """It begins on Sunday eight minutes before the week does; a source is away, behind, back."""
    clock = FastClock(time.time_ns(), SPEED, parse_ns("2026-03-08T20:52:00Z"))
    names = {"EUR/USD.IDEALPRO": "EUR/USD", "GBP/USD.IDEALPRO": "GBP/USD"}
    with currencies(clock) as site:
        paid = "{base_url: URL, calls_per_minute: 600, calls_per_day: 500000}".replace("URL", site.rest_url)
        providers = f"providers:\n  twelve_data: {paid}\n  yahoo: {paid}\n"
        words = {"symbols": "EUR/USD, GBP/USD", "stream": "twelve_data", "quotes": "true", "standby": "yahoo"}
        with desk_of(tmp_path, site, providers, **words) as desk:
            desk.keys = live_currencies.KEYS
            desk.start()
            wait_for_bars(desk, 6)
            for down in (True, False):
                desk.wait_for(lambda: serving(desk, "twelve_data-polled") == "twelve_data-polled")
                if down:
                    site.down.add("twelve_data")
                else:
                    site.behind["twelve_data"] = site.minute()  # it answers, with nothing new
                desk.wait_for(lambda: serving(desk, "twelve_data-polled") == "yahoo-polled")
                wait_for_bars(desk, 6)
                site.down.clear()
                site.behind.clear()
            desk.wait_for(lambda: serving(desk, "twelve_data-polled") == "twelve_data-polled")
            desk.stop(signal.SIGKILL)
            time.sleep(4 * 60 / SPEED)
            desk.start()
            wait_for_bars(desk, 8)
            end_in_order(desk)
            warm_ns = last_warmup_ns(desk)
            assert warm_ns == parse_ns("2026-03-06T22:00:00Z")  # Friday, before the clocks changed
            bars = desk.bars()
            assert bars[0].ts_event == parse_ns("2026-03-08T21:01:00Z")
            assert_whole(bars, warm_ns, names, live_currencies.minutes_between, live_currencies.close_of)
            (started,) = desk.events(SessionStarted)
            assert isinstance(started, SessionStarted)
            note = "Live 1m bars of twelve_data, which is asked for each, by the wall's clock."
            assert note in started.notes
