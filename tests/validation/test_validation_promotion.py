from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from tradewind.core.errors import ConfigError, DataError
from tradewind.core.panel import Predictions
from tradewind.validation.bootstrap import Measured
from tradewind.validation.claims import claims_table
from tradewind.validation.evaluate import EvaluationSettings, evaluate
from tradewind.validation.known_markets import forecasts_from_score, known_market
from tradewind.validation.ledger import TrialLedger
from tradewind.validation.promotion import ACCEPTED, REFUSED, Evidence, PromotionSettings, judge, judge_all
from tradewind.validation.returns import TradingCosts, held_from_labels
from tradewind.validation.track_record import track_record
from tradewind.validation.walk_forward import PREDICTION_COLUMNS, OutOfSample
from tradewind.validation.whole_run import evaluate_run

QUICK = PromotionSettings(draws=500)


def oos_of(name, market, predictions, first_day=0):
    rows = np.flatnonzero(market.samples.t >= first_day)
    taken = Predictions(*(getattr(predictions, column)[rows] for column in PREDICTION_COLUMNS))
    month = market.samples.t[rows] // 21
    label = market.samples.label_return[rows]
    return OutOfSample(name, "1", f"id of {name}", rows, taken, month, np.ones(2), np.ones(2), label)


def record_of(name, market, predictions, runs=100, cost_bps=2.0):
    held = held_from_labels(market.samples, 0)
    oos = oos_of(name, market, predictions)
    return track_record(oos, market.samples, held, TradingCosts(cost_bps), random_runs=runs)


def noise_forecasts(market, seed, persistence=0.9):
    """Forecasts of a model that knows nothing and is well calibrated about it, as far as it can tell."""
    rng = np.random.default_rng(seed)
    days, instruments = market.samples.cube.shape[:2]
    score = rng.standard_normal((days, instruments))
    for t in range(1, days):
        score[t] = persistence * score[t - 1] + np.sqrt(1 - persistence**2) * score[t]
    return forecasts_from_score(score.ravel(), 0.03, np.tile(market.volatility, days))


@pytest.fixture(scope="module")
def market():
    return known_market("linear", ic=0.10, days=1500, instruments=10, seed=21)


@pytest.fixture(scope="module")
def records(market):
    best = record_of("planted", market, market.best)
    return [best, *(record_of(f"noise {k}", market, noise_forecasts(market, k)) for k in range(8))]


def test_a_planted_signal_passes_and_noise_is_refused(records):
    verdicts = judge_all(records, TrialLedger(None), QUICK)
    assert verdicts[0].verdict == ACCEPTED, verdicts[0].reasons
    assert [v.verdict for v in verdicts[1:]] == [REFUSED] * 8
    assert any("after deflation by 9 effective tries" in reason for reason in verdicts[1].reasons)
    assert verdicts[0].figures["sharpe"] > 1
    assert all(any(ch.isdigit() for ch in reason) for v in verdicts for reason in v.reasons)


def test_the_verdict_is_pure_and_written_down(records):
    ledger = TrialLedger(None)
    first = judge_all(records[:2], ledger, QUICK)
    assert first == judge_all(records[:2], ledger, QUICK)
    assert len(ledger.trials()) == 2
    last = int(records[0].returns.ts_event[-1])
    assert ledger.round_of(last) == 1
    assert ledger.round_of(last + 1) == 2


def test_what_is_not_in_the_ledger_is_refused(records):
    verdict = judge(Evidence(records[0], (records[1].trial,)), QUICK)
    assert verdict.verdict == REFUSED
    assert "not in the trial ledger" in verdict.reasons[0]


def test_many_tries_raise_the_bar(market):
    weak = record_of("weak", market, market.best, cost_bps=32.0)
    alone = judge(Evidence(weak, (weak.trial,)), QUICK)
    rng = np.random.default_rng(0)
    others = tuple(
        replace(weak.trial, trial_id=f"t{k}", net=rng.permutation(weak.returns.net - weak.returns.net.mean()))
        for k in range(200)
    )
    crowded = judge(Evidence(weak, (weak.trial, *others)), QUICK)
    name = "deflated_sharpe_probability"
    assert crowded.figures["effective_trials"] == 201
    assert crowded.figures[name] < alone.figures[name]
    assert crowded.verdict == REFUSED


