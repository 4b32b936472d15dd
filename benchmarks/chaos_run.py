"""One chaos run: a session trades at a venue that misbehaves, is killed at random instants, and goes on.

Afterwards the two sides are held against each other: every order that was decided is at the venue once, or
is known never to have arrived; the venue has no other; what is held and the cash are equal to the cent; the
journal's chain holds and gives the same decisions again; nothing had to halt for want of an explanation.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.chaos_market import SHARE, start_venue
from tradewind.app.config import load_config
from tradewind.app.session.prepare import session_as_started
from tradewind.app.session.running import replay_journal
from tradewind.core.accounts import AccountSnapshot
from tradewind.core.book import Book
from tradewind.core.decisions import OrderRequested
from tradewind.core.errors import TradewindError
from tradewind.core.events import Command
from tradewind.core.market import Bar
from tradewind.core.orders import OrderFilled, OrderRejected
from tradewind.engine.rebuilt_book import KINDS, rebuild
from tradewind.execution.venue_server.access import KEY, SECRET
from tradewind.journal.audit import verify_file
from tradewind.journal.opening import open_inbox, open_reader

SPEED = 240.0
NAME = "chaos"
PATIENCE_S = 60.0
CONFIG = """
compute: serial
session:
  symbols: [AAPL]
  base_currency: USD
  feed: live
  gauges: []
  warmup_bars: 60
  strategies: [{use: sways.py, timeframe: 1m}]
  live: {stream: alpaca, history_bars: 300, quotes: false}
  broker: {sweep_s: 0.5, deadline_s: 2.0, timeout_s: 3.0, holdings: adopt}
risk:
  data_stale: {max_age_ns: 36000000000000}
  losing_trades: {limit: 1000}
planner: PLANNER
"""
SWAYS = """
import tradewind as tw


