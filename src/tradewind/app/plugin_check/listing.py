"""Every plug-in there is: its kind, what it says of itself, where it comes from, whether it is active."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tradewind.alphas.factories import LearnerFactory
from tradewind.alphas.ruled import Rule
from tradewind.app.config import TradewindConfig
from tradewind.app.session.active import REGISTRIES
from tradewind.app.session.strategies import strategies_of
from tradewind.app.session.wiring import settings_from
from tradewind.core.errors import RegistryError
from tradewind.core.plugins import failures
from tradewind.core.registry import Entry
from tradewind.execution.algorithm_registry import Algorithm, algorithms_named
from tradewind.factors.spec import FactorSpec
from tradewind.risk.registry import Breaker, RiskRule
from tradewind.strategies.settings import StrategySettings

_BEHIND = (
    (RiskRule, "check"),
    (Breaker, "find"),
    (Rule, "signal"),
    (LearnerFactory, "learner"),
    (Algorithm, "due"),
)
"""What says what a plug-in of a kind does."""


@dataclass(frozen=True)
class PluginRow:
    """A plug-in; ``active`` is ``yes`` or ``no`` by the configuration, empty where it is only asked for."""

    kind: str
    name: str
    what: str
    place: str
    outside: bool
    active: str


def rows(config: TradewindConfig, kind: str = "", *, outside: bool = False) -> list[PluginRow]:
    """All plug-ins of a kind (all kinds where it is empty); RegistryError for a kind that there is not."""
    if kind and kind not in REGISTRIES:
        message = f"There is no kind of plug-ins called {kind!r}."
        raise RegistryError(message, f"Known are: {', '.join(REGISTRIES)}.")
    active = _active(config)
    return [
        PluginRow(one, entry.name, said(entry), entry.place, entry.outside, _word(active, one, entry.name))
        for one, registry in REGISTRIES.items()
        if kind in ("", one)
        for entry in registry.entries()
        if not entry.name.startswith("_") and (entry.outside or not outside)
    ]


def failed() -> list[str]:
    """The files that could not be imported, each with its line and reason."""
    return [str(failure) for failure in failures()]


def said(entry: Entry[Any]) -> str:
    """The first paragraph of what a plug-in says of itself, in one line."""
    plugin = entry.plugin
    if isinstance(plugin, FactorSpec):
        return plugin.formula
    behind: Any = plugin
    for kind, name in _BEHIND:
        if isinstance(plugin, kind):
            behind = getattr(plugin, name)
    first = (getattr(behind, "__doc__", None) or "").strip().partition("\n\n")[0]
    return " ".join(first.split())


def _word(active: dict[str, set[str]], kind: str, name: str) -> str:
    if kind not in active:
        return ""
    return "yes" if name in active[kind] else "no"


def _active(config: TradewindConfig) -> dict[str, set[str]]:
    """By kind, the names that a session of this configuration would use; factors go by who reads them."""
    blends, filters, profiles = set(), set(), set()
    for settings in _decisions(config):
        blends.add(settings.blend.method)
        filters |= set(settings.filters.filters)
        profiles.add(settings.regime.profile)
    models = {name for strategy in strategies_of(config) for name in strategy.models}
    return {
        "providers": {config.provider},
        "models": models,
        "rules": set(REGISTRIES["rules"].active(config.risk)),
        "breakers": set(REGISTRIES["breakers"].active(config.risk)),
        "quality_rules": set(REGISTRIES["quality_rules"].active(config.quality_rules)),
        "blends": blends,
        "filters": filters,
        "profiles": profiles,
        "algorithms": set(algorithms_named(config.planner)),
    }


def _decisions(config: TradewindConfig) -> Iterator[StrategySettings]:
    for strategy in strategies_of(config):
        if not strategy.use:
            yield settings_from(StrategySettings, strategy.decision, "decision")
