"""XGBoost: gradient-boosted trees (Chen and Guestrin 2016), histograms, early stopping on validation."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import numpy as np

from tradewind.alphas.artefacts import parse
from tradewind.alphas.factories import learner
from tradewind.alphas.learner import Lesson
from tradewind.alphas.threads import THREADS
from tradewind.alphas.trees.boosted import Boosted
from tradewind.alphas.trees.walk import Forest
from tradewind.core.panel import Floats
from tradewind.core.settings import Bins, Depth, Length, Rounds, Share


class _Tree(msgspec.Struct, frozen=True):
    """One tree of the library's JSON, by node."""

    left_children: list[int]
    right_children: list[int]
    split_indices: list[int]
    split_conditions: list[float]
    default_left: list[int]
    loss_changes: list[float]


class _Trees(msgspec.Struct, frozen=True):
    trees: list[_Tree]


class _Booster(msgspec.Struct, frozen=True):
    model: _Trees


class _Size(msgspec.Struct, frozen=True):
    num_feature: str


class _Learner(msgspec.Struct, frozen=True):
    gradient_booster: _Booster
    learner_model_param: _Size


class _Document(msgspec.Struct, frozen=True):
    """The part of the library's JSON that is read; another version's layout is refused with its name."""

    learner: _Learner


@learner("xgboost", family="trees", needs=("xgboost",), extra="boosting")
@dataclass
class XGBoostLearner(Boosted):
    """Missing values stay missing: a side is learnt for them. ``rows`` and ``columns`` are shares."""

    file: ClassVar[str] = "xgboost.json"
    trees: Rounds = 200
    depth: Depth = 8
    rate: Share = 0.05
    l1: Length = 0.1
    l2: Length = 0.1
    rows: Share = 0.8
    columns: Share = 0.8
    early_stop: Rounds = 20
    bins: Bins = 256

    def fit(self, train: Lesson, validation: Lesson, seed: int) -> None:
        """Learn; rounds stop when validation log loss has not improved for ``early_stop`` of them."""
        import xgboost

        data = [_matrix(lesson) for lesson in (train, validation)]
        booster = xgboost.train(
            self._settings(seed),
            data[0],
            num_boost_round=self.trees,
            evals=[(data[1], "validation")],
            early_stopping_rounds=self.early_stop,
            verbose_eval=False,
        )
        kept = booster[: booster.best_iteration + 1]
        self.restore({self.file: bytes(kept.save_raw("json"))})

    def read(self, saved: bytes) -> tuple[Forest, Floats]:
        """The library's JSON."""
        return _flat(saved)

    def compared(self, values: Floats) -> Floats:
        """XGBoost compares in float32. Every tree starts from one half, so the sum is the log-odds."""
        return values.astype(np.float32).astype(np.float64)

    def _settings(self, seed: int) -> dict[str, object]:
        return {
            "objective": "binary:logistic",
            "eval_metric": "logloss",
            "tree_method": "hist",
            "device": "cpu",
            "nthread": THREADS,
            "verbosity": 0,
            "seed": seed,
            "base_score": 0.5,
            "max_bin": self.bins,
            "max_depth": self.depth,
            "eta": self.rate,
            "alpha": self.l1,
            "lambda": self.l2,
            "subsample": self.rows,
            "colsample_bytree": self.columns,
        }


def _matrix(lesson: Lesson) -> Any:
    import xgboost

    values = lesson.rows.raw().astype(np.float32)
    return xgboost.DMatrix(values, label=lesson.up, weight=lesson.weight, nthread=THREADS)


def _flat(saved: bytes) -> tuple[Forest, Floats]:
    """Read the library's JSON: values *under* a split's condition go left; a leaf's value stands there."""
    document = parse(saved, _Document, Path("xgboost.json")).learner
    arrays: dict[str, list[Any]] = {"feature": [], "value": [], "left": [], "right": [], "missing": []}
    roots: list[int] = []
    gain = np.zeros(int(document.learner_model_param.num_feature))
    start = 0
    for tree in document.gradient_booster.model.trees:
        left, right = (np.array(side, dtype=np.int64) for side in (tree.left_children, tree.right_children))
        feature = np.where(left < 0, -1, np.array(tree.split_indices, dtype=np.int64))
        np.add.at(gain, feature[left >= 0], np.array(tree.loss_changes)[left >= 0])
        arrays["feature"].append(feature)
        arrays["value"].append(np.array(tree.split_conditions, dtype=np.float32))
        arrays["left"].append(left + start)
        arrays["right"].append(right + start)
        arrays["missing"].append(np.array(tree.default_left, dtype=np.bool_))
        roots.append(start)
        start += len(left)
    value = np.concatenate(arrays["value"])
    forest = Forest(
        roots=np.array(roots, dtype=np.int32),
        feature=np.concatenate(arrays["feature"]).astype(np.int32),
        # "under" and "at or under" differ by one float32 step.
        threshold=np.nextafter(value, np.float32(-np.inf)).astype(np.float64),
        left=np.concatenate(arrays["left"]).astype(np.int32),
        right=np.concatenate(arrays["right"]).astype(np.int32),
        missing_left=np.concatenate(arrays["missing"]),
        value=value,
    )
    return forest, gain
