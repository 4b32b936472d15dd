from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from merged_session import merge
from session_story import CASH_E8, INSTRUMENTS, START_NS, opening, story, write

from tradewind.core.book import Book, Ledger, PositionKey
from tradewind.core.errors import JournalError
from tradewind.core.events import ModelStatus, SessionStarted
from tradewind.core.market import Bar, Quote
from tradewind.core.money import cash_to_decimal, notional_e8
from tradewind.core.orders import OrderFilled
from tradewind.core.vocabulary import PromotionOutcome
from tradewind.engine.bookkeeping import book_fill
from tradewind.journal.memory import MemoryJournal
from tradewind.views.rows import Kept
from tradewind.views.session.view import SessionView, fold

SMALL = Kept(decisions=7, closed_orders=4, refusals=2, notices=3)


def journal_of(cycles: int, seed: int) -> list:
    journal = MemoryJournal()
    write(journal, story(cycles, seed))
    return list(journal.read())


RECORDS = journal_of(60, 11)
WHOLE = fold(RECORDS).changes()


def small_view() -> SessionView:
    return SessionView(SMALL, curve_points=16)


def encoded(changes) -> bytes:
    return msgspec.json.encode(changes)  # NaN equals NaN here, as it does for every reader


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 5), stops=st.sets(st.integers(1, 900), max_size=12))
def test_catching_up_in_any_steps_gives_the_same_session(seed: int, stops: set[int]) -> None:
    records = journal_of(18, seed)
    view = small_view()
    known = view.changes()
    for record in records:
        view.apply(record)
        if record.seq in stops:
            known = merge(known, view.changes(known.seq))
            assert encoded(known) == encoded(view.changes())
    known = merge(known, view.changes(known.seq))
    assert encoded(known) == encoded(view.changes())


def test_a_late_or_repeated_change_is_harmless() -> None:
    view = small_view()
    view.apply_all(RECORDS[:300])
    known = view.changes()
    view.apply_all(RECORDS[300:600])
    older = view.changes(200)
    assert encoded(merge(known, older)) == encoded(view.changes())
    with pytest.raises(JournalError, match="does not continue"):
        merge(known, view.changes(500))


def test_record_by_record_equals_all_at_once() -> None:
    view = SessionView()
    for record in RECORDS:
        view.apply(record)
    assert encoded(view.changes()) == encoded(WHOLE)


def test_positions_equal_the_engine_s_own_book() -> None:
    instruments = {one.id: one for one in INSTRUMENTS}
    book = Book(base_currency="USD", instruments=instruments, accounts={})
    book.accounts = {"main": {"USD": Ledger(cash_e8=CASH_E8, paid_in_e8=CASH_E8)}}
    closes = {}
    for record in RECORDS:
        if isinstance(record.event, OrderFilled):
            book.mark_ticks.setdefault(record.event.instrument_id, record.event.price_ticks)
            book_fill(book, record.event, PositionKey("main", "ensemble", record.event.instrument_id))
        elif isinstance(record.event, Bar):
            closes[record.event.instrument_id] = record.event.close
    rows = {row.instrument_id: row for row in WHOLE.positions}
    assert set(rows) == {key.instrument_id for key in book.positions}
    assert rows
    for (_, _, instrument_id), held in book.positions.items():
        row, one = rows[instrument_id], instruments[instrument_id]
        assert float(row.quantity) == pytest.approx(held.quantity_lots * one.lot_float)
        value = notional_e8(round(closes[instrument_id] / one.tick_float), held.quantity_lots, one.ratio)
        assert cash_to_decimal(value - held.cost_e8) == Decimal(row.unrealized_pnl)
        assert cash_to_decimal(held.realized_e8) == Decimal(row.realized_pnl)


def test_equity_of_the_account_is_cash_plus_positions() -> None:
    account = WHOLE.account
    assert account is not None
    total = float(account.cash) + sum(float(row.value) for row in WHOLE.positions)
    assert float(account.equity) == pytest.approx(total, abs=0.01)


