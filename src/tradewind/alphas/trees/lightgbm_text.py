"""Read the trees out of LightGBM's text model, as written by ``Booster.model_to_string``.

Format: one ``Tree=`` section a tree, of ``key=v v v`` lines. Inner nodes and leaves are numbered apart: a
child ``c >= 0`` is inner node ``c``, a child ``c < 0`` is leaf ``-c - 1``. A value at or under the
threshold goes left. ``decision_type``: bit 0 categorical, bit 1 missing goes left, bits 2-3 what counts as
missing (0 nothing, so that NaN is taken as zero; 1 zero; 2 NaN). Source: ``include/LightGBM/tree.h``.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tradewind.alphas.trees.walk import Forest
from tradewind.core.errors import ModelError
from tradewind.core.panel import Floats

_CATEGORICAL, _MISSING_LEFT, _MISSING_KIND, _MISSING_ZERO, _MISSING_NAN = 1, 2, 3, 1, 2


def read_trees(text: str) -> tuple[Forest, Floats]:
    """The trees end to end, and the total gain of each column's splits, (K,).

    Raises
    ------
    ModelError
        The text is not such a model, or has categorical or zero-is-missing splits, which are never trained
        here.
    """
    head, *sections = text.split("\nTree=")
    facts = _pairs(head)
    if "max_feature_idx" not in facts or not sections:
        raise ModelError("The stored text is not a LightGBM model.", "Train the model again.")
    gain = np.zeros(int(facts["max_feature_idx"]) + 1)
    parts: list[dict[str, NDArray[Any]]] = []
    roots: list[int] = []
    start = 0
    for section in sections:
        part = _tree(_pairs(section.split("\nend of trees")[0]), start, gain)
        parts.append(part)
        roots.append(start)
        start += len(part["value"])
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Forest(roots=np.array(roots, dtype=np.int32), **whole), gain


def _tree(facts: dict[str, str], start: int, gain: Floats) -> dict[str, NDArray[Any]]:
    """Inner nodes first, then leaves; a tree without a split is one leaf."""
    leaves = _numbers(facts, "leaf_value", np.float64)
    feature = _numbers(facts, "split_feature", np.int32)
    threshold = _numbers(facts, "threshold", np.float64)
    decision = _numbers(facts, "decision_type", np.int32)
    inner = len(feature)
    kind = (decision >> 2) & _MISSING_KIND
    if (decision & _CATEGORICAL).any() or (kind == _MISSING_ZERO).any():
        message = "The stored LightGBM model has a split of a kind that is never trained here."
        raise ModelError(message, "Train the model again.")
    np.add.at(gain, feature, _numbers(facts, "split_gain", np.float64))
    missing_left = np.where(kind == _MISSING_NAN, (decision & _MISSING_LEFT) > 0, threshold >= 0.0)
    children = {side: _numbers(facts, f"{side}_child", np.int32) for side in ("left", "right")}
    nodes = {side: np.where(c >= 0, c, inner - c - 1) + start for side, c in children.items()}
    none = np.full(len(leaves), -1, dtype=np.int32)
    return {
        "feature": np.concatenate([feature, none]),
        "threshold": np.concatenate([threshold, np.zeros(len(leaves))]),
        "left": np.concatenate([nodes["left"], none]).astype(np.int32),
        "right": np.concatenate([nodes["right"], none]).astype(np.int32),
        "missing_left": np.concatenate([missing_left, np.zeros(len(leaves), dtype=np.bool_)]),
        "value": np.concatenate([np.zeros(inner), leaves]),
    }


def _pairs(section: str) -> dict[str, str]:
    lines = (line.partition("=") for line in section.splitlines())
    return {key: value for key, equals, value in lines if equals}


def _numbers(facts: dict[str, str], key: str, kind: type) -> NDArray[Any]:
    words = facts.get(key, "").split()
    try:
        return np.array([float(word) for word in words], dtype=np.float64).astype(kind)
    except ValueError as error:
        message = f"The stored LightGBM model has an unreadable {key}: {error}."
        raise ModelError(message, "Train the model again.") from error
