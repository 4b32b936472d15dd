"""Splits and dividends as events: at the open of their day, never before; and as income beside prices."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.errors import DataError
from tradewind.core.timestamps import NS_PER_DAY, iso, parse_ns
from tradewind.core.trading_calendar import ALWAYS_OPEN
from tradewind.core.vocabulary import ActionKind
from tradewind.data.action_events import action_events, split_terms
from tradewind.data.adjustment import DIVIDEND, CorporateAction, adjust_for_splits, dividends_by_bar, split
from tradewind.data.calendars import stamp_days, trading_calendar
from tradewind.data.raw import bars_from_raw
from tradewind.data.vendors.sample.bokeh_stocks import load

SPAN = parse_ns("2012-01-01"), parse_ns("2013-12-31")


def dividend(day: str, amount: float) -> CorporateAction:
    return CorporateAction("AAPL.XNAS", parse_ns(day), DIVIDEND, 0.99, amount, "told")


@pytest.mark.parametrize(
    ("calendar", "day", "known"),
    [
        ("XNYS", "2012-08-09", "2012-08-09T13:30:00Z"),
        ("XNYS", "2012-11-07", "2012-11-07T14:30:00Z"),  # the clocks have changed
        ("XNYS", "2012-10-29", "2012-10-31T13:30:00Z"),  # the exchange was closed for a storm
        ("XNYS", "2012-12-25", "2012-12-26T14:30:00Z"),
        ("XTKS", "2012-08-09", "2012-08-09T00:00:00Z"),  # opens with the UTC day
        ("24/7", "2012-08-09", "2012-08-09T00:00:00Z"),
    ],
)
def test_it_is_known_at_the_open_of_the_day_on_which_it_takes_effect(
    calendar: str, day: str, known: str
) -> None:
    table = ALWAYS_OPEN if calendar == "24/7" else trading_calendar(calendar, *SPAN)
    (event,) = action_events([dividend(day, 2.65)], table, *SPAN)
    assert iso(event.ts_event) == known
    assert event.amount == "2.65"
    assert event.source == "told"


def test_apples_dividends_are_exact_although_they_are_read_out_of_two_closes() -> None:
    table = trading_calendar("XNYS", *SPAN)
    events = action_events(load("AAPL").actions or (), table, *SPAN)
    assert [(iso(e.ts_event)[:10], e.kind, e.amount) for e in events] == [
        ("2012-08-09", "dividend", "2.65"),
        ("2012-11-07", "dividend", "2.65"),
        ("2013-02-07", "dividend", "2.65"),
    ]


def test_what_lies_outside_the_span_is_left_out_and_a_split_comes_before_a_dividend_of_its_day() -> None:
    table = trading_calendar("XNYS", *SPAN)
    actions = [dividend("2012-08-09", 1.0), split("AAPL.XNAS", parse_ns("2012-08-09"), 2.0)]
    at = parse_ns("2012-08-09T13:30:00+00:00")
    kinds = [e.kind for e in action_events(actions, table, at - 1, at)]
    assert kinds == [ActionKind.SPLIT, ActionKind.DIVIDEND]
    assert action_events(actions, table, at, at + NS_PER_DAY) == []
    assert action_events(actions, table, at - NS_PER_DAY, at - 1) == []


@settings(max_examples=200, deadline=None)
@given(new=st.integers(1, 60), old=st.integers(1, 60), noise=st.floats(-1e-6, 1e-6))
def test_a_split_is_two_whole_numbers_whatever_the_vendors_noise(new: int, old: int, noise: float) -> None:
    if new == old or min(new, old) > 5:
        return
    exact = Fraction(new, old)
    assert split_terms(new / old * (1 + noise)) == (exact.numerator, exact.denominator)


def test_the_vendors_seven_for_one_and_a_stock_dividend() -> None:
    assert split_terms(7.000007) == (7, 1)
    assert split_terms(1 / 20) == (1, 20)
    assert split_terms(1.0425) == (417, 400)


def test_what_a_session_cannot_carry_out_is_refused_by_name() -> None:
    spun_off = CorporateAction("X", parse_ns("2012-08-09"), "spin-off", 0.9, 1.0)
    with pytest.raises(DataError, match="'spin-off' on 2012-08-09"):
        action_events([spun_off], ALWAYS_OPEN, *SPAN)


def test_income_on_todays_shares_is_what_the_shares_of_then_were_paid() -> None:
    days = stamp_days("XNYS", np.arange(15_500, 15_520))
    actions = [
        CorporateAction("X", 15_505 * NS_PER_DAY, DIVIDEND, 0.9, 4.0),
        split("X", 15_510 * NS_PER_DAY, 4.0),
        CorporateAction("X", 15_510 * NS_PER_DAY, DIVIDEND, 0.9, 0.5),  # on the new shares
        CorporateAction("X", 15_519 * NS_PER_DAY, DIVIDEND, 0.9, 1.0),  # not known yet
    ]
    as_of = 15_518 * NS_PER_DAY
    income = dividends_by_bar(actions, days, as_of)
    day = days // NS_PER_DAY
    assert income[np.searchsorted(day, 15_505)] == 1.0  # 4 a share, on a quarter of a share
    assert income[np.searchsorted(day, 15_510)] == 0.5
    assert income.sum() == 1.5
    early = dividends_by_bar(actions, days, 15_509 * NS_PER_DAY)
    assert early.sum() == 4.0


def test_apple_on_the_share_count_of_the_end_keeps_the_dividends_gap() -> None:
    raw = load("AAPL")
    bars = adjust_for_splits(bars_from_raw(raw), raw.actions or (), int(raw.ts_event[-1]))
    at = int(np.searchsorted(raw.ts_event, parse_ns("2012-08-09")))
    assert (bars.close[at - 1], bars.close[at]) == (619.86, 620.73)
    assert bars.close[0] == pytest.approx(130.31 / 4)  # two splits of 2:1 since
