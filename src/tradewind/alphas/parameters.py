"""Parameters of a model are the public fields of its dataclasses; those that were changed are said."""

import dataclasses

from tradewind.alphas.learner import Judgement, Learner


def parameters_of(learner: Learner, judgement: Judgement) -> dict[str, object]:
    """All parameters by name, the learner's and the judgement's."""
    own = {name: getattr(learner, name) for name in sorted(field_names(type(learner)))}
    return own | dataclasses.asdict(judgement)


def changed_parameters(learner: Learner) -> dict[str, object]:
    """Parameters that differ from the reference, each with both values: what a capped run must say."""
    changed: dict[str, object] = {}
    for field in dataclasses.fields(learner):  # type: ignore[arg-type]
        if field.init and getattr(learner, field.name) != field.default:
            changed[field.name] = {"used": getattr(learner, field.name), "reference": field.default}
    return changed


def field_names(kind: object) -> set[str]:
    """Names of the fields that a caller may give."""
    return {field.name for field in dataclasses.fields(kind) if field.init}  # type: ignore[arg-type]
