"""What a session holds its limits against, worked out anew from its raw records in fractions.

Two stocks through the crash of 2008, traded at random; turnover, equity, position losses and value at risk
are those of a ledger of this file alone.
"""

import math
import random
import warnings
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest

import tradewind as tw
from tradewind.core.decisions import AccountMarked, BreakerTripped, OrderRefused, OrderRequested
from tradewind.core.events import Record
from tradewind.core.orders import (
    Order,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
)
from tradewind.core.timestamps import parse_ns
from tradewind.data.raw import bars_from_raw
from tradewind.data.vendors.sample.bokeh_stocks import load

CASH = 1_000_000
SYMBOLS = ("AAPL", "IBM")
A_DAY = 86_400 * 10**9
LIMIT, WINDOW, LEVEL = 0.05, 120, 0.95


class AtRandom:
    """Wants another number of shares on each bar."""

    name = "random"

    def __init__(self) -> None:
        self.dice, self.made = random.Random(2008), 0

    def on_event(self, event: tw.AnyEvent, book: tw.Book) -> Sequence[tw.Event]:
        if type(event) is not tw.Bar or self.dice.random() < 0.5:
            return ()
        self.made += 1
        return (
            tw.DecisionMade(
                ts_event=event.ts_event,
                decision_id=f"d{self.made}",
                strategy=self.name,
                instrument_id=event.instrument_id,
                outcome="trade",  # type: ignore[arg-type]
                reason="at random",
                target_lots=self.dice.randint(-5_000, 5_000),
            ),
        )

    def snapshot(self) -> bytes:
        return b""

    def restore(self, state: bytes) -> None:
        return


def of(symbol: str) -> tw.Instrument:
    return tw.Instrument(
        symbol=symbol, asset_class=tw.AssetClass.EQUITY, venue="XNAS", quote_currency="USD", tick_size="0.01",
        lot_size="1", calendar="XNYS", shortable=True,
    )  # fmt: skip


def recorded_bars() -> list[tw.Bar]:
    start, end = parse_ns("2008-01-01"), parse_ns("2009-04-01")
    made = []
    for symbol in SYMBOLS:
        bars = bars_from_raw(load(symbol)).between(start, end)
        columns = (bars.ts_event, bars.open, bars.high, bars.low, bars.close, bars.volume)
        for ts, *prices, volume in zip(*(column.tolist() for column in columns), strict=True):
            named = dict(zip(("open", "high", "low", "close"), prices, strict=True))
            made.append(tw.Bar(ts_event=ts, instrument_id=f"{symbol}.XNAS", volume=volume, **named))
    return sorted(made, key=lambda bar: bar.ts_event)


