"""Value at risk inside the loop: closes kept by the book, the budget on orders, against numpy alone."""

from fractions import Fraction

import msgspec
import numpy as np
import pytest
from risk_books import ALL, hold, make_book, make_order, put_open

from tradewind.core.accounts import CorporateAction
from tradewind.core.book import Book, DailyCloses
from tradewind.core.daily_closes import KEPT_DAYS, joint_returns, note_close, note_dividend, split_closes
from tradewind.core.decisions import APPROVED, Refused
from tradewind.core.vocabulary import ActionKind
from tradewind.risk.book_var import VarMethod, book_returns, value_at_risk
from tradewind.risk.gate import RuleGate

AAPL, SPY, BTC = "AAPL.SIM", "SPY.SIM", "BTC/USD.COIN"


def with_history(book: Book, days: int = 120, seed: int = 3, opposed: bool = False) -> dict[str, np.ndarray]:
    """Closes that end at today's marks; the returns behind them by instrument."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(0, 0.02, days)
    made = {}
    for instrument_id in (AAPL, SPY):
        moves = -shared if opposed and instrument_id == SPY else shared
        path = 1_000_000 * np.cumprod(np.r_[1.0, 1.0 + moves])
        ticks = np.rint(path).astype(int).tolist()
        book.closes[instrument_id] = DailyCloses(days=list(range(days + 1)), ticks=ticks)
        made[instrument_id] = np.diff(ticks) / ticks[:-1]
    return made


def test_closes_are_the_last_mark_of_each_day_and_bounded() -> None:
    book = make_book()
    for day in range(400):
        for hour in (10, 20, 24):  # midnight itself ends the day before
            note_close(book, AAPL, 100 + day * 10 + hour, day)
    kept = book.closes[AAPL]
    assert len(kept.days) == len(kept.ticks) == KEPT_DAYS
    assert (kept.days[-1], kept.ticks[-1]) == (399, 100 + 3990 + 24)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(book), type=Book)
    assert again.closes == book.closes


def test_a_split_makes_no_return() -> None:
    book = make_book()
    book.closes[AAPL] = DailyCloses(days=[1, 2], ticks=[40_000, 44_000])
    split = CorporateAction(ts_event=1, instrument_id=AAPL, kind=ActionKind.SPLIT, numerator=4)
    split_closes(book, split)
    note_close(book, AAPL, 11_000, 3)
    assert joint_returns(book, [AAPL], 9) == [[pytest.approx(0.1)], [0.0]]


def test_a_dividend_is_part_of_the_day_on_which_it_goes_ex() -> None:
    book = make_book()
    book.closes[AAPL] = DailyCloses(days=[1, 2], ticks=[10_000, 10_000])
    note_dividend(book, AAPL, Fraction(200), Fraction(9_800), 3)
    note_close(book, AAPL, 9_900, 3)
    # 99 dollars and 2 of dividend after 100 dollars: a gain of 1 %, where the price alone lost 1 %.
    assert joint_returns(book, [AAPL], 9) == [[0.0], [pytest.approx(0.01)]]
    split = CorporateAction(ts_event=1, instrument_id=AAPL, kind=ActionKind.SPLIT, numerator=2)
    split_closes(book, split)
    note_close(book, AAPL, 4_950, 4)
    assert joint_returns(book, [AAPL], 9) == [[0.0], [pytest.approx(0.01)], [0.0]]
    # Over days that another instrument lacks, the dividend falls into the next common one.
    book.closes[BTC] = DailyCloses(days=[2, 4], ticks=[1_000, 1_000])
    assert joint_returns(book, [AAPL, BTC], 9) == [[pytest.approx(0.01), 0.0]]
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(book), type=Book)
    assert again.closes == book.closes


def test_a_day_that_had_a_price_before_it_went_ex_closes_without_the_dividend() -> None:
    book = make_book()
    for day, ticks in ((1, 10_000), (2, 10_100)):
        note_close(book, AAPL, ticks, day)
    note_dividend(book, AAPL, Fraction(200), Fraction(9_900), 2)  # during day 2, after its last price
    assert joint_returns(book, [AAPL], 9) == [[pytest.approx(0.01)]]
    note_close(book, AAPL, 9_900, 3)
    assert joint_returns(book, [AAPL], 9)[1] == [0.0]


def test_dividends_are_forgotten_with_their_days() -> None:
    book = make_book()
    for day in range(3 * KEPT_DAYS):
        note_close(book, AAPL, 10_000, day)
        note_dividend(book, AAPL, Fraction(1), Fraction(9_999), day + 1)
    assert len(book.closes[AAPL].paid) <= KEPT_DAYS


def test_a_coin_and_a_stock_share_the_stock_s_days() -> None:
    book = make_book()
    book.closes[AAPL] = DailyCloses(days=[5, 8], ticks=[100, 101])  # Friday, Monday
    book.closes[BTC] = DailyCloses(days=[5, 6, 7, 8], ticks=[1_000, 1_100, 1_200, 1_500])
    assert joint_returns(book, [AAPL, BTC], 9) == [[pytest.approx(0.01), pytest.approx(0.5)]]
    assert joint_returns(book, [AAPL, SPY], 9) == []


@pytest.mark.parametrize("level", [0.95, 0.99])
def test_the_book_s_value_at_risk_is_numpy_s_quantile(level: float) -> None:
    book = make_book(held={AAPL: 100, SPY: -20})
    made = with_history(book)
    weights = {AAPL: 100 * 170 / 100_000, SPY: -20 * 510 / 100_000}
    daily = sum(weights[i] * made[i] for i in weights)
    returns = book_returns(book, book.net_lots, 252)
    found = value_at_risk(returns, level, VarMethod.HISTORICAL)
    assert found == pytest.approx(np.quantile(-daily, level))


def test_the_budget_holds_to_the_lot_and_is_off_by_default() -> None:
    book = make_book()
    made = with_history(book)
    per_lot = float(np.quantile(-made[AAPL], 0.99)) * 170 / 100_000
    gate = RuleGate(ALL, {"value_at_risk": {"limit": per_lot * 50.5}})
    assert gate.check(make_order(AAPL, 50), book) is APPROVED
    refused = gate.check(make_order(AAPL, 51), book)
    assert isinstance(refused, Refused)
    assert refused.rule == "value_at_risk"
    assert refused.figures["value_at_risk"] == pytest.approx(51 * per_lot)
    assert RuleGate(ALL).check(make_order(AAPL, 51), book) is APPROVED
    # Open orders count as filled, and what waits on the other side is no hedge.
    put_open(book, make_order(AAPL, 30, client_order_id="w"))
    put_open(book, make_order(AAPL, -30, client_order_id="v"))
    assert gate.check(make_order(AAPL, 20), book) is APPROVED
    assert gate.check(make_order(AAPL, 21), book) != APPROVED


def test_a_hedge_passes_where_more_of_the_same_does_not() -> None:
    book = make_book(held={AAPL: 100})
    with_history(book)
    gate = RuleGate(ALL, {"value_at_risk": {"limit": 1e-6}})
    assert gate.check(make_order(SPY, -10), book) is APPROVED  # moves as AAPL does
    assert isinstance(gate.check(make_order(SPY, 10), book), Refused)
    assert gate.check(make_order(AAPL, -100), book) is APPROVED
    # Two strategies that cancel each other out hold no risk.
    other = make_book(held={AAPL: 100})
    with_history(other)
    hold(other, AAPL, -100, strategy="b")
    assert value_at_risk(book_returns(other, other.net_lots, 252), 0.99, VarMethod.NORMAL) == 0.0


def test_what_cannot_be_measured_is_refused_by_name() -> None:
    book = make_book()
    gate = RuleGate(ALL, {"value_at_risk": {"limit": 0.5}})
    refused = gate.check(make_order(AAPL, 1), book)
    assert isinstance(refused, Refused)
    assert "0 daily returns" in refused.reason
    with_history(book, days=29)
    assert isinstance(gate.check(make_order(AAPL, 1), book), Refused)
    with_history(book, days=30)
    assert gate.check(make_order(AAPL, 1), book) is APPROVED
