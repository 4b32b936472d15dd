"""What a factor is declared to be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tradewind.factors.memory import Memory

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Oracle:
    """An independent reference: TA-Lib function, its inputs and options, which of its outputs.

    ``skip`` rows after ``first_valid`` are left out where the reference seeds its recursion differently;
    ``scale`` turns the reference's unit into ours.
    """

    function: str
    inputs: tuple[str, ...]
    options: Params = field(default_factory=dict)
    output: int = 0
    skip: int = 0
    scale: float = 1.0


@dataclass(frozen=True)
class FactorSpec:
    """One factor: what it is called, what it is, what it needs and how far back it looks."""

    name: str
    group: str
    function: Callable[..., Any]
    inputs: tuple[str, ...]
    memory: Memory
    formula: str
    source: str
    params: Params = field(default_factory=dict)
    scope: str = "own"
    parts: tuple[str, ...] = ()
    first: int | None = None
    """Rows of valid input before the first value where that differs from the memory's own."""
    oracle: Oracle | None = None
    alias_of: str = ""

    @property
    def public(self) -> bool:
        """Whether it is offered as a factor, not only shared by factors."""
        return not self.name.startswith("_")

    @property
    def own_first(self) -> int:
        """Rows of valid input before the first value."""
        return self.memory.first if self.first is None else self.first
