"""Live paper: a real process, real sockets and real kills; time runs faster, nothing else differs.

Recorded frames over loopback make a market of waves, so that rules that learn from it have something to say.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from live_desk import PAIRS, SPEED, Desk, assert_whole, last_warmup_ns
from live_exchange import Exchange, exchange
from live_market import FastClock

from tradewind.core.decisions import DecisionMade, OrderRequested
from tradewind.core.events import Command, FeedStatus, SessionEnded, SessionOpened, SessionStarted
from tradewind.core.forecasts import FactorRow, Forecast
from tradewind.core.market import Quote
from tradewind.core.orders import OrderFilled
from tradewind.core.vocabulary import ClockKind, FeedKind
from tradewind.journal.audit import verify_file
from tradewind.journal.opening import open_inbox

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def site() -> Iterator[Exchange]:
    with exchange(FastClock(time.time_ns(), SPEED)) as found:
        yield found


@pytest.fixture
def desk(tmp_path: Path, site: Exchange, request: pytest.FixtureRequest) -> Iterator[Desk]:
    site.faults = False
    made = Desk(tmp_path, site, quotes=getattr(request, "param", True))
    yield made
    if made.running is not None:
        made.running.kill()
        made.running.communicate()


def test_a_stream_drives_a_session_from_bars_to_fills_and_a_kill_between_bars_closes_everything(
    desk: Desk,
) -> None:
    desk.start()
    desk.wait_for(lambda: bool(desk.holdings()))
    with closing(open_inbox(desk.journal)) as inbox:
        inbox.put(Command(ts_event=time.time_ns(), verb="kill", argument="liquidate"))
    desk.wait_for(lambda: bool(desk.events(Command)))
    desk.wait_for(lambda: not desk.holdings())
    bars_then = len(desk.bars())
    desk.wait_for(lambda: len(desk.bars()) >= bars_then + 6)
    code, out, err = desk.stop(signal.SIGTERM)
    assert code == 0, err
    assert json.loads(out)["fills"] >= 2
    events = desk.events()
    started = events[0]
    assert isinstance(started, SessionStarted)
    assert (started.wiring.clock, started.wiring.feed) == (ClockKind.WALL, FeedKind.LIVE)
    assert [i.id for i in started.instruments] == list(PAIRS)
    assert started.instruments[0].lot_size == "0.00001"
    assert [e.reason for e in events if isinstance(e, SessionEnded)] == ["stopped by SIGTERM"]
    kinds = {type(event) for event in events}
    assert {FactorRow, Forecast, DecisionMade, OrderRequested, OrderFilled, Quote} <= kinds
    assert {event.timeframe for event in events if isinstance(event, FactorRow | Forecast)} == {"1m"}
    stamps = [event.ts_event for event in events if isinstance(event, OrderRequested | Command)]
    assert stamps == sorted(stamps)
    assert_whole(desk.bars(), last_warmup_ns(desk))
    (kill,) = desk.events(Command)
    killed_ns = kill.ts_event
    after = [e for e in events if isinstance(e, OrderRequested) and e.ts_event > killed_ns]
    assert all(event.order.reduce_only for event in after), "after the kill nothing is opened"
    verify_file(desk.journal)
    assert "byte for byte" in desk.run("replay", "desk")


@pytest.mark.parametrize("desk", [False], indirect=True)
def test_kill_9_in_mid_stream_loses_no_bar_and_doubles_none_whatever_the_stream_does(
    desk: Desk, site: Exchange
) -> None:
    """The stream drops its connection, loses, repeats and mixes frames, and sends nonsense meanwhile."""
    site.faults = True
    ends: list[int] = []
    for _ in range(3):
        before, heard = len(desk.bars()), site.connections
        desk.start()
        # A slow machine begins late and fetches many bars at once: it must have lost its connection as well.
        desk.wait_for(lambda heard=heard: site.connections >= heard + 2)  # type: ignore[misc]
        desk.wait_for(lambda known=before: len(desk.bars()) >= known + 16)  # type: ignore[misc]
        desk.stop(signal.SIGKILL)
        verify_file(desk.journal)
        ends.append(len(desk.bars()))
        time.sleep(4 * 60 / SPEED)  # minutes pass with nobody listening
    desk.start()
    desk.wait_for(lambda: len(desk.bars()) >= ends[-1] + 40)
    code, _, err = desk.stop(signal.SIGINT)
    assert code == 0, err
    assert_whole(desk.bars(), last_warmup_ns(desk))
    assert len(desk.events(SessionStarted)) == 1
    assert len(desk.events(SessionOpened)) == 1
    said = {event.status for event in desk.events(FeedStatus) if isinstance(event, FeedStatus)}
    assert {"connected", "lost"} <= said
    assert "gap" not in said
    assert len(list((desk.home / "providers" / "binance" / "binance-stream").glob("*.payload"))) > 0
    fills = [event for event in desk.events(OrderFilled) if isinstance(event, OrderFilled)]
    assert len({fill.trade_id for fill in fills}) == len(fills)
    verify_file(desk.journal)
    assert "byte for byte" in desk.run("replay", "desk")


def test_a_stopped_session_is_opened_again_and_fetches_what_closed_meanwhile(desk: Desk) -> None:
    desk.start()
    desk.wait_for(lambda: len(desk.bars()) >= 4)
    with closing(open_inbox(desk.journal)) as inbox:
        inbox.put(Command(ts_event=time.time_ns(), verb="stop"))
    assert desk.ends() == 0
    time.sleep(5 * 60 / SPEED)
    before = len(desk.bars())
    desk.start()
    desk.wait_for(lambda: len(desk.bars()) >= before + 12)
    code, out, err = desk.stop(signal.SIGTERM)
    assert code == 0, err
    assert json.loads(out)["resumed_from"] > 0
    assert_whole(desk.bars(), last_warmup_ns(desk))
    assert len(desk.events(SessionOpened)) == 2
    assert [event.reason for event in desk.events(SessionEnded)] == [  # type: ignore[union-attr]
        "a person stopped it",
        "stopped by SIGTERM",
    ]
    assert "byte for byte" in desk.run("replay", "desk")


def test_by_the_real_clock_the_plain_command_opens_hears_quotes_and_ends_in_good_order(
    tmp_path: Path,
) -> None:
    with exchange(FastClock(time.time_ns(), 1.0)) as site:
        desk = Desk(tmp_path, site, quotes=True)
        addresses = {
            "TRADEWIND_SESSION__LIVE__URL": site.url,
            "TRADEWIND_SESSION__LIVE__REST_URL": site.rest_url,
        }
        words = ("paper", "--live", "--name", "desk", "--config", str(desk.config), "--home", str(desk.home))
        desk.running = subprocess.Popen(
            [sys.executable, "-m", "tradewind", *words],
            env=os.environ | addresses,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            desk.wait_for(lambda: len(desk.events(Quote)) > 20)
            code, out, err = desk.stop(signal.SIGTERM)
        finally:
            if desk.running is not None:
                desk.running.kill()
                desk.running.communicate()
    assert code == 0, err
    assert "listens to 1m bars of BTC/USDT.BINANCE, ETH/USDT.BINANCE by binance" in err
    assert "0 orders" in out
    opened = next(event for event in desk.events(SessionOpened))
    assert abs(opened.ts_event - time.time_ns()) < 600 * 10**9


OWN = """
import tradewind as tw