def test_memory_stays_bounded_and_the_newest_point_always_stays() -> None:
    view = small_view()
    for record in RECORDS:
        view.apply(record)
        curve = view.changes().curve
        assert len(curve) <= 18
    whole = view.changes()
    assert whole.curve[-1].equity == whole.account.equity
    assert [len(whole.decisions), len(whole.notices), len(whole.closed_orders)] == [7, 3, 4]
    assert [row.seq for row in whole.decisions] == sorted((row.seq for row in whole.decisions), reverse=True)


def test_a_model_of_two_timeframes_is_two_rows() -> None:
    start, *_ = opening()
    said = ModelStatus(
        ts_event=START_NS, model="m", model_version="1", verdict=PromotionOutcome.REFUSED, weight=1.0
    )
    hourly, daily = (
        msgspec.structs.replace(said, timeframe=timeframe, horizon_bars=bars, model_version=version)
        for timeframe, bars, version in (("1h", 24, "1"), ("1d", 5, "2"))
    )
    journal = MemoryJournal()
    write(journal, [start, (hourly, True), (daily, True)])
    view = fold(journal.read())
    rows = {(row.timeframe, row.horizon_bars): row.version for row in view.changes().models}
    assert rows == {("1h", 24): "1", ("1d", 5): "2"}
    assert len(merge(fold(list(journal.read())[:2]).changes(), view.changes(2)).models) == 2


def test_what_the_story_holds_is_shown() -> None:
    assert WHOLE.session.synthetic
    assert WHOLE.session.phase == "ended"
    verdicts = {row.model: (row.verdict, row.overridden) for row in WHOLE.models}
    assert verdicts["momentum"] == ("refused", True)
    assert verdicts["bilstm"] == ("accepted", False)
    assert {(row.timeframe, row.horizon_bars) for row in WHOLE.models} == {("1h", 24)}
    assert {row.key: row.state for row in WHOLE.breakers} == {
        "daily_loss": "armed",
        "losing_streak:SOL/USDT.SIM": "tripped",
    }
    assert WHOLE.counters.bars == 60 * len(INSTRUMENTS)
    assert WHOLE.counters.fills == sum(isinstance(record.event, OrderFilled) for record in RECORDS)
    assert WHOLE.refusals[0].rule == "max_position"
    assert len(WHOLE.forecasts) == len(INSTRUMENTS) * 4


def test_a_repeated_fill_counts_once() -> None:
    journal = MemoryJournal()
    events = list(story(20, 3))
    write(journal, events)
    before = fold(journal.read())
    fill = next(event for event, _ in reversed(events) if isinstance(event, OrderFilled))
    journal.append(fill)
    journal.commit()
    after = fold(journal.read())
    assert encoded(after.changes().positions) == encoded(before.changes().positions)
    assert after.changes().counters == before.changes().counters


def test_a_new_session_in_the_same_journal_begins_anew() -> None:
    journal = MemoryJournal()
    write(journal, story(5, 3))
    view = fold(journal.read())
    known = view.changes()
    write(journal, story(3, 4))
    view.apply_all(journal.read(view.seq + 1))
    change = view.changes(known.seq)
    assert change.reset
    assert change.counters.bars == 3 * len(INSTRUMENTS)
    assert encoded(merge(known, change)) == encoded(view.changes())


def test_a_quote_marks_at_its_middle_and_days_are_compared() -> None:
    journal = MemoryJournal()
    write(journal, opening())
    day = 86_400 * 10**9
    for number, (bid, ask) in enumerate([(99.98, 100.02), (100.98, 101.02)]):
        journal.append(Quote(ts_event=START_NS + number * day, instrument_id="AAPL.SIM", bid=bid, ask=ask))
    journal.commit()
    row = next(row for row in fold(journal.read()).changes().market if row.instrument_id == "AAPL.SIM")
    assert (row.price, row.previous) == ("101.00", "100.00")
    assert row.change_pct == pytest.approx(1.0)


def test_empty_and_plain() -> None:
    empty = SessionView().to_dict()
    assert (empty["seq"], empty["session"], empty["account"], empty["curve"]) == (0, None, None, [])
    plain = fold(RECORDS).to_dict()
    assert plain["account"]["start_equity"] == "1000000.00"
    assert plain["session"]["started"] == "2026-03-02T00:00:00Z"
    failed = [row for row in plain["forecasts"] if row["failed"]]
    assert all(row["confidence"] is None for row in failed)
    assert isinstance(RECORDS[0].event, SessionStarted)
