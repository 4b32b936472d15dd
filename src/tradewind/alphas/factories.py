"""How a learner becomes a model in the registry: one decorator on its dataclass."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

from tradewind.alphas.learned import LearnedModel
from tradewind.alphas.learner import Judgement, Learner
from tradewind.alphas.parameters import field_names
from tradewind.alphas.registry import MODELS
from tradewind.core.errors import ModelError

L = TypeVar("L")


@dataclass(frozen=True)
class LearnerFactory:
    """Builds unfitted models of one learner; ``reference`` are its parameters and their defaults."""

    name: str
    family: str
    learner: Callable[..., Learner]

    def __call__(self, **parameters: object) -> LearnedModel:
        """A model with the reference parameters but those given; ModelError for one it does not have."""
        own, shared = field_names(self.learner), field_names(Judgement)
        unknown = sorted(set(parameters) - own - shared)
        if unknown:
            message = f"The model {self.name!r} has no parameter {', '.join(unknown)}."
            raise ModelError(message, f"It has {', '.join(sorted(own | shared))}.")
        # JSON has no tuples: a loaded parameter list becomes the tuple that it was.
        values = {k: tuple(v) if isinstance(v, list) else v for k, v in parameters.items()}
        learner = self.learner(**{k: v for k, v in values.items() if k in own})
        judgement = Judgement(**{k: v for k, v in values.items() if k in shared})  # type: ignore[arg-type]
        return LearnedModel(self.name, self.family, learner, judgement)


def learner(
    name: str, *, family: str, needs: tuple[str, ...] = (), extra: str = ""
) -> Callable[[type[L]], type[L]]:
    """Class decorator that enters a learner (a dataclass of its parameters) as the model ``name``.

    The factors that it names in ``wanted`` are computed for it, whichever they are.
    """

    def enter(cls: type[L]) -> type[L]:
        factory = LearnerFactory(name, family, cast(Callable[..., Learner], cls))
        wanted = tuple(getattr(cls, "wanted", None) or ())
        MODELS.add(name, factory, needs=needs, extra=extra, factors=wanted)
        return cls

    return enter
