"""The page that follows one bar names real files, functions, classes and methods, in this order of rooms."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "from-tick-to-order.md"
SOURCE = ROOT / "src" / "tradewind"
NAMED = re.compile(r"`(?P<file>[a-z_/]+\.py)(?::(?P<name>[A-Za-z_][A-Za-z0-9_.]*))?`")
MUST_PASS_THROUGH = (
    "data/repair.py:repair",
    "store/bars.py:save_bars",
    "engine/feeds.py:recorded_feed",
    "engine/driver/loop.py:Driver.take",
    "journal/sqlite.py:SqliteJournal.append",
    "engine/reducer.py:Reducer.step",
    "factors/live.py:LiveFactors.on_event",
    "alphas/host.py:LocalModelHost.forecasts",
    "ensemble/blend.py:Blender.blend",
    "portfolio/sizing.py:size_target",
    "execution/planner.py:orders_for_target",
    "risk/gate.py:RuleGate.check",
    "kernels/accounts.py:apply_fill",
    "views/explanation/explain.py:explain_order",
)


def named() -> list[tuple[str, str]]:
    return [(found["file"], found["name"] or "") for found in NAMED.finditer(PAGE.read_text("utf-8"))]


def names_in(path: Path) -> set[str]:
    """Functions, classes, methods and assigned names of a module, methods as ``Class.method``."""
    found: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            inner = (n for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
            found |= {f"{node.name}.{function.name}" for function in inner}
    return found


@pytest.mark.parametrize(("file", "name"), sorted(set(named())))
def test_what_the_page_names_exists(file: str, name: str) -> None:
    path = SOURCE / file
    assert path.is_file(), f"the page names {file}, which does not exist"
    assert not name or name in names_in(path), f"{file} defines no {name}"


def test_the_page_names_the_whole_way_in_order() -> None:
    text = PAGE.read_text("utf-8")
    places = [text.find(f"`{name}`") for name in MUST_PASS_THROUGH]
    assert min(places) > 0, MUST_PASS_THROUGH[places.index(-1)]
    assert places == sorted(places)
    assert len({name for name in named() if name[1]}) >= 20


def test_no_reference_escapes_the_pattern() -> None:
    """A name in backticks that looks like a place in the code but is written otherwise would go unchecked."""
    for text in re.findall(r"`([^`]+)`", PAGE.read_text("utf-8")):
        if ".py" in text:
            assert NAMED.fullmatch(f"`{text}`"), text
