"""From names to an order of work: every column that is needed, once, inputs before what uses them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from tradewind.core.errors import RegistryError
from tradewind.core.registry import Registry
from tradewind.factors.memory import Anchored, Window
from tradewind.factors.registry import FACTORS, RAW_INPUTS, FactorSpec, split_lag


@dataclass(frozen=True)
class Node:
    """One column to compute, or a tuple of them. All row counts are own bars of the instrument.

    ``first_valid`` is the first row with a value, ``settle`` the row from which an earlier start changes
    nothing above 1e-6 of scale, ``tail`` how many rows before t must be at hand.
    """

    key: str
    spec: FactorSpec | None
    inputs: tuple[str, ...]
    lag: int
    first_valid: int
    settle: int
    tail: int
    needs: frozenset[str]
    """Bar columns and references that it stands on."""
    anchored: bool
    across: bool


@dataclass(frozen=True)
class Plan:
    """Nodes in the order of work, and which of them answers each name asked for."""

    names: tuple[str, ...]
    nodes: dict[str, Node]
    outputs: tuple[str, ...]
    """Key of the node behind each name (aliases resolved)."""
    last_use: dict[str, str] = field(default_factory=dict)
    """After which node a column is no longer needed."""

    def node(self, name: str) -> Node:
        """The node behind a name that was asked for."""
        return self.nodes[self.outputs[self.names.index(name)]]

    @property
    def raw(self) -> tuple[str, ...]:
        """Bar columns and references that the nodes take, in order."""
        used = {text for node in self.nodes.values() for text in node.inputs if is_raw(text)}
        return tuple(sorted(used))

    @property
    def tail(self) -> int:
        """Rows before t that must be at hand for all outputs."""
        return max((self.nodes[key].tail for key in self.outputs), default=0)


@cache
def is_raw(text: str) -> bool:
    """Whether an input is a bar column or a reference, not another factor."""
    return text in RAW_INPUTS or ":" in text


@cache
def base_key(text: str) -> str:
    """Key of the node behind an input: without the part."""
    return text.split(".", 1)[0] if text.startswith("_") else text


def make_plan(names: Sequence[str], registry: Registry[FactorSpec] = FACTORS) -> Plan:
    """Work out what ``names`` need.

    Raises
    ------
    RegistryError
        A name is unknown, asked for twice, or an input goes in a circle.
    """
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if list(names).count(name) > 1})
        message = f"These factors are asked for twice: {', '.join(twice)}."
        raise RegistryError(message, "Name each factor once.")
    nodes: dict[str, Node] = {}
    outputs = tuple(_add(name, nodes, registry, ()) for name in names)
    last_use: dict[str, str] = {}
    for key, node in nodes.items():
        for text in node.inputs:
            last_use[text if is_raw(text) else base_key(text)] = key
    return Plan(tuple(names), nodes, outputs, last_use)


def _add(name: str, nodes: dict[str, Node], registry: Registry[FactorSpec], path: tuple[str, ...]) -> str:
    if name in path:
        message = f"The factor {name!r} needs itself: {' > '.join((*path, name))}."
        raise RegistryError(message, "Break the circle.")
    if name in nodes:
        return name
    base, lag = split_lag(name)
    if lag:
        key = _add(base, nodes, registry, (*path, name))
        nodes[f"{key}.lag{lag}"] = _lag_node(key, lag, nodes[key])
        return f"{key}.lag{lag}"
    spec = registry.get(name)
    if spec.alias_of:
        return _add(spec.alias_of, nodes, registry, (*path, name))
    if spec.name in nodes:
        return spec.name
    inputs = []
    for text in spec.inputs:
        if is_raw(text):
            inputs.append(text)
            continue
        key = base_key(text)
        inputs.append(_add(key, nodes, registry, (*path, name)) + text[len(key) :])
    nodes[spec.name] = _node(spec, tuple(inputs), nodes)
    return spec.name


def _lag_node(key: str, lag: int, base: Node) -> Node:
    return Node(
        key=f"{key}.lag{lag}",
        spec=None,
        inputs=(key,),
        lag=lag,
        first_valid=base.first_valid + lag,
        settle=base.settle + lag,
        tail=base.tail + lag,
        needs=base.needs,
        anchored=base.anchored,
        across=base.across,
    )


def _node(spec: FactorSpec, inputs: tuple[str, ...], nodes: dict[str, Node]) -> Node:
    below = [nodes[base_key(text)] for text in inputs if not is_raw(text)]
    if any(node.across for node in below):
        message = f"The factor {spec.name!r} takes a factor that goes across instruments."
        raise RegistryError(message, "Only lags may follow one.")
    raw = frozenset(text for text in inputs if is_raw(text))
    return Node(
        key=spec.name,
        spec=spec,
        inputs=inputs,
        lag=0,
        first_valid=spec.own_first + max((node.first_valid for node in below), default=0),
        settle=max(spec.memory.settle, spec.own_first) + max((node.settle for node in below), default=0),
        tail=max(spec.memory.tail, spec.own_first if isinstance(spec.memory, Window) else 0)
        + max((node.tail for node in below), default=0),
        needs=raw.union(*(node.needs for node in below)),
        anchored=isinstance(spec.memory, Anchored) or any(node.anchored for node in below),
        across=spec.scope == "across",
    )
