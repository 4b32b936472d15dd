"""Plug-ins from outside: found in a folder, imported whole or not at all, and named where they fail."""

import importlib
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tradewind.core import plugins
from tradewind.core.errors import RegistryError
from tradewind.core.registry import Registry

TOYS = "from toys_package import TOYS\n"


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry[object]]:
    """A registry whose package has one toy, ``ball``, and no plug-in of any other test."""
    for name, value in (("_folders", {}), ("_files", {}), ("_failures", {}), ("_offered", False)):
        monkeypatch.setattr(plugins, name, value)
    for module in [name for name in sys.modules if name.startswith("tradewind_plugins")]:
        monkeypatch.delitem(sys.modules, module)
    package = tmp_path / "lib" / "toys_package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        "from tradewind.core.registry import Registry\nTOYS = Registry('toy', 'toys_package')\n"
    )
    (package / "ball.py").write_text(f"{TOYS}TOYS.add('ball', len)\n")
    monkeypatch.syspath_prepend(tmp_path / "lib")
    yield importlib.import_module("toys_package").TOYS
    for name in [name for name in sys.modules if name.startswith(("toys_package", "tradewind_plugins"))]:
        del sys.modules[name]


def drop(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def test_a_file_in_a_named_folder_is_a_plug_in(toys: Registry[object], tmp_path: Path) -> None:
    folder = drop(tmp_path / "mine", kite=f"{TOYS}TOYS.add('kite', max)\n")
    assert toys.names() == ["ball"]
    plugins.use_folders([folder])
    assert not [
        name for name in sys.modules if name.startswith("tradewind_plugins")
    ]  # naming a folder imports nothing
    assert toys.names() == ["ball", "kite"]
    entry = toys.entry("kite")
    assert entry.outside
    assert re.fullmatch(r"tradewind_plugins\.mine_[0-9a-f]{8}\.kite", entry.module)
    assert entry.place == str(folder / "kite.py")
    assert not toys.entry("ball").outside
    (file,) = plugins.files()
    assert (file.name, len(file.sha256)) == ("kite.py", 64)


def test_what_comes_from_outside_is_active_only_where_it_is_named(
    toys: Registry[object], tmp_path: Path
) -> None:
    both = f"{TOYS}TOYS.add('kite', max)\nTOYS.add('drum', min)\n"
    plugins.use_folders([drop(tmp_path / "mine", both=both)])
    assert toys.active() == ["ball"]
    assert toys.active(["kite", "nothing"]) == ["ball", "kite"]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("x = 1\ndef broken(:\n", 2, "SyntaxError: invalid syntax"),
        ("import no_such_library\n", 1, "ModuleNotFoundError: No module named 'no_such_library'"),
        (f"{TOYS}\nTOYS.add('drum', min)\n1 / 0\n", 4, "ZeroDivisionError: division by zero"),
        ("import sys\nsys.exit('away')\n", 2, "SystemExit: away"),
    ],
)
def test_a_file_that_fails_is_named_and_stops_nothing_else(
    toys: Registry[object], tmp_path: Path, text: str, line: int, said: str
) -> None:
    folder = drop(tmp_path / "mine", bad=text, kite=f"{TOYS}TOYS.add('kite', max)\n")
    plugins.use_folders([folder])
    assert toys.names() == ["ball", "kite"]  # nor is half of the bad file left behind
    (failure,) = plugins.failures()
    assert (failure.path, failure.line, failure.error) == (str(folder / "bad.py"), line, said)
    with pytest.raises(RegistryError, match=r"no toy called 'drum'.*bad\.py could not be imported: line"):
        toys.get("drum")


