"""The examples that the help of each verb gives do what they say."""

import re
import shlex

import pytest
import typer

from tradewind.cli.main import app

NOT_RUN = {
    "audit erase": "cannot be undone, and names a person",
    "data import": "needs a file of one's own",
    "data stream": "needs an exchange",
    "demo": "has tests of its own",
    "live": "needs an account at a broker",
    "plugins check": "needs a file of one's own",
    "plugins tables": "writes into pages of this repository",
    "route": "needs a file of one's own",
    "serve": "serves until it is ended",
    "shadow": "needs an exchange",
    "train": "fits for minutes",
    "validate": "fits for minutes",
    "venue": "serves until it is ended",
    "warm": "has a test of its own",
}
FIRST = ("data load", "paper")
"""What the others look at."""


def examples() -> dict[str, str]:
    """By verb, the line after ``Example:`` in its help."""
    found = {}
    for name, command in typer.main.get_command(app).commands.items():
        parts = getattr(command, "commands", {"": command})
        for sub, one in parts.items():
            text = " ".join((one.help or "").split("\n\n")[-1].split())
            line = re.search(r"Example: tradewind (.*)$", " ".join(text.split()))
            if line:
                found[f"{name} {sub}".strip()] = line[1]
    return found


EXAMPLES = {verb: line for verb, line in examples().items() if verb not in NOT_RUN}


@pytest.fixture(scope="module")
def place(tw, tmp_path_factory):
    """A folder with the configuration, the bars and the session that examples name."""
    folder = tmp_path_factory.mktemp("examples")
    (folder / "my.yaml").write_text("seed: 11\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for verb in FIRST:
            done = tw(*shlex.split(EXAMPLES[verb]))
            assert done.code == 0, done.err
            assert done.out
    return folder


@pytest.mark.parametrize("verb", sorted(set(EXAMPLES) - set(FIRST)))
def test_the_example_of_a_verb_runs(tw, place, monkeypatch, verb):
    monkeypatch.chdir(place)
    line, _, file = EXAMPLES[verb].partition(">>")
    done = tw(*shlex.split(line))
    assert done.code == 0, done.err + done.out
    assert done.out + done.err
    assert not file or file.strip() == "anchors.txt"


def test_no_two_verbs_give_their_session_one_name():
    named = [re.findall(r"--name (\S+)", line) for line in examples().values()]
    names = [name for one in named for name in one]
    assert len(names) == len(set(names))
    assert {"paper", "backtest"} <= set(EXAMPLES)
