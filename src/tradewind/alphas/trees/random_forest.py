"""Random forest (Breiman 2001): many deep trees on bootstrap rows and random columns, averaged."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np

from tradewind.alphas.artefacts import pack_arrays, unpack_arrays
from tradewind.alphas.calibration import log_odds
from tradewind.alphas.factories import learner
from tradewind.alphas.learner import Lesson
from tradewind.alphas.preparation import Rows
from tradewind.alphas.threads import THREADS, limited_threads
from tradewind.alphas.trees.walk import Forest, leaf_sums
from tradewind.core.errors import ModelError
from tradewind.core.panel import Floats
from tradewind.core.settings import Bins, Depth, Rounds, Some

FLOOR = 1e-3
"""A forest of a few hundred trees cannot tell a probability under this from zero."""


@learner("random_forest", family="trees", needs=("sklearn",))
@dataclass
class RandomForestLearner:
    """scikit-learn's forest: balanced classes, square root of the columns at each split, out-of-bag score."""

    wanted: ClassVar[tuple[str, ...] | None] = None
    stops_early: ClassVar[bool] = False
    trees: Rounds = 200
    depth: Depth = 15
    min_split: Bins = 3
    min_leaf: Some = 1
    columns: Literal["sqrt", "log2"] = "sqrt"
    class_weight: Literal["balanced", "balanced_subsample"] = "balanced"
    lookback: int = field(default=1, init=False)
    _forest: Forest | None = field(default=None, init=False)
    _importance: Floats = field(default_factory=lambda: np.zeros(0), init=False)
    _out_of_bag: float | None = field(default=None, init=False)

    def fit(self, train: Lesson, validation: Lesson, seed: int) -> None:
        """Learn; no early stopping, so the validation rows are not looked at."""
        from sklearn.ensemble import RandomForestClassifier

        forest = RandomForestClassifier(
            n_estimators=self.trees,
            max_depth=self.depth,
            min_samples_split=self.min_split,
            min_samples_leaf=self.min_leaf,
            max_features=self.columns,
            class_weight=self.class_weight,
            oob_score=True,
            bootstrap=True,
            n_jobs=THREADS,
            random_state=seed,
        )
        with limited_threads(), warnings.catch_warnings():
            # Few trees leave some rows in every bag; the score then counts the others.
            warnings.filterwarnings("ignore", message="Some inputs do not have OOB scores")
            forest.fit(train.rows.imputed(), train.up > 0.5, sample_weight=train.weight)
        self._forest = _flat(forest.estimators_)
        self._importance = np.asarray(forest.feature_importances_, dtype=np.float64)
        self._out_of_bag = float(forest.oob_score_)

    def score(self, rows: Rows) -> Floats:
        """Log-odds of the mean over trees of the share of up rows in the leaf, (R,)."""
        return log_odds(self.probability(rows), FLOOR)

    def probability(self, rows: Rows) -> Floats:
        """What scikit-learn's ``predict_proba`` says of an up move, uncalibrated, (R,)."""
        if self._forest is None:
            raise ModelError("The forest is not fitted.", "Call fit, or load a saved version.")
        # scikit-learn compares float32 values with float64 thresholds.
        values = rows.imputed().astype(np.float32).astype(np.float64)
        return leaf_sums(self._forest, values) / len(self._forest.roots)

    def files(self) -> dict[str, bytes]:
        """The trees as arrays."""
        if self._forest is None:
            raise ModelError("The forest is not fitted.", "Call fit, or load a saved version.")
        return {"forest.npz": pack_arrays(vars(self._forest) | {"importance": self._importance})}

    def restore(self, files: Mapping[str, bytes]) -> None:
        """Become what was saved."""
        arrays: dict[str, Any] = unpack_arrays(files["forest.npz"])
        self._importance = arrays.pop("importance")
        self._forest = Forest(**arrays)

    def importance(self) -> Floats:
        """Mean decrease of impurity, which flatters columns with many values; see permutation importance."""
        return self._importance

    def notes(self) -> dict[str, object]:
        """Accuracy on rows that a tree had not seen (neighbouring rows overlap, so it flatters)."""
        return {"out_of_bag_accuracy": self._out_of_bag}


def _flat(estimators: list[Any]) -> Forest:
    trees = [estimator.tree_ for estimator in estimators]
    starts = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]
    shift = np.repeat(starts, [tree.node_count for tree in trees])
    leaf = np.concatenate([tree.children_left for tree in trees]) < 0
    shares = np.concatenate([tree.value[:, 0, :] for tree in trees])
    return Forest(
        roots=starts.astype(np.int32),
        feature=np.where(leaf, -1, np.concatenate([tree.feature for tree in trees])).astype(np.int32),
        threshold=np.concatenate([tree.threshold for tree in trees]),
        left=(np.concatenate([tree.children_left for tree in trees]) + shift).astype(np.int32),
        right=(np.concatenate([tree.children_right for tree in trees]) + shift).astype(np.int32),
        missing_left=np.zeros(len(leaf), dtype=np.bool_),
        value=shares[:, 1] / shares.sum(axis=1),
    )
