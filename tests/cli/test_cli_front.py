"""The front of the program: help, version, start-up, and how an error ends it."""

import resource
import subprocess
import sys

import click
import pytest
import typer

from tradewind import __version__
from tradewind.cli.main import app

HEAVY = (
    "numpy",
    "pandas",
    "numba",
    "sklearn",
    "torch",
    "scipy",
    "polars",
    "pyarrow",
    "pydantic",
    "rich",
    "xgboost",
    "lightgbm",
    "ray",
    "fastapi",
)
NO_OBJECT = {"serve", "venue", "config schema"}  # two serve until they are ended, one prints JSON as it is


def _verbs() -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        parts = getattr(command, "commands", None)
        found |= {name: command} if parts is None else {f"{name} {sub}": one for sub, one in parts.items()}
    return found


VERBS = _verbs()


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["backtest", "--help"], ["data", "load", "--help"]]
)
def test_help_imports_nothing_heavy(words):
    # What reads the options of a verb is itself built on pydantic.
    heavy = HEAVY if len(words) == 1 else tuple(name for name in HEAVY if name != "pydantic")
    code = (
        f"import sys; sys.argv = ['tradewind', *{words!r}]\n"
        "from tradewind.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print('heavy:', [name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: []"


def test_the_import_brings_nothing_heavy_along():
    heavy = (*HEAVY, "typer", "msgspec")
    code = f"import sys, tradewind; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("command", [["-c", "import tradewind"], ["-m", "tradewind", "--help"]])
def test_a_start_costs_little_of_the_processor(command):
    """Processor time, which other work on the machine does not stretch as it does the clock's."""
    best = 10.0
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *command], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert best < 0.3


@pytest.mark.parametrize("module", ["tradewind", "tradewind.cli"])
def test_the_package_runs_as_a_module(module):
    command = [sys.executable, "-m", module, "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"tradewind {__version__}\n"


def test_version(program):
    assert program("--version") == (0, f"tradewind {__version__}\n", "")


def test_all_verbs_stand_in_the_help(tw):
    shown = tw("--help").out
    assert all(name.split()[0] in shown for name in VERBS)


@pytest.mark.parametrize("name", sorted(VERBS))
def test_every_verb_has_help_and_speaks_json(tw, name):
    shown = tw(*name.split(), "--help")
    assert shown.code == 0
    assert "Usage" in shown.out
    assert name in NO_OBJECT or any("--json" in part.opts for part in VERBS[name].params)


@pytest.mark.parametrize(
    "name", sorted(name for name in VERBS if name.split()[0] not in {"config", "replay", "serve"})
)
def test_help_has_an_example(name):
    assert f"tradewind {name}" in (VERBS[name].help or "")


def test_a_wrong_option_is_said_by_name(tw):
    done = tw("data", "load", "--symbol", "AAPL")
    assert done.code == 2
    assert "--symbol" in done.err
