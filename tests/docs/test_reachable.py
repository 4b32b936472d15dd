"""Nothing stands furnished and locked: every module is reached from a face or a registry's folder, and no
two import each other in a circle.
"""

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from import_graph import circles, imports, named_in_strings, parse, plug_ins, reached

SOURCE = Path(__file__).parents[2] / "src"
FACES = (
    "tradewind",
    "tradewind.__main__",
    "tradewind.cli.main",
    "tradewind.cli.__main__",
    "tradewind.api.app",
)
"""What people start: the package in Python, the two ways of the command line, the API."""


def lost_of(source: Path, faces: tuple[str, ...]) -> list[str]:
    trees = parse(source)
    graph = imports(trees)
    for face in faces:
        if face.count(".") == 0:
            graph[face] |= named_in_strings(trees[face], trees)
    steps = [name for name in trees if ".migrations" in name]  # Alembic loads them by their path.
    there = reached(graph, [*faces, *steps, *plug_ins(trees, graph)])
    return sorted(set(trees) - there)


def test_every_module_is_reached() -> None:
    lost = set(lost_of(SOURCE, FACES))
    assert not lost, f"reached by nothing: {', '.join(sorted(lost))}"


def test_no_modules_import_each_other_in_a_circle() -> None:
    found = circles(imports(parse(SOURCE)))
    assert not found, "; ".join(" and ".join(group) for group in found)


HOUSE = {
    "house/__init__.py": '_HOMES = {"run": "house.runner"}',
    "house/__main__.py": "from house.door import open_it",
    "house/door.py": "def open_it():\n    from house.hall import walk",
    "house/hall.py": "import house.doors.registry",
    "house/runner.py": "",
    "house/doors/__init__.py": "",
    "house/doors/registry.py": (
        'DOORS: Registry[Door] = Registry("door", "house.doors")\n'
        "def door(name):\n    return DOORS.register(name)"
    ),
    "house/doors/oak.py": 'from house.doors.registry import door\n@door("oak")\ndef oak(): ...',
    "house/doors/glass.py": 'from house.doors.registry import DOORS\nDOORS.register("glass")(object())',
    "house/doors/shape.py": "from house.doors.registry import Door\n@dataclass\nclass Shape(Door): ...",
    "house/attic/__init__.py": "",
    "house/attic/trunk.py": "from house.hall import walk",
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for name, text in HOUSE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_a_module_that_nothing_reaches_is_named(house: Path) -> None:
    faces = ("house", "house.__main__")
    # A folder around nothing that is reached is lost with it; what lies in a registry's folder and enters
    # nothing is lost as well.
    assert lost_of(house, faces) == ["house.attic", "house.attic.trunk", "house.doors.shape"]
    (house / "house/runner.py").write_text("from house.attic import trunk\nimport house.doors.shape")
    assert lost_of(house, faces) == []
    (house / "house/__main__.py").write_text("")
    assert "house.door" in lost_of(house, faces)


def test_a_circle_is_named(house: Path) -> None:
    assert circles(imports(parse(house))) == []
    (house / "house/hall.py").write_text("if TYPE_CHECKING:\n    from house.door import Door")
    assert circles(imports(parse(house))) == [["house.door", "house.hall"]]


def test_importing_the_face_loads_nothing_but_itself() -> None:
    code = "import tradewind, sys; dir(tradewind); print(*[m for m in sys.modules if '_' not in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name for name in done.stdout.split() if name.startswith("tradewind")}
    assert loaded == {"tradewind", "tradewind.core", "tradewind.core.version"}
    assert not {"numpy", "msgspec", "numba"} & set(done.stdout.split())


def test_the_face_in_python_says_where_each_of_its_names_lives() -> None:
    face = importlib.import_module("tradewind")
    assert set(face.__all__) == {*face._HOMES, "__version__"}
    assert set(face.__all__) <= set(dir(face))
    for name in face.__all__:
        assert getattr(face, name) is not None
    assert inspect.signature(face.run_strategy).parameters["cash"]
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = face.nothing
    # What checkers of types read is what is loaded.
    typed = imports(parse(SOURCE))["tradewind"] - {"tradewind.core.version"}
    assert typed == set(face._HOMES.values())
