"""How strategies share the equity: by hand, and through the loop's own event."""

import math

import pytest

from tradewind.core.book import Book, Ledger, Position, PositionKey
from tradewind.core.changes import CapitalAllocated
from tradewind.core.events import Timer
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.vocabulary import TimerName
from tradewind.strategies.allocation import CapitalAllocation, EqualRisk, FixedShares

SHARES = {"calm": 0.5, "wild": 0.3}


def book_of(equity: float = 1_000.0) -> Book:
    cash = round(equity * 1e8)
    one = Instrument(
        symbol="A",
        asset_class=AssetClass.EQUITY,
        venue="SIM",
        quote_currency="USD",
        tick_size="0.01",
        lot_size="1",
        calendar="24/7",
    )
    book = Book(
        base_currency="USD",
        instruments={one.id: one},
        accounts={"main": {"USD": Ledger(cash_e8=cash)}},
        equity_e8=cash,
        shares=dict(SHARES),
    )
    for name in SHARES:
        key = PositionKey("main", name, one.id)
        book.positions[key] = Position(instrument_id=one.id, strategy=name)
    return book


def earn(book: Book, name: str, cash: float) -> None:
    book.positions[PositionKey("main", name, "A.SIM")].realized_e8 += round(cash * 1e8)


def days(part: CapitalAllocation, book: Book, first: int, count: int, calm: float, wild: float) -> list:
    made = []
    for day in range(first, first + count):
        sign = 1 if day % 2 else -1
        earn(book, "calm", sign * calm)
        earn(book, "wild", sign * wild)
        book.day = day
        for _ in range(3):  # several cycles a day
            events = part.on_event(Timer(ts_event=day, name=TimerName.CYCLE), book)
            for event in events:
                book.shares |= event.shares
            made += events
    return made


def test_equal_risk_gives_the_calmer_more() -> None:
    book = book_of()
    # Profits of 10 and 20 on capitals of 500 and 300: daily risks of 2 % and 6.7 %, as 10 to 3.
    part = CapitalAllocation(EqualRisk(SHARES), tuple(SHARES), "equal_risk")
    assert days(part, book, 1, 9, 10.0, 20.0) == []
    made = days(part, book, 10, 3, 10.0, 20.0)
    assert made
    assert isinstance(made[0], CapitalAllocated)
    # 10/13 would be the calm one's; it is held to 60 % of what both share.
    assert made[0].shares == {"calm": pytest.approx(0.6 * 0.8), "wild": pytest.approx(0.4 * 0.8)}


def test_equal_risk_by_hand_where_no_bound_binds() -> None:
    book = book_of()
    allocator = EqualRisk(SHARES)
    calm, wild = [0.012, -0.008, 0.011], [0.011, -0.012, 0.009]
    for n in range(12):
        earn(book, "calm", calm[n % 3] * 500)
        earn(book, "wild", wild[n % 3] * 300)
        shares = allocator.allocate(book, tuple(SHARES))

    def deviation(pattern: list[float]) -> float:
        returns = [pattern[n % 3] for n in range(12)]
        mean = sum(returns) / 12
        return math.sqrt(sum((r - mean) ** 2 for r in returns) / 11)

    one, other = 1 / deviation(calm), 1 / deviation(wild)
    assert shares["calm"] == pytest.approx(0.8 * one / (one + other), rel=1e-6)
    assert sum(shares.values()) == pytest.approx(0.8)


def test_the_state_of_the_allocator_is_handed_over() -> None:
    one, book = CapitalAllocation(EqualRisk(SHARES), tuple(SHARES), "x"), book_of()
    days(one, book, 1, 8, 10.0, 20.0)
    other = CapitalAllocation(EqualRisk(SHARES), tuple(SHARES), "x")
    other.restore(one.snapshot())
    assert other.snapshot() == one.snapshot()
    twin = book_of()
    twin.positions = {key: Position(instrument_id="A.SIM", strategy=key.strategy) for key in book.positions}
    for key, position in book.positions.items():
        twin.positions[key].realized_e8 = position.realized_e8
    assert days(one, book, 9, 6, 10.0, 20.0) == days(other, twin, 9, 6, 10.0, 20.0)


def test_an_idle_strategy_keeps_its_share_and_fixed_ones_all() -> None:
    book = book_of()
    part = CapitalAllocation(EqualRisk(SHARES), tuple(SHARES), "x")
    assert days(part, book, 1, 30, 10.0, 0.0) == []
    fixed = CapitalAllocation(FixedShares(SHARES), tuple(SHARES), "fixed")
    assert days(fixed, book_of(), 1, 30, 10.0, 20.0) == []
