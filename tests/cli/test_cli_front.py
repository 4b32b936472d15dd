"""The front of the program: help, version, start-up, and how an error ends it."""

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
    "rich.progress",
)
NO_OBJECT = {"serve", "config schema"}  # one serves until it is ended, one prints JSON as it is


def _verbs() -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        parts = getattr(command, "commands", None)
        found |= {name: command} if parts is None else {f"{name} {sub}": one for sub, one in parts.items()}
    return found


VERBS = _verbs()


def test_help_imports_nothing_heavy():
    code = (
        "import sys; sys.argv = ['tradewind', '--help']\n"
        "from tradewind.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print('heavy:', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: []"


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
