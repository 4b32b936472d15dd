"""The promotion gate: a model is accepted only when its edge is more than luck, costs and a rising market.

All conditions must hold, each with its number in the verdict:

* its try stands in the ledger, and there are enough periods;
* it is not too good: daily accuracy far above 55 % is taken for a leak until someone clears it by name;
* its Sharpe after costs, deflated by the effective number of tries, is positive at the confidence, and the
  block bootstrap of its mean return agrees;
* its entries beat random entries with the same turnover;
* its probabilities are calibrated within bounds;
* its Sharpe beats every baseline, and the champion where there is one, paired on the same bars.

The gate asked again every month would pass luck in the end, so round k may spend 6/(pi k)^2 of the error
rate, and all rounds together the whole. Rounds are counted in the ledger, and verdicts are written to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tradewind.core.errors import ConfigError
from tradewind.validation.bootstrap import Blocks, default_block, p_value_above, stationary_blocks
from tradewind.validation.deflation import deflated_sharpe, trial_population
from tradewind.validation.ledger import Trial, TrialLedger
from tradewind.validation.metrics import forecast_intervals
from tradewind.validation.performance import NetReturns, sharpe_draws, sharpe_ratio
from tradewind.validation.track_record import TrackRecord

ACCEPTED = "accepted"
REFUSED = "refused"


@dataclass(frozen=True)
class PromotionSettings:
    """Bounds of the gate.

    Attributes
    ----------
    confidence
        Of the deflated edge, of the random-entry test and of the paired test against the champion.
    baseline_confidence
        Of the paired tests against the baselines, each of which must be passed.
    max_calibration_error
        Largest expected calibration error.
    leak_accuracy
        Accuracy above this, with its interval above 55 %, is taken for a leak.
    min_periods
        Fewest periods (days of one clock, or bars that last longer) out of sample.
    same_cluster_correlation
        Tries that are correlated more than this count as one.
    """

    confidence: float = 0.95
    baseline_confidence: float = 0.80
    max_calibration_error: float = 0.05
    leak_accuracy: float = 0.58
    min_periods: int = 250
    same_cluster_correlation: float = 0.5
    draws: int = 2_000
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("confidence", "baseline_confidence"):
            if not 0.5 <= getattr(self, name) < 1.0:
                message = f"The gate's {name} is {getattr(self, name)}."
                raise ConfigError(message, "Give 0.5 or more and less than 1.")
        if self.draws < 100 or self.min_periods < 30:
            message = f"{self.draws} draws over {self.min_periods} periods decide nothing."
            raise ConfigError(message, "Give at least 100 draws and 30 periods.")


@dataclass(frozen=True)
class Evidence:
    """All that a verdict rests on. ``trials`` is the whole ledger; ``round_number`` counts from 1."""

    record: TrackRecord
    trials: tuple[Trial, ...]
    champion: NetReturns | None = None
    round_number: int = 1
    leak_cleared_by: str = ""


@dataclass(frozen=True)
class PromotionVerdict:
    """``reasons`` are what failed when refused, and what held when accepted, in plain words with numbers."""

    model: str
    verdict: str
    reasons: tuple[str, ...]
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Whether the model may be promoted."""
        return self.verdict == ACCEPTED


@dataclass(frozen=True)
class _Check:
    holds: bool
    reason: str
    figures: dict[str, float] = field(default_factory=dict)


def judge_all(
    records: Sequence[TrackRecord],
    ledger: TrialLedger,
    settings: PromotionSettings | None = None,
    *,
    champion: NetReturns | None = None,
    leak_cleared_by: Mapping[str, str] | None = None,
) -> list[PromotionVerdict]:
    """Record every candidate of a run in the ledger, then judge each against all that was ever tried.

    ``leak_cleared_by`` names, by model, who vouches that a suspiciously good result is no leak.
    """
    settings = settings or PromotionSettings()
    for record in records:
        ledger.judge(record.trial)
    trials = ledger.trials()
    verdicts = []
    for record in records:
        last = int(record.returns.ts_event[-1])
        cleared = (leak_cleared_by or {}).get(record.model, "")
        evidence = Evidence(record, trials, champion, ledger.round_of(last), cleared)
        verdicts.append(judge(evidence, settings))
    for record, verdict in zip(records, verdicts, strict=True):
        last = int(record.returns.ts_event[-1])
        ledger.record_verdict(record.oos.trial_id, record.model, last, verdict.verdict, verdict.reasons)
    return verdicts


