"""A shadow session over a made-up exchange: it decides as any other, and not one order leaves."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_desk import SPEED, Desk
from live_exchange import Exchange, exchange
from live_market import FastClock

from tradewind.core.decisions import DecisionMade, OrderRequested
from tradewind.core.events import SessionStarted
from tradewind.core.orders import OrderCanceled, OrderFilled
from tradewind.core.vocabulary import SessionMode, VenueKind
from tradewind.journal.audit import verify_file

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(600)]

OWN = """
import tradewind as tw


class Sways(tw.Strategy):
    def on_bar(self, bar, now):
        return 0.1 if bar.close > bar.open else 0.0
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with exchange(FastClock(time.time_ns(), SPEED)) as site:
        made = Desk(tmp_path, _plain(site), quotes=False)
        text = made.config.read_text("utf-8").replace(
            "  models: [", "  strategies: [{use: mine.py, timeframe: 1m}]\n  models: ["
        )
        made.config.write_text(text.split("decision:")[0], "utf-8")
        made.config.with_name("mine.py").write_text(OWN, "utf-8")
        yield made
        if made.running is not None:
            made.running.kill()
            made.running.communicate()


def _plain(site: Exchange) -> Exchange:
    site.faults = False
    return site


def start(desk: Desk) -> None:
    addresses = ("--url", desk.site.url, "--rest-url", desk.site.rest_url)
    desk.running = desk.command("shadow", "--name", "desk", "--json", *addresses)


def test_every_order_is_recorded_and_none_leaves_also_over_a_kill(desk: Desk) -> None:
    start(desk)
    desk.wait_for(lambda: len(desk.events(OrderRequested)) >= 2)
    desk.stop(signal.SIGKILL)
    before = len(desk.events(OrderRequested))
    start(desk)
    desk.wait_for(lambda: len(desk.events(OrderRequested)) > before)
    code, _, err = desk.stop(signal.SIGTERM)
    assert code == 0, err
    started = desk.events(SessionStarted)[0]
    assert isinstance(started, SessionStarted)
    assert (started.mode, started.wiring.venue) == (SessionMode.SHADOW, VenueKind.NONE)
    asked = [e.order.client_order_id for e in desk.events(OrderRequested)]  # type: ignore[union-attr]
    ended = [e for e in desk.events(OrderCanceled) if isinstance(e, OrderCanceled)]
    assert sorted(one.client_order_id for one in ended) == sorted(asked)
    assert {one.reason for one in ended} == {"shadow: no order leaves this session"}
    assert not desk.events(OrderFilled)
    assert desk.events(DecisionMade)
    verify_file(desk.journal)
    assert "byte for byte" in desk.run("replay", "desk")
