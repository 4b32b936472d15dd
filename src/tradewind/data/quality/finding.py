"""What a rule says: which row, what is wrong with it, how bad it is, and which side of quality it touches."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from tradewind.core.registry import Registry
from tradewind.data.quality.inspection import Inspection


class Dimension(StrEnum):
    """Sides of data quality (the six of DAMA UK, "The six primary dimensions for data quality", 2013)."""

    COMPLETENESS = "completeness"
    VALIDITY = "validity"
    CONSISTENCY = "consistency"
    UNIQUENESS = "uniqueness"
    TIMELINESS = "timeliness"
    ACCURACY = "accuracy"


class Severity(StrEnum):
    """How bad a finding is.

    ``severe``: the whole series cannot be used until a person has decided; ``error``: the row cannot be used
    as it is; ``warning``: it may be wrong; ``info``: worth a look.
    """

    SEVERE = "severe"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Finding:
    """One thing that one rule found. ``row`` counts in the provider's order; -1 where a row is missing.

    ``value`` is the figure behind it (a z-score, a ratio, a length), NaN where there is none.
    """

    rule: str
    dimension: Dimension
    severity: Severity
    ts_event: int
    row: int
    what: str
    value: float = field(default=float("nan"), compare=False)


Rule = Callable[[Inspection], Iterable[Finding]]
RULES: Registry[Rule] = Registry("quality rule", "tradewind.data.quality.rules")
