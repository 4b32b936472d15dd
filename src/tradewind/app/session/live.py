"""Running a live session: a stream drives the loop by the wall's clock, until it is stopped.

The stream runs in a thread of its own and leaves what comes in the driver's mailbox. After a crash the
session is recovered from its journal, and the stream goes on from the last bar of each instrument in it:
what closed meanwhile is fetched, so that no bar is lost and none is taken twice.
"""

import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from itertools import islice
from types import FrameType

import msgspec

from tradewind.app.home import Home
from tradewind.app.market.live_streams import session_stream
from tradewind.app.session.asked_actions import ask_of, told_of, without_dividends
from tradewind.app.session.blocked import telling
from tradewind.app.session.feed_thread import FeedThread
from tradewind.app.session.gauges import WINDOW, CoinVolatility
from tradewind.app.session.live_actions import ACTING, LiveActions
from tradewind.app.session.live_edge import LiveEdge, paper_edge
from tradewind.app.session.live_universe import NEVER_NS, LiveUniverse, choose_now
from tradewind.app.session.operators import signed
from tradewind.app.session.parts import make_host, make_reducer
from tradewind.app.session.plan import SessionPlan
from tradewind.app.session.running import Ran, Tell
from tradewind.app.session.started import preamble, session_start
from tradewind.core.accounts import CorporateAction
from tradewind.core.changes import UniverseChosen
from tradewind.core.clock import Clock, WallClock
from tradewind.core.events import Command, SessionOpened
from tradewind.core.instruments import AssetClass
from tradewind.core.journal_ports import JournalReader
from tradewind.core.market import Bar
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.trading_calendar import calendar_for
from tradewind.data.alignment import merged_bars
from tradewind.data.live_feed import live_events
from tradewind.data.universe.filters.releases import NAME as RELEASES
from tradewind.data.universe.schedule import choosing_times
from tradewind.engine.driver.asking import AskWorkers
from tradewind.engine.driver.broker_desk import DeskSettings
from tradewind.engine.driver.live import run_live
from tradewind.engine.driver.loop import Driver, DriverSettings
from tradewind.engine.driver.mailbox import Mailbox
from tradewind.engine.driver.recovery import Recovered, recover
from tradewind.engine.driver.snapshots import SessionParts
from tradewind.journal.opening import open_inbox, open_reader, open_writer


def run_live_paper(
    plan: SessionPlan, clock: Clock | None = None, operator: str = "", tell: Tell | None = None
) -> Ran:
    """Run or resume a live session on the simulated venue; see :func:`run_live_session`."""
    return run_live_session(plan, paper_edge(plan), clock, operator, tell)


def run_live_session(
    plan: SessionPlan,
    edge: LiveEdge,
    clock: Clock | None = None,
    operator: str = "",
    tell: Tell | None = None,
) -> Ran:
    """Run or resume a live session until it is stopped: by a command, Ctrl-C or SIGTERM.

    ``edge`` is where its orders go. ``operator`` is sealed into an override that the session begins with,
    nobody when empty. ``tell`` hears when a breaker that only a person arms again stops new entries.

    Raises
    ------
    TradewindError
        The feed ended for good, as its last error says; the session can go on later under its name.
    """
    begun_s, wall = time.perf_counter(), clock or WallClock()
    path = Home(plan.config.home).make().journal(plan.session_id)
    host, mailbox = make_host(plan), Mailbox()
    parts = SessionParts(make_reducer(plan, live_factors=True), edge.beside, host)
    with (
        open_writer(path) as journal,
        closing(open_inbox(path)) as inbox,
        closing(AskWorkers(host, mailbox, plan.config.session.forecast_deadline_s, time.monotonic)) as asking,
        edge.listening(mailbox),
        closing(edge.outbox(mailbox)) as outbox,
    ):
        with open_reader(path) as reader:
            found = recover(reader, parts)
            inbox.settle(reader.read_kind(Command))
            since = last_bars(plan, parts)
            begun_ns = parts.reducer.state.started_ns if found.last_seq else wall.now_ns()
            acting = live_actions(plan, reader, wall, begun_ns, pays_dividends=edge.pays_dividends)
            universe = live_universe(plan, reader, wall)
            gauge = coin_volatility(plan, reader)
        driver = Driver(
            parts,
            journal,
            outbox,
            asking=asking,
            inbox=inbox,
            mailbox=mailbox,
            clock=wall,
            settings=settings_of(plan),
            by_the_clock=True,
            told_before=edge.told_before,
            on_cycle=telling(lambda: parts.reducer.state.book, tell) if tell is not None else None,
        )
        with stopped_by_signals(driver):
            begin_or_go_on(driver, plan, found, edge, operator)
            with feeding(plan, mailbox, since, gauge, acting, universe, wall):
                run_live(driver)
        records = journal.next_seq - 1
    return Ran(path, parts.reducer.state.book, records, time.perf_counter() - begun_s, found.last_seq)


