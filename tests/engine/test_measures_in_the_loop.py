"""Closes and results are part of the state: split at any point, they go on as if nothing had happened."""

import pytest
from engine_parts import COIN, STOCK, make_reducer, run_whole, whole_feed

from tradewind.core.accounts import CorporateAction
from tradewind.core.book import profit_e8
from tradewind.core.decisions import AccountMarked
from tradewind.core.market import Bar
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.trading_calendar import account_day
from tradewind.core.vocabulary import ActionKind
from tradewind.engine.replay import replay
from tradewind.journal.memory import MemoryJournal


@pytest.fixture(scope="module")
def records() -> list:
    feed = whole_feed(80)
    split = CorporateAction(
        ts_event=feed[2].ts_event + 40 * NS_PER_DAY,
        instrument_id=STOCK.id,
        kind=ActionKind.SPLIT,
        numerator=2,
    )
    at = next(i for i, event in enumerate(feed) if event.ts_event > split.ts_event)
    journal = MemoryJournal()
    run_whole(journal, [*feed[:at], split, *feed[at:]])
    return list(journal.read())


def test_a_state_taken_anywhere_goes_on_to_the_same_closes_and_results(records: list) -> None:
    whole = make_reducer()
    replay(records, whole)
    inputs = [record.event for record in records if record.cause == 0]
    half = make_reducer()
    for event in inputs[: len(inputs) // 2]:
        half.step(event)
    taken = make_reducer()
    taken.restore(half.snapshot())
    for event in inputs[len(inputs) // 2 :]:
        taken.step(event)
    assert taken.snapshot() == whole.snapshot()
    book = taken.state.book
    assert book.closes.keys() == {STOCK.id, COIN.id}
    assert len(book.closes[COIN.id].days) == 80


def test_closes_are_the_bars_and_results_the_marks(records: list) -> None:
    reducer = make_reducer()
    replay(records, reducer)
    book = reducer.state.book
    bars = [r.event for r in records if isinstance(r.event, Bar) and r.event.instrument_id == COIN.id]
    assert book.closes[COIN.id].days == [account_day(bar.ts_event) for bar in bars]
    assert book.closes[COIN.id].ticks == [round(bar.close * 100) for bar in bars]
    marks = [r.event for r in records if isinstance(r.event, AccountMarked)]
    profits = [mark.strategies["flipper"].profit_e8 for mark in marks if mark.strategies]
    assert book.results["flipper"].peak_e8 == max(0, *profits)
    assert profits[-1] == sum(profit_e8(book, position) for position in book.positions.values())