def test_a_result_too_good_is_a_leak_until_someone_clears_it(market):
    peeking = forecasts_from_score(market.samples.label_return / 0.02, 0.5, np.full(15_000, 0.02))
    record = record_of("peeking", market, peeking)
    refused = judge(Evidence(record, (record.trial,)), QUICK)
    assert refused.verdict == REFUSED
    assert any("a leak until proven otherwise" in reason for reason in refused.reasons)
    wide = replace(QUICK, max_calibration_error=0.6)
    cleared = judge(Evidence(record, (record.trial,), leak_cleared_by="A. Auditor"), wide)
    assert cleared.verdict == ACCEPTED
    assert any("A. Auditor" in reason for reason in cleared.reasons)


def test_bad_calibration_is_refused(market):
    sure = replace(market.best, probability_up=np.where(market.best.probability_up > 0.5, 0.95, 0.05))
    record = record_of("sure", market, sure)
    verdict = judge(Evidence(record, (record.trial,)), QUICK)
    assert verdict.reasons == (verdict.reasons[0],)
    assert "above the bound of 0.050" in verdict.reasons[0]


def test_the_champion_is_met_on_the_same_bars(records, market):
    best = records[0]
    trials = tuple(record.trial for record in records)
    beaten = judge(Evidence(best, trials, champion=records[1].returns), QUICK)
    assert beaten.verdict == ACCEPTED
    itself = judge(Evidence(best, trials, champion=best.returns), QUICK)
    assert itself.verdict == REFUSED
    assert "of the champion" in itself.reasons[0]
    elsewhere = replace(best.returns, ts_event=best.returns.ts_event + 1)
    apart = judge(Evidence(best, trials, champion=elsewhere), QUICK)
    assert "0 periods are shared with the champion" in apart.reasons[0]


def test_later_rounds_spend_less_and_all_rounds_spend_the_whole(records):
    trials = tuple(record.trial for record in records)
    rates = [judge(Evidence(records[0], trials, None, k), QUICK).figures["error_rate"] for k in (1, 2, 12)]
    assert rates == sorted(rates, reverse=True)
    assert sum(0.05 * 6 / (np.pi * k) ** 2 for k in range(1, 100_000)) == pytest.approx(0.05, rel=1e-4)


def test_silent_and_short_models_are_refused_in_words(market):
    silent = record_of("silent", market, replace(market.best, expected_return_bps=np.zeros(15_000)))
    assert "never held a position" in judge(Evidence(silent, (silent.trial,)), QUICK).reasons[0]
    held = held_from_labels(market.samples, 0)
    oos = oos_of("short", market, market.best, first_day=1400)
    short = track_record(oos, market.samples, held, TradingCosts(2.0), random_runs=20)
    reasons = judge(Evidence(short, (short.trial,)), QUICK).reasons
    assert reasons[0].startswith("100 periods of 1 day out of sample, 250 are needed")
    with pytest.raises(ConfigError, match="confidence is"):
        PromotionSettings(confidence=1.0)


