"""The newest value of factors from the tail of each instrument's bars: many instruments side by side as
lanes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tradewind.core.panel import Floats
from tradewind.factors.evaluate import order_of_work, raw_inputs, run_nodes
from tradewind.factors.history import History
from tradewind.factors.memory import Anchored
from tradewind.factors.plan import Node, Plan, base_key, is_raw


@dataclass(frozen=True)
class TailWork:
    """Targets that need the same references, the nodes behind them and how many rows each must cover."""

    references: frozenset[str]
    targets: tuple[str, ...]
    nodes: tuple[Node, ...]
    raw: tuple[str, ...]
    carried: tuple[str, ...]
    """Anchored columns, which lie in the history."""
    lengths: dict[str, int]
    height: int

    def rows_at_hand(self, history: History, end: int) -> int:
        """How many of the first ``end`` bars can be used: no more than needed, none before the references."""
        start = 0
        for text in self.references:
            known = np.flatnonzero(np.isfinite(history.columns[text][max(end - self.height, 0) : end]))
            if not len(known):
                return 0
            start = max(start, max(end - self.height, 0) + int(known[0]))
        return min(end - start, self.height)

    def last_values(self, lanes: Sequence[tuple[History, int]], rows: int) -> dict[str, list[float]]:
        """Each target's value at the last row of each lane."""
        found: dict[str, list[float]] = {}

        def keep(text: str, column: Floats) -> None:
            found[text] = column[-1].tolist()

        raw = {text: _stack(lanes, rows, text) for text in self.raw}
        known = {key: _stack(lanes, rows, key) for key in self.carried}
        run_nodes(self.nodes, raw, self.targets, keep, known=known, lengths=self.lengths)
        return found


@dataclass(frozen=True)
class AnchoredNode:
    """A factor whose state is carried from bar to bar."""

    key: str
    node: Node
    slots: int

    def advance(self, histories: Sequence[History], pending: int) -> None:
        """Compute it for the newest ``pending`` bars of each history and carry the state on."""
        spec = self.node.spec
        if spec is None:
            return
        lanes = [(history, history.length) for history in histories]
        state = np.zeros((self.slots, len(lanes)))
        for lane, history in enumerate(histories):
            if self.key in history.states:
                state[:, lane] = history.states[self.key]
        arrays = [_stack(lanes, pending, text) for text in self.node.inputs]
        column = spec.function(*arrays, state=state, **spec.params)
        for lane, history in enumerate(histories):
            history.columns[self.key][history.length - pending : history.length] = column[:, lane]
            history.states[self.key] = state[:, lane].copy()

    def rescale(self, history: History, price: float) -> None:
        """Bring column and state to the basis after a split: prices times ``price``, volumes over it."""
        memory = self.node.spec.memory if self.node.spec is not None else None
        if not isinstance(memory, Anchored):
            return
        factor = {"price": price, "volume": 1.0 / price}.get(memory.unit, 1.0)
        history.columns[self.key][: history.length] *= factor
        state = history.states.get(self.key)
        if state is not None:
            state[list(memory.prices)] *= price
            state[list(memory.volumes)] /= price


def tail_works(plan: Plan, targets: Sequence[str]) -> list[TailWork]:
    """The work for ``targets``, apart for each set of references that they need."""
    groups: dict[frozenset[str], list[str]] = {}
    for text in dict.fromkeys(targets):
        if is_raw(text):
            continue
        references = frozenset(need for need in plan.nodes[base_key(text)].needs if ":" in need)
        groups.setdefault(references, []).append(text)
    return [_work(plan, references, chosen) for references, chosen in groups.items()]


def anchored_nodes(plan: Plan) -> list[AnchoredNode]:
    """The anchored factors of a plan."""
    return [
        AnchoredNode(node.key, node, node.spec.memory.slots)
        for node in plan.nodes.values()
        if node.spec is not None and isinstance(node.spec.memory, Anchored)
    ]


def _work(plan: Plan, references: frozenset[str], targets: list[str]) -> TailWork:
    nodes = order_of_work(plan, targets)
    carried = tuple(n.key for n in nodes if n.spec is not None and isinstance(n.spec.memory, Anchored))
    lengths: dict[str, int] = {}
    height = 1
    for node in reversed(nodes):
        rows = max(lengths.get(node.key, 0), node.tail + 1)
        lengths[node.key] = rows
        height = max(height, rows)
        for text in node.inputs:
            if not is_raw(text):
                lengths[base_key(text)] = max(lengths.get(base_key(text), 0), rows)
    computed = [node for node in nodes if node.key not in carried]
    return TailWork(
        references, tuple(targets), tuple(nodes), tuple(raw_inputs(computed)), carried, lengths, height
    )


def _stack(lanes: Sequence[tuple[History, int]], rows: int, text: str) -> Any:
    times = text == "ts_event"
    out = np.empty((rows, len(lanes)), dtype=np.int64 if times else np.float64)
    for lane, (history, end) in enumerate(lanes):
        column = history.ts_event if times else history.columns[text]
        out[:, lane] = column[end - rows : end]
    return out
