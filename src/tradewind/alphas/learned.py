"""A model that learns: one skeleton for logistic regression, trees and networks.

A *learner* (one small file each) turns prepared rows into a score in log-odds. Everything around it is here
and the same for all: choosing rows, preparing columns, calibrating the probability on the validation slice,
the edge, the conformal interval, saving and loading.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np

from tradewind.alphas.artefacts import MODEL, load_files_of, parse, save_files, sha256, to_json
from tradewind.alphas.calibration import Platt, calibrated, fit_platt
from tradewind.alphas.conformal import Interval, fit_interval
from tradewind.alphas.edge import ClassMeans, class_means, confidence, edge_bps
from tradewind.alphas.learner import Judgement, Learner, Lesson
from tradewind.alphas.local_scale import LocalScale, fit_scale, scale_bps
from tradewind.alphas.parameters import changed_parameters, parameters_of
from tradewind.alphas.preparation import Preparation, Rows, fit_preparation
from tradewind.alphas.rows import BPS, check_horizon, data_hash, halves, labelled, purged, split_tail
from tradewind.core.errors import ModelError
from tradewind.core.panel import Bools, Predictions, Samples

LEAST_TRAIN = 40
LEAST_VALIDATION = 20
EDGE_FORMULA = "edge = (p - base rate) x (mean up return - mean down return)"


class Trained(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a fitted model is, besides its learner's files."""

    model: str
    version: str
    parameters: dict[str, object]
    preparation: Preparation
    platt: Platt
    means: ClassMeans
    interval: Interval
    scale: LocalScale
    horizon_bars: int
    facts: dict[str, object]
    learnt: str = ""
    """Hash over the learner's files: which weights these figures belong to."""