class Sways(tw.Strategy):
    length: int = 6
    factors = ("rsi_{length}",)

    def on_start(self):
        self.asked = {}

    def on_bar(self, bar, now):
        self.asked[bar.instrument_id] = self.asked.get(bar.instrument_id, 0) + 1
        return 0.1 if now.factor(f"rsi_{self.length}") > 50 else 0.0
"""


def test_a_strategy_of_ones_own_trades_a_live_feed_and_goes_on_after_a_kill(desk: Desk) -> None:
    desk.config.with_name("mine.py").write_text(OWN, "utf-8")
    own = "  strategies: [{use: mine.py, timeframe: 1m}]\n  models: ["
    text = desk.config.read_text("utf-8").replace("  models: [", own)
    desk.config.write_text(text.split("decision:")[0], "utf-8")
    desk.start()
    desk.wait_for(lambda: len(desk.events(OrderFilled)) >= 2)
    desk.stop(signal.SIGKILL)
    before = len(desk.bars())
    decided = desk.events(DecisionMade)
    desk.start()
    desk.wait_for(lambda: len(desk.bars()) >= before + 6 and len(desk.events(DecisionMade)) > len(decided))
    code, _, err = desk.stop(signal.SIGTERM)
    assert code == 0, err
    assert not desk.events(Forecast)  # it names no model, so none was fitted or asked
    numbers = [e.decision_id for e in desk.events(DecisionMade) if isinstance(e, DecisionMade)]
    assert len(set(numbers)) == len(numbers)
    (started,) = desk.events(SessionStarted)
    assert isinstance(started, SessionStarted)
    assert started.factor_names == ("rsi_6",)
    desk.run("replay", "desk")
    verify_file(desk.journal)
    desk.config.with_name("mine.py").write_text(OWN.replace("> 50", "> 40"), "utf-8")
    desk.start()
    assert desk.running is not None
    _, err = desk.running.communicate(timeout=60)
    assert desk.running.returncode == 2
    assert "mine.py, has changed since it was begun" in err
    desk.running = None
