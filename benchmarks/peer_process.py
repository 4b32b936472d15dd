"""A peer's script in its own environment: data goes in as a file, one JSON line comes out."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.environments import PEERS, peer_python
from benchmarks.harness import Contestant, PeerError, Turn

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"), "1"
)
MOST_SECONDS = 600


def peer_contestant(peer: str, script: str, *arguments: str) -> Contestant:
    """A contestant that runs ``peers/<script>.py`` once a round; starting up and reading data is not timed.

    The script's line holds ``work`` and ``seconds``; whatever else it holds are facts.
    """

    def turn() -> Turn:
        said = ask_peer(peer, script, *arguments)
        facts = {name: value for name, value in said.items() if isinstance(value, int | float)}
        return Turn(float(said["work"]) / float(said["seconds"]), facts)

    return turn


def ask_peer(peer: str, script: str, *arguments: str) -> Mapping[str, Any]:
    """What the peer's script says with these arguments; PeerError where it cannot be run."""
    python = peer_python(peer)
    return run_script(python, PEERS / f"{script}.py", *arguments)


def run_script(
    python: Path, script: Path, *arguments: str, modules: Sequence[Path] = ()
) -> Mapping[str, Any]:
    """What a script prints last: one JSON line with ``work`` and ``seconds``; PeerError without it.

    It may import what lies in the folders ``modules``, before what is installed.
    """
    found_in = os.pathsep.join([*map(str, modules), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
    try:
        done = subprocess.run(
            [str(python), str(script), *arguments],
            env=os.environ | ONE_THREAD | ({"PYTHONPATH": found_in} if modules else {}),
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        message = f"{script.name} took more than {MOST_SECONDS} s"
        raise PeerError(message) from error
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        message = f"{script.name} ended with status {done.returncode}: {last}"
        raise PeerError(message)
    return _read(done.stdout, script)


def _read(text: str, script: Path) -> Mapping[str, Any]:
    last = (text.strip() or "nothing").splitlines()[-1]
    try:
        said = json.loads(last)
    except json.JSONDecodeError as error:
        message = f"{script.name} said {last!r}, which is not JSON"
        raise PeerError(message) from error
    if not isinstance(said, dict) or not {"work", "seconds"} <= said.keys():
        message = f"{script.name} said {last!r}, without work and seconds"
        raise PeerError(message)
    return said
