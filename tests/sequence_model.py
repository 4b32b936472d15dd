"""A model that reads an instrument's last rows and needs no library: for tests of what feeds such models."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from tradewind.alphas.learned import LearnedModel
from tradewind.alphas.learner import Judgement, Lesson
from tradewind.alphas.preparation import Rows
from tradewind.core.panel import Floats


@dataclass
class FadingMeans:
    """Least squares on each factor's mean over the last rows, in which a newer row counts more."""

    wanted: ClassVar[tuple[str, ...] | None] = None
    stops_early: ClassVar[bool] = False
    lookback: int = 8
    _slopes: Floats = field(default_factory=lambda: np.empty(0), init=False)

    def fit(self, train: Lesson, validation: Lesson, seed: int) -> None:
        self._slopes = np.linalg.lstsq(self._means(train.rows), 4.0 * (train.up - train.up.mean()))[0]

    def score(self, rows: Rows) -> Floats:
        scores: Floats = (self._means(rows) * self._slopes).sum(axis=1)
        return scores

    def _means(self, rows: Rows) -> Floats:
        weights = np.arange(1.0, self.lookback + 1.0)
        histories = rows.windows(self.lookback).cut(slice(None)).astype(np.float64)
        means: Floats = (histories * (weights / weights.sum())[:, None]).sum(axis=1)
        return means

    def files(self) -> dict[str, bytes]:
        return {"slopes": self._slopes.tobytes()}

    def restore(self, files: Mapping[str, bytes]) -> None:
        self._slopes = np.frombuffer(files["slopes"])

    def importance(self) -> None:
        return None

    def notes(self) -> dict[str, object]:
        return {}


def sequence_model(lookback: int = 8, present_share: float = 0.7) -> LearnedModel:
    """An unfitted model of that kind, called ``fading_means``."""
    return LearnedModel(
        "fading_means", "for the test", FadingMeans(lookback), Judgement(present_share=present_share)
    )
