"""Settings of every room: unknown keys refused at every depth, bounds held, what is not named kept."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import tradewind
from tradewind.core.errors import ConfigError
from tradewind.core.settings import Settings, read_settings
from tradewind.execution.planner import PlannerSettings
from tradewind.execution.venue.settings import VenueSettings
from tradewind.risk.registry import BREAKERS, RULES
from tradewind.strategies.forecast_blend import StrategySettings

SECTIONS = (StrategySettings, PlannerSettings, VenueSettings)
ENDINGS = ("Settings", "Rules", "ClassLimits")


def _structs() -> Iterator[type[msgspec.Struct]]:
    """Every Struct of the package, those of its plug-ins too."""
    for module in pkgutil.walk_packages(tradewind.__path__, "tradewind."):
        if module.name.endswith("__main__"):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, msgspec.Struct):
                yield value


def _roots() -> set[type[msgspec.Struct]]:
    plugins = [*RULES.entries(), *BREAKERS.entries()]
    named = {kind for kind in _structs() if kind.__name__.endswith(ENDINGS) and kind is not Settings}
    return {*SECTIONS, *named, *(type(entry.plugin.defaults) for entry in plugins)}


def _inside(kind: object) -> Iterator[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
        for field in msgspec.structs.fields(kind):
            yield from _inside(field.type)
    for part in getattr(kind, "__args__", ()):
        yield from _inside(part)


ALL = sorted({found for root in _roots() for found in _inside(root)}, key=lambda kind: kind.__qualname__)


def test_the_walk_finds_the_settings_of_all_rooms():
    names = {kind.__name__ for kind in ALL}
    assert {"KellySettings", "Halt", "FactorNames", "DailyLoss", "Tradable", "ProtectionSettings"} <= names
    assert len(names) > 40


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_no_settings_drop_an_unknown_key(kind):
    assert issubclass(kind, Settings)
    with pytest.raises(ConfigError, match="'none_of_these'") as caught:
        read_settings(kind, {"none_of_these": 1}, None, ("top", "inner"))
    assert caught.value.location == ("top", "inner", "none_of_these")


def _numbers() -> list[tuple[type[msgspec.Struct], str]]:
    return [
        (kind, field.name)
        for kind in ALL
        for field in msgspec.structs.fields(kind)
        if any(name in str(field.type) for name in ("float", "int")) and "Timeframe" not in str(field.type)
    ]


@pytest.mark.parametrize(("kind", "key"), _numbers(), ids=lambda part: getattr(part, "__name__", part))
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -(10.0**30), 10**30], ids=str)
def test_no_number_is_without_bounds(kind, key, value):
    field = next(one for one in msgspec.structs.fields(kind) if one.name == key)
    given = {"k": value} if str(field.type).startswith("dict") else value
    with pytest.raises(ConfigError) as caught:
        read_settings(kind, {key: given}, None, ("top",))
    assert caught.value.location == ("top", key)
    assert key in str(caught.value)


def test_every_setting_is_read_somewhere():
    root = Path(tradewind.__file__).parent
    read = {
        node.attr
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
    }
    assert {
        f"{kind.__name__}.{name}" for kind in ALL for name in kind.__struct_fields__ if name not in read
    } == set()


def test_a_nested_key_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match=r"decision\.sizing\.kelly has no setting 'fracton'") as caught:
        read_settings(StrategySettings, {"sizing": {"kelly": {"fracton": 0.1}}}, None, ("decision",))
    assert "fraction" in caught.value.next_step
    assert caught.value.location == ("decision", "sizing", "kelly", "fracton")


def test_what_is_not_named_stays_as_the_section_has_it():
    usual = StrategySettings()
    read = read_settings(
        StrategySettings,
        {"sizing": {"gross_limit": 0.5}, "blend": {"half_life_bars": 3}, "regime_scale": {"high": 0.1}},
        None,
        ("decision",),
    )
    assert (read.sizing.gross_limit, read.sizing.use_confidence) == (0.5, usual.sizing.use_confidence)
    assert (read.blend.half_life_bars, read.blend.method) == (3.0, usual.blend.method)
    assert read.regime_scale == {**usual.regime_scale, "high": 0.1}


def test_settings_that_do_not_go_together_are_named_by_their_section():
    with pytest.raises(ConfigError) as caught:
        read_settings(
            StrategySettings, {"sizing": {"leverage": {"base": 3.0, "ceiling": 2.0}}}, None, ("decision",)
        )
    assert caught.value.location == ("decision", "sizing", "leverage")


class _Own(msgspec.Struct, frozen=True):
    """Settings of somebody's own plug-in, without bounds and without the base."""

    level: float = 1.0
    levels: dict[str, list[float]] = {}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")], ids=str)
def test_no_settings_take_what_is_not_finite(value):
    for given in ({"level": value}, {"levels": {"a": [1.0, value]}}):
        with pytest.raises(ConfigError, match="Give a finite number"):
            read_settings(_Own, given, None, ("risk", "own"))
    with pytest.raises(ConfigError, match=r"risk\.own has no setting 'lev'"):
        read_settings(_Own, {"lev": 1.0}, None, ("risk", "own"))