def begin_or_go_on(
    driver: Driver, plan: SessionPlan, found: Recovered, edge: LiveEdge, operator: str = ""
) -> None:
    """The session's first records in one commit; or, after a restart, what was left open."""
    if found.last_seq:
        edge.settle(driver, found)
        if driver.state().ended:
            driver.reopen()
        return
    opened_ns = driver.clock.now_ns()
    driver.take(session_start(plan, opened_ns))
    path = Home(plan.config.home).journal(plan.session_id)
    for event in signed(preamble(plan, opened_ns), path, operator):
        driver.take(event)
    for bar in merged_bars(plan.bars, opened_ns):
        driver.take(bar)
    for event in edge.opening(opened_ns):
        driver.take(event)
    driver.take(SessionOpened(ts_event=opened_ns))
    for chosen in plan.universe:
        driver.take(msgspec.structs.replace(chosen, ts_event=opened_ns))
    driver.commit()
    edge.settle(driver, found)


def settings_of(plan: SessionPlan) -> DriverSettings:
    """How the driver runs; a broker outside is asked as often as the configuration says."""
    desk = DeskSettings(sweep_s=plan.config.session.broker.sweep_s)
    return DriverSettings(commit_every=200, snapshot_every=5_000, broker=desk)


def last_bars(plan: SessionPlan, parts: SessionParts) -> dict[str, int]:
    """End of the last bar of each instrument that the session has: in its journal, else of its warm-up."""
    ends = {bars.instrument_id: int(bars.ts_event[-1]) for bars in plan.bars if len(bars)}
    for name in ends:
        series = parts.cursor.series.get(f"{name} {plan.config.session.live.timeframe}")
        if series is not None:
            ends[name] = series.last_ns
    return ends


def coin_volatility(plan: SessionPlan, reader: JournalReader) -> CoinVolatility | None:
    """The reading that breakers watch of the first coin, from the closes that the session has of it."""
    coins = [i for i in plan.instruments.values() if i.asset_class is AssetClass.CRYPTO]
    if not coins:
        return None
    name, timeframe = coins[0].id, plan.config.session.live.timeframe
    per_year = calendar_for(coins[0].calendar, plan.calendars).bars_per_year(timeframe)
    recorded = (r.event for r in reader.read_kind(Bar, newest_first=True) if isinstance(r.event, Bar))
    closes = [bar.close for bar in islice((b for b in recorded if b.instrument_id == name), WINDOW + 1)]
    warm: list[float] = next((b.close.tolist() for b in plan.bars if b.instrument_id == name), [])
    return CoinVolatility(name, per_year, reversed(closes) if closes else warm)


def live_actions(
    plan: SessionPlan, reader: JournalReader, clock: Clock, begun_ns: int, *, pays_dividends: bool = True
) -> LiveActions:
    """What puts splits and dividends before the first price of a day, after what the session has already."""
    last = {bar.instrument_id: bar for bar in merged_bars(plan.bars, clock.now_ns())}
    waiting = {name for name, one in plan.instruments.items() if one.asset_class in ACTING}
    for record in reader.read_kind(Bar, newest_first=True):
        if not waiting:
            break
        if isinstance(record.event, Bar) and record.event.instrument_id in waiting:
            waiting.discard(record.event.instrument_id)
            last[record.event.instrument_id] = record.event
    carried = [r.event for r in reader.read_kind(CorporateAction) if isinstance(r.event, CorporateAction)]
    ask, told = ask_of(plan.config, plan.instruments, plan.calendars), told_of(plan.config, plan.instruments)
    if not pays_dividends:
        ask = without_dividends(ask)
    return LiveActions(plan.instruments, plan.calendars, last, carried, ask, clock, begun_ns, told=told)


def live_universe(plan: SessionPlan, reader: JournalReader, clock: Clock) -> LiveUniverse:
    """What chooses the universe anew at its dates; after a restart, those after the last recorded choice."""
    settings, last = plan.config.session.universe, next(iter(plan.universe), None)
    newest = next((r.event for r in reader.read_kind(UniverseChosen, newest_first=True)), last)
    due_ns = NEVER_NS
    if settings is not None:
        at_ns = clock.now_ns() if newest is None else newest.ts_event
        dates = choosing_times(settings.every, at_ns, at_ns + 400 * NS_PER_DAY)
        due_ns = min((ns for ns in dates if ns > at_ns), default=NEVER_NS)
        if RELEASES in settings.filters:
            due_ns = at_ns  # it may have turned meanwhile
    return LiveUniverse(partial(choose_now, plan.config, plan.instruments), due_ns, clock)


@contextmanager
def feeding(
    plan: SessionPlan,
    mailbox: Mailbox,
    since: Mapping[str, int],
    gauge: CoinVolatility | None,
    acting: LiveActions,
    universe: LiveUniverse,
    clock: Clock,
) -> Iterator[None]:
    """The streams of the plan's instruments, running into the mailbox."""
    timeframe = plan.config.session.live.timeframe
    calendars = {name: instrument.calendar for name, instrument in plan.instruments.items()}
    with session_stream(plan.config, calendars, since, clock) as stream:
        feed = FeedThread(
            lambda: universe.among(
                acting.among(live_events(stream, plan.instruments, timeframe, since=since, clock=clock))
            ),
            mailbox,
            gauge,
        )
        feed.start()
        try:
            yield
        finally:
            feed.stop()


@contextmanager
def stopped_by_signals(driver: Driver) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the session in good order; a second one breaks it off.

    Signals are the main thread's: in any other, nothing is done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def hear(number: int, frame: FrameType | None) -> None:
        if driver.stopped:
            raise KeyboardInterrupt
        driver.stop(f"stopped by {signal.Signals(number).name}")

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
