"""Questions to limits and circuit breakers: orders against books of several states."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from tradewind.app.plugin_check.probe import Probe, of_type
from tradewind.core.book import Book, Gauge, Ledger, Position, PositionKey
from tradewind.core.decisions import APPROVED, Refused
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.orders import Order, Side
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_S, parse_ns
from tradewind.risk.alarm import Alarm, checked_words
from tradewind.risk.hours import MarketHours
from tradewind.risk.registry import BREAKERS, RULES
from tradewind.risk.view import OrderView, facts_of

_NOON = parse_ns("2024-03-12T16:00:00+00:00")
_E8 = 100_000_000
_CASH = 100_000
_LEVELS = (1.0, 0.97, 0.85, 0.5)
"""Equity as a part of what it was: unhurt, a bad day, a drawdown, ruin."""


def _instrument(symbol: str, kind: AssetClass) -> Instrument:
    return Instrument(
        symbol=symbol,
        asset_class=kind,
        venue="MADE",
        quote_currency="USD",
        tick_size="0.01",
        lot_size="1",
        calendar="24/7",
    )


_ALL = {
    one.id: one for one in (_instrument("AAA", AssetClass.EQUITY), _instrument("COIN/USD", AssetClass.CRYPTO))
}


def rule_probes(name: str) -> list[Probe]:
    """Small and large orders on both sides, while nothing, a long and a short position is held."""
    rule = RULES.get(name)

    def ask(instrument_id: str, signed: int, held: int, level: float) -> Any:
        order = Order(
            client_order_id=f"o{signed}",
            decision_id="d1",
            strategy="s",
            instrument_id=instrument_id,
            side=Side.BUY if signed > 0 else Side.SELL,
            quantity_lots=abs(signed),
        )
        book = _book(held, level)
        view = OrderView(order, _ALL[instrument_id], book, facts_of(_ALL))
        return rule.check(order, _ALL[instrument_id], view, rule.defaults)

    return [
        Probe(f"{signed:+} of {i} at {held} held", partial(ask, i, signed, held, level), _verdict)
        for i in _ALL
        for held, level in zip((0, 40, -40), _LEVELS, strict=False)
        for signed in (1, -1, 300, -300, 1_000_000)
    ]


def breaker_probes(name: str) -> list[Probe]:
    """Books that are unhurt, down, and ruined, with gauges that are calm, alarming and absent."""
    entry = BREAKERS.get(name)

    def ask(held: int, level: float, gauge: float | None) -> Any:
        book = _book(held, level)
        if gauge is not None:
            for known in ("VIX", "SPX", "health"):
                book.gauges[known] = Gauge(value=gauge, ts_event=_NOON - NS_PER_S)
        return entry.find(book, MarketHours(_ALL, {}), entry.defaults)

    return [
        Probe(
            f"{held} held, {level:.0%} left, gauges at {gauge}",
            partial(ask, held, level, gauge),
            _alarms(name),
        )
        for held in (0, 40)
        for level in _LEVELS
        for gauge in (None, 10.0, 1_000.0)
    ]


def _verdict(answer: Any) -> str:
    return "" if answer is APPROVED else of_type(type(APPROVED), Refused)(answer)


def _alarms(name: str) -> Any:
    def judge(answer: Any) -> str:
        if not isinstance(answer, Sequence) or not all(isinstance(one, Alarm) for one in answer):
            return f"it gives {answer!r}, not a sequence of alarms"
        for one in answer:
            checked_words(one, name)
        other = [one.name for one in answer if one.name and not one.name.startswith(f"{name}_")]
        return f"it trips as {other[0]}, which does not begin with {name}_" if other else ""

    return judge


def _book(held: int, level: float) -> Book:
    equity = int(_CASH * _E8 * level)
    book = Book(
        base_currency="USD",
        instruments=dict(_ALL),
        accounts={"main": {"USD": Ledger(cash_e8=equity, paid_in_e8=_CASH * _E8)}},
        mark_ticks=dict.fromkeys(_ALL, 10_000),
        mark_ts=dict.fromkeys(_ALL, _NOON - 1),
        now_ns=_NOON,
        day=_NOON // NS_PER_DAY,
        equity_e8=equity,
    )
    book.start_equity_e8 = book.high_water_e8 = book.peak_e8 = book.day_start_equity_e8 = _CASH * _E8
    book.equity_trail = [(_NOON - 60 * NS_PER_S, _CASH * _E8), (_NOON, equity)]
    book.losses_in_row = {"s": 0 if level == 1.0 else 7}
    for instrument_id in _ALL if held else ():
        key = PositionKey("main", "s", instrument_id)
        cost = int(held * 100 * _E8 / level)
        book.positions[key] = Position(
            instrument_id=instrument_id, account="main", strategy="s", quantity_lots=held, cost_e8=cost
        )
        book.net_lots[instrument_id] = held
    return book
