"""The edge of a live session towards a broker outside: its account taken over, its words followed."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from tradewind.app.broker_config import BrokerConfig
from tradewind.app.session.live_edge import LiveEdge
from tradewind.app.session.parts import make_gate
from tradewind.app.session.plan import SessionPlan
from tradewind.core.accounts import AccountSnapshot, PositionAdopted
from tradewind.core.book import MAIN_ACCOUNT
from tradewind.core.decisions import OrderRequested
from tradewind.core.errors import BrokerError, ConfigError, TradewindError
from tradewind.core.events import AccountTerms, AnyEvent
from tradewind.core.money import CASH_SCALE, notional_e8, round_to_grid
from tradewind.core.orders import OrderFilled
from tradewind.core.ports import ExternalBroker
from tradewind.engine.driver.guarded_outbox import GateBeside, GuardedOutbox
from tradewind.engine.driver.loop import Driver
from tradewind.engine.driver.mailbox import Closed, LineBack, Mailbox, Reported
from tradewind.engine.driver.outbox import Outbox
from tradewind.engine.driver.recovery import Recovered
from tradewind.engine.driver.thread_outbox import ThreadOutbox
from tradewind.engine.driver.told_before import ToldBefore
from tradewind.journal.opening import open_reader

_END_S = 5.0


def with_account(plan: SessionPlan, snapshot: AccountSnapshot) -> SessionPlan:
    """The plan of a session that begins with what the broker's account holds, and uses its part of it.

    Raises
    ------
    ConfigError
        The account has no cash in the session's base currency, or holds what the session should not begin
        beside.
    """
    settings, base = plan.config.session.broker, plan.config.session.base_currency
    if snapshot.cash_e8.get(base, 0) <= 0:
        held = ", ".join(name for name, cash in sorted(snapshot.cash_e8.items()) if cash > 0) or "none"
        message = f"The account at {settings.name} holds no {base}; it has cash in: {held}."
        raise ConfigError(message, "Set session.base_currency to one of these, or pay some in.")
    ours = {name: lots for name, lots in snapshot.positions.items() if lots and name in plan.instruments}
    if ours and settings.holdings == "refuse":
        message = f"The account at {settings.name} holds {', '.join(sorted(ours))} already."
        raise ConfigError(message, "Close it, or set session.broker.holdings to fence or adopt.")
    others = sorted(name for name, lots in snapshot.positions.items() if lots and name not in ours)
    notes = [f"Account {settings.account} at {settings.name}."]
    if others:
        notes.append(f"The account also holds {', '.join(others)}: not counted, and not touched.")
    part = _part(plan, settings, snapshot, ours)
    if part < 1.0:
        notes.append(f"The session uses {100 * part:.4g} % of the account's equity.")
    return replace(
        plan,
        accounts=(AccountTerms(account=MAIN_ACCOUNT, cash_e8=snapshot.cash_e8, broker=settings.name),),
        strategies=tuple(
            one.model_copy(update={"capital_share": one.capital_share * part}) for one in plan.strategies
        ),
        notes=(*plan.notes, *notes),
    )


def _part(
    plan: SessionPlan, settings: BrokerConfig, snapshot: AccountSnapshot, ours: dict[str, int]
) -> float:
    """Which part of the account's equity the session may use."""
    if settings.capital is None:
        return 1.0
    base = plan.config.session.base_currency
    equity_e8 = snapshot.cash_e8[base] + sum(
        _worth_e8(plan, name, lots)
        for name, lots in ours.items()
        if plan.instruments[name].quote_currency == base
    )
    return min(settings.capital * CASH_SCALE / equity_e8, 1.0)


def _worth_e8(plan: SessionPlan, instrument_id: str, lots: int) -> int:
    """What lots are worth at the last price of the warm-up, in the quote currency."""
    instrument = plan.instruments[instrument_id]
    closes = [
        float(bars.close[-1]) for bars in plan.bars if bars.instrument_id == instrument_id and len(bars)
    ]
    if not closes:
        message = f"{instrument_id} is held by the account, and no price of it is known."
        raise ConfigError(message, "Give the session some warm-up bars of it.")
    return notional_e8(round_to_grid(closes[-1], instrument.tick_float), lots, instrument.ratio)