def judge(evidence: Evidence, settings: PromotionSettings) -> PromotionVerdict:
    """Accept or refuse one candidate. Pure: the same evidence gives the same verdict."""
    record = evidence.record
    error_rate = (1.0 - settings.confidence) * 6.0 / (np.pi * evidence.round_number) ** 2
    early = [_in_ledger(evidence), _long_enough(record.returns, settings), _traded(record.returns)]
    if not all(check.holds for check in early):
        return _verdict(record.model, early)
    checks = [
        *early,
        *_forecast_checks(evidence, settings),
        _edge(evidence, settings, error_rate),
        _random_entries(record, error_rate),
        *_paired_checks(evidence, settings, error_rate),
    ]
    return _verdict(record.model, checks)


def _verdict(model: str, checks: Sequence[_Check]) -> PromotionVerdict:
    figures: dict[str, float] = {}
    for check in checks:
        figures |= check.figures
    failed = tuple(check.reason for check in checks if not check.holds)
    if failed:
        return PromotionVerdict(model, REFUSED, failed, figures)
    return PromotionVerdict(model, ACCEPTED, tuple(check.reason for check in checks if check.reason), figures)


def _in_ledger(evidence: Evidence) -> _Check:
    trial_id = evidence.record.oos.trial_id
    known = any(trial.trial_id == trial_id and trial.judged for trial in evidence.trials)
    count = len(evidence.trials)
    reason = (
        f"it is one of {count} recorded tries"
        if known
        else f"its try {trial_id!r} is not in the trial ledger"
    )
    return _Check(known, reason, {"recorded_trials": float(count)})


def _long_enough(returns: NetReturns, settings: PromotionSettings) -> _Check:
    periods = len(returns)
    reason = f"{periods} periods of {returns.period} out of sample, {settings.min_periods} are needed"
    return _Check(periods >= settings.min_periods, reason, {"periods": float(periods)})


def _traded(returns: NetReturns) -> _Check:
    sharpe = float(sharpe_ratio(returns.net)) if len(returns) > 1 else float("nan")
    return _Check(bool(np.isfinite(sharpe)), "" if np.isfinite(sharpe) else "it never held a position")


def _forecast_checks(evidence: Evidence, settings: PromotionSettings) -> list[_Check]:
    record = evidence.record
    measured = forecast_intervals(
        record.forecasts, draws=settings.draws, seed=settings.seed, horizon_periods=record.horizon_periods
    )
    accuracy, base, ece = measured["accuracy"], measured["base_rate"].value, measured["ece"].value
    too_good = accuracy.value > settings.leak_accuracy and accuracy.low > 0.55
    said = f"accuracy {accuracy.value:.1%} ({accuracy.low:.1%} to {accuracy.high:.1%})"
    if too_good and not evidence.leak_cleared_by:
        leak = f"{said} is far above the 50 to 55 % of leak-free studies: a leak until proven otherwise"
    elif too_good:
        leak = f"{said} is far above leak-free studies; cleared by {evidence.leak_cleared_by}"
    else:
        leak = f"{said} against a base rate of {base:.1%} is plausible"
    calibrated = bool(ece <= settings.max_calibration_error)
    bound = settings.max_calibration_error
    calibration = (
        f"calibration error {ece:.3f}, {'within' if calibrated else 'above'} the bound of {bound:.3f}"
    )
    figures = {
        "accuracy": accuracy.value,
        "accuracy_low": accuracy.low,
        "accuracy_high": accuracy.high,
        "base_rate": base,
        "ic": measured["ic"].value,
    }
    return [
        _Check(not too_good or bool(evidence.leak_cleared_by), leak, figures),
        _Check(calibrated, calibration, {"calibration_error": ece}),
    ]


