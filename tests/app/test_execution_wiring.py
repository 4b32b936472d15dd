"""What the configuration says of execution reaches the session: protection, broker, second gate."""

from decimal import Decimal

import pytest

from tradewind.app.session.own_strategy import run_strategy
from tradewind.app.session.wiring import build_reducer, build_venue
from tradewind.core.book import Book
from tradewind.core.decisions import DecisionMade, InstrumentFailed, OrderRefused, OrderRequested
from tradewind.core.errors import ConfigError
from tradewind.core.events import (
    AccountTerms,
    AnyEvent,
    SessionOpened,
    SessionStarted,
    StrategyTerms,
)
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.market import Bar, Event
from tradewind.core.orders import Order, OrderRejected, Side
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.vocabulary import Outcome, SessionMode
from tradewind.journal.memory import MemoryJournal
from tradewind.views.explanation.story_before import order_words

STOCK = Instrument(
    symbol="AAPL",
    asset_class=AssetClass.EQUITY,
    venue="XNAS",
    quote_currency="USD",
    tick_size="0.01",
    lot_size="1",
    calendar="24/7",
)
DAY = 20_000
CALM = {"vix": {"when_missing": "note"}, "index_drop": {"when_missing": "note"}}
"""There is no index in these sessions."""


def bar(day: int, price: float = 100.0) -> Bar:
    return Bar(
        ts_event=(DAY + day) * NS_PER_DAY,
        instrument_id=STOCK.id,
        open=price,
        high=price,
        low=price,
        close=price,
        volume=1e7,
    )


class Buyer:
    """Wants 100 shares at its first bar."""

    name = "buyer"

    def __init__(self, target: int = 100) -> None:
        self.target = target

    def on_event(self, event: AnyEvent, book: Book) -> list[Event]:
        if not isinstance(event, Bar):
            return []
        decision = DecisionMade(
            ts_event=event.ts_event,
            decision_id=f"d{event.ts_event // NS_PER_DAY}",
            strategy=self.name,
            instrument_id=event.instrument_id,
            outcome=Outcome.TRADE,
            reason="",
            target_lots=self.target,
            factors={"atr": 2.0},
        )
        return [decision]

    def snapshot(self) -> bytes:
        return b""

    def restore(self, state: bytes) -> None:
        pass


def decided(planner: dict[str, object], target: int = 100) -> list[Event]:
    """What the loop makes of one bar, all default limits included."""
    reducer = build_reducer([STOCK], [Buyer(target)], CALM, planner=planner, calendars={})
    reducer.step(
        SessionStarted(
            ts_event=DAY * NS_PER_DAY,
            session_id="s",
            mode=SessionMode.PAPER,
            base_currency="USD",
            accounts=(AccountTerms(cash_e8={"USD": 10**13}),),
            instruments=(STOCK,),
            strategies=(StrategyTerms(strategy="buyer"),),
        )
    )
    reducer.step(SessionOpened(ts_event=DAY * NS_PER_DAY))
    return reducer.step(bar(1))


@pytest.mark.parametrize("target", [100, -100])
def test_a_bracket_of_the_configuration_passes_every_limit(target: int) -> None:
    made = decided({"protection": {"stop_atr": 2.0, "target_atr": 3}}, target)
    orders = [event.order for event in made if isinstance(event, OrderRequested)]
    assert [order.tag for order in orders] == ["", "stop", "target"]
    away = 400 if target > 0 else -400
    assert orders[1].stop_price_ticks == 10_000 - away
    assert not [event for event in made if isinstance(event, OrderRefused | InstrumentFailed)]
    assert order_words(orders[1], STOCK).endswith(
        "to reduce the position only, as the stop of its position; it waits until s-d20001-0 has filled; "
        "of its group the first that fills cancels the others"
    )


def test_children_of_an_entry_that_a_limit_refuses_do_not_leave() -> None:
    made = decided({"protection": {"stop_atr": 2.0}}, 2_000_000)
    assert not [event for event in made if isinstance(event, OrderRequested)]
    rules = [event.refusal.rule for event in made if isinstance(event, OrderRefused)]
    assert rules[-1] == "parent"


def test_a_session_that_is_to_act_as_a_broker_refuses_what_that_lacks() -> None:
    made = decided({"broker": "binance-spot"}, -100)
    (refused,) = [event for event in made if isinstance(event, OrderRefused)]
    assert refused.refusal.rule == "capability:shorting"


@pytest.mark.parametrize(
    ("planner", "word"),
    [
        ({"protection": {"stop_art": 2.0}}, "stop_art"),
        ({"protection": {"stop_atr": -2.0}}, "stop_atr"),
        ({"broker": "ib"}, "ib"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(planner: dict[str, object], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        build_reducer([STOCK], [], {}, planner=planner, calendars={})


def test_the_second_gate_stands_in_every_session_and_takes_its_settings() -> None:
    venue = build_venue([STOCK], {}, calendars={}, cash={"USD": 9_000.0}, base_currency="USD")
    venue.on_market(bar(1))
    order = Order(
        client_order_id="a",
        decision_id="d",
        strategy="s",
        instrument_id=STOCK.id,
        side=Side.BUY,
        quantity_lots=91,
        ts_decided=(DAY + 1) * NS_PER_DAY,
    )
    (report,) = venue.submit(order)
    assert isinstance(report, OrderRejected)
    with pytest.raises(ConfigError, match="collar"):
        build_venue([STOCK], {}, calendars={}, last_look={"collar": 0.0})
    build_reducer([STOCK], [], {"last_look": {"collar": 0.2}}, calendars={})  # its section is no limit


def test_a_run_in_code_has_the_second_gate_too() -> None:
    log = MemoryJournal()
    tight = CALM | {"last_look": {"order_share": 1e-6}}
    bars = [bar(day) for day in (1, 2, 3)]
    run_strategy(Buyer(), [STOCK], bars, cash=Decimal(1_000_000), journal=log, risk=tight)
    rejected = [r.event for r in log.read(1) if isinstance(r.event, OrderRejected)]
    assert rejected
    assert rejected[0].reason.startswith("second gate: size")
