"""Statistics of sessions that trade at random, through splits, dividends, deposits and repeated reports: they
add up to the books.
"""

from decimal import Decimal
from math import prod
from unittest.mock import patch

import numpy as np
import pytest
from engine_parts import make_reducer, make_venue, run_whole, whole_feed
from hypothesis import given, settings
from hypothesis import strategies as st
from test_random_sessions import driver_of, feed_of, parts_of

from tradewind.app.session import closed_trades
from tradewind.app.session.daily_equity import daily_equity
from tradewind.app.session.round_trips import Trip
from tradewind.app.session.session_record import SessionRecord, read_session
from tradewind.app.session.tear_sheets import tear_sheet
from tradewind.core.accounts import TradeClosed
from tradewind.core.book import Book
from tradewind.core.instruments import Instrument
from tradewind.core.money import cash_from_decimal
from tradewind.core.orders import OrderFilled
from tradewind.core.timestamps import iso
from tradewind.engine.driver.recorded import run_recorded
from tradewind.engine.driver.snapshots import SessionParts
from tradewind.journal.memory import MemoryJournal
from tradewind.portfolio.attribution import KINDS as FLOW_KINDS
from tradewind.portfolio.attribution import attribute
from tradewind.views.report.trade_rows import ClosedTradeRow

SEEDS = st.integers(0, 2**32 - 1)


def session(seed: int, length: int) -> tuple[MemoryJournal, Book, SessionRecord]:
    journal, parts = MemoryJournal(), parts_of(seed, watched=False)
    run_recorded(driver_of(journal, parts, 50, 0), feed_of(seed, length))
    return journal, parts.reducer.state.book, read_session(journal)


def e8(text: str) -> int:
    return cash_from_decimal(Decimal(text))


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, length=st.integers(50, 400))
def test_trades_and_what_is_open_are_all_that_positions_brought(seed: int, length: int) -> None:
    journal, book, record = session(seed, length)
    closed = [r.event for r in journal.read_kind(TradeClosed)]
    assert [e8(row.profit) for row in record.trades.rows] == [one.profit_e8 for one in closed]
    brought: dict[tuple[str, str, str], list[int]] = {}
    for key, position in book.positions.items():
        # A merger takes a trade from one instrument to another of the same currency.
        currency = book.instruments[key.instrument_id].quote_currency
        sums = brought.setdefault((key.account, key.strategy, currency), [0, 0])
        rows = [
            row for row in record.trades.rows if (row.account, row.strategy, row.instrument_id) == tuple(key)
        ]
        held = record.trades._open.get(key)
        assert (held is not None) == (position.quantity_lots != 0)
        assert held is None or held.trip.entered == position.opened_ts
        ends = position.realized_e8 - position.commission_e8
        income = sum(e8(row.income) for row in rows) + (held.trip.income_e8 if held else 0)
        fees = sum(e8(row.commission) for row in rows) + (held.trip.commission_e8 if held else 0)
        sums[0] += sum(e8(row.profit) for row in rows) + position.trade_e8 - ends - income
        sums[1] += fees - position.commission_e8
        if held is not None:
            left = held.trip.lots_in - held.trip.lots_out
            assert left == abs(position.quantity_lots)
            assert held.trip.sign == (1 if position.quantity_lots > 0 else -1)
    assert all(sums == [0, 0] for sums in brought.values())


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, length=st.integers(50, 400))
def test_what_went_in_and_out_of_a_trade_is_its_profit(seed: int, length: int) -> None:
    """The loop's own word on a trade, against fills, splits, dividends and delistings put together here."""
    seen: list[tuple[Trip, TradeClosed]] = []
    make = closed_trades._row

    def noted(trip: Trip, closed: TradeClosed, instrument: Instrument, book: Book) -> ClosedTradeRow:
        seen.append((trip, closed))
        return make(trip, closed, instrument, book)

    with patch.object(closed_trades, "_row", noted):
        _, _, record = session(seed, length)
    for (trip, closed), row in zip(seen, record.trades.rows, strict=True):
        assert trip.lots_in == trip.lots_out
        gross = trip.sign * (trip.value_out - trip.value_in)
        made = gross + trip.income_e8 - trip.commission_e8
        assert abs(made - closed.profit_e8) <= 2 + 2 * trip.fills + 2 * length
        assert row.entered == iso(trip.entered)
        assert row.worst_pct is None or row.best_pct is None or row.worst_pct <= 0.0 <= row.best_pct


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, length=st.integers(50, 250))
def test_costs_and_profits_add_up(seed: int, length: int) -> None:
    journal, book, record = session(seed, length)
    found = attribute(journal.read_kind(*FLOW_KINDS), record.book)
    sheet = tear_sheet(record, found)
    sums: dict[str, int] = {}
    for row in sheet.earned:
        sums[row.by] = sums.get(row.by, 0) + e8(row.profit)
    assert sums["strategy"] == sums["instrument"] == found.total_e8
    assert found.total_e8 == pytest.approx(book.equity_e8 - found.capital_e8, abs=100)  # rates round
    costs = sheet.statistics.costs
    for field in ("commission", "spread", "slippage", "cost", "traded"):
        assert e8(getattr(costs, field)) == sum(e8(getattr(row, field)) for row in sheet.costs)
    assert e8(costs.cost) == e8(costs.commission) + e8(costs.spread) + e8(costs.slippage)
    trade_ids = {r.event.trade_id for r in journal.read_kind(OrderFilled) if isinstance(r.event, OrderFilled)}
    assert costs.fills == len(trade_ids) == book.fills_seen


def test_a_session_of_many_days_adds_up_by_month_and_day() -> None:
    journal = MemoryJournal()
    run_whole(journal, whole_feed(400), SessionParts(make_reducer(lots=200), make_venue()))
    record = read_session(journal)
    book = record.book
    sheet = tear_sheet(record, attribute(journal.read_kind(*FLOW_KINDS), record.book))
    figures = sheet.statistics
    months = [value for year in sheet.years for value in year.months_pct if value is not None]
    assert len(months) > 12
    for parts in (months, [year.year_pct for year in sheet.years], list(sheet.days_pct)):
        grown = 100.0 * (prod(1.0 + value / 100.0 for value in parts) - 1.0)
        assert grown == pytest.approx(figures.returns.total_return_pct, abs=1e-9)
        assert grown == pytest.approx(100.0 * (book.equity_e8 / book.start_equity_e8 - 1.0), abs=1e-9)
    ts, equity = daily_equity(journal)
    assert len(ts) == len(equity) == figures.days + 1 == len(sheet.days_pct) + 1
    assert np.diff(equity) / equity[:-1] * 100.0 == pytest.approx(sheet.days_pct, abs=1e-9)
    by_month = [e8(row.profit) for row in sheet.earned if row.by == "month"]
    assert sum(by_month) == pytest.approx(book.equity_e8 - book.start_equity_e8, abs=100)
    assert sheet.growth[-1].account_pct == pytest.approx(figures.returns.total_return_pct, abs=1e-9)
    assert [row.depth_pct for row in sheet.worst] == sorted(row.depth_pct for row in sheet.worst)
    assert sheet.worst[0].depth_pct == figures.drawdowns.max_drawdown_pct
    assert figures.returns.cagr_pct == figures.returns.cagr_pct
    assert {window.window for window in sheet.rolling} == {63, 252}
