"""Splits and dividends in whole sessions: Apple's 2:1 of February 2005, its dividend of August 2012."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tradewind.app.config import DateWindow, SessionConfig, TradewindConfig
from tradewind.app.research.training import ModelGroup, SessionModels
from tradewind.app.session.parts import make_feed
from tradewind.app.session.plan import PromotionWord, SessionPlan, plan_session
from tradewind.app.session.running import replay_journal, run_backtest, run_paper
from tradewind.core.accounts import CashMoved, PositionAdjusted
from tradewind.core.decisions import AccountMarked, OrderRequested
from tradewind.core.events import encode_event
from tradewind.core.forecasts import FactorRow
from tradewind.core.market import Bar
from tradewind.core.orders import OrderFilled
from tradewind.core.panel import Predictions, Samples
from tradewind.core.timestamps import iso
from tradewind.core.vocabulary import CashReason, SessionMode
from tradewind.factors.sets import DEMO_SET
from tradewind.journal.opening import open_reader

NAMES = (*dict.fromkeys((*DEMO_SET, "close", "ret_1", "obv", "super_trend")),)


class Bull:
    """Expects a rise whatever happens, and is surer of it every day."""

    name, version, lookback = "logistic", "1", 1

    def predict(self, rows: Samples) -> Predictions:
        ones = np.ones(len(rows))
        return Predictions(
            0.3 * rows.ts_event / 1e18 + 0.25, 150.0 * ones, 0.5 * ones, -50.0 * ones, 350.0 * ones
        )


def plan_of(home: Path, start: str, end: str, mode: SessionMode = SessionMode.PAPER) -> SessionPlan:
    session = SessionConfig(
        symbols=("AAPL", "IBM"),
        gauges=(),
        window=DateWindow(start=start, end=end),
        warmup_bars=120,
        models=("logistic",),
    )
    config = TradewindConfig(
        home=home,
        session=session,
        decision={"filters": {"needed": 1}, "score_quantile": 0.5, "least_scores": 1},
        compute="serial",
    )
    models = SessionModels((ModelGroup("1d", 5, (Bull(),)),), NAMES, (), 0.0)  # type: ignore[arg-type]
    return plan_session(config, models, [PromotionWord("logistic", "accepted")], "s", mode)  # type: ignore[arg-type]


def events(path: Path, *kinds: type) -> list:
    with open_reader(path) as reader:
        return [record.event for record in reader.read_kind(*kinds)]


def test_a_session_goes_through_a_split_without_a_jump(tmp_path: Path) -> None:
    plan = plan_of(tmp_path / "paper", "2005-01-10", "2005-04-01")
    (split,) = [a for a in plan.actions if a.kind == "split"]
    assert (split.instrument_id, split.numerator, split.denominator) == ("AAPL.XNAS", 2, 1)
    paper = run_paper(plan)
    backtest = run_backtest(plan_of(tmp_path / "backtest", "2005-01-10", "2005-04-01", SessionMode.BACKTEST))
    bars: list[Bar] = [b for b in events(paper.journal, Bar) if b.instrument_id == "AAPL.XNAS"]
    before = [b.close for b in bars if b.ts_event < split.ts_event][-1]
    after = next(b.close for b in bars if b.ts_event > split.ts_event)
    assert after / before == pytest.approx(0.5, rel=0.05)  # what was paid did jump
    for kind in (OrderRequested, OrderFilled, PositionAdjusted):
        mine = [encode_event(e) for e in events(paper.journal, kind)]
        assert mine == [encode_event(e) for e in events(backtest.journal, kind)], kind.__name__
        assert mine
    rows: tuple[list[FactorRow], ...] = (
        events(paper.journal, FactorRow),
        events(backtest.journal, FactorRow),
    )
    for one, other in zip(*rows, strict=True):
        assert (one.ts_event, one.instrument_id) == (other.ts_event, other.instrument_id)
        np.testing.assert_allclose(one.values, other.values, rtol=1e-8, atol=1e-8)
    returns = [row.values[NAMES.index("ret_1")] for row in rows[0]]
    assert max(map(abs, returns)) < 0.2  # and no factor did
    (adjusted,) = events(paper.journal, PositionAdjusted)
    assert adjusted.new_lots == 2 * adjusted.old_lots > 0
    equities = [mark.equity_e8 for mark in events(paper.journal, AccountMarked)]
    assert min(b / a for a, b in pairwise(equities)) > 0.97
    assert replay_journal(plan, paper.journal).decisions > 100


def test_what_is_known_before_the_session_is_on_its_own_basis(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "2005-03-15", "2005-03-20")
    apple = next(b for b in plan.bars if b.instrument_id == "AAPL.XNAS")
    assert not [a for a in plan.actions if a.kind == "split"]
    assert np.abs(np.diff(apple.close) / apple.close[:-1]).max() < 0.2


def test_a_dividend_is_paid_on_what_is_held(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "2012-06-01", "2012-09-01")
    paid = [a for a in plan.actions if a.instrument_id == "AAPL.XNAS"]
    # Known at the open of the day, no earlier, and exactly, although it is read out of two closes.
    assert [(a.kind, iso(a.ts_event), a.amount) for a in paid] == [
        ("dividend", "2012-08-09T13:30:00Z", "2.65")
    ]
    ran = run_paper(plan)
    cash = [c for c in events(ran.journal, CashMoved) if c.instrument_id == "AAPL.XNAS"]
    assert [c.reason for c in cash] == [CashReason.DIVIDEND]
    fills = [f for f in events(ran.journal, OrderFilled) if f.instrument_id == "AAPL.XNAS"]
    held = sum(
        (1 if f.side == "buy" else -1) * f.quantity_lots for f in fills if f.ts_event < paid[0].ts_event
    )
    assert held > 0
    assert cash[0].amount_e8 == pytest.approx(held * float(paid[0].amount) * 1e8, rel=1e-9)
    feed = list(make_feed(plan))
    later = [e for e in feed[feed.index(paid[0]) :] if isinstance(e, Bar)]
    assert all(e.ts_event > paid[0].ts_event for e in later)  # it goes ex before that day is traded
