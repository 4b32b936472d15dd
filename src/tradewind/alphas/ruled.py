"""A model that states a rule: one published signal, whose size in bps the training window decides.

The edge is ``coefficient * signal``. The published coefficient is where a rule starts; :meth:`RuleModel.fit`
replaces it by the slope of realised returns on the signal, shrunk as in ``calibration`` and never of the
opposite sign: a rule that did not work in the window is calibrated towards zero, not turned round. The
market's own drift stays in the residuals, so it moves the interval and the probability but is no edge.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import numpy as np

from tradewind.alphas.artefacts import MODEL, load_files_of, parse, save_files, sha256, to_json
from tradewind.alphas.calibration import shrinkage, slope_variance
from tradewind.alphas.edge import confidence
from tradewind.alphas.local_scale import LocalScale, fit_scale, scale_bps
from tradewind.alphas.registry import MODELS
from tradewind.alphas.rows import BPS, check_horizon, column_index, data_hash, labelled
from tradewind.core.errors import ModelError
from tradewind.core.panel import Floats, Predictions, Samples
from tradewind.core.settings import Inside

LEAST_ROWS = 40
CEILING = 0.15
"""Deviations of return per deviation of signal: an information coefficient. Published ones are under 0.1."""
_LEVELS = np.linspace(0.0, 1.0, 401)


@dataclass(frozen=True)
class RuleRows:
    """Rows as a rule sees them: factors by name."""

    samples: Samples
    model: str

    def __getitem__(self, name: str) -> Floats:
        """The factor of each row, (R,); ModelError when there is none of that name."""
        column = column_index(self.samples.names, (name,), self.model)[0]
        values: Floats = self.samples.cube[self.samples.t, self.samples.i, column]
        return values

    def across(self, name: str) -> Floats:
        """The factor of every instrument at each row's time, (R, N), whichever rows were asked for."""
        column = column_index(self.samples.names, (name,), self.model)[0]
        values: Floats = self.samples.cube[self.samples.t, :, column]
        return values


Signal = Callable[[RuleRows], Floats]


@dataclass(frozen=True)
class Rule:
    """What a rule's file states. ``signal`` gives (R,), positive for up, NaN where it cannot say."""

    name: str
    signal: Signal
    needs: tuple[str, ...]
    published_bps: float
    source: str

    def __call__(self, coverage: float = 0.9) -> "RuleModel":
        """An unfitted model of this rule whose interval has nominal ``coverage``."""
        return RuleModel(self, coverage)


@dataclass(frozen=True)
class RuleParameters:
    """What may be chosen of a rule."""

    coverage: Inside = 0.9


class Calibrated(msgspec.Struct, frozen=True, kw_only=True):
    """What the training window said of a rule; residuals are realised minus edge, over scale, by quantile."""

    model: str
    version: str
    parameters: dict[str, float]
    coefficient_bps: float
    slope_bps: float
    t_statistic: float
    scale: LocalScale
    residual: tuple[float, ...]
    horizon_bars: int
    facts: dict[str, object]