class Sways(tw.Strategy):
    def on_bar(self, bar, now):
        return 0.05 + 0.05 * (bar.ts_event // 60_000_000_000 % 3) if bar.close > bar.open else 0.0
"""
FAULTS: tuple[dict[str, Any], ...] = (
    {"fault": "no_answer", "where": "POST /v2/orders", "chance": 0.3},
    {"fault": "error", "where": "POST /v2/orders", "chance": 0.3, "carried_out": True},
    {"fault": "error", "where": "POST /v2/orders", "chance": 0.3, "status": 500},
    {"fault": "disconnect", "where": "POST /v2/orders", "chance": 0.3},
    {"fault": "disconnect", "where": "* /v2/orders*", "chance": 0.15},
    {"fault": "error", "where": "GET *", "chance": 0.1, "status": 503},
    {"fault": "too_many", "where": "GET /v2/*", "chance": 0.1, "seconds": 1.0},
    {"fault": "too_many", "where": "POST /v2/orders", "chance": 0.2, "seconds": 1.0},
    {"fault": "delay", "where": "* /v2/*", "chance": 0.2, "seconds": 0.3},
    {"fault": "partial", "where": "POST /v2/orders", "chance": 0.5, "part": 0.4},
    {"fault": "cancel_races", "where": "DELETE *", "chance": 0.6},
    {"fault": "no_answer", "where": "DELETE *", "chance": 0.4},
    {"fault": "disconnect", "where": "stream", "chance": 0.05},
    {"fault": "duplicate", "where": "stream", "chance": 0.3},
    {"fault": "reorder", "where": "stream", "chance": 0.2},
    {"fault": "delay", "where": "stream", "chance": 0.2, "seconds": 0.2},
    {"fault": "halt", "where": "POST /v2/orders", "chance": 0.1, "symbol": "AAPL", "seconds": 120.0},
    {"fault": "clock_skew", "where": "GET *", "chance": 0.05, "seconds": 5.0},
)


class Outcome(msgspec.Struct, kw_only=True):
    """What a run came to. ``problems`` is empty where everything held."""

    number: int
    kills: int = 0
    ends: int = 0
    """Starts that ended by themselves because the venue did not answer; a person starts again."""
    faults: dict[str, int] = msgspec.field(default_factory=dict)
    """How often each kind of fault struck."""
    orders: int = 0
    fills: int = 0
    never_arrived: int = 0
    bars: int = 0
    seconds: float = 0.0
    problems: list[str] = msgspec.field(default_factory=list)


@dataclass
class Run:
    """The places and processes of one run."""

    folder: Path
    number: int
    url: str = ""
    child: int = 0
    outcome: Outcome = field(init=False)

    def __post_init__(self) -> None:
        self.outcome = Outcome(number=self.number)
        self.home = self.folder / "home"
        self.journal = self.home / "journals" / f"{NAME}.journal"

    def ask(self, path: str, method: str = "GET", body: object = None) -> Any:
        """A plain request to the venue."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
        asked = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    def start(self) -> None:
        """The session in a child process; its words go to a file."""
        self.child = os.fork()
        if self.child:
            return
        code = 1
        try:
            words = os.open(self.folder / "words.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(words, 1)
            os.dup2(words, 2)
            code = _live(self)
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def is_over(self) -> bool:
        """Whether the session has ended by itself."""
        if not self.child:
            return True
        done, _ = os.waitpid(self.child, os.WNOHANG)
        if done:
            self.child = 0
        return bool(done)

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End the session's process, and wait until it is gone."""
        if self.child:
            os.kill(self.child, how)
            os.waitpid(self.child, 0)
            self.child = 0

    def keep_up(self) -> None:
        """Start it again where it has ended by itself."""
        if self.is_over():
            self.outcome.ends += 1
            time.sleep(0.2)
            self.start()

    def wait_for(self, what: Callable[[], bool], name: str) -> bool:
        """Wait until it is so; a problem where it never is."""
        deadline = time.monotonic() + PATIENCE_S
        while not what():
            self.keep_up()
            if time.monotonic() > deadline:
                self.outcome.problems.append(f"{name} did not happen within {PATIENCE_S:g} s")
                return False
            time.sleep(0.05)
        return True

    def count(self, *kinds: type) -> int:
        """Records of these kinds that are durable."""
        try:
            with open_reader(self.journal) as reader:
                return sum(1 for _ in reader.read_kind(*kinds))
        except TradewindError:
            return 0


def _live(run: Run) -> int:
    from tradewind.cli.main import main

    os.environ |= {"TRADEWIND_ALPACA_API_KEY": KEY, "TRADEWIND_ALPACA_API_SECRET": SECRET}
    config = str(run.folder / "tradewind.yaml")
    sys.argv = ["tradewind", "live", "--rehearsal", run.url, "--name", NAME, "--home", str(run.home)]
    sys.argv += ["--config", config]
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def chaos_run(folder: Path, number: int) -> Outcome:
    """One run in a folder of its own; the same number is the same market, faults and instants of kills."""
    begun_s, chance = time.monotonic(), random.Random(number)
    run = Run(folder, number)
    folder.mkdir(parents=True, exist_ok=True)
    planner = chance.choice(("{}", "{order_type: limit, limit_offset_bps: 1}"))
    (folder / "tradewind.yaml").write_text(CONFIG.replace("PLANNER", planner), "utf-8")
    (folder / "sways.py").write_text(SWAYS, "utf-8")
    venue, run.url = start_venue(folder / "venue.jsonl", number, SPEED)
    try:
        _let_loose(run, chance)
        if not run.outcome.problems:
            _settle(run)
    finally:
        run.kill()
        os.kill(venue, signal.SIGTERM)
        os.waitpid(venue, 0)
    run.outcome.seconds = time.monotonic() - begun_s
    return run.outcome


def _let_loose(run: Run, chance: random.Random) -> None:
    """Faults strike and kills come, until some bars have been traded."""
    chosen = chance.sample(FAULTS, chance.randint(2, 5))
    run.start()
    if not run.wait_for(lambda: run.count(Bar) > 70, "a first start"):
        return
    run.ask("/venue/faults", "POST", [{**fault, "times": 0} for fault in chosen])
    for _ in range(chance.randint(1, 3)):
        until_s = time.monotonic() + chance.uniform(0.05, 4.0)
        while time.monotonic() < until_s:
            run.keep_up()
            time.sleep(0.01)
        if not run.is_over():
            run.kill()
            run.outcome.kills += 1
        verify_file(run.journal)
        run.start()
    bars = run.count(Bar)
    run.wait_for(lambda: run.count(Bar) > bars + 6, "going on after the kills")
    for line in run.ask("/venue/faults"):
        if line["struck"]:
            what = f"{line['fault']} {line['where']}"
            run.outcome.faults[what] = run.outcome.faults.get(what, 0) + line["struck"]
    run.ask("/venue/faults", "DELETE")
    run.ask("/venue/resume", "POST", {"symbol": SHARE.symbol})


def _settle(run: Run) -> None:
    """No new entries, then the broker's own word on the account once nothing is open; then compare."""
    with closing(open_inbox(run.journal)) as inbox:
        inbox.put(Command(ts_event=time.time_ns(), verb="kill", argument="freeze"))
    run.wait_for(lambda: run.count(Command) > 0, "hearing a person")
    words = run.count(AccountSnapshot)
    run.wait_for(lambda: run.count(AccountSnapshot) > words + 1, "the broker's word on the account")
    run.wait_for(lambda: not _book(run).open_orders, "the end of all orders")
    words = run.count(AccountSnapshot)
    run.wait_for(lambda: run.count(AccountSnapshot) > words, "the broker's last word on the account")
    run.kill(signal.SIGTERM)
    _compare(run)


def _book(run: Run) -> Book:
    with open_reader(run.journal) as reader:
        book = None
        for _, after in rebuild(reader.read_kind(*KINDS)):
            book = after
    if book is None:
        raise RuntimeError("The journal holds no session.")
    return book


def _compare(run: Run) -> None:
    out, problems = run.outcome, run.outcome.problems
    with open_reader(run.journal) as reader:
        said = [record.event for record in reader.read_kind(OrderRequested, OrderRejected, OrderFilled)]
    requested = [one.order.client_order_id for one in said if isinstance(one, OrderRequested)]
    rejected = {one.client_order_id for one in said if isinstance(one, OrderRejected)}
    fills = [one for one in said if isinstance(one, OrderFilled)]
    out.orders, out.fills, out.bars = len(requested), len(fills), run.count(Bar)
    at_venue = [one["client_order_id"] for one in run.ask("/v2/orders?status=all&limit=500")]
    out.never_arrived = len([one for one in requested if one not in at_venue])
    if len(set(at_venue)) != len(at_venue) or len(set(requested)) != len(requested):
        problems.append("an order is there twice")
    if strange := set(at_venue) - set(requested):
        problems.append(f"the venue has orders that were never decided: {sorted(strange)}")
    if lost := [one for one in requested if one not in at_venue and one not in rejected]:
        problems.append(f"orders were lost: {lost}")
    book = _book(run)
    held = {f"{one['symbol']}.XNAS": int(Decimal(one["qty"])) for one in run.ask("/v2/positions")}
    if held != dict(book.net_lots):
        problems.append(f"the venue holds {held}, the book {book.net_lots}")
    cash = Decimal(run.ask("/v2/account")["cash"])
    booked = Decimal(book.accounts["main"]["USD"].cash_e8) / 10**8
    if cash != booked:
        problems.append(f"the venue has {cash} in cash, the book {booked}")
    if "reconciliation" in book.breakers:
        problems.append("entries were halted for want of an explanation")
    try:
        verify_file(run.journal)
        config = load_config(run.folder / "tradewind.yaml", home=run.home)
        replay_journal(session_as_started(config, NAME), run.journal)
    except TradewindError as error:
        problems.append(f"{type(error).__name__}: {error}")
