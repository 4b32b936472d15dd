"""Each peer lives in an environment of its own, made on first use from exact pinned versions."""

import hashlib
import subprocess
import sys
from pathlib import Path

from benchmarks.harness import PeerError
from benchmarks.progress import say

ROOT = Path(__file__).resolve().parent.parent
PEERS = Path(__file__).resolve().parent / "peers"
MADE_MARK = "made-from"
MOST_SECONDS = 900


def peer_python(peer: str, folder: Path = ROOT / ".venvs", pins: Path = PEERS) -> Path:
    """The interpreter of the peer's environment, made where it is missing or was made from other pins.

    Raises
    ------
    PeerError
        No versions are pinned for it, or they cannot be installed here.
    """
    wanted = pins / f"{peer}.txt"
    if not wanted.is_file():
        message = f"there is no list of versions {wanted.name}"
        raise PeerError(message)
    home = folder / peer
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()
    mark = home / MADE_MARK
    python = home / "bin" / "python"
    if python.exists() and mark.is_file() and mark.read_text() == digest:
        return python
    say(f"Making the environment of {peer} (once) ...")
    _run([sys.executable, "-m", "venv", "--clear", str(home)], f"no environment could be made for {peer}")
    install = [
        str(python),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--requirement",
        str(wanted),
    ]
    _run(install, f"{peer} could not be installed")
    mark.write_text(digest)
    say(f"The environment of {peer} is ready.")
    return python


def _run(command: list[str], problem: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=MOST_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        message = f"{problem}: nothing came of it in {MOST_SECONDS} s"
        raise PeerError(message) from error
    except OSError as error:
        message = f"{problem}: {error}"
        raise PeerError(message) from error
    if done.returncode:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if "ERROR" in line]
        said = lines[-1] if lines else f"exit status {done.returncode}"
        message = f"{problem}: {said.strip()}"
        raise PeerError(message)
