"""Which models a run uses and with which parameters; what was capped is said, never hidden."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from tradewind.alphas.registry import MODELS
from tradewind.app.research.features import for_learning
from tradewind.core.panel import Samples
from tradewind.core.ports import Model, ModelFactory
from tradewind.factors.sets import DEMO_SET, MODEL_SET

NETWORKS = "networks"
LEARNERS = ("logistic", "random_forest", "xgboost", "lightgbm", "bilstm")
Parameters = Mapping[str, Mapping[str, object]]

DEMO_CAPS: dict[str, dict[str, object]] = {
    "random_forest": {"trees": 60},
    "xgboost": {"trees": 100},
    "lightgbm": {"trees": 100},
    "bilstm": {"epochs": 2, "samples": 700},
}
"""Parameters by which the demo is made to fit its minute; ``tradewind validate`` runs without them."""


@dataclass(frozen=True)
class Candidate:
    """A model of a run: its factory, and the rows it learns from."""

    name: str
    factory: ModelFactory
    is_rule: bool
    family: str = ""
    needs: tuple[str, ...] = ()
    """Factors that it reads beyond those that everybody is given."""

    def rows(self, samples: Samples) -> Samples:
        """Rules read raw factors by name; learners get scale-free columns, and those that were named."""
        return samples if self.is_rule else for_learning(samples, (*MODEL_SET, *self.needs))


def candidates(
    names: tuple[str, ...], parameters: Parameters, factors: Sequence[str] = ()
) -> list[Candidate]:
    """The named models; RegistryError for one that is unknown or whose library is missing.

    ``factors`` are columns that learners get besides the usual ones and those that they name themselves.
    """
    found: list[Candidate] = []
    for name in names:
        factory = MODELS.get(name)
        given = dict(parameters.get(name, {}))
        # A factory in a module's namespace and a partial of it travel to other processes.
        said = factory().describe()
        is_rule = said.get("family") == "rules"
        needs = MODELS.entry(name).factors
        if not is_rule:
            needs = tuple(dict.fromkeys(f for f in (*factors, *needs) if f not in MODEL_SET))
        found.append(
            Candidate(name, partial(_build, name, given), is_rule, str(said.get("family", "")), needs)
        )
    return found


def families(chosen: Sequence[Candidate]) -> list[list[Candidate]]:
    """Candidates by the libraries that they load: rules and learners, then networks.

    Workers are let go between families, so that none of them carries torch and the tree libraries at once.
    """
    networks = [candidate for candidate in chosen if candidate.family == NETWORKS]
    others = [candidate for candidate in chosen if candidate.family != NETWORKS]
    return [part for part in (others, networks) if part]


def by_rows(chosen: Sequence[Candidate]) -> list[list[Candidate]]:
    """Candidates that look at the same columns, which are then shared once for all of them; rules first."""
    groups: dict[tuple[str, ...] | None, list[Candidate]] = {}
    for candidate in sorted(chosen, key=lambda candidate: not candidate.is_rule):
        groups.setdefault(None if candidate.is_rule else candidate.needs, []).append(candidate)
    return list(groups.values())


def factor_names(chosen: Sequence[Candidate]) -> tuple[str, ...]:
    """The demo's factors, and what the chosen models need beyond them."""
    names = list(DEMO_SET)
    for candidate in chosen:
        names += [name for name in candidate.needs if name not in names]
    return tuple(names)


def _build(name: str, parameters: Mapping[str, object]) -> Model:
    return MODELS.get(name)(**parameters)


def session_parameters(configured: Parameters, *, capped: bool) -> dict[str, Mapping[str, object]]:
    """Parameters of a session's models: the demo's caps where asked for, then what the configuration says.

    Capped forecasts of learners also include the mean return of the years learned from, so that a short
    session shows orders; the demo says so.
    """
    caps: Parameters = {}
    if capped:
        caps = {name: {**DEMO_CAPS.get(name, {}), "include_drift": True} for name in LEARNERS}
    return {name: {**caps.get(name, {}), **configured.get(name, {})} for name in {*caps, *configured}}