@pytest.fixture(scope="module")
def records() -> list[Record]:
    never = {name: {"limit": 1.0} for name in ("drawdown", "daily_loss", "rapid_loss", "strategy_drawdown")}
    blind = {name: {"when_missing": "note"} for name in ("vix", "index_drop", "crypto_volatility")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ran = tw.run_strategy(
            AtRandom(),
            [of(symbol) for symbol in SYMBOLS],
            recorded_bars(),
            cash=Decimal(CASH),
            risk={
                **never,
                **blind,
                "losing_trades": {"limit": 1_000},
                "position_limit": {"equity": 2.0},
                "turnover": {"limit": 0.9},
                "position_loss": {"limit": LIMIT},
                "value_at_risk": {"limit": 0.02, "level": LEVEL, "window": WINDOW},
            },
        )
    return list(ran.journal.read())


class Ledger:
    """Everything anew: exact money in fractions of a dollar, from events alone."""

    def __init__(self) -> None:
        self.cash, self.day = Fraction(CASH), 0
        self.lots: dict[str, int] = {}
        self.cost: dict[str, Fraction] = {}
        self.price: dict[str, Fraction] = {}
        self.closes: dict[str, dict[int, Fraction]] = {}
        self.traded: dict[int, Fraction] = {}
        self.open: dict[str, tuple[Order, int]] = {}

    def take(self, event: object) -> None:
        self.day = max(self.day, (event.ts_event - 1) // A_DAY)  # type: ignore[attr-defined]
        if isinstance(event, tw.Bar):
            cents = Decimal(repr(event.close)) * 100
            self.price[event.instrument_id] = Fraction(round(cents), 100)
            self.closes.setdefault(event.instrument_id, {})[self.day] = self.price[event.instrument_id]
        elif isinstance(event, OrderRequested):
            self.open[event.order.client_order_id] = (event.order, event.order.quantity_lots)
        elif isinstance(event, OrderFilled):
            self.fill(event)
        elif isinstance(event, OrderCanceled | OrderExpired | OrderRejected):
            del self.open[event.client_order_id]

    def fill(self, event: OrderFilled) -> None:
        name, signed = event.instrument_id, event.quantity_lots * (1 if event.side == "buy" else -1)
        price = Fraction(event.price_ticks, 100)
        self.cash -= signed * price + Fraction(event.commission_e8, 10**8)
        self.traded[self.day] = self.traded.get(self.day, Fraction(0)) + abs(signed) * price
        held, cost = self.lots.get(name, 0), self.cost.get(name, Fraction(0))
        after = held + signed
        if held * signed >= 0:
            cost += signed * price
        elif held * after > 0:
            cost = cost * after / held
        else:
            cost = after * price
        self.lots[name], self.cost[name] = after, cost
        order, left = self.open.pop(event.client_order_id)
        if left > event.quantity_lots:
            self.open[event.client_order_id] = (order, left - event.quantity_lots)

    def equity(self) -> Fraction:
        return self.cash + sum(lots * self.price[name] for name, lots in self.lots.items() if lots)

    def loss_of(self, name: str) -> float:
        cost = self.cost[name]
        return float((cost - self.lots[name] * self.price[name]) / abs(cost))

    def value_at_risk(self, order: Order) -> float:
        lots = dict(self.lots)
        for waiting, left in self.open.values():
            same = waiting.instrument_id == order.instrument_id
            if not waiting.reduce_only and not (same and waiting.side != order.side):
                signed = left * (1 if waiting.side == "buy" else -1)
                lots[waiting.instrument_id] = lots.get(waiting.instrument_id, 0) + signed
        signed = order.quantity_lots * (1 if order.side == "buy" else -1)
        lots[order.instrument_id] = lots.get(order.instrument_id, 0) + signed
        held = sorted(name for name, count in lots.items() if count)
        kept = [dict(list(self.closes[name].items())[-253:]) for name in held]
        days = [day for day in kept[0] if all(day in closes for closes in kept)]
        equity = self.equity()
        losses = [
            -sum(
                lots[name] * self.price[name] / equity * (closes[after] / closes[before] - 1)
                for name, closes in zip(held, kept, strict=True)
            )
            for before, after in list(pairwise(days))[-WINDOW:]
        ]
        return quantile(losses, LEVEL)


def quantile(values: Sequence[Fraction], level: float) -> float:
    """Linear between neighbours: the value at (n - 1) times the level."""
    ordered = sorted(values)
    at = (len(ordered) - 1) * level
    low = math.floor(at)
    rest = Fraction(at) - low
    if rest == 0:
        return float(ordered[low])
    return float(ordered[low] + rest * (ordered[low + 1] - ordered[low]))


def along(records: list[Record]) -> Iterator[tuple[Ledger, object]]:
    """Each event with the ledger as it stood right before it."""
    ledger = Ledger()
    for record in records:
        yield ledger, record.event
        ledger.take(record.event)


def refused(records: list[Record], rule: str) -> Iterator[tuple[Ledger, OrderRefused]]:
    for ledger, event in along(records):
        if isinstance(event, OrderRefused) and event.refusal.rule == rule:
            yield ledger, event


def test_equity_is_cash_and_holdings_at_every_mark(records: list[Record]) -> None:
    seen = 0
    for ledger, event in along(records):
        if isinstance(event, AccountMarked):
            assert event.equity_e8 == ledger.equity() * 10**8
            gross = sum(abs(lots) * ledger.price[name] for name, lots in ledger.lots.items() if lots)
            assert event.gross_e8 == gross * 10**8
            seen += 1
    assert seen > 300


def test_turnover_of_a_day_is_what_was_filled_and_what_is_asked(records: list[Record]) -> None:
    seen = 0
    for ledger, event in refused(records, "turnover"):
        order, figures = event.order, event.refusal.figures
        asked = order.quantity_lots * ledger.price[order.instrument_id]
        whole = ledger.traded.get(ledger.day, Fraction(0)) + asked
        assert figures["value"] == pytest.approx(float(whole), rel=1e-12)
        assert figures["equity"] == pytest.approx(float(ledger.equity()), rel=1e-12)
        assert whole > Fraction(9, 10) * ledger.equity()
        seen += 1
    assert seen > 5


def test_a_position_trips_at_its_loss_on_what_it_cost(records: list[Record]) -> None:
    seen = 0
    for ledger, event in along(records):
        if not isinstance(event, BreakerTripped) or event.breaker != "position_loss":
            continue
        assert event.value == pytest.approx(ledger.loss_of(event.scope_key), rel=1e-9)
        assert event.value >= LIMIT
        seen += 1
    assert seen > 5


def test_value_at_risk_is_the_quantile_of_what_would_be_held(records: list[Record]) -> None:
    seen = 0
    for ledger, event in refused(records, "value_at_risk"):
        figures = event.refusal.figures
        if "value_at_risk" not in figures:
            continue  # too few days yet: it says so and gives none
        assert figures["value_at_risk"] == pytest.approx(ledger.value_at_risk(event.order), rel=1e-9)
        seen += 1
    assert seen > 10