def _edge(evidence: Evidence, settings: PromotionSettings, error_rate: float) -> _Check:
    record = evidence.record
    net = record.returns.net
    annual = float(np.sqrt(record.returns.periods_per_year))
    population = trial_population(
        evidence.trials, record.oos.trial_id, same_cluster_correlation=settings.same_cluster_correlation
    )
    probability = deflated_sharpe(net, population)
    blocks = _blocks(len(net), record, settings)
    p_value = p_value_above(float(sharpe_ratio(net)), sharpe_draws(net[:, None], blocks)[:, 0])
    sharpe = float(sharpe_ratio(net)) * annual
    holds = probability >= 1.0 - error_rate and p_value <= error_rate and sharpe > 0
    reason = (
        f"Sharpe after costs {sharpe:.2f} a year: positive with probability {probability:.1%} after "
        f"deflation by {population.effective} effective tries, bootstrap p {p_value:.4f}; "
        f"{1.0 - error_rate:.1%} and p {error_rate:.4f} are needed in round {evidence.round_number}"
    )
    figures = {
        "sharpe": sharpe,
        "deflated_sharpe_probability": probability,
        "edge_p_value": p_value,
        "effective_trials": float(population.effective),
        "trial_variance": population.variance,
        "error_rate": error_rate,
    }
    return _Check(bool(holds), reason, figures)


def _random_entries(record: TrackRecord, error_rate: float) -> _Check:
    others = record.random_sharpes[np.isfinite(record.random_sharpes)]
    beyond = int((others >= float(sharpe_ratio(record.returns.net))).sum())
    p_value = (1 + beyond) / (1 + len(others))
    # With few runs the smallest p there can be is 1 in (runs + 1).
    needed = max(error_rate, 1.0 / (1 + len(others)))
    reason = (
        f"{beyond} of {len(others)} random entries with the same turnover did as well, p {p_value:.4f}; "
        f"{needed:.4f} is needed"
    )
    return _Check(p_value <= needed, reason, {"random_entry_p_value": p_value})


def _paired_checks(evidence: Evidence, settings: PromotionSettings, error_rate: float) -> list[_Check]:
    record = evidence.record
    checks = []
    for name, baseline in record.baselines.items():
        level = 1.0 - settings.baseline_confidence
        checks.append(_paired(name, record.returns, baseline.returns, level, record, settings))
    if evidence.champion is not None:
        checks.append(
            _paired("the champion", record.returns, evidence.champion, error_rate, record, settings)
        )
    return checks


def _paired(
    name: str,
    candidate: NetReturns,
    other: NetReturns,
    level: float,
    record: TrackRecord,
    settings: PromotionSettings,
) -> _Check:
    """Whether the candidate's Sharpe exceeds the other's on the periods that both have."""
    _, mine, theirs = np.intersect1d(candidate.ts_event, other.ts_event, return_indices=True)
    if len(mine) < settings.min_periods:
        return _Check(False, f"{len(mine)} periods are shared with {name}, {settings.min_periods} are needed")
    both = np.column_stack([candidate.net[mine], other.net[theirs]])
    ours, its = (float(v) for v in np.nan_to_num(sharpe_ratio(both)))
    draws = np.nan_to_num(sharpe_draws(both, _blocks(len(mine), record, settings)))
    p_value = p_value_above(ours - its, draws[:, 0] - draws[:, 1])
    annual = float(np.sqrt(candidate.periods_per_year))
    better = p_value <= level
    reason = (
        f"Sharpe {ours * annual:.2f} against {its * annual:.2f} of {name} on {len(mine)} shared periods: "
        f"{'better' if better else 'not better'}, paired p {p_value:.4f}, {level:.4f} is needed"
    )
    key = name.replace(" ", "_")
    return _Check(better, reason, {f"p_value_against_{key}": p_value, f"sharpe_of_{key}": its * annual})


def _blocks(length: int, record: TrackRecord, settings: PromotionSettings) -> Blocks:
    block = default_block(length, record.horizon_periods)
    return stationary_blocks(length, block, settings.draws, settings.seed)