def broker_edge(
    plan: SessionPlan, broker: ExternalBroker, journal: Path, taken_over: AccountSnapshot | None
) -> LiveEdge:
    """The edge; ``taken_over`` is the account of a session that begins, None for one that goes on."""
    gate, settings = make_gate(plan), plan.config.session.broker

    def outbox(mailbox: Mailbox) -> Outbox:
        thread = ThreadOutbox(broker, mailbox, settings.deadline_s, time.monotonic)
        return GuardedOutbox(thread, gate)

    def settle(driver: Driver, found: Recovered) -> None:
        driver.ask_broker(found.unanswered, found.uncanceled)

    return LiveEdge(
        beside=GateBeside(gate),
        outbox=outbox,
        opening=partial(_opening, plan, taken_over),
        settle=settle,
        listening=partial(_listening, broker),
        told_before=_told_before(journal),
        pays_dividends=False,
    )


def _opening(plan: SessionPlan, taken_over: AccountSnapshot | None, opened_ns: int) -> Sequence[AnyEvent]:
    """What the account holds becomes somebody's or nobody's, then the account's own word on all of it."""
    if taken_over is None:
        return ()
    held = {name: lots for name, lots in taken_over.positions.items() if lots and name in plan.instruments}
    adopted = [
        PositionAdopted(
            ts_event=opened_ns,
            account=MAIN_ACCOUNT,
            instrument_id=name,
            quantity_lots=lots,
            cost_e8=_worth_e8(plan, name, lots),
            strategy=_heir(plan, name),
            reason=f"held at {plan.config.session.broker.name} when the session began",
        )
        for name, lots in sorted(held.items())
    ]
    word = AccountSnapshot(
        ts_event=opened_ns,
        account=MAIN_ACCOUNT,
        cash_e8=taken_over.cash_e8,
        positions=held,
        cash_tolerance_e8=taken_over.cash_tolerance_e8,
        told_ns=taken_over.ts_event or opened_ns,
    )
    return (*adopted, word)


def _heir(plan: SessionPlan, instrument_id: str) -> str:
    """The strategy that gets a holding: the one that trades it, where that is asked for; else nobody."""
    if plan.config.session.broker.holdings != "adopt":
        return ""
    traders = [one.name for one in plan.strategies if instrument_id in one.symbols]
    if len(traders) != 1:
        message = f"{instrument_id} is held by the account, and {len(traders)} strategies trade it."
        raise ConfigError(message, "Set session.broker.holdings to fence, or let one strategy trade it.")
    return traders[0]


def _told_before(journal: Path) -> ToldBefore:
    def fills() -> list[str]:
        with open_reader(journal) as reader:
            return [
                r.event.trade_id for r in reader.read_kind(OrderFilled) if isinstance(r.event, OrderFilled)
            ]

    def orders() -> list[str]:
        with open_reader(journal) as reader:
            asked = (r.event for r in reader.read_kind(OrderRequested))
            return [event.order.client_order_id for event in asked if isinstance(event, OrderRequested)]

    return ToldBefore(fills, orders)


@contextmanager
def _listening(broker: ExternalBroker, mailbox: Mailbox) -> Iterator[None]:
    """The broker's stream, followed in a thread into the mailbox; its end is the session's."""
    closing = threading.Event()

    def follow() -> None:
        try:
            broker.listen(
                lambda reports: mailbox.put(Reported(reports)), lambda reason: mailbox.put(LineBack(reason))
            )
            fault: TradewindError = BrokerError(
                f"{broker.name} stopped listening.", "Go on with the session under its name."
            )
        except TradewindError as error:
            fault = error
        except Exception as error:  # noqa: BLE001 - a fault of the adapter ends the session by name
            fault = BrokerError(
                f"The broker {broker.name} failed by itself: {type(error).__name__}: {error}.",
                "Look at its adapter; the session can go on under its name.",
            )
            fault.__cause__ = error
        if not closing.is_set():
            mailbox.put(Closed("", fault))

    thread = threading.Thread(target=follow, name="broker-stream", daemon=True)
    thread.start()
    try:
        yield
    finally:
        closing.set()
        broker.close()
        thread.join(timeout=_END_S)
