"""Which plug-ins are active in a session: recorded at its start, and held against what is there later."""

from collections.abc import Iterator, Mapping
from typing import Any

from tradewind.alphas.registry import MODELS
from tradewind.app.session.plan import SessionPlan
from tradewind.app.session.settings import StrategyConfig
from tradewind.app.session.wiring import settings_from
from tradewind.core.errors import RegistryError
from tradewind.core.events import SessionStarted
from tradewind.core.plugins import failures_in_words, file_of
from tradewind.core.registry import Entry, Registry
from tradewind.core.vocabulary import FeedKind
from tradewind.data.quality.finding import RULES as QUALITY_RULES
from tradewind.data.registry import CALENDARS, PROVIDERS, SERIES, STREAMS, TEXTS
from tradewind.data.universe.registry import FILTERS as UNIVERSE_FILTERS
from tradewind.ensemble.filter_registry import FILTERS
from tradewind.ensemble.regime import PROFILES
from tradewind.ensemble.registry import BLENDS
from tradewind.execution.algorithm_registry import ALGORITHMS, algorithms_named
from tradewind.factors.plan import make_plan
from tradewind.factors.registry import FACTORS
from tradewind.risk.registry import BREAKERS, RULES
from tradewind.strategies.settings import StrategySettings

Active = dict[str, tuple[str, ...]]

OUTSIDE = "outside"
"""Key of the active plug-ins that come from outside, each as ``kind/name/file@sha256``."""
REGISTRIES: Mapping[str, Registry[Any]] = {
    "providers": PROVIDERS,
    "streams": STREAMS,
    "series": SERIES,
    "texts": TEXTS,
    "calendars": CALENDARS,
    "factors": FACTORS,
    "models": MODELS,
    "quality_rules": QUALITY_RULES,
    "rules": RULES,
    "breakers": BREAKERS,
    "blends": BLENDS,
    "filters": FILTERS,
    "universe_filters": UNIVERSE_FILTERS,
    "profiles": PROFILES,
    "algorithms": ALGORITHMS,
}
"""Every kind of plug-in by the word that the record has for it."""


def active_plugins(plan: SessionPlan) -> Active:
    """The plug-ins that are active in a session that begins now, by kind."""
    decisions = [_decision(one) for one in plan.strategies if not one.use]
    config, live = plan.config, plan.config.session.live
    heard = (live.stream, *live.standby) if config.session.feed is FeedKind.LIVE else ()
    found = {
        "providers": tuple(dict.fromkeys((config.provider, *config.fallbacks))),
        "streams": tuple(name for name in heard if name in STREAMS.names()),
        "models": tuple(dict.fromkeys(model.name for model in plan.models.models)),
        "strategies": tuple(dict.fromkeys(one.kind for one in plan.strategies)),
        "allocators": (config.session.allocator,),
        "rules": tuple(RULES.active(config.risk)),
        "breakers": tuple(BREAKERS.active(config.risk)),
        "quality_rules": tuple(QUALITY_RULES.active(config.quality_rules)),
        "blends": tuple(dict.fromkeys(one.blend.method for one in decisions)),
        "filters": tuple(dict.fromkeys(name for one in decisions for name in one.filters.filters)),
        "universe_filters": tuple(config.session.universe.filters) if config.session.universe else (),
        "profiles": tuple(dict.fromkeys(one.regime.profile for one in decisions)),
        "algorithms": algorithms_named(config.planner),
    }
    return {**found, OUTSIDE: tuple(_outside(found, plan.models.names))}


def active_limits(risk: Mapping[str, Any]) -> Active:
    """Limits and breakers alone, of a run that has no configuration besides."""
    found = {"rules": tuple(RULES.active(risk)), "breakers": tuple(BREAKERS.active(risk))}
    return {**found, OUTSIDE: tuple(_outside(found, ()))}


def require_as_begun(started: SessionStarted) -> None:
    """Refuse to go on, or to replay, without the very files from outside that a session was begun with.

    Raises
    ------
    RegistryError
        A plug-in that it used is not there, or its file is another than it was; the message names it.
    """
    for line in started.plugins.get(OUTSIDE, ()):
        left, _, sha256 = line.rpartition("@")
        kind, _, rest = left.partition("/")
        name, _, file = rest.rpartition("/")
        registry = REGISTRIES[kind]
        entry = _entry(registry, name)
        if entry is None or not entry.outside:
            message = (
                f"The session {started.session_id!r} uses the {registry.kind} {name!r} of the plug-in file "
                f"{file}, which is not there.{failures_in_words()}"
            )
            raise RegistryError(message, "Name its folder under plugins: in the configuration.")
        now = file_of(entry.module)
        if now.sha256 != sha256:
            message = (
                f"The plug-in file {now.path} has the SHA-256 {now.sha256[:16]}, and the session "
                f"{started.session_id!r} was begun with {file} of {sha256[:16]}."
            )
            raise RegistryError(message, "Restore the file from a copy, or start a new session.")


def _outside(found: Mapping[str, tuple[str, ...]], factors: tuple[str, ...]) -> Iterator[str]:
    specs = (node.spec for node in make_plan(factors).nodes.values())
    used = {**found, "factors": tuple(dict.fromkeys(spec.name for spec in specs if spec is not None))}
    for kind, names in used.items():
        if kind not in REGISTRIES:
            continue
        for entry in filter(None, (_entry(REGISTRIES[kind], name) for name in names)):
            if entry.outside:
                file = file_of(entry.module)
                yield f"{kind}/{entry.name}/{file.name}@{file.sha256}"


def _entry(registry: Registry[Any], name: str) -> Entry[Any] | None:
    try:
        return registry.entry(name)
    except RegistryError:
        return None


def _decision(strategy: StrategyConfig) -> StrategySettings:
    return settings_from(StrategySettings, strategy.decision, f"the decision of {strategy.name}")
