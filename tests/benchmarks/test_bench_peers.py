"""Environments and scripts of peers, with scripts and pins made here; no peer is installed."""

import ast
import sys
from pathlib import Path

import pytest

from benchmarks import environments, event_loop
from benchmarks.environments import MADE_MARK, PEERS, peer_python
from benchmarks.harness import PeerError
from benchmarks.peer_process import run_script

SCRIPTS = sorted(path for path in PEERS.glob("*.py") if path.name != "__init__.py")


def script(tmp_path, text):
    path = tmp_path / "peer.py"
    path.write_text(text)
    return path


def run(path, *arguments):
    return run_script(Path(sys.executable), path, *arguments)


def test_the_last_line_is_what_a_script_says(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    path = script(
        tmp_path,
        "import json, os, sys\nprint('chatter')\n"
        "threads = os.environ['OMP_NUM_THREADS']\n"
        "print(json.dumps({'work': int(sys.argv[1]), 'seconds': 0.5, 'omp': threads}))\n",
    )
    assert run(path, "7") == {"work": 7, "seconds": 0.5, "omp": "1"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise SystemExit('it broke')", "it broke"),
        ("import no_such_library", "No module named 'no_such_library'"),
        ("print('hello')", "not JSON"),
        ("pass", "'nothing'"),
        ("print('{\"work\": 1}')", "without work and seconds"),
        ("print('[1]')", "without work and seconds"),
    ],
)
def test_a_script_that_fails_is_a_peer_error_with_its_words(tmp_path, text, said):
    with pytest.raises(PeerError, match=said):
        run(script(tmp_path, text))


def test_a_script_that_hangs_is_a_peer_error(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.peer_process.MOST_SECONDS", 0.2)
    with pytest.raises(PeerError, match="took more than"):
        run(script(tmp_path, "import time; time.sleep(30)"))


def test_an_environment_is_made_once_and_again_for_other_pins(tmp_path, monkeypatch, capsys):
    commands = []

    def make(command, problem):
        commands.append(command)
        if "venv" in command:
            (tmp_path / "envs" / "peer" / "bin").mkdir(parents=True, exist_ok=True)
            (tmp_path / "envs" / "peer" / "bin" / "python").touch()

    monkeypatch.setattr(environments, "_run", make)
    (tmp_path / "peer.txt").write_text("thing==1.0\n")
    python = peer_python("peer", tmp_path / "envs", tmp_path)
    assert python == tmp_path / "envs" / "peer" / "bin" / "python"
    assert len(commands) == 2
    assert str(tmp_path / "peer.txt") in commands[1]
    assert "Making the environment of peer" in capsys.readouterr().err
    peer_python("peer", tmp_path / "envs", tmp_path)
    assert len(commands) == 2
    (tmp_path / "peer.txt").write_text("thing==2.0\n")
    peer_python("peer", tmp_path / "envs", tmp_path)
    assert len(commands) == 4


def test_a_half_made_environment_is_made_again(tmp_path, monkeypatch):
    def fail(command, problem):
        if "pip" in command:
            raise PeerError(problem)
        (tmp_path / "envs" / "peer" / "bin").mkdir(parents=True, exist_ok=True)
        (tmp_path / "envs" / "peer" / "bin" / "python").touch()

    monkeypatch.setattr(environments, "_run", fail)
    (tmp_path / "peer.txt").write_text("thing==1.0\n")
    for _ in range(2):
        with pytest.raises(PeerError, match="peer could not be installed"):
            peer_python("peer", tmp_path / "envs", tmp_path)
    assert not (tmp_path / "envs" / "peer" / MADE_MARK).exists()


def test_what_pip_says_reaches_the_report(tmp_path):
    path = script(
        tmp_path, "import sys; print('ERROR: No matching distribution', file=sys.stderr); sys.exit(1)"
    )
    with pytest.raises(PeerError, match="x could not be installed: ERROR: No matching distribution"):
        environments._run([sys.executable, str(path)], "x could not be installed")


def test_a_peer_without_pins_is_refused(tmp_path):
    with pytest.raises(PeerError, match="no list of versions"):
        peer_python("unknown", tmp_path, tmp_path)


def test_every_pin_is_exact():
    lists = sorted(PEERS.glob("*.txt"))
    assert {"backtrader", "nautilus", "ta"} <= {path.stem for path in lists}
    for path in lists:
        for line in path.read_text().splitlines():
            assert line.count("==") == 1, f"{path.name}: {line}"
            assert "/" not in line


@pytest.mark.parametrize("name", ["nautilus_sma", "backtrader_sma"])
def test_peers_trade_the_same_rule(name):
    assigned = [
        node for node in ast.parse((PEERS / f"{name}.py").read_text()).body if isinstance(node, ast.Assign)
    ]
    (values,) = [a.value for a in assigned if ast.unparse(a.targets[0]) == "(FAST, SLOW, QUANTITY, CASH)"]
    same = (event_loop.FAST, event_loop.SLOW, event_loop.LOTS, event_loop.CASH)
    assert ast.literal_eval(values) == same == (10, 50, 100, 10_000_000)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_stand_alone(path):
    """They run where Tradewind is not installed, and a script must not hide the library that it imports."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.split(".")[0])
    assert not imported & {"tradewind", "benchmarks"}
    assert not imported & {script.stem for script in SCRIPTS}
