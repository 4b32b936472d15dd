"""LightGBM: gradient-boosted trees grown leaf by leaf (Ke et al. 2017), early stopping on validation."""

from dataclasses import dataclass
from typing import ClassVar

from tradewind.alphas.factories import learner
from tradewind.alphas.learner import Lesson
from tradewind.alphas.threads import THREADS
from tradewind.alphas.trees.boosted import Boosted
from tradewind.alphas.trees.lightgbm_text import read_trees
from tradewind.alphas.trees.walk import Forest
from tradewind.core.panel import Floats
from tradewind.core.settings import Bins, Depth, Length, Rounds, Share, Some


@learner("lightgbm", family="trees", needs=("lightgbm",), extra="boosting")
@dataclass
class LightGBMLearner(Boosted):
    """Missing values stay missing. ``rows`` and ``columns`` are the shares that a tree sees."""

    file: ClassVar[str] = "lightgbm.txt"
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
        self.restore({self.file: text.encode()})

    def read(self, saved: bytes) -> tuple[Forest, Floats]:
        """The library's text."""
        return read_trees(saved.decode())

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
