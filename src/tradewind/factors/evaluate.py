"""Run the nodes of a plan over one block of lanes. Batch and live share this; nothing else runs factors."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from tradewind.core.panel import Floats
from tradewind.factors.memory import Anchored
from tradewind.factors.plan import Node, Plan, base_key, is_raw

Columns = dict[str, Any]


def targets_by_kind(plan: Plan) -> dict[tuple[frozenset[str], bool], list[str]]:
    """Nodes to compute lane by lane, grouped by the references they need and whether they are anchored."""
    groups: dict[tuple[frozenset[str], bool], list[str]] = {}
    for key in dict.fromkeys(own_targets(plan)):
        node = plan.nodes[key]
        references = frozenset(text for text in node.needs if ":" in text)
        groups.setdefault((references, node.anchored), []).append(key)
    return groups


def own_targets(plan: Plan) -> list[str]:
    """Outputs that are computed lane by lane, and the inputs of outputs that go across instruments."""
    targets = []
    for key in plan.outputs:
        if not plan.nodes[key].across:
            targets.append(key)
            continue
        targets += [text for text in across_node(plan, key).inputs if not is_raw(text)]
    return targets


def across_node(plan: Plan, key: str) -> Node:
    """The node across instruments behind an output, which may be a lag of it."""
    node = plan.nodes[key]
    return plan.nodes[node.inputs[0]] if node.lag else node


def order_of_work(plan: Plan, targets: Collection[str]) -> list[Node]:
    """The nodes that ``targets`` stand on, inputs first."""
    wanted = {base_key(text) for text in targets}
    chosen: list[Node] = []
    for node in reversed(list(plan.nodes.values())):
        if node.key in wanted:
            chosen.append(node)
            wanted.update(base_key(text) for text in node.inputs if not is_raw(text))
    return chosen[::-1]


def raw_inputs(nodes: Collection[Node]) -> list[str]:
    """Bar columns and references that ``nodes`` take."""
    return sorted({text for node in nodes for text in node.inputs if is_raw(text)})


def run_nodes(
    nodes: Collection[Node],
    raw: Mapping[str, Any],
    targets: Collection[str],
    store: Callable[[str, Floats], None],
    *,
    known: Mapping[str, Any] | None = None,
    lengths: Mapping[str, int] | None = None,
    state: Callable[[Node, int], Floats] | None = None,
) -> None:
    """Compute ``nodes`` in order and hand each target's column to ``store`` as soon as it is there.

    Parameters
    ----------
    nodes, targets
        From :func:`order_of_work`; a target may name a part.
    raw
        Columns (T, W) by input name.
    store
        Must copy what it wants to keep; a column is let go when nothing needs it any more.
    known
        Columns of nodes that are already there and are not computed again.
    lengths
        Rows that each node is computed for, the last ones; all where not given.
    state
        Gives the carried state of an anchored node for W lanes; a fresh one where not given.
    """
    memo: Columns = {**raw, **(known or {})}
    left = _uses(nodes)
    wanted: dict[str, list[str]] = {}
    for text in targets:
        wanted.setdefault(base_key(text), []).append(text)
    for node in nodes:
        if node.key not in memo:
            rows = lengths[node.key] if lengths else None
            arrays = [_last(_pick(memo, text), rows) for text in node.inputs]
            memo[node.key] = _call(node, arrays, state)
        for text in wanted.get(node.key, ()):
            store(text, _pick(memo, text))
        for key in {node.key, *(text if is_raw(text) else base_key(text) for text in node.inputs)}:
            left[key] = left.get(key, 0) - 1
            if left[key] < 0 and not is_raw(key):
                del memo[key]


def _uses(nodes: Collection[Node]) -> dict[str, int]:
    left: dict[str, int] = {}
    for node in nodes:
        for key in {text if is_raw(text) else base_key(text) for text in node.inputs}:
            left[key] = left.get(key, 0) + 1
    return left


def _call(node: Node, arrays: list[Any], state: Callable[[Node, int], Floats] | None) -> Any:
    if node.spec is None:
        from tradewind.kernels.windows import lagged

        return lagged(arrays[0], node.lag)
    if isinstance(node.spec.memory, Anchored):
        lanes = arrays[0].shape[1]
        carried = state(node, lanes) if state else np.zeros((node.spec.memory.slots, lanes))
        return node.spec.function(*arrays, state=carried, **node.spec.params)
    result = node.spec.function(*arrays, **node.spec.params)
    if node.spec.parts:
        return dict(zip(node.spec.parts, result, strict=True))
    return result


def _pick(memo: Columns, text: str) -> Any:
    if is_raw(text) or text in memo:
        return memo[text]
    key = base_key(text)
    return memo[key][text[len(key) + 1 :]]


def _last(column: Any, rows: int | None) -> Any:
    return column if rows is None or len(column) <= rows else column[-rows:]
