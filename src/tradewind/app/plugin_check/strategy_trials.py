"""Questions to strategies of one's own: made-up markets through the whole loop, and over a restart."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import partial
from inspect import getmembers, isclass
from itertools import islice
from sys import modules
from typing import Any

from tradewind.alphas.host import ModelHosts
from tradewind.app.plugin_check import made_up
from tradewind.app.plugin_check.probe import Probe
from tradewind.app.session.own_code import code_of
from tradewind.app.session.wiring import Standing, build_reducer, build_venue
from tradewind.core.decisions import DecisionMade
from tradewind.core.events import AccountTerms, AnyEvent, SessionStarted
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.money import cash_from_decimal
from tradewind.core.vocabulary import SessionMode
from tradewind.data.alignment import merged_bars
from tradewind.engine.driver.asking import AskAtOnce
from tradewind.engine.driver.loop import Driver
from tradewind.engine.driver.outbox import DirectOutbox
from tradewind.engine.driver.recorded import run_recorded, take_recorded
from tradewind.engine.driver.snapshots import SessionParts, encode_parts, restore_parts
from tradewind.engine.feeds import recorded_feed
from tradewind.engine.reducer import Reducer
from tradewind.factors.live import LiveFactors
from tradewind.journal.memory import MemoryJournal
from tradewind.risk.registry import BREAKERS
from tradewind.strategies.own.running import OwnStrategy
from tradewind.strategies.own.strategy import Strategy

_SEEDS = (1, 2)
_CASH = Decimal(1_000_000)
_OTHERWISE = "taken up again from a snapshot it decides otherwise"
_NAMES = ("S0", "S1", "S2")


def strategies_of(module: str) -> list[type[Strategy]]:
    """Strategies that a module defines and that can decide, in order of their names."""
    ways = ("on_bar", "on_bars", "on_timer")
    return [
        kind
        for _, kind in getmembers(modules[module], isclass)
        if issubclass(kind, Strategy)
        and kind.__module__ == module
        and any(getattr(kind, way) is not getattr(Strategy, way) for way in ways)
    ]


def strategy_probes(kind: type[Strategy]) -> list[Probe]:
    """Three made-up stocks over a year, each time from the start; and with a restart on its way."""
    code = code_of(kind, kind.__name__, "")

    def ask(seed: int) -> Any:
        return _decided(code.make, code.factors, seed, restart_after=0)

    def again(seed: int) -> Any:
        whole = _decided(code.make, code.factors, seed, restart_after=0)
        taken_up = _decided(code.make, code.factors, seed, restart_after=len(_NAMES) * made_up.LENGTH // 2)
        return whole if whole == taken_up else _OTHERWISE

    def judge(answer: Any) -> str:
        return answer if isinstance(answer, str) else ""

    return [
        *(Probe(f"market {seed}", partial(ask, seed), judge) for seed in _SEEDS),
        Probe("restarted", partial(again, _SEEDS[0]), judge),
    ]


def _decided(
    make: Callable[[], Strategy], factors: Sequence[str], seed: int, *, restart_after: int
) -> list[Any]:
    """What a strategy decides in a made-up market, put together anew after so many events (0: never)."""
    journal = MemoryJournal()
    parts, driver = _begun(make(), factors, journal)
    feed = iter(_feed(seed))
    for event in islice(feed, restart_after):
        take_recorded(driver, event)
    if restart_after:
        state = encode_parts(parts)
        parts, driver = _begun(make(), factors, journal, state)
    run_recorded(driver, feed)
    made = (r.event for r in journal.read_kind(DecisionMade) if isinstance(r.event, DecisionMade))
    return [(e.ts_event, e.instrument_id, e.outcome.value, e.target_lots, e.reason) for e in made]


def _instruments() -> dict[str, Instrument]:
    made = (
        Instrument(
            symbol=name,
            asset_class=AssetClass.EQUITY,
            venue="MADE",
            quote_currency="USD",
            tick_size="0.01",
            lot_size="1",
            calendar="24/7",
        )
        for name in _NAMES
    )
    return {one.id: one for one in made}


def _begun(
    strategy: Strategy, factors: Sequence[str], journal: MemoryJournal, state: bytes = b""
) -> tuple[SessionParts, Driver]:
    """A session of the strategy alone, at its start or as a snapshot has it."""
    instruments = list(_instruments().values())
    cash = {"USD": float(_CASH)}
    venue = build_venue(instruments, {}, calendars={}, cash=cash, base_currency="USD")
    host = ModelHosts([])
    parts = SessionParts(_reducer(strategy, factors, instruments), venue, host)
    if state:
        restore_parts(parts, state)
    return parts, Driver(parts, journal, DirectOutbox(venue), asking=AskAtOnce(host))


def _reducer(strategy: Strategy, factors: Sequence[str], instruments: Sequence[Instrument]) -> Reducer:
    def running(standing: Standing) -> OwnStrategy:
        return OwnStrategy(
            strategy,
            instruments,
            standing.entry_block,
            standing.refusal,
            name="asked",
            factor_names=factors,
            waits=bool(factors),
        )

    blind = {
        entry.name: {"when_missing": "note"}
        for entry in BREAKERS.entries()
        if not entry.outside and hasattr(entry.plugin.defaults, "when_missing")
    }
    stage = LiveFactors(factors, [one.id for one in instruments]) if factors else None
    return build_reducer(instruments, [running], blind, factors=stage, calendars={})


def _feed(seed: int) -> Iterable[AnyEvent]:
    series = [made_up.bars(name, 100 * seed + n) for n, name in enumerate(_instruments())]
    begin_ns = int(series[0].ts_event[0]) - 1
    start = SessionStarted(
        ts_event=begin_ns,
        session_id="made-up",
        mode=SessionMode.BACKTEST,
        base_currency="USD",
        accounts=(AccountTerms(cash_e8={"USD": cash_from_decimal(_CASH)}),),
        instruments=tuple(_instruments().values()),
    )
    return recorded_feed(start, (), merged_bars(series, begin_ns), begin_ns)
