"""Money in the loop, figure by figure: rates, marks, late and impossible data, round trips, cash."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from engine_parts import OpenGate, QuietBoard, plain_planner

from tradewind.core.accounts import (
    AccountSnapshot,
    CashMoved,
    CorporateAction,
    PositionAdopted,
    TradeClosed,
)
from tradewind.core.book import Book, PositionKey, profit_e8
from tradewind.core.changes import CapitalAllocated
from tradewind.core.decisions import BreakerTripped, InstrumentFailed, OrderRefused, OrderRequested
from tradewind.core.events import (
    AccountTerms,
    AnyEvent,
    SessionOpened,
    SessionStarted,
    StrategyTerms,
    encode_event,
)
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.market import Bar, Event, Quote
from tradewind.core.orders import Order, OrderAccepted, OrderFilled, Side
from tradewind.core.timestamps import NS_PER_HOUR, NS_PER_MINUTE
from tradewind.core.vocabulary import ActionKind, CashReason, SessionMode
from tradewind.engine.driver.live import run_live
from tradewind.engine.driver.loop import Driver
from tradewind.engine.driver.mailbox import Came, Closed, Mailbox
from tradewind.engine.driver.outbox import DirectOutbox
from tradewind.engine.driver.snapshots import SessionParts
from tradewind.engine.reducer import Reducer
from tradewind.engine.valuation import drawdown_pct
from tradewind.execution.venue.simulated import SimulatedVenue
from tradewind.journal.memory import MemoryJournal
from tradewind.risk.board import BreakerBoard

START_NS = 1_577_836_800_000_000_000
E8 = 10**8
SOON = START_NS + 10


class Standing:
    """A clock that stands, so that the session ends on the day on which it began."""

    def now_ns(self) -> int:
        return SOON


def made(symbol: str, kind: AssetClass, quote: str, tick: str, lot: str = "1", **more: object) -> Instrument:
    return Instrument(
        symbol=symbol, asset_class=kind, venue="SIM", quote_currency=quote, tick_size=tick, lot_size=lot,
        calendar="24/7", **more,
    )  # type: ignore[arg-type]  # fmt: skip


STOCK = made("AAA", AssetClass.EQUITY, "USD", "0.01")
OTHER = made("BBB", AssetClass.EQUITY, "USD", "0.01")
OIL = made("CLX", AssetClass.ETF, "USD", "0.01", negative_prices=True)
CABLE = made("GBP/USD", AssetClass.FX, "USD", "0.00001")
DONG = made("USD/VND", AssetClass.FX, "VND", "1")
HANOI = made("HHH", AssetClass.EQUITY, "VND", "10")
ALL = {i.id: i for i in (STOCK, OTHER, OIL, CABLE, DONG, HANOI)}


class Asked:
    """Gives out, at the next event of any kind, the orders that it was handed."""

    name = "s"

    def __init__(self) -> None:
        self.orders: list[Order] = []

    def on_event(self, event: AnyEvent, book: Book) -> Sequence[Event]:
        orders, self.orders = self.orders, []
        return [OrderRequested(ts_event=event.ts_event, order=order) for order in orders]

    def snapshot(self) -> bytes:
        return b""

    def restore(self, state: bytes) -> None:
        """It remembers nothing."""


class Desk:
    """A reducer with a strategy at hand, and what it decided."""

    def __init__(self, cash: dict[str, int], board: object = None) -> None:
        self.strategy = Asked()
        self.reducer = Reducer([self.strategy], OpenGate(), board or QuietBoard(), plain_planner)  # type: ignore[arg-type]
        self.now, self.nth = START_NS, 0
        self.made: list[Event] = []
        self.take(
            SessionStarted(
                ts_event=START_NS, session_id="s", mode=SessionMode.PAPER, base_currency="USD",
                accounts=(AccountTerms(cash_e8={c: amount * E8 for c, amount in cash.items()}),),
                instruments=tuple(ALL.values()), strategies=(StrategyTerms(strategy="s"),),
            )
        )  # fmt: skip

    @property
    def book(self) -> Book:
        return self.reducer.state.book

    def take(self, event: AnyEvent) -> list[Event]:
        self.made = self.reducer.step(event)
        return self.made

    def bar(self, known: Instrument, close: float, *, warmup: bool = False, **more: object) -> list[Event]:
        self.now += NS_PER_MINUTE
        fields = {"ts_event": self.now, "open": close, "high": close, "low": close, "close": close} | more
        return self.take(Bar(instrument_id=known.id, warmup=warmup, **fields))  # type: ignore[arg-type]

    def open(self) -> "Desk":
        self.take(SessionOpened(ts_event=self.now))
        return self

    def order(self, known: Instrument, lots: int, client_id: str = "") -> list[Event]:
        self.nth += 1
        client_id = client_id or f"o{self.nth}"
        side = Side.BUY if lots > 0 else Side.SELL
        self.strategy.orders.append(
            Order(
                client_order_id=client_id, decision_id=client_id, strategy="s", instrument_id=known.id,
                side=side, quantity_lots=abs(lots), ts_decided=self.now,
            )
        )  # fmt: skip
        return self.bar(OTHER, 1.0)

    def fill(self, known: Instrument, lots: int, ticks: int, fee: int = 0, parts: int = 1) -> list[Event]:
        """An order of ``lots``, filled in ``parts`` at one price, its fee in as many parts."""
        self.order(known, lots)
        client_id = f"o{self.nth}"
        self.take(OrderAccepted(ts_event=self.now, client_order_id=client_id, instrument_id=known.id))
        found: list[Event] = []
        for part in range(parts):
            found += self.take(
                OrderFilled(
                    ts_event=self.now, client_order_id=client_id, instrument_id=known.id,
                    trade_id=f"{client_id}-{part}", side=Side.BUY if lots > 0 else Side.SELL,
                    quantity_lots=abs(lots) // parts, price_ticks=ticks, commission_e8=fee // parts,
                )
            )  # fmt: skip
        return found


def dollars(amount_e8: int) -> Decimal:
    return Decimal(amount_e8).scaleb(-8)


# Rates ---------------------------------------------------------------------------------------


def test_cash_that_halves_is_seen_by_equity_and_breakers_while_nothing_is_traded() -> None:
    board = BreakerBoard(ALL, breakers=("drawdown", "daily_loss"))
    desk = Desk({"USD": 100_000, "GBP": 10_000}, board)
    desk.bar(CABLE, 1.2, warmup=True)
    desk.open()
    desk.bar(CABLE, 1.2)
    assert dollars(desk.book.equity_e8) == 112_000
    assert not desk.book.breakers
    desk.bar(CABLE, 0.6)
    assert dollars(desk.book.equity_e8) == 106_000
    assert "daily_loss" in desk.book.breakers  # 5.36 % of the day's 112,000
    desk.bar(CABLE, 0.01)
    assert dollars(desk.book.equity_e8) == 100_100
    assert "drawdown" in desk.book.breakers


def test_a_holding_in_a_weak_currency_is_worth_its_exact_fraction() -> None:
    desk = Desk({"USD": 100_000, "VND": 230_000_000_000})
    desk.bar(DONG, 23_173.0, warmup=True)
    desk.bar(HANOI, 41_230.0, warmup=True)
    desk.open()
    desk.fill(HANOI, 50_000, 4_123)
    desk.bar(DONG, 22_907.0)
    exact = 100_000 + (Fraction(230_000_000_000) - 50_000 * 41_230 + 50_000 * 41_230) / 22_907
    assert abs(desk.book.equity_e8 - exact * E8) <= 2  # two sums, each rounded once to 1e-8
    coarse = 100_000 + 230_000_000_000 * round(1 / 22_907, 8)
    assert abs(coarse - exact) > 100  # what a rate of eight decimals makes of it


# Data ----------------------------------------------------------------------------------------


def test_a_quote_with_one_side_neither_marks_at_half_nor_liquidates() -> None:
    desk = Desk({"USD": 100_000}, BreakerBoard(ALL, breakers=("drawdown", "rapid_loss", "position_loss")))
    desk.bar(STOCK, 100.0, warmup=True)
    desk.open()
    desk.fill(STOCK, 900, 10_000)
    for bid, ask in ((0.0, 100.01), (99.99, 0.0)):
        desk.now += 1
        desk.take(Quote(ts_event=desk.now, instrument_id=STOCK.id, bid=bid, ask=ask))
        assert desk.book.mark_ticks[STOCK.id] == 10_000
        assert dollars(desk.book.equity_e8) == 100_000
    assert not desk.book.breakers
    desk.now += 1
    desk.take(Quote(ts_event=desk.now, instrument_id=STOCK.id, bid=100.0, ask=100.04))
    assert desk.book.mark_ticks[STOCK.id] == 10_002


def test_a_price_under_zero_is_refused_by_name_or_carried_exactly() -> None:
    desk = Desk({"USD": 100_000})
    desk.bar(STOCK, 10.0, warmup=True)
    desk.bar(OIL, 18.27, warmup=True)
    desk.open()
    (refused,) = desk.bar(STOCK, -37.63)
    assert isinstance(refused, InstrumentFailed)
    assert "-37.63" in refused.error
    assert "negative_prices" in refused.error
    assert desk.book.mark_ticks[STOCK.id] == 1_000
    desk.fill(OIL, 100, 1_827)
    assert desk.bar(OIL, -37.63) == []
    assert dollars(desk.book.equity_e8) == 100_000 - 100 * (Decimal("18.27") + Decimal("37.63"))
    desk.fill(OIL, -100, -3_763)
    assert dollars(desk.book.accounts["main"]["USD"].cash_e8) == 100_000 - 5_590
    assert dollars(desk.book.positions[PositionKey("main", "s", OIL.id)].realized_e8) == -5_590


def test_a_late_bar_does_not_move_the_mark_backwards() -> None:
    desk = Desk({"USD": 100_000})
    desk.bar(STOCK, 100.0, warmup=True)
    desk.open()
    desk.fill(STOCK, 100, 10_000)
    desk.bar(STOCK, 110.0)
    desk.bar(STOCK, 90.0, ts_event=desk.now - NS_PER_HOUR)
    assert desk.book.mark_ticks[STOCK.id] == 11_000
    assert dollars(desk.book.equity_e8) == 101_000


def test_a_bar_of_before_a_split_that_comes_late_does_not_mark_the_new_shares() -> None:
    desk = Desk({"USD": 100_000})
    desk.bar(STOCK, 700.0, warmup=True)
    desk.open()
    desk.fill(STOCK, 100, 70_000)
    desk.now += 10 * NS_PER_MINUTE
    desk.take(CorporateAction(ts_event=desk.now, instrument_id=STOCK.id, kind=ActionKind.SPLIT, numerator=7))
    desk.bar(STOCK, 701.0, ts_event=desk.now - NS_PER_MINUTE)
    assert desk.book.mark_ticks[STOCK.id] == 10_000
    assert dollars(desk.book.equity_e8) == 100_000


@pytest.mark.parametrize("unit", [10**9, 10**6, 10**3], ids=["seconds", "milliseconds", "microseconds"])
def test_times_that_are_no_nanoseconds_are_refused_by_name(unit: int) -> None:
    desk = Desk({"USD": 100_000}).open()
    for event in (
        Bar(ts_event=START_NS // unit, instrument_id=STOCK.id, open=1.0, high=1.0, low=1.0, close=1.0),
        Quote(ts_event=START_NS // unit, instrument_id=STOCK.id, bid=1.0, ask=1.0),
    ):
        (failed,) = desk.take(event)
        assert isinstance(failed, InstrumentFailed)
        assert "nanoseconds" in failed.error
    assert desk.book.mark_ticks == {}
    assert desk.book.now_ns == START_NS


def test_a_bar_without_numbers_while_an_order_waits_fails_that_instrument_alone() -> None:
    venue = SimulatedVenue(ALL)
    desk = Desk({"USD": 100_000})
    journal = MemoryJournal()
    driver = Driver(SessionParts(desk.reducer, venue), journal, DirectOutbox(venue))
    nan = float("nan")
    desk.take(SessionOpened(ts_event=START_NS))
    desk.strategy.orders = [
        Order(
            client_order_id=f"w-{known.symbol}", decision_id="w", strategy="s", instrument_id=known.id,
            side=Side.BUY, quantity_lots=10, ts_decided=START_NS,
        )
        for known in (STOCK, OTHER)
    ]  # fmt: skip
    hour = NS_PER_HOUR
    for n, (known, price) in enumerate(
        [(STOCK, 100.0), (OTHER, 50.0), (STOCK, nan), (OTHER, 51.0), (STOCK, 101.0), (OTHER, 52.0)], 1
    ):
        driver.take(
            Bar(
                ts_event=START_NS + n * hour, instrument_id=known.id, open=price, high=price, low=price,
                close=price, volume=1e6, timeframe="1h",
            )
        )  # fmt: skip
        driver.settle()
    driver.commit()
    failed = [r.event for r in journal.read() if isinstance(r.event, InstrumentFailed)]
    filled = [r.event for r in journal.read() if isinstance(r.event, OrderFilled)]
    assert [one.instrument_id for one in failed] == [STOCK.id]
    assert "no number" in failed[0].error
    assert {one.instrument_id for one in filled} == {STOCK.id, OTHER.id}


def test_an_order_whose_value_does_not_fit_is_refused_and_the_rest_go_on() -> None:
    desk = Desk({"USD": 100_000})
    desk.bar(STOCK, 100.0, warmup=True)
    desk.open()
    big = 9 * 10**18
    desk.reducer._gate = Weighing()  # type: ignore[assignment]
    (refused,) = [e for e in desk.order(STOCK, big) if isinstance(e, OrderRefused)]
    assert "does not fit 64 bits" in refused.refusal.reason
    assert [type(e) for e in desk.order(STOCK, 1)] == [OrderRequested]
    # And where a gate lets one pass, its fill is not booked in halves.
    cash = desk.book.accounts["main"]["USD"].cash_e8
    desk.reducer._gate = OpenGate()
    desk.order(STOCK, big, "huge")
    trips = desk.take(
        OrderFilled(
            ts_event=desk.now, client_order_id="huge", instrument_id=STOCK.id, trade_id="t",
            side=Side.BUY, quantity_lots=big, price_ticks=10_000,
        )
    )  # fmt: skip
    assert [e.breaker for e in trips if isinstance(e, BreakerTripped)] == ["reconciliation"]
    assert desk.book.accounts["main"]["USD"].cash_e8 == cash
    assert desk.book.net_lots == {}


class Weighing(OpenGate):
    """Asks for the value of the order, as every limit on size does."""

    def check(self, order: Order, book: Book) -> object:  # type: ignore[override]
        from tradewind.core.book import lots_value_e8

        lots_value_e8(book, order.instrument_id, order.quantity_lots)
        return super().check(order, book)


def test_a_client_order_id_is_used_once_and_never_again() -> None:
    desk = Desk({"USD": 100_000})
    desk.bar(STOCK, 100.0, warmup=True)
    desk.open()
    assert [type(e) for e in desk.order(STOCK, 5, "same")] == [OrderRequested]
    (again,) = desk.order(STOCK, 5, "same")
    assert isinstance(again, OrderRefused)
    assert again.refusal.rule == "duplicate_order"
    desk.take(
        OrderFilled(
            ts_event=desk.now, client_order_id="same", instrument_id=STOCK.id, trade_id="t",
            side=Side.BUY, quantity_lots=5, price_ticks=10_000,
        )
    )  # fmt: skip
    (later,) = desk.order(STOCK, 5, "same")
    assert isinstance(later, OrderRefused)
    assert len(desk.book.open_orders) == 0


def test_a_drawdown_is_at_most_all_there_was() -> None:
    assert drawdown_pct(100, -110) == 100.0
    assert drawdown_pct(100, 90) == 10.0
    assert drawdown_pct(0, -5) == 0.0
    desk = Desk({"USD": 1_000}, BreakerBoard(ALL, breakers=("drawdown",)))
    desk.bar(STOCK, 100.0, warmup=True)
    desk.open()
    desk.fill(STOCK, -100, 10_000)
    desk.bar(STOCK, 150.0)
    assert dollars(desk.book.equity_e8) == -4_000
    (trip,) = [e for e in desk.made if isinstance(e, BreakerTripped)]
    assert trip.breaker == "drawdown"


# Round trips ---------------------------------------------------------------------------------


def test_a_losing_streak_counts_round_trips_and_no_commissions_and_no_pieces() -> None:
    desk = Desk({"USD": 100_000})
    desk.bar(STOCK, 100.0, warmup=True)
    desk.open()
    for _ in range(3):  # an opening buy costs its commission: no trade is over yet
        assert desk.fill(STOCK, 10, 10_000, fee=3 * E8) == []
    assert desk.book.losses_in_row == {}
    closed = desk.fill(STOCK, -30, 9_000, parts=3)
    assert [type(e) for e in closed] == [TradeClosed]
    assert closed[0].profit_e8 == (-300 - 9) * E8  # type: ignore[attr-defined]
    assert closed[0].lots == 30  # type: ignore[attr-defined]
    assert desk.book.losses_in_row == {"s": 1}
    desk.fill(STOCK, 10, 10_000)
    desk.fill(STOCK, -10, 10_100)
    assert desk.book.losses_in_row == {"s": 0}


def test_a_flip_closes_one_trade_and_opens_the_next_each_with_its_part_of_the_fee() -> None:
    desk = Desk({"USD": 100_000})
    desk.bar(STOCK, 100.0, warmup=True)
    desk.open()
    desk.fill(STOCK, 10, 10_000)
    (closed,) = desk.fill(STOCK, -30, 9_000, fee=3 * E8)
    assert isinstance(closed, TradeClosed)
    assert (closed.lots, closed.profit_e8) == (10, (-100 - 1) * E8)
    assert desk.book.losses_in_row == {"s": 1}  # the long's, counted before the short begins
    (short,) = desk.fill(STOCK, 20, 8_000)
    assert isinstance(short, TradeClosed)
    assert (short.lots, short.profit_e8) == (-20, (200 - 2) * E8)
    assert desk.book.losses_in_row == {"s": 0}
    assert dollars(desk.book.equity_e8) == 100_000 - 100 - 1 + 200 - 2


# What comes from outside, through the driver's mailbox ---------------------------------------


def through_the_mailbox(*said: AnyEvent) -> tuple[list[Event], Book]:
    """A live session in which these come in after a price is known."""
    journal, mailbox = MemoryJournal(), Mailbox()
    venue = SimulatedVenue(ALL)
    reducer = Reducer([Asked()], OpenGate(), QuietBoard(), plain_planner)
    driver = Driver(
        SessionParts(reducer, venue),
        journal,
        DirectOutbox(venue),
        mailbox=mailbox,
        clock=Standing(),
    )
    start = SessionStarted(
        ts_event=START_NS, session_id="s", mode=SessionMode.PAPER, base_currency="USD",
        accounts=(AccountTerms(cash_e8={"USD": 100_000 * E8}),), instruments=tuple(ALL.values()),
        strategies=(StrategyTerms(strategy="s"),),
    )  # fmt: skip
    driver.take(start)
    for nth, (known, price) in enumerate(((CABLE, 1.25), (STOCK, 100.0)), 1):
        driver.take(
            Bar(
                ts_event=START_NS + nth, instrument_id=known.id, open=price, high=price, low=price,
                close=price, warmup=True,
            )
        )  # fmt: skip
    driver.take(SessionOpened(ts_event=START_NS + 9))
    for event in said:
        mailbox.put(Came(event))
    mailbox.put(Closed("for the test"))
    run_live(driver)
    return [r.event for r in journal.read() if r.cause], reducer.state.book


def moved(amount: int, reason: CashReason, currency: str = "USD", **more: object) -> CashMoved:
    return CashMoved(
        ts_event=SOON, account="main", currency=currency, amount_e8=amount * E8, reason=reason, **more
    )  # type: ignore[arg-type]  # fmt: skip


def test_a_deposit_is_no_profit_and_a_repeated_reference_is_one_movement() -> None:
    deposit = moved(20_000, CashReason.DEPOSIT, "GBP", reference="wire-1")
    interest = moved(7, CashReason.INTEREST, reference="wire-2")
    _, book = through_the_mailbox(deposit, deposit, interest, interest, moved(-5_000, CashReason.WITHDRAWAL))
    assert dollars(book.equity_e8) == 100_000 + 25_000 + 7 - 5_000
    assert dollars(book.start_equity_e8) == dollars(book.day_start_equity_e8) == 120_000
    assert dollars(book.high_water_e8) == 120_007
    pounds, own = book.accounts["main"]["GBP"], book.accounts["main"]["USD"]
    assert (pounds.cash_e8, pounds.paid_in_e8) == (20_000 * E8, 20_000 * E8)
    assert own.income_e8 == 7 * E8
    assert not book.breakers


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (moved(5, CashReason.DEPOSIT, "CHF"), "no rate from CHF"),
        (
            CashMoved(ts_event=SOON, account="mine", currency="USD", amount_e8=5, reason=CashReason.FEE),
            "no account 'mine'",
        ),
        (moved(5, CashReason.DIVIDEND, instrument_id="ZZZ.SIM"), "ZZZ.SIM is not an instrument"),
        (
            PositionAdopted(
                ts_event=SOON, account="mine", instrument_id=STOCK.id, quantity_lots=1, cost_e8=1
            ),
            "no account 'mine'",
        ),
        (
            PositionAdopted(
                ts_event=SOON, account="main", instrument_id="ZZZ.SIM", quantity_lots=1, cost_e8=1
            ),
            "ZZZ.SIM is not an instrument",
        ),
        (
            CorporateAction(ts_event=SOON, instrument_id="ZZZ.SIM", kind=ActionKind.SPLIT, numerator=2),
            "ZZZ.SIM is not an instrument",
        ),
        (
            CorporateAction(
                ts_event=SOON, instrument_id=STOCK.id, kind=ActionKind.DIVIDEND, amount="a lot"
            ),
            "'a lot', which is no number",
        ),
        (
            CorporateAction(ts_event=SOON, instrument_id=STOCK.id, kind=ActionKind.SPLIT, denominator=0),
            "1:0",
        ),
        (CapitalAllocated(ts_event=SOON, shares={"s": 1.5}), "not parts of one"),
        (CapitalAllocated(ts_event=SOON, shares={"nobody": 0.5}), "nobody"),
    ],
)  # fmt: skip
def test_what_cannot_be_booked_halts_entries_by_name_and_moves_nothing(event: AnyEvent, said: str) -> None:
    decisions, book = through_the_mailbox(event)
    (trip,) = [e for e in decisions if isinstance(e, BreakerTripped)]
    assert trip.breaker == "reconciliation"
    assert said in trip.reason
    assert dollars(book.equity_e8) == 100_000
    assert list(book.accounts) == ["main"]
    assert list(book.accounts["main"]) == ["USD"]
    assert not book.positions


def test_a_brokers_account_that_agrees_says_nothing_and_one_that_differs_halts_entries() -> None:
    agreed = AccountSnapshot(ts_event=SOON, account="main", cash_e8={"USD": 100_000 * E8})
    decisions, book = through_the_mailbox(agreed, agreed)
    assert not [e for e in decisions if isinstance(e, BreakerTripped)]
    differs = AccountSnapshot(
        ts_event=START_NS + 11, account="main", cash_e8={"USD": 99_999 * E8}, positions={STOCK.id: 5}
    )
    decisions, book = through_the_mailbox(differs, differs)
    (trip,) = [e for e in decisions if isinstance(e, BreakerTripped)]
    assert "the broker holds 5 lots, the book 0" in trip.reason
    assert "USD: the broker has" in trip.reason
    assert dollars(book.equity_e8) == 100_000  # nothing is changed by it


def test_an_adopted_holding_is_capital_and_comes_once() -> None:
    adopted = PositionAdopted(
        ts_event=SOON, account="main", instrument_id=STOCK.id, quantity_lots=30,
        cost_e8=2_400 * E8, strategy="s", reason="bought by hand",
    )  # fmt: skip
    decisions, book = through_the_mailbox(adopted)
    assert book.positions[PositionKey("main", "s", STOCK.id)].quantity_lots == 30
    assert dollars(book.equity_e8) == 103_000  # cash stays; the holding is worth 3,000
    assert dollars(book.start_equity_e8) == 102_400
    assert not [e for e in decisions if isinstance(e, BreakerTripped)]
    decisions, book = through_the_mailbox(adopted, adopted)
    (trip,) = [e for e in decisions if isinstance(e, BreakerTripped)]
    assert "holds 30 lots" in trip.reason
    assert book.net_lots == {STOCK.id: 30}


def test_capital_is_allocated_and_the_same_again_changes_nothing() -> None:
    allocated = CapitalAllocated(ts_event=SOON, shares={"s": 0.25}, reason="a quarter")
    once, book = through_the_mailbox(allocated)
    assert book.shares == {"s": 0.25}
    twice, again = through_the_mailbox(allocated, allocated)
    assert again.shares == book.shares
    assert [encode_event(e) for e in once] == [encode_event(e) for e in twice]


def test_a_dividend_in_another_currency_belongs_to_its_position_too() -> None:
    """100 GBP at 1.25 are 125 USD of the stock's own profit, of its trade and of its strategy."""
    desk = Desk({"USD": 100_000})
    desk.bar(CABLE, 1.25)
    desk.bar(STOCK, 100.0)
    desk.open()
    desk.fill(STOCK, 100, 10_000)
    pays = CorporateAction(
        ts_event=desk.now + 1, instrument_id=STOCK.id, kind=ActionKind.DIVIDEND, amount="1", currency="GBP"
    )
    desk.take(pays)
    (position,) = desk.book.positions.values()
    assert position.income_e8 == 125 * E8
    assert profit_e8(desk.book, position) == desk.book.equity_e8 - 100_000 * E8
    desk.fill(STOCK, -100, 10_000)
    (closed,) = [event for event in desk.made if isinstance(event, TradeClosed)]
    assert closed.profit_e8 == 125 * E8


@pytest.mark.parametrize("lots", [100, -100])
def test_a_dividend_is_no_gain_until_the_next_price(lots: int) -> None:
    """60 on a share at 600: the equity stands still at the ex moment, and no peak is left behind."""
    desk = Desk({"USD": 100_000})
    desk.bar(STOCK, 600.0)
    desk.open()
    desk.fill(STOCK, lots, 60_000)
    pays = CorporateAction(
        ts_event=desk.now + 1, instrument_id=STOCK.id, kind=ActionKind.DIVIDEND, amount="60.005"
    )
    desk.take(pays)
    assert desk.book.equity_e8 == desk.book.peak_e8 == desk.book.high_water_e8 == 100_000 * E8
    desk.bar(STOCK, 539.99)  # without the dividend it fell by half a cent
    assert desk.book.equity_e8 == 100_000 * E8 - lots * E8 * 5 // 1_000
    desk.bar(STOCK, 540.00)
    assert desk.book.equity_e8 == 100_000 * E8 + lots * E8 * 5 // 1_000
