"""Losing trades are round trips, and a breaker of one strategy closes what that strategy holds."""

from risk_books import ALL, E8, NOON, hold, make_board, make_book, own

from tradewind.core.book import Book
from tradewind.core.decisions import APPROVED, BreakerTripped, CancelRequested, DecisionMade, OrderRequested
from tradewind.core.orders import OrderFilled, Pending, Side
from tradewind.core.vocabulary import BreakerAction, BreakerScope, Outcome
from tradewind.engine.actions import carry_out_trip, close_what_is_due
from tradewind.engine.bookkeeping import book_fill
from tradewind.engine.state import EngineState
from tradewind.execution.planner import orders_for_target
from tradewind.risk.gate import RuleGate

AAPL, SPY = "AAPL.SIM", "SPY.SIM"


def trade(book: Book, lots: int, ticks: int, strategy: str = "a", fee: int = 0) -> int:
    """One fill; how many round trips it closed."""
    fill = OrderFilled(
        ts_event=NOON, client_order_id="o", instrument_id=AAPL, trade_id=f"t{book.fills_seen}",
        side=Side.BUY if lots > 0 else Side.SELL, quantity_lots=abs(lots), price_ticks=ticks,
        commission_e8=fee,
    )  # fmt: skip
    return len(book_fill(book, fill, own(AAPL, strategy)))


def test_the_commission_of_an_opening_buy_is_no_loss() -> None:
    book = make_book()
    assert [trade(book, 10, 17_000, fee=E8), trade(book, 10, 17_000, fee=E8)] == [0, 0]
    assert book.losses_in_row == {}


def test_partial_fills_of_one_exit_are_one_trade() -> None:
    board, book = make_board(breakers=["losing_trades"]), make_book()
    trade(book, 30, 17_000)
    assert [trade(book, -10, 16_000) for _ in range(3)] == [0, 0, 1]
    assert book.losses_in_row == {"a": 1}
    assert list(board.observe(book)) == []


def test_a_trade_that_won_less_than_its_fees_has_lost_and_a_win_ends_the_row() -> None:
    book = make_book()
    trade(book, 10, 17_000, fee=E8)
    assert trade(book, -10, 17_010, fee=E8) == 1  # one dollar won, two paid
    assert book.losses_in_row == {"a": 1}
    trade(book, 10, 17_000, fee=E8)
    assert trade(book, -10, 17_021, fee=E8) == 1
    assert book.losses_in_row == {"a": 0}


def test_a_flip_counts_for_the_strategy_that_lost() -> None:
    board, book = make_board(breakers=["losing_trades"]), make_book()
    trade(book, 10, 17_000, "b")
    trade(book, 10, 17_000)
    trade(book, -20, 16_900)  # the long lost 10
    trade(book, 20, 17_000)  # the short lost 10
    trade(book, -20, 16_900)
    assert book.losses_in_row == {"a": 3}
    trips = list(board.observe(book))
    assert [t.scope_key for t in trips] == ["a"]


def test_a_strategy_s_breaker_closes_what_it_holds_and_nothing_else() -> None:
    book = make_book()
    hold(book, AAPL, 100, "a")
    hold(book, AAPL, -60, "b")
    hold(book, SPY, 10, "a", account="second")
    state = EngineState(session_id="s", book=book, opened=True)
    planned = orders_for_target(book, wants("b", SPY, 5), ALL[SPY])
    for event in planned:
        assert isinstance(event, OrderRequested)
        book.open_orders[event.order.client_order_id] = Pending(order=event.order)
    trip = BreakerTripped(
        ts_event=NOON, breaker="own", scope=BreakerScope.STRATEGY, scope_key="a",
        action=BreakerAction.CLOSE, value=1.0, threshold=0.0, reason="It lost.",
    )  # fmt: skip
    assert [e for e in carry_out_trip(state, trip) if isinstance(e, CancelRequested)] == []
    orders = [e.order for e in close_what_is_due(state) if isinstance(e, OrderRequested)]
    assert [(o.account, o.strategy, o.instrument_id, o.side, o.quantity_lots) for o in orders] == [
        ("main", "a", AAPL, Side.SELL, 100),
        ("second", "a", SPY, Side.SELL, 10),
    ]


def wants(strategy: str, instrument_id: str, target: int, current: int = 0) -> DecisionMade:
    return DecisionMade(
        ts_event=NOON, decision_id=f"d-{strategy}", strategy=strategy, instrument_id=instrument_id,
        outcome=Outcome.TRADE, reason="", current_lots=current, target_lots=target,
    )  # fmt: skip


def test_b_buys_its_own_twenty_and_never_touches_a_s_hundred() -> None:
    book = make_book()
    hold(book, AAPL, 100, "a")
    (planned,) = orders_for_target(book, wants("b", AAPL, 20), ALL[AAPL])
    assert isinstance(planned, OrderRequested)
    assert (planned.order.side, planned.order.quantity_lots, planned.order.strategy) == (Side.BUY, 20, "b")
    assert RuleGate(ALL).check(planned.order, book) is APPROVED
    held = [trade(book, 20, 17_000, "b"), book.positions[own(AAPL, "a")].quantity_lots]
    assert (held, book.net_lots[AAPL]) == ([0, 100], 120)
    (leaves,) = orders_for_target(book, wants("b", AAPL, 0, 20), ALL[AAPL])
    assert isinstance(leaves, OrderRequested)
    assert (leaves.order.side, leaves.order.quantity_lots) == (Side.SELL, 20)