class RuleModel:
    """Implements :class:`tradewind.core.ports.Model` around a rule."""

    lookback = 1
    family = "rules"

    def __init__(self, rule: Rule, coverage: float = 0.9) -> None:
        if not 0.0 < coverage < 1.0:
            message = f"The coverage {coverage} of the rule {rule.name!r} is not between 0 and 1."
            raise ModelError(message, "Choose one such as 0.9.")
        self.name = rule.name
        self.version = "unfitted"
        self.rule = rule
        self.parameters = RuleParameters(coverage)
        self._calibrated: Calibrated | None = None

    def signal(self, rows: Samples) -> Floats:
        """The rule's raw signal, (R,); ModelError naming a factor that the rows do not have."""
        column_index(rows.names, self.rule.needs, self.name)
        with np.errstate(divide="ignore", invalid="ignore"):
            values = self.rule.signal(RuleRows(rows, self.name))
        return np.where(np.isfinite(values), values, np.nan)

    def published_edge_bps(self, rows: Samples) -> Floats:
        """The edge by the published coefficient, before any calibration, (R,)."""
        return self.rule.published_bps * self.signal(rows)

    def fit(self, train: Samples, validation: Samples | None, seed: int) -> None:
        """Calibrate on the labelled rows of ``train``; ``validation`` only measures the interval's coverage.

        A rule draws no random number: ``seed`` changes nothing. ModelError with fewer than 40 rows.
        """
        rows = labelled(train)
        signal = self.signal(rows)
        usable = np.isfinite(signal)
        rows, signal = rows.take(usable), signal[usable]
        if len(rows) < LEAST_ROWS:
            message = f"The rule {self.name!r} has {len(rows)} usable training rows, fewer than {LEAST_ROWS}."
            raise ModelError(message, "Give it a longer history.")
        realised = BPS * rows.label_return
        slope, t_statistic, kept = _slope(signal, realised, rows)
        coefficient = max(slope, 0.0) * kept
        scale = fit_scale(rows)
        residual = (realised - coefficient * signal) / scale_bps(rows, scale, self.name)
        named = data_hash(rows)
        parameters = asdict(self.parameters)
        self.version = sha256(to_json([self.name, parameters, named]))[:12]
        facts: dict[str, object] = {
            "seed": seed,
            "instruments": list(rows.instrument_ids),
            "label_basis": rows.label_basis,
            "train": {
                "start_ns": int(rows.ts_event.min()),
                "end_ns": int(rows.ts_event.max()),
                "rows": len(rows),
                "data_hash": named,
            },
        }
        self._calibrated = Calibrated(
            model=self.name,
            version=self.version,
            parameters=parameters,
            coefficient_bps=coefficient,
            slope_bps=slope,
            t_statistic=t_statistic,
            scale=scale,
            residual=tuple(float(q) for q in np.quantile(residual, _LEVELS)),
            horizon_bars=rows.horizon_bars,
            facts=facts,
        )
        measured = {"interval_coverage_measured": self._coverage(validation)}
        self._calibrated = msgspec.structs.replace(self._calibrated, facts=facts | measured)

    def predict(self, rows: Samples) -> Predictions:
        """Judge rows; NaN where the signal is. Probability: share of residuals that leave the return up."""
        known = self.calibrated
        check_horizon(rows, known.horizon_bars, self.name)
        edge = known.coefficient_bps * self.signal(rows)
        scale = scale_bps(rows, known.scale, self.name)
        residual = np.array(known.residual)
        tail = (1.0 - self.parameters.coverage) / 2.0
        low, high = np.interp([tail, 1.0 - tail], _LEVELS, residual)
        probability = _share_above(-edge / scale, residual)
        base_rate = float(_share_above(np.zeros(1), residual)[0])
        return Predictions(
            probability_up=probability,
            expected_return_bps=edge,
            confidence=confidence(probability, base_rate),
            lower_bps=edge + low * scale,
            upper_bps=edge + high * scale,
        )

    def save(self, folder: Path) -> None:
        """Write ``model.json`` and its hash into ``folder``."""
        save_files(folder, {MODEL: to_json(self.calibrated)})

    def load(self, folder: Path) -> None:
        """Become what was saved; ModelError when the file is damaged or of another rule."""
        files = load_files_of(folder, self.name, asdict(self.parameters))
        known = parse(files[MODEL], Calibrated, folder / MODEL)
        self._calibrated, self.version = known, known.version

    def describe(self) -> Mapping[str, object]:
        """What a model card says; before a fit, what the rule states."""
        stated: dict[str, object] = {
            "model": self.name,
            "version": self.version,
            "family": self.family,
            "lookback": self.lookback,
            "parameters": asdict(self.parameters),
            "changed_from_reference": {},
            "factor_names": list(self.rule.needs),
            "source": self.rule.source,
            "edge_formula": "edge = coefficient x signal",
            "published_coefficient_bps": self.rule.published_bps,
        }
        known = self._calibrated
        if known is None:
            return stated
        return stated | {
            "coefficient_bps": known.coefficient_bps,
            "slope_bps_unshrunk": known.slope_bps,
            "slope_t_statistic": known.t_statistic,
            "interval_scale": known.scale.meaning,
            "interval_coverage_nominal": self.parameters.coverage,
            "horizon_bars": known.horizon_bars,
            **known.facts,
        }

    def importance(self) -> dict[str, float]:
        """Equal shares of the factors that it reads: a rule has one coefficient, not one for each."""
        return {name: 1.0 / len(self.rule.needs) for name in self.rule.needs}

    @property
    def calibrated(self) -> Calibrated:
        """What the fit left; ModelError before it."""
        if self._calibrated is None:
            message = f"The rule {self.name!r} is not calibrated."
            raise ModelError(message, "Call fit, or load a saved version.")
        return self._calibrated

    def _coverage(self, validation: Samples | None) -> float | None:
        if validation is None:
            return None
        rows = labelled(validation)
        said, realised = self.predict(rows), BPS * rows.label_return
        judged = np.isfinite(said.probability_up)
        inside = (realised >= said.lower_bps) & (realised <= said.upper_bps)
        return float(inside[judged].mean()) if judged.any() else None


def rule(
    name: str, *, needs: tuple[str, ...], published_bps: float, source: str
) -> Callable[[Signal], Signal]:
    """Decorator that enters a signal as the model ``name``; ``published_bps`` is its starting coefficient."""

    def enter(signal: Signal) -> Signal:
        MODELS.add(name, Rule(name, signal, needs, published_bps, source), factors=needs)
        return signal

    return enter


def _slope(signal: Floats, realised_bps: Floats, rows: Samples) -> tuple[float, float, float]:
    """Least squares with an intercept: slope, t-statistic (errors clustered by time), share to keep."""
    weight = rows.weight
    centred = signal - np.average(signal, weights=weight)
    information = float(weight @ (centred * centred))
    if information <= 1e-12 * float(weight.sum()):
        return 0.0, 0.0, 0.0
    slope = float(weight @ (centred * realised_bps)) / information
    miss = realised_bps - np.average(realised_bps, weights=weight) - slope * centred
    error = slope_variance(weight * centred * miss, rows.t, rows.horizon_bars, information) ** 0.5
    noise = float(np.average(miss * miss, weights=weight)) ** 0.5
    if error <= 0.0 or noise <= 0.0:
        return slope, 0.0, 0.0
    unit = (information / float(weight.sum())) ** 0.5 / noise
    return slope, slope / error, shrinkage(slope * unit, error * unit, CEILING)


def _share_above(level: Floats, quantiles: Floats) -> Floats:
    """Share of residuals above each level, by interpolation between ``quantiles``; NaN stays NaN.

    Held half a rank away from 0 and 1: what was not seen in the window is rare, not impossible.
    """
    rank = np.interp(level, quantiles, _LEVELS)
    edge = 0.5 / len(_LEVELS)
    share: Floats = np.where(np.isfinite(level), np.clip(1.0 - rank, edge, 1.0 - edge), np.nan)
    return share
