"""Parts of random sessions: strategies, a venue and a feed that know nothing of the books they are held by.

All choices come from a hash of what is at hand, so a part needs no memory and a replay chooses the same.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from random import Random

import msgspec

from tradewind.core.accounts import (
    AccountSnapshot,
    CashMoved,
    CorporateAction,
    PositionAdopted,
    split_lots,
)
from tradewind.core.book import Book, PositionKey, held_lots, orders_of
from tradewind.core.changes import CapitalAllocated
from tradewind.core.decisions import CancelRequested, DecisionMade, OrderRequested
from tradewind.core.events import AccountTerms, AnyEvent, Record, SessionStarted, StrategyTerms
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.market import Bar, Event, Quote
from tradewind.core.orders import (
    BrokerReport,
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    Side,
)
from tradewind.core.timestamps import NS_PER_MINUTE
from tradewind.core.vocabulary import ActionKind, CashReason, Outcome, SessionMode

START_NS = 1_577_836_800_000_000_000  # 2020-01-01


def instrument(symbol: str, venue: str, kind: AssetClass, quote: str, tick: str, lot: str) -> Instrument:
    return Instrument(
        symbol=symbol, asset_class=kind, venue=venue, quote_currency=quote, tick_size=tick, lot_size=lot,
        calendar="24/7",
    )  # fmt: skip


EQUITY, FX, COIN = AssetClass.EQUITY, AssetClass.FX, AssetClass.CRYPTO
PAIRS = (
    instrument("EUR/USD", "FXA", FX, "USD", "0.00001", "1"),
    instrument("GBP/USD", "FXA", FX, "USD", "0.00001", "1"),
    instrument("USD/JPY", "FXA", FX, "JPY", "0.001", "1"),
    instrument("USD/VND", "FXB", FX, "VND", "1", "1"),
    instrument("BTC/USD", "COINA", COIN, "USD", "0.01", "0.0001"),
)
OTHERS = (
    instrument("BTC/EUR", "COINB", COIN, "EUR", "0.01", "0.0001"),
    instrument("AAA", "XNAS", EQUITY, "USD", "0.01", "1"),
    instrument("EEE", "XPAR", EQUITY, "EUR", "0.005", "1"),
    instrument("GGG", "XLON", EQUITY, "GBP", "0.01", "1"),
    instrument("VVV", "XSTC", EQUITY, "VND", "10", "100"),
    instrument("JJJ", "XTKS", EQUITY, "JPY", "0.1", "100"),
    instrument("BBB", "XNYS", EQUITY, "USD", "0.05", "10"),
    instrument("HHH", "XLON", EQUITY, "GBP", "0.01", "1"),
)
INSTRUMENTS = {i.id: i for i in (*PAIRS, *OTHERS)}
_BEGIN = (1.1, 1.3, 108.0, 23_000.0, 7_000.0, 6_400.0, 100.0, 40.0, 12.0, 30_000.0, 2_500.0, 60.0, 25.0)
PRICES = dict(zip(INSTRUMENTS, _BEGIN, strict=True))
ALIKE = {"AAA.XNAS": "BBB.XNYS", "BBB.XNYS": "AAA.XNAS", "GGG.XLON": "HHH.XLON", "HHH.XLON": "GGG.XLON"}
"""Shares of one currency, of which one may become the other."""
SHARES = [i.id for i in OTHERS if i.asset_class is EQUITY]
CASH_E8 = {"main": {"USD": 10**13}, "second": {"USD": 5 * 10**12}}
TERMS = (
    StrategyTerms(strategy="north", capital_share=0.4),
    StrategyTerms(strategy="south", capital_share=0.3),
    StrategyTerms(strategy="east", account="second", capital_share=0.3),
)


def chance(*words: object) -> int:
    """A number that looks random and is the same for the same words."""
    return zlib.crc32(repr(words).encode()) ^ zlib.adler32(repr(words[::-1]).encode())


class Roamer:
    """Wants now so many lots, now others, now none or short; two of them are in the same instruments."""

    def __init__(self, terms: StrategyTerms, seed: int) -> None:
        self.name, self.account, self.seed = terms.strategy, terms.account, seed

    def on_event(self, event: AnyEvent, book: Book) -> Sequence[Event]:
        if not isinstance(event, Bar) or event.warmup:
            return ()
        own = PositionKey(self.account, self.name, event.instrument_id)
        draw = chance(self.seed, self.name, event.instrument_id, event.ts_event)
        if draw % 5 < 2 or orders_of(book, own):
            return ()
        held, target = held_lots(book, own), draw // 7 % 41 - 20
        if draw % 11 == 0:
            target = 0
        if target == held:
            return ()
        return (
            DecisionMade(
                ts_event=event.ts_event, account=self.account, strategy=self.name, reason="it roams",
                decision_id=f"{self.name}-{event.instrument_id}-{event.ts_event}", outcome=Outcome.TRADE,
                instrument_id=event.instrument_id, current_lots=held, target_lots=target,
            ),
        )  # fmt: skip

    def snapshot(self) -> bytes:
        return b""

    def restore(self, state: bytes) -> None:
        """It remembers nothing."""


def planner(decision: DecisionMade, book: Book) -> Sequence[Event]:
    """A market order over the difference."""
    delta = decision.target_lots - decision.current_lots
    order = Order(
        client_order_id=f"{decision.decision_id}-o", decision_id=decision.decision_id,
        account=decision.account, strategy=decision.strategy, instrument_id=decision.instrument_id,
        side=Side.BUY if delta > 0 else Side.SELL, quantity_lots=abs(delta), ts_decided=decision.ts_event,
    )  # fmt: skip
    return (OrderRequested(ts_event=decision.ts_event, order=order),)


class Resting(msgspec.Struct):
    order: Order
    quantity: int
    filled: int = 0


class PatchyVenue:
    """Rejects some orders, fills others in pieces at odd prices, takes fees in whatever currency it likes."""

    name = "patchy"
    external = False

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.resting: dict[str, Resting] = {}

    def submit(self, order: Order) -> Sequence[BrokerReport]:
        about = {
            "ts_event": order.ts_decided, "client_order_id": order.client_order_id,
            "instrument_id": order.instrument_id, "account": order.account,
        }  # fmt: skip
        if chance(self.seed, order.client_order_id) % 13 == 0:
            return (OrderRejected(**about, reason="it does not like it"),)
        self.resting[order.client_order_id] = Resting(order, order.quantity_lots)
        return (OrderAccepted(**about),)

    def cancel(self, client_order_id: str) -> Sequence[BrokerReport]:
        found = self.resting.pop(client_order_id, None)
        return () if found is None else (self._gone(found, found.order.ts_decided, "as asked"),)

    def on_market(self, event: AnyEvent) -> Sequence[BrokerReport]:
        if isinstance(event, Bar | Quote | CorporateAction):
            waiting = [
                one
                for one in list(self.resting.values())
                if one.order.instrument_id == event.instrument_id and one.order.ts_decided < event.ts_event
            ]
            if isinstance(event, Bar) and not event.warmup:
                return [report for one in waiting for report in self._fill(one, event)]
            if isinstance(event, CorporateAction):
                return [report for one in waiting for report in self._act(one, event)]
        return ()

    def _fill(self, one: Resting, bar: Bar) -> Iterator[BrokerReport]:
        order, known = one.order, INSTRUMENTS[bar.instrument_id]
        draw = chance(self.seed, order.client_order_id, bar.ts_event)
        if draw % 4 == 0:
            return
        left = one.quantity - one.filled
        lots = left if draw % 4 == 1 else 1 + draw // 3 % left
        one.filled += lots
        if one.filled == one.quantity:
            del self.resting[order.client_order_id]
        currency = ("", "", "BTC", "USD", "EUR")[draw % 5]
        yield OrderFilled(
            ts_event=bar.ts_event, client_order_id=order.client_order_id, instrument_id=bar.instrument_id,
            account=order.account, trade_id=f"t-{draw}-{bar.ts_event}", side=order.side, quantity_lots=lots,
            price_ticks=round(bar.open / known.tick_float) + draw % 5 - 2, fee_currency=currency,
            commission_e8=draw % (1_000 if currency == "BTC" else 3 * 10**8) - 500,
        )  # fmt: skip

    def _act(self, one: Resting, action: CorporateAction) -> Iterator[BrokerReport]:
        left = split_lots(one.quantity - one.filled, action)[0]
        if action.kind in (ActionKind.DIVIDEND, ActionKind.SPIN_OFF):
            return
        if action.kind in (ActionKind.DELISTING, ActionKind.MERGER) or left == 0:
            del self.resting[one.order.client_order_id]
            yield self._gone(one, action.ts_event, "nothing is left of it")
            return
        one.filled = split_lots(one.filled, action)[0]
        one.quantity = one.filled + left
        yield OrderReplaced(
            ts_event=action.ts_event, client_order_id=one.order.client_order_id,
            instrument_id=one.order.instrument_id, account=one.order.account, quantity_lots=one.quantity,
            filled_lots=one.filled, reason="split",
        )  # fmt: skip

    def _gone(self, one: Resting, ts_ns: int, reason: str) -> OrderCanceled:
        order = one.order
        return OrderCanceled(
            ts_event=ts_ns, client_order_id=order.client_order_id, instrument_id=order.instrument_id,
            account=order.account, reason=reason,
        )  # fmt: skip

    def reconcile(self, since_ns: int) -> Sequence[BrokerReport]:
        return ()

    def rebuild(self, records: Iterable[Record | AnyEvent]) -> None:
        for record in records:
            event = record.event if isinstance(record, Record) else record
            if isinstance(event, OrderRequested):
                self.submit(event.order)
            elif isinstance(event, CancelRequested):
                self.cancel(event.client_order_id)
            else:
                self.on_market(event)

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self.resting)

    def restore(self, state: bytes) -> None:
        self.resting = msgspec.msgpack.decode(state, type=dict[str, Resting])


def session_start() -> SessionStarted:
    return SessionStarted(
        ts_event=START_NS, session_id="random", mode=SessionMode.PAPER, base_currency="USD",
        accounts=tuple(AccountTerms(account=name, cash_e8=cash) for name, cash in CASH_E8.items()),
        instruments=tuple(INSTRUMENTS.values()), strategies=TERMS,
    )  # fmt: skip


class Market:
    """What happens, minute by minute: bars on the grid, actions, cash, adoptions, snapshots, allocations."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.price = dict(PRICES)
        self.now_ns = START_NS
        self.count = 0

    def warmup(self) -> list[AnyEvent]:
        """A bar of every instrument: rates and marks are known from the beginning."""
        return [self._bar(instrument_id, warmup=True) for instrument_id in INSTRUMENTS]

    def minutes(self, length: int) -> list[AnyEvent]:
        made: list[AnyEvent] = []
        while len(made) < length:
            self.now_ns += NS_PER_MINUTE
            what = self.random.choices(
                (self._bars, self._late, self._quote, self._action, self._cash, self._adopted, self._told,
                 self._allocated), (60, 3, 8, 8, 12, 3, 3, 3),
            )[0]  # fmt: skip
            made += what()
        return made

    def _bars(self) -> list[AnyEvent]:
        chosen = self.random.sample(list(INSTRUMENTS), self.random.randint(1, 6))
        return [self._bar(instrument_id) for instrument_id in chosen]

    def _bar(self, instrument_id: str, *, warmup: bool = False) -> Bar:
        known = INSTRUMENTS[instrument_id]
        opened = self._on_grid(instrument_id, self.price[instrument_id])
        closed = self._on_grid(instrument_id, opened * (1 + self.random.gauss(0, 0.03)))
        self.price[instrument_id] = closed
        spare = 2 * known.tick_float
        return Bar(
            ts_event=self.now_ns, instrument_id=instrument_id, open=opened, close=closed, timeframe="1m",
            high=max(opened, closed) + spare, low=min(opened, closed), volume=1e6, warmup=warmup,
        )  # fmt: skip

    def _on_grid(self, instrument_id: str, price: float) -> float:
        tick = INSTRUMENTS[instrument_id].tick
        return float(max(round(price / float(tick)), 20) * tick)

    def _late(self) -> list[AnyEvent]:
        """A bar that closed before the last ones and is known only now."""
        bar = self._bar(self.random.choice(list(INSTRUMENTS)))
        return [msgspec.structs.replace(bar, ts_event=self.now_ns - 3 * NS_PER_MINUTE, ts_recv=self.now_ns)]

    def _quote(self) -> list[AnyEvent]:
        instrument_id = self.random.choice(list(INSTRUMENTS))
        tick, price = INSTRUMENTS[instrument_id].tick_float, self.price[instrument_id]
        bid, ask = (self._on_grid(instrument_id, price + step * tick) for step in (-1, 3))
        sides = self.random.choice(((bid, ask), (0.0, ask), (bid, 0.0)))
        return [Quote(ts_event=self.now_ns, instrument_id=instrument_id, bid=sides[0], ask=sides[1])]

    def _action(self) -> list[AnyEvent]:
        instrument_id = self.random.choice(SHARES)
        kind = self.random.choices(tuple(ActionKind), (5, 5, 1, 3, 3))[0]
        terms: dict[str, object] = {"amount": f"{self.random.uniform(0.001, 3):.4f}"}
        if kind is ActionKind.SPLIT:
            new, old = self.random.choice(((2, 1), (7, 1), (3, 2), (1, 10), (4, 3), (1, 3)))
            terms = {"numerator": new, "denominator": old}
            self.price[instrument_id] = self._on_grid(instrument_id, self.price[instrument_id] * old / new)
        elif kind is ActionKind.DIVIDEND:
            terms["currency"] = self.random.choice(("", "", "USD", "EUR"))
        elif kind in (ActionKind.MERGER, ActionKind.SPIN_OFF):
            instrument_id = self.random.choice(list(ALIKE))
            new, old = self.random.choice(((1, 10), (3, 200), (7, 50), (1, 3), (12, 10)))
            terms = {"numerator": new, "denominator": old, "into": ALIKE[instrument_id]}
            if kind is ActionKind.MERGER:
                terms["amount"] = self.random.choice(("0", "0", "1.25", "17.013"))
        return [CorporateAction(ts_event=self.now_ns, instrument_id=instrument_id, kind=kind, **terms)]  # type: ignore[arg-type]

    def _cash(self) -> list[AnyEvent]:
        self.count += 1
        reason = self.random.choice(
            (
                CashReason.DEPOSIT,
                CashReason.WITHDRAWAL,
                CashReason.INTEREST,
                CashReason.FUNDING,
                CashReason.FEE,
            )
        )
        size = self.random.randint(1, 10**12)
        moved = CashMoved(
            ts_event=self.now_ns, account=self.random.choice(list(CASH_E8)), reason=reason,
            currency=self.random.choice(("USD", "EUR", "GBP", "JPY", "VND")),
            amount_e8=-size if reason in (CashReason.WITHDRAWAL, CashReason.FEE) else size,
            reference=self.random.choice(("", f"ref-{self.count}", f"ref-{max(self.count - 1, 1)}")),
        )  # fmt: skip
        return [moved, moved] if moved.reference and self.random.random() < 0.3 else [moved]

    def _adopted(self) -> list[AnyEvent]:
        lots = self.random.choice((-7, 5, 30))
        instrument_id = self.random.choice(SHARES)
        price = round(self.price[instrument_id] / INSTRUMENTS[instrument_id].tick_float)
        numerator, denominator = INSTRUMENTS[instrument_id].ratio
        return [
            PositionAdopted(
                ts_event=self.now_ns, account="main", instrument_id=instrument_id, quantity_lots=lots,
                cost_e8=price * lots * numerator // denominator,
                strategy=self.random.choice(("", "north")),
            )
        ]  # fmt: skip

    def _told(self) -> list[AnyEvent]:
        cash = {"USD": self.random.randint(0, 10**13)}
        return [AccountSnapshot(ts_event=self.now_ns, account="main", cash_e8=cash)]

    def _allocated(self) -> list[AnyEvent]:
        part = self.random.choice((0.1, 0.3, 0.5))
        return [CapitalAllocated(ts_event=self.now_ns, shares={"north": part, "south": 0.2})]
