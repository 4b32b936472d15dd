"""How a failure is said: one sentence, one object with ``--json``, no secret, and the nearest name."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import typer

from tradewind.cli.main import app, main

TOKEN = "s3cr3t-t0ken-of-mine"


def verbs():
    found = {}
    for name, command in typer.main.get_command(app).commands.items():
        parts = getattr(command, "commands", {"": command})
        found |= {f"{name} {sub}".strip(): one.params for sub, one in parts.items()}
    return found


TAKES = {
    "data show": ["AAPL"],
    "data repair": ["AAPL"],
    "data export": ["AAPL", "--to", "x.csv"],
    "data stream": ["BTCUSDT"],
    "factors compute": ["AAPL", "rsi_14"],
    "replay": ["spring"],
    "journal export": ["spring", "there"],
    "audit erase": ["ada"],
    "explain": ["spring-1"],
}
WITH_HOME = sorted(
    verb
    for verb, params in verbs().items()
    if {"--home", "--json"} <= {option for param in params for option in param.opts}
    and verb not in {"health", "data import"}
)


@pytest.mark.parametrize("verb", WITH_HOME)
def test_with_json_any_error_is_one_object_on_standard_output(tw, tmp_path, monkeypatch, verb):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("no folder")
    done = tw(*verb.split(), *TAKES.get(verb, []), "--home", "file", "--json")
    said = done.json()["error"]
    assert done.code == said["exit_code"] == 5, done.err
    assert said["message"] in done.err
    assert said["next_step"]
    assert done.err.count("Error: ") == 1


def test_a_wrong_verb_is_an_object_too(tw):
    done = tw("bactest", "--json")
    assert done.code == done.json()["error"]["exit_code"] == 2
    assert "bactest" in done.json()["error"]["message"]


def test_a_fault_of_ours_is_an_object_beside_its_traceback(monkeypatch, capsys):
    def broken() -> None:
        raise ZeroDivisionError("nothing to divide by")

    monkeypatch.setattr("tradewind.app.market.market_data.providers", broken)
    monkeypatch.setattr(sys, "argv", ["tradewind", "data", "providers", "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    assert ended.value.code == 1
    assert msgspec.json.decode(out)["error"]["message"] == "nothing to divide by"
    assert "Traceback" in err


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TRADEWIND_CASH", "TRADEWIND_SESSION__CASH"),
        ("TRADEWIND_SESION__CASH", "TRADEWIND_SESSION__CASH"),
        ("TRADEWIND_API_TOKN", "TRADEWIND_API_TOKEN"),
        ("TRADEWIND_HOM", "TRADEWIND_HOME"),
        ("TRADEWIND_SESSION__CAHS", "cash"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest_name(tw, tmp_path, monkeypatch, name, meant):
    monkeypatch.setenv(name, TOKEN)
    done = tw("backtest", "--home", tmp_path / "home")
    assert done.code == 2
    said = done.one_error()
    assert name in said
    assert f"Did you mean {meant}?" in said
    assert TOKEN not in said
    assert not (tmp_path / "home").exists()


VERBS_WITHOUT_CONFIGURATION = [
    ("warm",),
    ("report", "--metrics"),
    ("plugins", "tables", "page.md"),
    ("config", "schema"),
    ("health",),
    ("serve",),
]


@pytest.mark.parametrize("name", ["TRADEWIND_SESION__CASH", "TRADEWIND_API_KEY"])
@pytest.mark.parametrize("verb", VERBS_WITHOUT_CONFIGURATION, ids=" ".join)
def test_every_verb_refuses_an_unknown_variable(tw, monkeypatch, verb, name):
    """Also one that reads no configuration, and a key that names no source."""
    monkeypatch.setenv(name, TOKEN)
    done = tw(*verb)
    assert done.code == 2
    assert f"The environment has {name}, which is no setting" in done.one_error()
    assert TOKEN not in done.one_error()


def test_a_configuration_that_is_not_there_is_said_in_words(tw, tmp_path):
    said = tw("config", "check", "-c", tmp_path / "nope.yaml").one_error()
    assert "cannot be read: No such file or directory. Check the path" in said
    assert "Errno" not in said


def test_help_is_shown_whatever_the_environment_has(tw, monkeypatch):
    monkeypatch.setenv("TRADEWIND_SESION__CASH", "7")
    assert "Usage: tradewind orders" in tw("orders", "--help").out
    assert tw("--version").code == 0


FILES = {
    "mapping": f"provider: {{name: sample, api_key: {TOKEN}}}",
    "address": f"session: {{live: {{url: 'ftp://example.org/?token={TOKEN}'}}}}",
    "wrong type": f"session: {{window: 'https://u:{TOKEN}@example.org'}}",
    "model": f"research: {{model_parameters: {{logistic: {{password: {TOKEN}}}}}}}",
}


@pytest.mark.parametrize("text", list(FILES.values()), ids=list(FILES))
def test_no_secret_of_a_file_is_repeated(tw, tmp_path, text):
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    done = tw("config", "check", "--config", file, "--json")
    assert done.code == 2
    assert TOKEN not in done.out + done.err


def test_the_api_token_is_not_repeated(tmp_path):
    """Not even where somebody gives it as something else."""
    words = ["backtest", "--symbols", TOKEN, "--home", str(tmp_path / "home")]
    done = subprocess.run(
        [sys.executable, "-m", "tradewind", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TRADEWIND_API_TOKEN": TOKEN},
    )
    assert done.returncode == 3
    assert "--symbols: session.symbols: No instrument is called '***'" in done.stderr
