"""What people read of an amount: half to even, no negative zero, the dates and costs of the session."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st
from session_story import story, write

from tradewind.app.session.reporting import report_for
from tradewind.core.decisions import AccountMarked
from tradewind.core.orders import OrderFilled
from tradewind.core.timestamps import iso
from tradewind.engine.valuation import drawdown_pct
from tradewind.journal.memory import MemoryJournal
from tradewind.views.amounts import shown_figure, shown_money
from tradewind.views.report.session import session_words
from tradewind.views.session.curve import EquityCurve
from tradewind.views.session.view import fold


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("99180.53717500", "99,180.54"),
        ("-0.00400000", "0.00"),
        ("0.00500000", "0.00"),
        ("0.01500000", "0.02"),
        ("-1234.565", "−1,234.56"),
        ("1000000", "1,000,000.00"),
    ],
)
def test_money_is_rounded_half_to_even(amount, shown):
    assert shown_money(amount) == shown


@given(st.integers(-(10**15), 10**15))
def test_shown_money_is_the_nearest_cent(e8):
    exact = Decimal(e8) / 10**8
    text = shown_money(exact).replace(",", "").replace("−", "-")
    assert abs(Decimal(text) - exact) <= Decimal("0.005")
    assert not text.startswith("-0.00")


def test_figures_have_no_negative_zero_and_a_dash_where_unknown():
    assert shown_figure(-0.004) == "0.00"
    assert shown_figure(-0.0) == "0.00"
    assert shown_figure(-0.004, signed=True) == "0.00"
    assert shown_figure(0.25, signed=True) == "+0.25"
    assert shown_figure(-0.25, 1) == "−0.2"
    assert shown_figure(float("nan")) == "–"


def test_figures_are_rounded_alike_whatever_a_library_does_to_the_process():
    """ccxt makes 0.5 be rounded away from zero in the thread that formats a price with it."""
    with localcontext() as changed:
        changed.rounding = ROUND_HALF_UP
        assert shown_figure(-0.25, 1) == "−0.2"
        assert shown_money("-1234.565") == "−1,234.56"


def test_no_fall_is_deeper_than_the_whole():
    curve = EquityCurve(1, 0, 100, 10)
    curve.mark(2, 1, -110, drawdown_pct(100, -110))
    assert curve.drawdown_pct == 100.0
    assert curve.max_drawdown_pct == 100.0


def test_the_report_tells_of_its_own_session_and_of_what_was_traded():
    journal = MemoryJournal()
    write(journal, story(60))
    session = fold(journal.read()).changes()
    words = session_words(session)
    marks = [r.event for r in journal.read() if isinstance(r.event, AccountMarked)]
    assert words.endswith(f"{iso(marks[0].ts_event)[:10]} to {iso(marks[-1].ts_event)[:10]}")
    fills = [r.event for r in journal.read() if isinstance(r.event, OrderFilled)]
    traded = {row.instrument_id for row in session.positions}
    assert traded
    assert all(symbol in words for symbol in traded)
    costs = report_for(journal).sheet.costs
    assert {row.instrument_id for row in costs} == traded
    paid = sum(Decimal(row.commission) for row in costs)
    assert paid == Decimal(sum(f.commission_e8 for f in fills)) / 10**8
