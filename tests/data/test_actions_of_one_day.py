"""Several actions of one day, and ex-dates that a source puts right: against amounts worked out by hand."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_DAY, parse_ns
from tradewind.data.action_events import action_events
from tradewind.data.adjustment import DIVIDEND, DOUBTFUL, SPLIT, CorporateAction, adjust, one_a_day, split
from tradewind.data.calendars import expected_closes, trading_calendar
from tradewind.data.candles import Candles
from tradewind.data.catalogue import sample_instruments
from tradewind.data.ex_dates import actions_of, ex_ns_of
from tradewind.data.history import load_history
from tradewind.data.keeping import read_actions
from tradewind.data.raw import RawBars, bars_from_raw
from tradewind.store.parquet import ParquetTables

SPAN = parse_ns("2012-06-01"), parse_ns("2012-09-01")
CLOSES = expected_closes("XNYS", "1d", *SPAN)


def rows(actions: Sequence[CorporateAction]) -> RawBars:
    """Closes of 100, and of 50 from 2012-07-10 on, which a split of 2:1 explains."""
    price = np.where(parse_ns("2012-07-10") > CLOSES, 100.0, 50.0) + 0.01 * (np.arange(len(CLOSES)) % 7)
    volume = np.full(len(CLOSES), 1e6)
    return RawBars(
        "IBM.XNYS", "1d", CLOSES, price, price, price, price, volume, "told", "XNYS", actions=tuple(actions)
    )


class Told:
    """A source that tells what it is given."""

    name = "told"

    def __init__(self, *actions: CorporateAction) -> None:
        self.actions = actions

    def symbols(self) -> Sequence[str]:
        return ()

    def raw_bars(self, request: BarRequest) -> RawBars:
        return rows(self.actions)

    def bars(self, request: BarRequest) -> BarColumns:
        return adjust(bars_from_raw(self.raw_bars(request)), self.actions, request.end_ns - 1)


def paid(day: str, amount: float, close: float = 100.0) -> CorporateAction:
    return CorporateAction("IBM.XNYS", parse_ns(day), DIVIDEND, 1.0 - amount / close, amount, "told")


# Rows of Alpha Vantage's history of real stocks: close before, close on, dividend, shares for one old, and
# what its own adjusted close takes out of the day.
REAL = [
    ("ABT", date(2004, 5, 3), 44.02, 42.32, 2.9154, 1.06883283454, 0.87530),
    ("HBI", date(2015, 3, 4), 127.95, 32.32, 3.0, 4.0, 0.22877),
    ("HLT", date(2017, 1, 4), 27.39, 58.0, 24.48, 1 / 3, 2.10960),
    ("LDOS", date(2013, 9, 30), 16.03, 45.52, 21.3549, 0.25, 2.72270),
    ("ROST", date(2015, 6, 12), 97.86, 48.53, 2.0, 2.0, 0.48021),
    ("YUM", date(2002, 6, 18), 64.11, 32.50, 2.0, 2.0, 0.47101),
]


@pytest.mark.parametrize(("symbol", "day", "before", "on", "amount", "ratio", "taken_out"), REAL)
def test_a_dividend_on_the_day_of_a_split_is_of_the_new_shares(
    symbol: str, day: date, before: float, on: float, amount: float, ratio: float, taken_out: float
) -> None:
    # Alpha Vantage takes C / (C + D) with the close on the day: only new shares give what it takes out.
    assert on / (on + amount) / ratio == pytest.approx(taken_out, abs=2e-5)
    figures = np.array([[p, p, p, p, 1.0] for p in (before, on)])
    times = np.array([ex_ns_of(day) - NS_PER_DAY // 4, ex_ns_of(day) + NS_PER_DAY // 2])
    told = actions_of(symbol, [(day, ratio)], [(day, amount)], Candles(times, figures), "told")
    assert [one.kind for one in told] == [SPLIT, DIVIDEND]
    by_hand = 1 - Fraction(amount) / (Fraction(before) / Fraction(ratio))
    assert told[1].price_factor == pytest.approx(float(by_hand), rel=1e-12)
    assert told[1].value == amount


def test_a_dividend_that_cannot_be_does_not_cost_the_series() -> None:
    day, figures = date(2024, 7, 11), np.array([[100.0] * 4 + [1.0]])
    times = np.array([ex_ns_of(day) - NS_PER_DAY // 4])
    (told,) = actions_of("A", [], [(day, 150.0)], Candles(times, figures), "told")
    assert (told.kind, told.price_factor, told.value) == (DOUBTFUL, 1.0, 150.0)


def test_a_special_dividend_comes_on_top_of_the_usual_one_and_what_is_told_twice_counts_once() -> None:
    usual, special = paid("2012-07-12", 0.5), paid("2012-07-12", 3.0)
    (both,) = one_a_day([usual, special, usual])
    assert both.value == 3.5
    assert both.price_factor == pytest.approx(1 - 3.5 / 100)
    twice = [split("A", 5, 2.0), split("A", 5, 3.0), split("A", 5, 2.0)]
    assert [(one.value, one.price_factor) for one in one_a_day(twice)] == [(6.0, pytest.approx(1 / 6))]
    assert [one.kind for one in one_a_day([paid("2012-07-12", 60.0), paid("2012-07-12", 70.0)])] == [DOUBTFUL]
    assert one_a_day([]) == ()


def test_a_session_pays_both_dividends_of_a_day_and_those_of_days_without_trading() -> None:
    table = trading_calendar("XNYS", *SPAN)
    told = [
        paid("2012-07-12", 0.5),
        paid("2012-07-12", 3.0),
        paid("2012-07-21", 1.0),
        paid("2012-07-22", 2.0),
    ]
    events = action_events(told, table, *SPAN)
    assert [event.amount for event in events] == ["3.5", "3"]
    assert len({event.ts_event for event in events}) == 2


def test_both_dividends_are_stored_and_are_income(tmp_path: Path) -> None:
    request = BarRequest("IBM.XNYS", "1d", *SPAN)
    source = Told(
        split("IBM.XNYS", parse_ns("2012-07-10"), 2.0), paid("2012-06-20", 0.5), paid("2012-06-20", 3.0)
    )
    tables = ParquetTables(tmp_path)
    for _ in range(2):
        loaded = load_history(source, [request], sample_instruments(), tables)["IBM.XNYS"]
        assert loaded.income.sum() == pytest.approx(3.5 / 2)  # on the shares after the split
        assert loaded.actions == read_actions(tables, "IBM.XNYS", "told")
        assert [one.value for one in loaded.actions or ()] == [3.5, 2.0]


def test_an_ex_date_that_a_source_puts_right_is_not_carried_out_twice(tmp_path: Path) -> None:
    request, tables = BarRequest("IBM.XNYS", "1d", *SPAN), ParquetTables(tmp_path)
    before = split("IBM.XNYS", parse_ns("2012-05-01"), 3.0)  # of a longer history, asked for earlier
    wrong, right = (split("IBM.XNYS", parse_ns(day), 2.0) for day in ("2012-07-11", "2012-07-10"))
    load_history(Told(before, wrong), [request], sample_instruments(), tables)
    loaded = load_history(Told(right), [request], sample_instruments(), tables)["IBM.XNYS"]
    assert read_actions(tables, "IBM.XNYS", "told") == (before, right)
    assert loaded.bars.close[0] == pytest.approx(100.0 / 2)
