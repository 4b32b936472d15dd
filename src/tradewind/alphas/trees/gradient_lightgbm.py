"""LightGBM: gradient-boosted trees grown leaf by leaf (Ke et al. 2017), early stopping on validation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from tradewind.alphas.factories import learner
from tradewind.alphas.learner import Lesson
from tradewind.alphas.preparation import Rows
from tradewind.alphas.threads import THREADS
from tradewind.alphas.trees.lightgbm_text import read_trees
from tradewind.alphas.trees.walk import Forest, leaf_sums
from tradewind.core.errors import ModelError
from tradewind.core.panel import Floats
from tradewind.core.settings import Bins, Depth, Length, Rounds, Share, Some


@learner("lightgbm", family="trees", needs=("lightgbm",), extra="boosting")
@dataclass
class LightGBMLearner:
    """Missing values stay missing. ``rows`` and ``columns`` are the shares that a tree sees."""

    wanted: ClassVar[tuple[str, ...] | None] = None
    stops_early: ClassVar[bool] = True
    trees: Rounds = 200
    leaves: Bins = 31
    depth: Depth = 8
    rate: Share = 0.05
    l1: Length = 0.1
    l2: Length = 0.1
    rows: Share = 0.8
    columns: Share = 0.8
    min_leaf: Some = 20
    early_stop: Rounds = 20
    bins: Bins = 255
    lookback: int = field(default=1, init=False)
    _saved: bytes = field(default=b"", init=False)
    _forest: Forest | None = field(default=None, init=False)
    _gain: Floats = field(default_factory=lambda: np.zeros(0), init=False)

    def fit(self, train: Lesson, validation: Lesson, seed: int) -> None:
        """Learn; rounds stop when validation log loss has not improved for ``early_stop`` of them."""
        import lightgbm

        settings = self._settings(seed)
        early, late = train.rows.raw(), validation.rows.raw()
        data = lightgbm.Dataset(early, train.up, weight=train.weight, params=settings)
        watched = data.create_valid(late, validation.up, weight=validation.weight, params=settings)
        stop = lightgbm.early_stopping(self.early_stop, verbose=False)
        booster = lightgbm.train(settings, data, self.trees, valid_sets=[watched], callbacks=[stop])
        text = booster.model_to_string(num_iteration=booster.best_iteration)
        self.restore({"lightgbm.txt": text.encode()})

    def score(self, rows: Rows) -> Floats:
        """The sum of leaves, in log-odds, (R,)."""
        if self._forest is None:
            raise ModelError("The booster is not fitted.", "Call fit, or load a saved version.")
        return leaf_sums(self._forest, rows.raw())

    def files(self) -> dict[str, bytes]:
        """The library's own text; ``lightgbm.Booster(model_str=...)`` can read it too."""
        return {"lightgbm.txt": self._saved}

    def restore(self, files: Mapping[str, bytes]) -> None:
        """Become what was saved."""
        self._saved = files["lightgbm.txt"]
        self._forest, self._gain = read_trees(self._saved.decode())

    def importance(self) -> Floats:
        """Total gain of the splits on each column."""
        return self._gain

    def notes(self) -> dict[str, object]:
        """Rounds that early stopping kept."""
        return {"trees_kept": 0 if self._forest is None else len(self._forest.roots)}

    def _settings(self, seed: int) -> dict[str, object]:
        return {
            "objective": "binary",
            "metric": "binary_logloss",
            "verbosity": -1,
            "num_threads": THREADS,
            "deterministic": True,
            "force_col_wise": True,
            "feature_pre_filter": False,
            "seed": seed,
            "max_bin": self.bins,
            "num_leaves": self.leaves,
            "max_depth": self.depth,
            "learning_rate": self.rate,
            "lambda_l1": self.l1,
            "lambda_l2": self.l2,
            "bagging_fraction": self.rows,
            "bagging_freq": 1,
            "feature_fraction": self.columns,
            "min_data_in_leaf": self.min_leaf,
        }
