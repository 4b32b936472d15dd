"""A plug-in is one file: a throw-away one in each folder of a copied package is found and used."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from throwaway_plugins import FILES, PROGRAM

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a program says that uses every throw-away plug-in of a copy of the package."""
    folder = tmp_path_factory.mktemp("house")
    copy = folder / "src" / "tradewind"
    shutil.copytree(ROOT / "src" / "tradewind", copy, ignore=shutil.ignore_patterns("static"))
    for name, source in FILES.items():
        assert (copy / name).parent.is_dir(), f"{name} would need a new folder"
        (copy / name).write_text(source, "utf-8")
    path = os.pathsep.join([str(copy.parent), str(ROOT / "examples")])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder / "home")],
        env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    assert found["package"] == str(copy)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("file", sorted(FILES))
def test_one_file_is_enough(said: dict[str, object], file: str) -> None:
    assert said[Path(file).stem], f"{file} was not used: {said[Path(file).stem]}"