def test_a_name_that_is_taken_stays_with_who_had_it(toys: Registry[object], tmp_path: Path) -> None:
    first = f"{TOYS}TOYS.add('kite', max)\n"
    second = f"{TOYS}TOYS.add('drum', min)\nTOYS.add('kite', min)\n"
    third = f"{TOYS}TOYS.add('ball', min)\n"
    folder = drop(tmp_path / "mine", a=first, b=second, c=third)
    plugins.use_folders([folder])
    assert toys.get("kite") is max
    assert toys.get("ball") is len
    assert toys.names() == ["ball", "kite"]
    words = [failure.error for failure in plugins.failures()]
    assert f"'kite': in {folder / 'a.py'} and {folder / 'b.py'}" in words[0]
    assert f"'ball': in toys_package.ball and {folder / 'c.py'}" in words[1]


def test_the_package_comes_first_even_when_a_file_is_imported_before_it(
    toys: Registry[object], tmp_path: Path
) -> None:
    folder = drop(tmp_path / "mine", ball=f"{TOYS}TOYS.add('ball', min)\n")
    with pytest.raises(RegistryError, match=r"ball\.py, line 2.*Two toys are called 'ball'"):
        plugins.load_file(folder / "ball.py")
    assert toys.get("ball") is len


def test_files_of_a_folder_import_each_other_and_count_into_what_is_recorded(
    toys: Registry[object], tmp_path: Path
) -> None:
    uses = f"{TOYS}from ._shared import NAME\nTOYS.add(NAME, max)\n"
    folder = drop(tmp_path / "mine", kite=uses, _shared="NAME = 'kite'\n")
    plugins.use_folders([folder])
    assert toys.names() == ["ball", "kite"]
    before = plugins.digest(folder / "kite.py")
    assert plugins.files()[0].sha256 == before
    (folder / "_shared.py").write_text("NAME = 'kite' \n")
    assert plugins.digest(folder / "kite.py") != before


def test_a_folder_that_cannot_be_read_is_named(toys: Registry[object], tmp_path: Path) -> None:
    plugins.use_folders([tmp_path / "nowhere"])
    assert toys.names() == ["ball"]
    assert str(plugins.failures()[0]).endswith(
        "nowhere: the folder cannot be read (No such file or directory)"
    )


def test_two_folders_of_one_name_are_two_packages(toys: Registry[object], tmp_path: Path) -> None:
    for where, name in (("a", "kite"), ("b", "drum")):
        (tmp_path / where).mkdir()
        plugins.use_folders([drop(tmp_path / where / "mine", same=f"{TOYS}TOYS.add('{name}', max)\n")])
    assert toys.names() == ["ball", "drum", "kite"]
    assert len({toys.entry(name).module for name in ("drum", "kite")}) == 2


def test_an_installed_package_offers_plug_ins(toys: Registry[object], tmp_path: Path) -> None:
    lib = drop(
        tmp_path / "lib",
        offered=f"{TOYS}TOYS.add('kite', max)\n",
        spoilt=f"{TOYS}TOYS.add('drum', max)\nraise OSError('no licence')\n",
    )
    (lib / "offers-1.0.dist-info").mkdir()
    (lib / "offers-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: offers\nVersion: 1.0\n"
    )
    (lib / "offers-1.0.dist-info" / "entry_points.txt").write_text(
        "[tradewind.plugins]\none = offered\ntwo = spoilt\n"
    )
    assert toys.names() == ["ball", "kite"]
    assert toys.entry("kite").outside
    assert str(plugins.failures()[0]) == "spoilt (of offers): OSError: no licence"
    for name in ("offered", "spoilt"):
        sys.modules.pop(name, None)


def test_what_a_file_defines_travels_to_another_process(toys: Registry[object], tmp_path: Path) -> None:
    text = f"{TOYS}\n@TOYS.register('kite')\nclass Kite:\n    height = 7\n"
    folder = drop(tmp_path / "mine", kite=text)
    plugins.use_folders([folder])
    letter = pickle.dumps(toys.get("kite"))
    code = (
        "import pickle, sys; from pathlib import Path; from tradewind.core.plugins import use_folders;"
        f"sys.path.insert(0, {str(tmp_path / 'lib')!r});"
        f"use_folders([Path({str(folder)!r})]); print(pickle.loads({letter!r}).height)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "7", done.stderr
    assert not (folder / "__pycache__").exists()
