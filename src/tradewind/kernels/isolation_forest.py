"""An isolation forest: rows that few random cuts set apart from all others (Liu, Ting and Zhou, ICDM 2008).

Each tree is grown on a sample without repetition and cut at a random feature, uniformly between its least
and greatest value there, down to single rows or to the depth of a balanced tree of the sample. The score of a
row is ``-2 ** (-E[h] / c(n))``: ``E[h]`` is its mean depth over the trees, a leaf of m rows counted as
c(m) deeper, and c is the mean depth of an unsuccessful search in a binary tree. -1 is strange, near 0 plain.
"""

import numpy as np
from numba import njit

from tradewind.core.panel import Floats
from tradewind.kernels.draws import draw, fraction

_EULER = 0.5772156649015329


def isolation_scores(table: Floats, trees: int, sample: int, seed: int) -> Floats:
    """The score of each row (R,) of ``table`` (R, F), which holds no NaN.

    Parameters
    ----------
    trees, sample
        How many trees, and of how many rows each at most; both at least 1.
    seed
        The same rows and seed give the same scores.
    """
    rows = np.ascontiguousarray(table, dtype=np.float64)
    scores: Floats = _scores(rows, trees, min(sample, len(rows)), seed)
    return scores


@njit(cache=True, nogil=True)
def _mean_depth(rows):  # type: ignore[no-untyped-def]
    """Of an unsuccessful search in a binary search tree of so many rows."""
    if rows <= 1:
        return 0.0
    if rows == 2:
        return 1.0
    return 2.0 * (np.log(rows - 1.0) + _EULER) - 2.0 * (rows - 1.0) / rows


@njit(cache=True, nogil=True)
def _scores(table, trees, sample, seed):  # type: ignore[no-untyped-def]
    count = len(table)
    most = max(int(np.ceil(np.log2(max(sample, 2)))), 1)
    nodes = 2 ** (most + 1)
    feature = np.empty(nodes, np.int64)
    cut = np.empty(nodes)
    depth_at = np.empty(nodes)
    total = np.zeros(count)
    order = np.arange(count)
    key = np.uint64(seed)
    for tree in range(trees):
        drawn = tree * (sample + 2 * nodes)  # each tree, row and node has counters of its own
        for nth in range(sample):  # the first ``sample`` of a shuffle
            other = nth + np.int64(draw(key, np.uint64(drawn + nth), np.uint64(count - nth)))
            order[nth], order[other] = order[other], order[nth]
        _grow(table, order[:sample].copy(), most, feature, cut, depth_at, key, drawn + sample)
        for row in range(count):
            node = 1
            while feature[node] >= 0:
                node = 2 * node + (table[row, feature[node]] > cut[node])
            total[row] += depth_at[node]
    usual = _mean_depth(sample)
    if usual == 0.0:
        return np.full(count, -0.5)
    return -(2.0 ** (-total / (trees * usual)))


@njit(cache=True, nogil=True)
def _grow(table, rows, most, feature, cut, depth_at, key, drawn):  # type: ignore[no-untyped-def]
    """One tree into the arrays: node n has its children at 2n and 2n + 1, ``feature`` -1 is a leaf."""
    first = np.zeros(len(feature), np.int64)
    last = np.zeros(len(feature), np.int64)
    first[1], last[1] = 0, len(rows)
    open_nodes = [1]
    while len(open_nodes) > 0:
        node = open_nodes.pop()
        begin, end = first[node], last[node]
        depth = int(np.log2(node) + 1e-9)
        chosen = -1
        if depth < most and end - begin > 1:
            begun = np.int64(draw(key, np.uint64(drawn + 2 * node), np.uint64(table.shape[1])))
            chosen = _feature_that_varies(table, rows[begin:end], begun)
        feature[node] = chosen
        if chosen < 0:
            depth_at[node] = depth + _mean_depth(end - begin)
            continue
        low, high = np.inf, -np.inf
        for at in range(begin, end):
            low, high = min(low, table[rows[at], chosen]), max(high, table[rows[at], chosen])
        cut[node] = low + (high - low) * fraction(key, np.uint64(drawn + 2 * node + 1))
        middle = begin
        for at in range(begin, end):
            if table[rows[at], chosen] <= cut[node]:
                rows[middle], rows[at] = rows[at], rows[middle]
                middle += 1
        first[2 * node], last[2 * node] = begin, middle
        first[2 * node + 1], last[2 * node + 1] = middle, end
        open_nodes.append(2 * node)
        open_nodes.append(2 * node + 1)


@njit(cache=True, nogil=True)
def _feature_that_varies(table, rows, begin):  # type: ignore[no-untyped-def]
    """The first feature from ``begin`` on, around, that is not the same in all rows; -1 where none is."""
    features = table.shape[1]
    for step in range(features):
        chosen = (begin + step) % features
        for row in rows:
            if table[row, chosen] != table[rows[0], chosen]:
                return chosen
    return -1
