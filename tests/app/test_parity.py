"""A session's day through the backtest again: the same where it is, and a reason for each difference."""

from dataclasses import replace
from pathlib import Path

import pytest

from tradewind.app.config import TradewindConfig
from tradewind.app.session.asked import Asked, with_asked
from tradewind.app.session.parity import parity_of
from tradewind.app.session.parity_report import ParityReport, words
from tradewind.app.session.plan import SessionPlan
from tradewind.app.session.prepare import prepare_session
from tradewind.app.session.running import Ran, run_paper
from tradewind.core.vocabulary import SessionMode

OWN = """
import tradewind as tw


class Sways(tw.Strategy):
    factors = ("rsi_6",)

    def on_bar(self, bar, now):
        return 0.1 if now.factor("rsi_6") > 50 else 0.0
"""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> tuple[SessionPlan, Ran]:
    folder = tmp_path_factory.mktemp("parity")
    (folder / "mine.py").write_text(OWN, "utf-8")
    asked = Asked(symbols=("MSFT", "BTC/USD"), end="2020-06-01", strategy=str(folder / "mine.py"))
    config = with_asked(TradewindConfig(home=folder / "home"), asked)
    plan = prepare_session(config, "day", SessionMode.PAPER, lambda *given: None)
    return plan, run_paper(plan)


def test_a_paper_day_through_the_backtest_is_the_same_to_the_cent(session: tuple[SessionPlan, Ran]) -> None:
    plan, ran = session
    report = parity_of(plan, ran.journal)
    assert report.fills == report.backtest_fills > 20
    assert report.same_decisions == report.decisions > 50
    assert report.differences == ()
    assert all(cash.difference_e8 == 0 for cash in report.cash)
    assert words(report).endswith("0 unexplained.")


def changed(plan: SessionPlan, journal: Path, **venue: object) -> ParityReport:
    config = plan.config.model_copy(update={"venue": venue})
    return parity_of(replace(plan, config=config), journal)


def test_a_venue_that_fills_at_other_prices_is_named_and_costs_what_the_books_differ_by(
    session: tuple[SessionPlan, Ran],
) -> None:
    plan, ran = session
    report = changed(plan, ran.journal, half_spread_bps=25.0)
    fills = [one for one in report.differences if one.what == "fill"]
    assert any(one.why == "the venue filled at another price than the fill model" for one in fills)
    assert report.unexplained == ()
    (cash,) = [one for one in report.cash if one.currency == "USD"]
    assert cash.difference_e8 > 0  # the day was cheaper than such a backtest
    assert cash.price_e8 > 0
    assert cash.unexplained_e8 == 0


def test_a_market_that_gives_less_is_named_and_what_follows_from_it_is_told_apart(
    session: tuple[SessionPlan, Ran],
) -> None:
    plan, ran = session
    report = changed(plan, ran.journal, reject_rate=0.3)
    reasons = {one.why for one in report.differences}
    assert any(why.startswith("in the backtest the order was rejected") for why in reasons)
    assert any("lots were held" in why or "the equity differed" in why for why in reasons)
    assert report.unexplained == ()
    assert all(cash.unexplained_e8 == 0 for cash in report.cash)


def test_code_that_decides_otherwise_on_the_same_market_is_left_unexplained(
    session: tuple[SessionPlan, Ran],
) -> None:
    """The one thing that no reason covers: the same inputs, the same holdings, another decision."""
    plan, ran = session
    (one,) = plan.strategies
    bolder = replace(plan, strategies=(one.model_copy(update={"risk_level": 0.5}),))
    report = parity_of(bolder, ran.journal)
    first = next(one for one in report.differences if one.what == "decision")
    assert not first.is_explained
    assert all(cash.unexplained_e8 == 0 for cash in report.cash)
