"""The program as people run it, in this process and as one of its own, on a home that is loaded once."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "views"))

from session_story import story, write

from tradewind.cli.main import main
from tradewind.journal.opening import open_writer


class Ended(NamedTuple):
    code: int
    out: str
    err: str

    def json(self):
        """Standard output as the one JSON value that it must be."""
        return msgspec.json.decode(self.out)

    def one_error(self) -> str:
        """The one sentence that was said; a failure that says less, or more, is a failure of ours."""
        lines = [line for line in self.err.splitlines() if line.startswith("Error: ")]
        assert len(lines) == 1, self.err
        assert self.err.splitlines()[-1] == lines[0]
        assert "Traceback" not in self.err
        assert self.out == ""
        return lines[0]


Run = Callable[..., Ended]


@pytest.fixture(autouse=True)
def any_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody says how wide a piped table is to be: not the shell of the tests, nor a test before this one."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture(scope="session")
def tw() -> Run:
    """Run ``tradewind`` in this process."""

    def run(*words: object) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        before = sys.argv
        sys.argv = ["tradewind", *map(str, words)]
        try:
            with redirect_stdout(out), redirect_stderr(err):
                main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
        else:
            code = 0
        finally:
            sys.argv = before
        return Ended(code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture(scope="session")
def program() -> Run:
    """Run ``tradewind`` as a process of its own."""

    def run(*words: object) -> Ended:
        command = [sys.executable, "-m", "tradewind.cli", *map(str, words)]
        settings = {name: value for name, value in os.environ.items() if not name.startswith("TRADEWIND_")}
        done = subprocess.run(command, capture_output=True, text=True, env=settings, timeout=120, check=False)
        return Ended(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def home(tw: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two loaded series; tests only read it."""
    folder = tmp_path_factory.mktemp("home")
    done = tw("data", "load", "AAPL,BTCUSD", "--home", folder, "--json")
    assert done.code == 0, done.err
    return folder


@pytest.fixture(scope="session")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal that tells a made-up session; tests only read it."""
    path = tmp_path_factory.mktemp("journals") / "told.journal"
    with open_writer(path) as made:
        write(made, story(30, 11))
    return path


@pytest.fixture
def contents() -> Callable[[Path], dict[str, bytes]]:
    """Every file under a folder with its bytes, but for locks."""

    def read(folder: Path) -> dict[str, bytes]:
        files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
        return {str(path.relative_to(folder)): path.read_bytes() for path in files}

    return read
