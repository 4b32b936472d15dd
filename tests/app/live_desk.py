"""A live paper session in a real process, over a made-up exchange whose time runs faster."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from live_exchange import close_of
from live_market import MINUTE_NS, Market

from tradewind.core.errors import JournalError
from tradewind.core.events import AnyEvent
from tradewind.core.market import Bar
from tradewind.core.orders import OrderFilled
from tradewind.journal.opening import open_reader

SPEED = 120.0
FAST_CLI = Path(__file__).parent / "fast_cli.py"
PAIRS = {"BTC/USDT.BINANCE": "BTCUSDT", "ETH/USDT.BINANCE": "ETHUSDT"}
CONFIG = """
compute: serial
session:
  symbols: [BTC/USDT.BINANCE, ETH/USDT.BINANCE]
  base_currency: USDT
  feed: live
  gauges: []
  models: [time_series_momentum, moving_average_momentum, bollinger_reversion]
  warmup_bars: 300
  override_gate: true
  live: {history_bars: 1500, quotes: QUOTES}
decision:
  score_quantile: 0.1
  least_scores: 3
  filters: {needed: 1, filters: [probability], base_threshold: 0.5, threshold_low: 0.5}
"""


class Desk:
    """A session's home, and the processes that run it."""

    def __init__(self, folder: Path, site: Market, quotes: bool = True) -> None:
        self.home, self.site = folder / "home", site
        self.config = folder / "tradewind.yaml"
        self.config.write_text(CONFIG.replace("QUOTES", str(quotes).lower()))
        self.journal = self.home / "journals" / "desk.journal"
        self.keys: dict[str, str] = {}
        self.running: subprocess.Popen[str] | None = None

    def command(self, *words: str) -> subprocess.Popen[str]:
        clock = self.site.clock
        begins = {"FAST_BASE_NS": clock.base_ns, "FAST_FROM_NS": clock.from_ns or clock.base_ns}
        fast = {name: str(ns) for name, ns in begins.items()} | {"FAST_SPEED": str(clock.speed)}
        given = [
            sys.executable,
            str(FAST_CLI),
            *words,
            "--config",
            str(self.config),
            "--home",
            str(self.home),
        ]
        environment = os.environ | fast | self.keys
        return subprocess.Popen(
            given, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def start(self) -> None:
        addresses = ("--url", self.site.url, "--rest-url", self.site.rest_url) if self.site.url else ()
        self.running = self.command("paper", "--name", "desk", "--json", *addresses)

    def stop(self, how: signal.Signals) -> tuple[int, str, str]:
        assert self.running is not None
        self.running.send_signal(how)
        out, err = self.running.communicate(timeout=60)
        code, self.running = self.running.returncode, None
        return code, out, err

    def ends(self) -> int:
        """Its exit code, once it ends by itself."""
        assert self.running is not None
        self.running.communicate(timeout=60)
        code, self.running = self.running.returncode, None
        return code

    def run(self, *words: str) -> str:
        running = self.command(*words)
        out, err = running.communicate(timeout=120)
        assert running.returncode == 0, err
        return out

    def events(self, *kinds: type) -> list[AnyEvent]:
        """What is durable by now."""
        try:
            with open_reader(self.journal) as reader:
                return [record.event for record in (reader.read_kind(*kinds) if kinds else reader.read())]
        except JournalError:
            return []

    def bars(self) -> list[Bar]:
        return [event for event in self.events(Bar) if isinstance(event, Bar) and not event.warmup]

    def wait_for(self, what: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 240.0
        while not what():
            assert self.running is not None
            if self.running.poll() is not None:
                pytest.fail(f"it ended by itself: {self.running.communicate()}")
            assert time.monotonic() < deadline, "it never came to that"
            time.sleep(0.1)

    def holdings(self) -> dict[str, int]:
        held: dict[str, int] = {}
        for fill in self.events(OrderFilled):
            assert isinstance(fill, OrderFilled)
            held[fill.instrument_id] = held.get(fill.instrument_id, 0) + fill.side.sign * fill.quantity_lots
        return {name: lots for name, lots in held.items() if lots}


def assert_whole(bars: list[Bar], first_after_ns: int) -> None:
    """Every minute of both pairs of coins from the warm-up on, once, in order, as the exchange made it."""
    for name, pair in PAIRS.items():
        own = [bar for bar in bars if bar.instrument_id == name]
        minutes = [bar.ts_event // MINUTE_NS for bar in own]
        first = first_after_ns // MINUTE_NS + 1
        assert minutes == list(range(first, first + len(minutes)))
        assert [bar.close for bar in own] == [close_of(pair, minute) for minute in minutes]


def last_warmup_ns(desk: Desk) -> int:
    return max(bar.ts_event for bar in desk.events(Bar) if isinstance(bar, Bar) and bar.warmup)
