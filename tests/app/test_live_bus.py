"""A session that hears the market through the bus: the server is killed while it trades; no bar is lost."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_desk import SPEED, Desk, assert_whole, last_warmup_ns
from live_exchange import exchange
from live_market import FastClock

sys.path.append(str(Path(__file__).parents[1] / "data"))

from redis_site import RedisSite, redis_site

from tradewind.core.decisions import DecisionMade
from tradewind.core.events import FeedStatus, SessionStarted
from tradewind.core.orders import OrderFilled
from tradewind.journal.audit import verify_file

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(300)]

CONFIG = """
compute: serial
providers: {binance: {base_url: REST}}
redis: {url: REDIS, source: binance}
session:
  symbols: [BTC/USDT.BINANCE, ETH/USDT.BINANCE]
  base_currency: USDT
  feed: live
  gauges: []
  warmup_bars: 300
  strategies: [{use: mine.py, timeframe: 1m}]
  live: {history_bars: 300, quotes: true, stream: redis}
"""
OWN = """
import tradewind as tw


class Sways(tw.Strategy):
    def on_bar(self, bar, now):
        return 0.1 if bar.close > bar.open else 0.0
"""
LISTEN = ("data", "stream", "BTCUSDT,ETHUSDT", "--seconds", "600", "--publish", "redis", "--json")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[RedisSite]:
    with redis_site(tmp_path / "redis") as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path, site: RedisSite) -> Iterator[Desk]:
    with exchange(FastClock(time.time_ns(), SPEED)) as market:
        made = Desk(tmp_path, market, quotes=True)
        made.config.write_text(CONFIG.replace("REST", market.rest_url).replace("REDIS", site.url), "utf-8")
        made.config.with_name("mine.py").write_text(OWN, "utf-8")
        yield made
        if made.running is not None:
            made.running.kill()
            made.running.communicate()


def begin(desk: Desk) -> subprocess.Popen[str]:
    """The publisher, and the session in another process."""
    publisher = desk.command(*LISTEN, "--url", desk.site.url)
    desk.running = desk.command("paper", "--name", "desk", "--json")
    return publisher


def wait_for_bars(desk: Desk, more: int) -> None:
    before = len(desk.bars())
    desk.wait_for(lambda: len(desk.bars()) >= before + more)


def said(desk: Desk) -> list[str]:
    return [e.status for e in desk.events(FeedStatus) if isinstance(e, FeedStatus) and e.feed == "redis"]


def test_a_session_fed_by_the_bus_through_kills_of_server_publisher_and_itself(
    desk: Desk, site: RedisSite
) -> None:
    publisher = begin(desk)
    try:
        wait_for_bars(desk, 8)
        for lose_data in (False, True):
            site.kill(lose_data=lose_data)
            desk.wait_for(lambda: said(desk)[-1:] == ["lost"])
            time.sleep(3 * 60 / SPEED)
            site.start()
            desk.wait_for(lambda: said(desk)[-1:] == ["connected"])
            wait_for_bars(desk, 6)
        desk.stop(signal.SIGKILL)
        publisher.kill()
        publisher.communicate()
        publisher = begin(desk)
        wait_for_bars(desk, 6)
        code, _, err = desk.stop(signal.SIGTERM)
        assert code == 0, err
    finally:
        publisher.kill()
        publisher.communicate()
    assert_whole(desk.bars(), last_warmup_ns(desk))
    (started,) = desk.events(SessionStarted)
    assert isinstance(started, SessionStarted)
    assert "Live 1m bars and quotes of redis, by the wall's clock." in started.notes
    assert desk.events(DecisionMade)
    assert desk.events(OrderFilled)
    verify_file(desk.journal)
    assert "byte for byte" in desk.run("replay", "desk")
