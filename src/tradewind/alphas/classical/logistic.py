"""Logistic regression on scaled factors: the baseline that every other model has to beat."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import msgspec
import numpy as np

from tradewind.alphas.artefacts import parse, to_json
from tradewind.alphas.factories import learner
from tradewind.alphas.learner import Lesson
from tradewind.alphas.preparation import Rows
from tradewind.alphas.threads import limited_threads
from tradewind.core.panel import Floats
from tradewind.core.settings import Factor


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """Intercept and one coefficient per prepared column, in log-odds per training deviation."""

    intercept: float = 0.0
    coefficients: tuple[float, ...] = ()


@learner("logistic", family="classical", needs=("sklearn",))
@dataclass
class LogisticLearner:
    """L2-penalised maximum likelihood (scikit-learn, L-BFGS). ``c`` is the inverse of the penalty."""

    wanted: ClassVar[tuple[str, ...] | None] = None
    stops_early: ClassVar[bool] = False
    c: Factor = 0.05
    lookback: int = field(default=1, init=False)
    _line: _Line = field(default_factory=_Line, init=False)
    _steps: int = field(default=0, init=False)

    def fit(self, train: Lesson, validation: Lesson, seed: int) -> None:
        """Learn; the optimum is unique, so the seed changes nothing."""
        from sklearn.linear_model import LogisticRegression

        with limited_threads():
            line = LogisticRegression(C=self.c, max_iter=1000, random_state=seed)
            line.fit(train.rows.scaled(), train.up > 0.5, sample_weight=train.weight)
        coefficients = tuple(float(v) for v in line.coef_[0])
        self._line = _Line(intercept=float(line.intercept_[0]), coefficients=coefficients)
        self._steps = int(line.n_iter_[0])

    def score(self, rows: Rows) -> Floats:
        """Log-odds, (R,). Row by row the same in any batch: the sum runs over columns in their order."""
        weighted = rows.scaled() * np.array(self._line.coefficients)
        score: Floats = self._line.intercept + np.cumsum(weighted, axis=1)[:, -1]
        return score

    def files(self) -> dict[str, bytes]:
        """The coefficients."""
        return {"logistic.json": to_json(self._line)}

    def restore(self, files: Mapping[str, bytes]) -> None:
        """Become what was saved."""
        self._line = parse(files["logistic.json"], _Line, Path("logistic.json"))

    def importance(self) -> Floats:
        """Absolute coefficient per training deviation."""
        return np.abs(np.array(self._line.coefficients, dtype=np.float64))

    def notes(self) -> dict[str, object]:
        """Steps that the optimiser took."""
        return {"optimiser_steps": self._steps}