def test_an_evaluation_holds_what_a_report_prints(records, market):
    settings = EvaluationSettings(draws=300, synthetic=True)
    delays = {
        "next bar": held_from_labels(market.samples, 0),
        "one later": held_from_labels(market.samples, 1),
    }
    got = evaluate(records[0], market.samples, TradingCosts(2.0), settings, held_by_delay=delays)
    assert got.forecasts["ic"].low < 0.10 < got.forecasts["ic"].high + 0.02
    assert got.returns["sharpe"].low > 0
    assert got.permutation_p < 0.01
    assert got.random_entry_p < 0.02
    assert {c.name for c in got.comparisons} == set(records[0].baselines)
    assert got.comparisons[1].forecast_p < 0.05
    assert [s.sharpe for s in got.costs] == sorted((s.sharpe for s in got.costs), reverse=True)
    assert got.delays[0].sharpe > got.delays[1].sharpe
    assert sum(s.net_return for s in got.by_instrument) == pytest.approx(got.net.sum())
    assert sum(s.net_return for s in got.by_year) == pytest.approx(got.net.sum())
    assert sum(s.rows for s in got.by_month) == got.forecasts["rows"].value
    assert got.synthetic
    claimed = {row.claim.text: row for row in got.claims}
    assert claimed["directional accuracy 97 %"].standing == "not reached"
    assert claimed["LoRA trains 10 times faster"].standing == "not measured"
    assert claimed["Sharpe ratio above 2"].data.startswith("synthetic: ")


def test_a_claim_is_reached_only_when_the_whole_interval_says_so():
    def standing(value, low, high, figure="sharpe", claim=5):
        return claims_table({figure: Measured(value, low, high)}, "data")[claim].standing

    assert standing(3.0, 2.1, 4.0) == "reached"
    assert standing(3.0, 1.0, 4.0) == "not shown: inside the interval"
    assert standing(1.0, 0.5, 1.9) == "not reached"
    assert standing(3.0, np.nan, np.nan) == "not shown: inside the interval"
    assert standing(0.4, 0.3, 0.5, "slippage_crypto_bps", 17) == "reached"
    assert standing(0.9, 0.7, 1.1, "slippage_crypto_bps", 17) == "not reached"


@pytest.mark.parametrize(
    ("low", "high", "standing"),
    [
        (0.52, 0.54, "not reached: no better than the base rate"),
        (0.53, 0.57, "not shown: inside the interval"),
        (0.56, 0.58, "reached"),
    ],
)
def test_an_accuracy_is_held_against_the_base_rate_too(low, high, standing):
    measured = {"accuracy": Measured((low + high) / 2, low, high), "base_rate": Measured(0.553, 0.54, 0.56)}
    claimed = {row.claim.text: row.standing for row in claims_table(measured, "data")}
    assert claimed["directional accuracy 50.75 % with good sizing"] == standing


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_on_noise_a_whole_run_passes_anyone_in_at_most_five_percent():
    """200 generated markets, nine forecasters of noise each; no costs, which would hold luck back."""
    passed, markets = 0, 200
    settings = PromotionSettings(draws=200)
    for seed in range(markets):
        market = known_market("noise", days=600, instruments=6, seed=1000 + seed)
        records = [
            record_of(f"m{k}", market, noise_forecasts(market, 50 * seed + k), runs=40, cost_bps=0.0)
            for k in range(9)
        ]
        passed += any(v.accepted for v in judge_all(records, TrialLedger(None), settings))
    interval = stats.binomtest(passed, markets).proportion_ci(method="exact")
    print(f"{passed} of {markets} noise markets passed anyone: {interval.low:.3%} to {interval.high:.3%}")
    assert interval.high <= 0.05


def test_a_whole_run_is_measured_together(records):
    got = evaluate_run(records, draws=400)
    assert got.models[0] == "planted"
    assert got.discoveries[:1] == ("planted",)
    assert got.effective_models == 9
    assert got.snooping.spa_consistent < 0.01
    assert got.overfitting.probability < 0.01
    noise = evaluate_run(records[1:], draws=400)
    assert noise.discoveries == ()
    assert noise.snooping.spa_consistent > 0.05
    assert evaluate_run(records[:1], draws=400).overfitting is None
    with pytest.raises(DataError, match="without candidates"):
        evaluate_run([])


def test_the_newest_bars_that_earned_nothing_yet_are_left_out(market):
    late = held_from_labels(market.samples, 2)
    record = track_record(
        oos_of("m", market, market.best), market.samples, late, TradingCosts(), random_runs=5
    )
    assert len(record.returns) == 1498
    assert len(record.oos) == len(record.forecasts.moment) == 14_980
