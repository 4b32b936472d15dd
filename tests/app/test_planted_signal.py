"""A planted signal is accepted by the gate and noise is refused, through real models and walk-forward."""

from pathlib import Path

from tradewind.app.compute.mappers import SerialMapper
from tradewind.app.research.models import candidates
from tradewind.core.panel import Samples
from tradewind.validation.known_markets import known_market
from tradewind.validation.ledger import TrialLedger
from tradewind.validation.promotion import PromotionVerdict, judge_all
from tradewind.validation.returns import PositionRule, TradingCosts, held_from_labels
from tradewind.validation.splits import WalkForwardPlan
from tradewind.validation.track_record import track_record
from tradewind.validation.walk_forward import walk_forward

PLAN = WalkForwardPlan(train="3y", validation="6mo", test="1y", step="1y")


def verdict_on(samples: Samples, folder: Path) -> PromotionVerdict:
    ledger = TrialLedger(folder / "trials.jsonl")
    (candidate,) = candidates(("logistic",), {})
    oos = walk_forward(candidate.factory, samples, PLAN, SerialMapper(), 7, ledger=ledger)
    held = held_from_labels(samples, delay_bars=0)  # labels of these markets start where one can trade
    record = track_record(oos, samples, held, TradingCosts(1.0), PositionRule(size="edge"), seed=7)
    (verdict,) = judge_all([record], ledger)
    return verdict


def test_the_gate_accepts_a_planted_signal(tmp_path: Path) -> None:
    market = known_market("linear", ic=0.10, days=2_000, instruments=20, seed=3)
    verdict = verdict_on(market.samples, tmp_path)
    assert verdict.verdict == "accepted", verdict.reasons


def test_the_gate_refuses_noise_and_says_why(tmp_path: Path) -> None:
    market = known_market("noise", ic=0.0, days=2_000, instruments=20, seed=3)
    verdict = verdict_on(market.samples, tmp_path)
    assert verdict.verdict == "refused"
    assert any("Sharpe after costs" in reason for reason in verdict.reasons)
