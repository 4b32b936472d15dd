"""Small parts for tests of the loop: a strategy that trades on a rule of the bar, and open doors."""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from tradewind.core.book import Book, PositionKey, held_lots, orders_of
from tradewind.core.decisions import (
    APPROVED,
    BreakerRearmed,
    BreakerTripped,
    DecisionMade,
    OrderRequested,
    RiskVerdict,
)
from tradewind.core.events import AccountTerms, AnyEvent, SessionStarted, StrategyTerms, Wiring
from tradewind.core.instruments import AssetClass, FeeSchedule, Instrument
from tradewind.core.market import Bar, Event
from tradewind.core.orders import Order, Side
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.vocabulary import Outcome, SessionMode, VenueKind
from tradewind.engine.driver.loop import Driver, DriverSettings
from tradewind.engine.driver.outbox import DirectOutbox
from tradewind.engine.driver.recorded import run_recorded
from tradewind.engine.driver.snapshots import SessionParts
from tradewind.engine.feeds import recorded_feed
from tradewind.engine.reducer import Reducer
from tradewind.execution.venue.simulated import SimulatedVenue

START_NS = 1_577_836_800_000_000_000  # 2020-01-01
CASH_E8 = 100_000 * 10**8

STOCK = Instrument(
    symbol="AAPL", asset_class=AssetClass.EQUITY, venue="XNAS", quote_currency="USD",
    tick_size="0.01", lot_size="1", calendar="24/7", fees=FeeSchedule(taker_rate_e8=50_000),
)  # fmt: skip
COIN = Instrument(
    symbol="BTC/USD", asset_class=AssetClass.CRYPTO, venue="SIM", quote_currency="USD",
    tick_size="0.01", lot_size="0.0001", calendar="24/7", fees=FeeSchedule(taker_rate_e8=100_000),
)  # fmt: skip


class Flipper:
    """Wants ``lots`` of a symbol after a bar that closed up, none after one that closed down."""

    name = "flipper"

    def __init__(self, lots: int = 10) -> None:
        self.lots = lots
        self.count = 0

    def on_event(self, event: AnyEvent, book: Book) -> Sequence[Event]:
        if not isinstance(event, Bar) or event.warmup:
            return ()
        own = PositionKey("main", self.name, event.instrument_id)
        lots = held_lots(book, own)
        target = self.lots if event.close > event.open else 0
        if target == lots or orders_of(book, own):
            return ()
        self.count += 1
        return (
            DecisionMade(
                ts_event=event.ts_event, decision_id=f"d{self.count}", strategy=self.name,
                instrument_id=event.instrument_id, outcome=Outcome.TRADE,
                reason="the bar closed up" if target else "it fell",
                current_lots=lots, target_lots=target,
            ),
        )  # fmt: skip

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode((self.lots, self.count))

    def restore(self, state: bytes) -> None:
        self.lots, self.count = msgspec.msgpack.decode(state)


class OpenGate:
    def check(self, order: Order, book: Book) -> RiskVerdict:
        return APPROVED


class QuietBoard:
    def observe(self, book: Book) -> Sequence[BreakerTripped | BreakerRearmed]:
        return ()

    def reset(self, book: Book, event: BreakerRearmed) -> None:
        pass

    def entry_block(self, instrument_id: str, strategy: str, book: Book) -> str:
        return ""


def plain_planner(decision: DecisionMade, book: Book) -> Sequence[Event]:
    """A market order over the difference."""
    delta = decision.target_lots - decision.current_lots
    order = Order(
        client_order_id=f"{decision.decision_id}-o", decision_id=decision.decision_id,
        strategy=decision.strategy, instrument_id=decision.instrument_id,
        side=Side.BUY if delta > 0 else Side.SELL, quantity_lots=abs(delta), ts_decided=decision.ts_event,
    )  # fmt: skip
    return (OrderRequested(ts_event=decision.ts_event, order=order),)


def make_reducer(board: object = None, planner: object = plain_planner, lots: int = 10) -> Reducer:
    return Reducer([Flipper(lots)], OpenGate(), board or QuietBoard(), planner)  # type: ignore[arg-type]


def make_venue(**settings: object) -> SimulatedVenue:
    return SimulatedVenue({i.id: i for i in (STOCK, COIN)}, seed=3, **settings)  # type: ignore[arg-type]


def session_start() -> SessionStarted:
    return SessionStarted(
        ts_event=START_NS, session_id="s1", mode=SessionMode.PAPER, base_currency="USD",
        accounts=(AccountTerms(cash_e8={"USD": CASH_E8}),),
        instruments=(STOCK, COIN), strategies=(StrategyTerms(strategy="flipper"),),
    )  # fmt: skip


def external_start() -> SessionStarted:
    """The same at a broker outside."""
    return msgspec.structs.replace(session_start(), wiring=Wiring(venue=VenueKind.EXTERNAL))


def random_bars(length: int, seed: int = 5) -> Iterator[Bar]:
    """Bars of both instruments, day by day, synthetic."""
    rng = np.random.default_rng(seed)
    price = {STOCK.id: 100.0, COIN.id: 7_000.0}
    for day in range(1, length + 1):
        for instrument_id, opened in price.items():
            close = round(opened * float(np.exp(rng.normal(0, 0.02))), 2)
            yield Bar(
                ts_event=START_NS + day * NS_PER_DAY, instrument_id=instrument_id, open=opened, close=close,
                high=round(max(opened, close) * 1.01, 2), low=round(min(opened, close) * 0.99, 2),
                volume=10_000.0,
            )  # fmt: skip
            price[instrument_id] = close


def whole_feed(length: int = 60, seed: int = 5) -> list[AnyEvent]:
    return list(recorded_feed(session_start(), (), random_bars(length, seed), START_NS))


def drive(journal: object, parts: SessionParts | None = None, **settings: int) -> Driver:
    """A driver over these parts, or over fresh ones."""
    own = parts or SessionParts(make_reducer(), make_venue())
    assert own.venue is not None
    return Driver(own, journal, DirectOutbox(own.venue), settings=DriverSettings(**settings))  # type: ignore[arg-type]


def run_whole(
    journal: object, feed: Sequence[AnyEvent], parts: SessionParts | None = None, **settings: int
) -> Driver:
    driver = drive(journal, parts, **settings)
    run_recorded(driver, feed)
    return driver
