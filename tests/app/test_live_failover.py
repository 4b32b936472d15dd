"""A live session whose sources die and stall while it trades: no bar is missing, none comes twice."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_desk import SPEED, Desk, assert_whole, last_warmup_ns
from live_exchange import exchange
from live_market import FastClock

from tradewind.core.decisions import DecisionMade
from tradewind.core.events import FeedStatus, SessionStarted
from tradewind.core.orders import OrderFilled
from tradewind.journal.audit import verify_file

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(600)]

CONFIG = """
compute: serial
session:
  symbols: [BTC/USDT.BINANCE, ETH/USDT.BINANCE]
  base_currency: USDT
  feed: live
  gauges: []
  warmup_bars: 300
  strategies: [{use: mine.py, timeframe: 1m}]
  live: {history_bars: 300, quotes: true, standby: [binance]}
"""
OWN = """
import tradewind as tw


class Sways(tw.Strategy):
    def on_bar(self, bar, now):
        return 0.1 if bar.close > bar.open else 0.0
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with exchange(FastClock(time.time_ns(), SPEED)) as site:
        made = Desk(tmp_path, site, quotes=True)
        made.config.write_text(CONFIG, "utf-8")
        made.config.with_name("mine.py").write_text(OWN, "utf-8")
        yield made
        site.stalled = False
        if made.running is not None:
            made.running.kill()
            made.running.communicate()


def said(desk: Desk, word: str) -> list[str]:
    heard = [event for event in desk.events(FeedStatus) if isinstance(event, FeedStatus)]
    return [event.detail for event in heard if event.feed == "failover" and event.status == word]


def wait_for_bars(desk: Desk, more: int) -> None:
    before = len(desk.bars())
    desk.wait_for(lambda: len(desk.bars()) >= before + more)


def serving(desk: Desk) -> str:
    """Who has served since the last change."""
    changes = [detail for detail in said(desk, "switched") if " to " in detail]
    return changes[-1].partition(":")[0].rpartition(" to ")[2] if changes else "binance"


def test_a_session_goes_on_through_dead_and_silent_sources_and_a_kill_of_its_own(desk: Desk) -> None:
    site = desk.site
    desk.start()
    wait_for_bars(desk, 6)
    for how in ("stream_down", "stalled", "stream_down"):
        desk.wait_for(lambda: serving(desk) == "binance")
        setattr(site, how, True)
        desk.wait_for(lambda: serving(desk) == "binance-polled")
        wait_for_bars(desk, 6)  # the one that stands by serves
        setattr(site, how, False)
    desk.wait_for(lambda: serving(desk) == "binance")
    site.stalled = True
    desk.stop(signal.SIGKILL)
    desk.start()  # its stream is silent from the first moment: the history alone drives it
    wait_for_bars(desk, 6)
    site.stalled = False
    wait_for_bars(desk, 4)
    site.rest_down = site.stream_down = True  # the whole exchange is away for a while
    desk.wait_for(lambda: bool(said(desk, "lost")))
    time.sleep(4 * 60 / SPEED)
    site.rest_down = site.stream_down = False
    wait_for_bars(desk, 8)
    code, _, err = desk.stop(signal.SIGTERM)
    assert code == 0, err
    assert_whole(desk.bars(), last_warmup_ns(desk))
    switches = " ".join(said(desk, "switched"))
    assert "binance to binance-polled: " in switches
    assert "binance-polled to binance: " in switches
    (started,) = desk.events(SessionStarted)
    assert isinstance(started, SessionStarted)
    assert "Behind it stand by: binance." in started.notes
    assert desk.events(DecisionMade)
    assert desk.events(OrderFilled)
    verify_file(desk.journal)
    assert "byte for byte" in desk.run("replay", "desk")
