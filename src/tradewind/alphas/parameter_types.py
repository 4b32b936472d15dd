"""Which parameters a model takes and what they may be, read from its own declaration."""

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any, get_type_hints

from tradewind.alphas.factories import LearnerFactory
from tradewind.alphas.learner import Judgement
from tradewind.alphas.registry import Build
from tradewind.alphas.ruled import Rule, RuleParameters
from tradewind.core.errors import ConfigError
from tradewind.core.settings import Location, dotted, read_value, shortened


def parameter_types(build: Build) -> dict[str, Any]:
    """Types by name, bounds included; a model without a declaration of its own has its builder's keywords."""
    if isinstance(build, LearnerFactory):
        return _fields(build.learner) | _fields(Judgement)
    if isinstance(build, Rule):
        return _fields(RuleParameters)
    hints = get_type_hints(build, include_extras=True) if inspect.isroutine(build) else {}
    return {name: hints.get(name, Any) for name in inspect.signature(build).parameters}


def check_parameters(name: str, build: Build, given: Mapping[str, object], at: Location) -> None:
    """Refuse what the model ``name`` could not be built with.

    Raises
    ------
    ConfigError
        A parameter that it does not have, or a value of the wrong type or out of its bounds; ``at`` is where
        the parameters stand.
    """
    types = parameter_types(build)
    for key, value in given.items():
        here = (*at, key)
        if key not in types:
            message = f"{dotted(at)}: the model {name!r} has no parameter {shortened(key)}."
            raise ConfigError(message, f"It has {', '.join(sorted(types))}.", location=here)
        read_value(types[key], value, here)


def _fields(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind) if field.init}
