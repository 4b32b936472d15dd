"""What a factor is, as a value that faces can show."""

from dataclasses import dataclass

from tradewind.core.registry import Registry
from tradewind.factors.memory import kind_of
from tradewind.factors.plan import make_plan
from tradewind.factors.registry import FACTORS, FactorSpec, factor_names, split_lag


@dataclass(frozen=True)
class FactorCard:
    """All that is declared of a factor; row counts are own bars."""

    name: str
    group: str
    formula: str
    source: str
    inputs: tuple[str, ...]
    first_valid: int
    settle: int
    memory: str
    also: str = ""
    """The factor that this is another name of."""


def describe(name: str, registry: Registry[FactorSpec] = FACTORS) -> FactorCard:
    """Card of one factor.

    Raises
    ------
    RegistryError
        There is none of that name.
    """
    base, lag = split_lag(name)
    spec = registry.get(base)
    node = make_plan([name], registry).node(name)
    target = registry.get(spec.alias_of) if spec.alias_of else spec
    return FactorCard(
        name=f"{spec.name}.lag{lag}" if lag else spec.name,
        group=spec.group,
        formula=f"{target.formula}, {lag} bars before" if lag else target.formula,
        source=target.source,
        inputs=tuple(sorted(node.needs)),
        first_valid=node.first_valid,
        settle=node.settle,
        memory="anchored" if node.anchored else _memory(name, target, registry),
        also=spec.alias_of,
    )


def describe_all(group: str | None = None, registry: Registry[FactorSpec] = FACTORS) -> list[FactorCard]:
    """Cards of all factors by name, of one group where given."""
    return [describe(name, registry) for name in factor_names(group=group, registry=registry)]


def _memory(name: str, spec: FactorSpec, registry: Registry[FactorSpec]) -> str:
    """``decaying`` where any column below it is."""
    nodes = make_plan([name], registry).nodes.values()
    kinds = {kind_of(node.spec.memory) for node in nodes if node.spec is not None}
    return "decaying" if "decaying" in kinds else kind_of(spec.memory)
