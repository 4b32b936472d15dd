"""A whole session with another future: nothing that was recorded before it may differ by a byte."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tradewind.app.config import DateWindow, SessionConfig, TradewindConfig
from tradewind.app.research.training import ModelGroup, SessionModels
from tradewind.app.session.plan import PromotionWord, SessionPlan, plan_session
from tradewind.app.session.running import run_backtest, run_paper
from tradewind.core.decisions import DecisionMade
from tradewind.core.events import AnyEvent, encode_event
from tradewind.core.forecasts import Forecast
from tradewind.core.orders import OrderFilled
from tradewind.core.panel import BarColumns, Predictions, Samples
from tradewind.core.timestamps import parse_ns
from tradewind.core.vocabulary import PromotionOutcome, SessionMode
from tradewind.factors.sets import DEMO_SET
from tradewind.journal.opening import open_reader

CUT_NS = parse_ns("2012-08-20T00:00:00+00:00")
"""After Apple's dividend of August 9."""


class Sensitive:
    """Hears every factor: the smallest change of one is another forecast."""

    name, version, lookback = "logistic", "1", 1

    def predict(self, rows: Samples) -> Predictions:
        heard = np.nan_to_num(rows.cube[rows.t, rows.i]).sum(axis=1)
        side, ones = np.tanh(heard % 7.0 - 3.5), np.ones(len(rows))
        return Predictions(0.5 + 0.3 * side, 150.0 * side, 0.5 * ones, -250.0 * ones, 350.0 * ones)


def planned(home: Path, mode: SessionMode) -> SessionPlan:
    window = DateWindow(start="2012-07-02", end="2012-09-10")
    session = SessionConfig(
        symbols=("AAPL", "IBM"), gauges=(), window=window, warmup_bars=120, models=("logistic",)
    )
    decision = {"filters": {"needed": 1}, "score_quantile": 0.5, "least_scores": 1}
    config = TradewindConfig(home=home, session=session, decision=decision, compute="serial")
    models = SessionModels((ModelGroup("1d", 5, (Sensitive(),)),), tuple(DEMO_SET), (), 0.0)  # type: ignore[arg-type]
    return plan_session(config, models, [PromotionWord("logistic", PromotionOutcome.ACCEPTED)], "s", mode)


def other_future(bars: BarColumns, seed: int) -> BarColumns:
    """The same series until the cut, a random walk of 3 % a bar laid over it afterwards."""
    rng, later = np.random.default_rng(seed), bars.ts_event > CUT_NS
    walk = np.ones(len(bars.ts_event))
    walk[later] = np.exp(np.cumsum(rng.normal(0.0, 0.03, int(later.sum()))))
    columns = {name: getattr(bars, name) * walk for name in ("open", "high", "low", "close")}
    volume = bars.volume.copy()
    volume[later] = rng.permutation(volume[later])
    return replace(bars, volume=volume, **columns)


def told(plan: SessionPlan) -> list[AnyEvent]:
    run = run_backtest if plan.mode is SessionMode.BACKTEST else run_paper
    with open_reader(run(plan).journal) as reader:
        return [record.event for record in reader.read()]


@pytest.mark.parametrize("mode", [SessionMode.BACKTEST, SessionMode.PAPER])
def test_no_record_knows_what_came_after_it(tmp_path: Path, mode: SessionMode) -> None:
    as_it_was = told(planned(tmp_path / "was", mode))
    plan = planned(tmp_path / "other", mode)
    other = told(replace(plan, bars=tuple(other_future(b, n) for n, b in enumerate(plan.bars))))
    until = next(n for n, event in enumerate(as_it_was) if event.ts_event > CUT_NS)
    before = as_it_was[:until]
    assert [encode_event(event) for event in before] == [encode_event(event) for event in other[:until]]
    assert {DecisionMade, Forecast, OrderFilled} <= {type(event) for event in before}
    assert as_it_was[until:] != other[until:]