class LearnedModel:
    """Implements :class:`tradewind.core.ports.Model` around a learner."""

    def __init__(self, name: str, family: str, learner: Learner, judgement: Judgement) -> None:
        self.name = name
        self.family = family
        self.version = "unfitted"
        self.learner = learner
        self.lookback = learner.lookback
        self.judgement = judgement
        self._trained: Trained | None = None

    def fit(self, train: Samples, validation: Samples | None, seed: int) -> None:
        """Learn from labelled rows of ``train``; calibrate on ``validation``, or on the tail of ``train``.

        Training rows whose label reaches into the validation slice are left out. The version is the hash of
        parameters, seed and data: the same fit has the same version.

        Raises
        ------
        ModelError
            Too few labelled rows, labels of one kind only, or no usable factor.
        """
        early, late = _two_windows(train, validation, self.judgement.validation_share)
        self._check(early, late)
        preparation = fit_preparation(early, self.learner.wanted, self.name)
        learnt, held = self._lesson(early, preparation), self._lesson(late, preparation)
        self._check(learnt.rows.samples, held.rows.samples)
        watched, calibration = self._watched_and_calibration(held)
        self.learner.fit(learnt, watched, seed)
        hashes = (data_hash(early), data_hash(late))
        parameters = parameters_of(self.learner, self.judgement)
        self.version = sha256(to_json([self.name, parameters, seed, hashes]))[:12]
        facts: dict[str, object] = {
            "seed": seed,
            "instruments": list(early.instrument_ids),
            "label_basis": early.label_basis,
            "train": _range(early, hashes[0]),
            "validation": _range(late, hashes[1]),
            "calibration_rows": len(calibration.rows),
            **self.learner.notes(),
        }
        self._trained = self._calibrate(learnt, held, calibration, facts)

    def predict(self, rows: Samples) -> Predictions:
        """Judge rows; NaN where more factors are missing than the model accepts.

        Raises
        ------
        ModelError
            The model is not fitted, the rows lack a factor that it learnt from, or have another horizon.
        """
        trained = self.trained
        check_horizon(rows, trained.horizon_bars, self.name)
        prepared = Rows(rows, trained.preparation, self.name)
        judged = prepared.judged(self.lookback, self.judgement.present_share)
        probability = np.full(len(rows), np.nan)
        if judged.any():
            probability[judged] = calibrated(self.learner.score(prepared.take(judged)), trained.platt)
        edge = edge_bps(probability, trained.means, include_drift=self.judgement.include_drift)
        scale = scale_bps(rows, trained.scale, self.name)
        return Predictions(
            probability_up=probability,
            expected_return_bps=edge,
            confidence=confidence(probability, trained.means.base_rate),
            lower_bps=edge + trained.interval.lower * scale,
            upper_bps=edge + trained.interval.upper * scale,
        )

    def save(self, folder: Path) -> None:
        """Write ``model.json``, the learner's files and their hashes into ``folder``."""
        learnt = self.learner.files()
        trained = msgspec.structs.replace(self.trained, learnt=_hash_of(learnt))
        save_files(folder, {MODEL: to_json(trained), **learnt})

    def load(self, folder: Path) -> None:
        """Become what was saved; ModelError when the files are damaged or of another model."""
        files = load_files_of(folder, self.name, parameters_of(self.learner, self.judgement))
        trained = parse(files[MODEL], Trained, folder / MODEL)
        learnt = {name: data for name, data in files.items() if name != MODEL}
        if trained.learnt != _hash_of(learnt):
            message = f"The folder {folder} mixes the files of two models."
            raise ModelError(message, "Restore it from a copy, or train the model again.")
        self.learner.restore(learnt)
        self._trained, self.version = trained, trained.version

    def describe(self) -> Mapping[str, object]:
        """What a model card says; before a fit, the parameters alone."""
        parameters = parameters_of(self.learner, self.judgement)
        known: dict[str, object] = {
            "model": self.name,
            "version": self.version,
            "family": self.family,
            "lookback": self.lookback,
            "parameters": parameters,
            "changed_from_reference": changed_parameters(self.learner),
        }
        if self._trained is None:
            return known
        trained = self._trained
        return known | {
            "factor_names": list(trained.preparation.names),
            "factors_left_out": dict(trained.preparation.left_out),
            "edge_formula": EDGE_FORMULA + (" + drift" if self.judgement.include_drift else ""),
            "base_rate": trained.means.base_rate,
            "mean_up_bps": trained.means.up_bps,
            "mean_down_bps": trained.means.down_bps,
            "drift_bps": trained.means.drift_bps,
            "platt_slope": trained.platt.slope,
            "platt_slope_unshrunk": trained.platt.raw_slope,
            "platt_t_statistic": trained.platt.t_statistic,
            "interval_scale": trained.scale.meaning,
            "interval_coverage_nominal": trained.interval.nominal,
            "interval_coverage_measured": trained.interval.measured,
            "horizon_bars": trained.horizon_bars,
            **trained.facts,
        }

    def importance(self) -> dict[str, float] | None:
        """The learner's own importance by factor, summing to 1; None where it has none."""
        own = self.learner.importance() if self._trained is not None else None
        if own is None:
            return None
        share = own / own.sum() if own.sum() > 0.0 else own
        return {n: float(v) for n, v in zip(self.trained.preparation.names, share, strict=True)}

    @property
    def trained(self) -> Trained:
        """What the fit left; ModelError before it."""
        if self._trained is None:
            message = f"The model {self.name!r} is not fitted."
            raise ModelError(message, "Call fit, or load a saved version.")
        return self._trained

    def _lesson(self, window: Samples, preparation: Preparation) -> Lesson:
        rows = Rows(window, preparation, self.name)
        rows = rows.take(rows.judged(self.lookback, self.judgement.present_share))
        return Lesson(rows, _rose(rows.samples).astype(np.float64), rows.samples.weight)

    def _check(self, early: Samples, late: Samples) -> None:
        for window, what, least in ((early, "training", LEAST_TRAIN), (late, "validation", LEAST_VALIDATION)):
            if len(window) < least:
                message = f"The model {self.name!r} has {len(window)} {what} rows, fewer than {least}."
                raise ModelError(message, "Give it a longer history.")
        if _rose(early).all() or not _rose(early).any():
            message = f"All {len(early)} training labels of the model {self.name!r} have one direction."
            raise ModelError(message, "Give it a window in which the instrument both rose and fell.")

    def _watched_and_calibration(self, held: Lesson) -> tuple[Lesson, Lesson]:
        """Rounds picked on rows flatter the score on those rows: calibration then takes the later half."""
        if not self.learner.stops_early:
            return held, held
        early, late = (self._lesson(w, held.rows.preparation) for w in halves(held.rows.samples))
        for lesson, half in ((early, "first"), (late, "second")):
            if len(lesson.rows) < LEAST_VALIDATION // 2:
                message = f"The {half} half of the validation rows of {self.name!r} holds {len(lesson.rows)}."
                raise ModelError(message, "Give it a longer validation slice.")
        return early, late

    def _calibrate(self, learnt: Lesson, held: Lesson, late: Lesson, facts: dict[str, object]) -> Trained:
        train, rows = learnt.rows.samples, late.rows.samples
        weight = np.concatenate([learnt.weight, held.weight])
        base_rate = float(np.average(np.concatenate([learnt.up, held.up]), weights=weight))
        means = class_means(train.label_return, learnt.weight, base_rate)
        score = self.learner.score(late.rows)
        platt = fit_platt(score, late.up, late.weight, rows.t, rows.horizon_bars, base_rate)
        edge = edge_bps(calibrated(score, platt), means, include_drift=self.judgement.include_drift)
        scale = fit_scale(train)
        residual = (BPS * rows.label_return - edge) / scale_bps(rows, scale, self.name)
        return Trained(
            model=self.name,
            version=self.version,
            parameters=parameters_of(self.learner, self.judgement),
            preparation=learnt.rows.preparation,
            platt=platt,
            means=means,
            interval=fit_interval(residual, self.judgement.coverage),
            scale=scale,
            horizon_bars=train.horizon_bars,
            facts=facts,
        )


def _rose(samples: Samples) -> Bools:
    rose: Bools = samples.label_return > 0.0
    return rose


def _two_windows(train: Samples, validation: Samples | None, share: float) -> tuple[Samples, Samples]:
    early = labelled(train)
    if validation is None:
        return split_tail(early, share)
    late = labelled(validation)
    return (purged(early, int(late.ts_event.min())), late) if len(late) else (early, late)


def _range(samples: Samples, name: str) -> dict[str, object]:
    return {
        "start_ns": int(samples.ts_event.min()),
        "end_ns": int(samples.ts_event.max()),
        "rows": len(samples),
        "data_hash": name,
    }


def _hash_of(files: Mapping[str, bytes]) -> str:
    return sha256(to_json({name: sha256(data) for name, data in sorted(files.items())}))
