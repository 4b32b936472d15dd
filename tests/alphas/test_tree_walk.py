"""The compiled walk against its plain Python twin, on trees that were made up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.alphas.trees.lightgbm_text import read_trees
from tradewind.alphas.trees.walk import Forest, leaf_sums, walk
from tradewind.core.errors import ModelError


def grow(rng, depth, columns):
    """One random full tree as lists: feature, threshold, left, right, missing_left, value."""
    nodes = []

    def add(level):
        n = len(nodes)
        nodes.append([-1, 0.0, -1, -1, False, float(rng.normal())])
        if level > 0 and rng.random() < 0.8:
            nodes[n][:2] = int(rng.integers(columns)), float(np.round(rng.normal(), 1))
            nodes[n][4] = bool(rng.random() < 0.5)
            nodes[n][2] = add(level - 1)
            nodes[n][3] = add(level - 1)
        return n

    add(depth)
    return nodes


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), trees=st.integers(1, 6), single=st.booleans())
def test_compiled_and_plain_walk_agree_bit_for_bit(seed, trees, single):
    rng = np.random.default_rng(seed)
    grown = [grow(rng, 4, 3) for _ in range(trees)]
    starts = np.cumsum([0, *(len(tree) for tree in grown)])[:-1]
    columns = list(zip(*(node for tree in grown for node in tree), strict=True))
    shift = np.repeat(starts, [len(tree) for tree in grown])
    forest = Forest(
        roots=starts.astype(np.int32),
        feature=np.array(columns[0], dtype=np.int32),
        threshold=np.array(columns[1]),
        left=(np.array(columns[2]) + shift).astype(np.int32),
        right=(np.array(columns[3]) + shift).astype(np.int32),
        missing_left=np.array(columns[4]),
        value=np.array(columns[5], dtype=np.float32 if single else np.float64),
    )
    # Values on the thresholds, and missing ones, are where walks go wrong.
    rows = np.round(rng.normal(size=(40, 3)), 1)
    rows[rng.random(rows.shape) < 0.15] = np.nan
    plain = walk(rows, *(vars(forest)[name] for name in vars(forest)))
    np.testing.assert_array_equal(leaf_sums(forest, rows), plain)


def test_text_that_is_no_model_is_refused():
    with pytest.raises(ModelError, match="not a LightGBM model"):
        read_trees("hello")
    head = "tree\nmax_feature_idx=1\n\nTree=0\nsplit_feature=0\nthreshold=1\nleft_child=-1\nright_child=-2\n"
    with pytest.raises(ModelError, match="never trained here"):
        read_trees(head + "decision_type=1\nleaf_value=1 2\nsplit_gain=1\n")
    with pytest.raises(ModelError, match="leaf_value"):
        read_trees(head + "decision_type=2\nleaf_value=1 two\nsplit_gain=1\n")
