"""Walk-forward: fit on the past, forecast the month after it, move on; nothing is forecast twice."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np

from tradewind.core.errors import ModelError
from tradewind.core.panel import Floats, Ints, Predictions, Samples
from tradewind.core.ports import Mapper, ModelFactory
from tradewind.validation.combinatorial import CombinatorialPlan, combinatorial_folds, path_rows
from tradewind.validation.ledger import TrialLedger, trial_identity
from tradewind.validation.splits import Fold, WalkForwardPlan, walk_forward_folds

PREDICTION_COLUMNS = ("probability_up", "expected_return_bps", "confidence", "lower_bps", "upper_bps")


@dataclass(frozen=True)
class OutOfSample:
    """Forecasts of rows that the model had never seen, oldest first.

    Attributes
    ----------
    model, version
        Of the fitted model.
    trial_id
        Its entry in the trial ledger; the gate refuses what is not in there.
    rows
        Row numbers into the samples (R,), rising.
    predictions
        Aligned with ``rows``.
    fold
        Fold that each row was tested in (R,).
    fit_seconds, predict_seconds
        Per fold (F,), of the worker's wall clock.
    realised
        Label of each row (R,); NaN where not known yet.
    """

    model: str
    version: str
    trial_id: str
    rows: Ints
    predictions: Predictions
    fold: Ints
    fit_seconds: Floats
    predict_seconds: Floats
    realised: Floats

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, keep: np.typing.NDArray[np.bool_]) -> "OutOfSample":
        """The rows under a mask (R,)."""
        chosen = (getattr(self.predictions, name)[keep] for name in PREDICTION_COLUMNS)
        return OutOfSample(
            model=self.model,
            version=self.version,
            trial_id=self.trial_id,
            rows=self.rows[keep],
            predictions=Predictions(*chosen),
            fold=self.fold[keep],
            fit_seconds=self.fit_seconds,
            predict_seconds=self.predict_seconds,
            realised=self.realised[keep],
        )


@dataclass(frozen=True)
class _FoldResult:
    model: str
    version: str
    predictions: Predictions
    fit_seconds: float
    predict_seconds: float


def walk_forward(
    factory: ModelFactory,
    samples: Samples,
    plan: WalkForwardPlan,
    mapper: Mapper,
    seed: int,
    on_progress: Callable[[int, int], None] | None = None,
    *,
    ledger: TrialLedger,
) -> OutOfSample:
    """Fit a fresh model in every fold and forecast its test slice; ``on_progress(done, folds)``.

    Folds are independent items for the mapper; the samples are bound to the function, which mappers share
    between workers instead of sending them with every fold. The try is written to ``ledger`` before the first
    fit. Each fold's seed is derived from ``seed`` and its number, so results do not depend on the mapper.

    Raises
    ------
    DataError
        The rows do not cover the plan.
    ModelError
        A model cannot be fitted or answers in the wrong shape.
    """
    folds = walk_forward_folds(samples, plan)
    trial_id = record_start(factory, samples, {"plan": asdict(plan), "seed": seed}, ledger)
    results = _run(factory, samples, folds, mapper, seed, on_progress)
    return _collected(samples, folds, results, [np.ones(len(f.test), bool) for f in folds], trial_id)


def cross_validate(
    factory: ModelFactory,
    samples: Samples,
    plan: CombinatorialPlan,
    mapper: Mapper,
    seed: int,
    on_progress: Callable[[int, int], None] | None = None,
    *,
    ledger: TrialLedger,
) -> tuple[OutOfSample, ...]:
    """Combinatorial purged cross-validation: one whole path of forecasts for each of ``plan.paths``.

    For choosing between models (:mod:`tradewind.validation.overfitting`), not for the promotion gate.
    """
    folds = combinatorial_folds(samples, plan)
    trial_id = record_start(factory, samples, {"plan": asdict(plan), "seed": seed}, ledger)
    results = _run(factory, samples, folds, mapper, seed, on_progress)
    return tuple(
        _collected(samples, folds, results, path_rows(samples, plan, folds, path), trial_id)
        for path in range(plan.paths)
    )


def record_start(
    factory: ModelFactory, samples: Samples, facts: dict[str, object], ledger: TrialLedger
) -> str:
    """Write a try to the ledger and return its identity."""
    model = factory()
    described = {**facts, "version": model.version, "model": {k: str(v) for k, v in model.describe().items()}}
    trial_id = trial_identity(model.name, samples, described)
    ledger.start(trial_id, model.name, described)
    return trial_id


def _run(
    factory: ModelFactory,
    samples: Samples,
    folds: Sequence[Fold],
    mapper: Mapper,
    seed: int,
    on_progress: Callable[[int, int], None] | None,
) -> list[_FoldResult]:
    total = len(folds)
    hear = (lambda done: on_progress(done, total)) if on_progress else None
    return mapper.map(partial(_run_fold, factory, samples, seed), folds, on_done=hear)


def _run_fold(factory: ModelFactory, samples: Samples, seed: int, fold: Fold) -> _FoldResult:
    model = factory()
    validation = samples.take(fold.validation) if len(fold.validation) else None
    fold_seed = int(np.random.SeedSequence([seed, fold.index]).generate_state(1)[0] >> 1)
    started = time.perf_counter()
    model.fit(samples.take(fold.train), validation, fold_seed)
    fitted = time.perf_counter()
    predictions = model.predict(_without_labels(samples.take(fold.test)))
    answered = time.perf_counter()
    _check(model.name, predictions, len(fold.test))
    return _FoldResult(model.name, model.version, predictions, fitted - started, answered - fitted)


def _without_labels(rows: Samples) -> Samples:
    """The same rows with nothing of the future in them, so that no model can look."""
    return Samples(
        cube=rows.cube,
        t=rows.t,
        i=rows.i,
        ts_event=rows.ts_event,
        label_return=np.full(len(rows), np.nan),
        label_end=np.full(len(rows), np.iinfo(np.int64).max),
        weight=np.ones(len(rows)),
        names=rows.names,
        instrument_ids=rows.instrument_ids,
        horizon_bars=rows.horizon_bars,
    )


def _check(name: str, predictions: Predictions, rows: int) -> None:
    for column in PREDICTION_COLUMNS:
        values = getattr(predictions, column)
        if np.shape(values) != (rows,):
            message = f"Model {name!r} gave {column} of shape {np.shape(values)} for {rows} rows."
            raise ModelError(message, "Its predict must answer every row, with NaN where it cannot judge.")
        if column in ("probability_up", "confidence") and not _in_unit(values):
            message = f"Model {name!r} gave a {column} outside 0 to 1."
            raise ModelError(message, "Calibrate or clip it inside the model.")


def _in_unit(values: Floats) -> bool:
    known = values[~np.isnan(values)]
    return bool(((known >= 0.0) & (known <= 1.0)).all())


def _collected(
    samples: Samples,
    folds: Sequence[Fold],
    results: Sequence[_FoldResult],
    keep: Sequence[np.typing.NDArray[np.bool_]],
    trial_id: str,
) -> OutOfSample:
    rows = np.concatenate([fold.test[k] for fold, k in zip(folds, keep, strict=True)])
    order = np.argsort(rows, kind="stable")
    fold_of = np.concatenate([np.full(int(k.sum()), f.index) for f, k in zip(folds, keep, strict=True)])
    columns = (
        np.concatenate([getattr(r.predictions, name)[k] for r, k in zip(results, keep, strict=True)])[order]
        for name in PREDICTION_COLUMNS
    )
    return OutOfSample(
        model=results[0].model,
        version=results[0].version,
        trial_id=trial_id,
        rows=rows[order],
        predictions=Predictions(*columns),
        fold=fold_of[order],
        fit_seconds=np.array([r.fit_seconds for r in results]),
        predict_seconds=np.array([r.predict_seconds for r in results]),
        realised=samples.label_return[rows[order]],
    )
