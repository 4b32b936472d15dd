"""No test skips unseen in CI: pytest itself is run on made-up tests, with and without torch."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FOR_TORCH = "from torch_absent import needs_torch\n@needs_torch\ndef test_network(): ...\n"
WHOLE_FILE = (
    "import pytest\nfrom torch_absent import REASON\npytest.importorskip('torch', reason=REASON)\n"
    "def test_network(): ...\n"
)
OTHER = "import pytest\n@pytest.mark.skip(reason='no time')\ndef test_other(): ...\n"
ALIKE = (
    "import pytest\nfrom torch_absent import REASON\n"
    "@pytest.mark.skip(reason=REASON)\ndef test_alike(): ...\n"
)


def exit_code(folder: Path, tests: str, *, torch: bool, **environment: str) -> int:
    """What pytest ends with on the tests, where torch is installed or not."""
    lines = "pass" if torch else "import sys\nsys.modules['torch'] = None"
    (folder / "torch_there.py").write_text(lines)
    if torch:
        (folder / "torch.py").write_text("")
    (folder / "test_made_up.py").write_text(tests)
    (folder / "test_plain.py").write_text("def test_plain(): ...\n")
    kept = {k: v for k, v in os.environ.items() if k not in ("CI", "TORCH") and not k.startswith("PYTEST_")}
    path = os.pathsep.join((str(folder), str(TESTS), kept.get("PYTHONPATH", "")))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "torch_there"]
    done = subprocess.run(
        [*command, "-p", "conftest", "--rootdir", str(folder), str(folder)],
        env=kept | environment | {"PYTHONPATH": path},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    return done.returncode


@pytest.mark.parametrize(
    ("tests", "torch", "environment", "code"),
    [
        (FOR_TORCH, False, {"CI": "true", "TORCH": "no"}, 0),
        (FOR_TORCH, False, {"CI": "true"}, 1),  # left out, and nobody said so
        (FOR_TORCH, False, {"CI": "true", "TORCH": "auto"}, 1),
        (FOR_TORCH, False, {}, 0),
        (WHOLE_FILE, False, {"CI": "true", "TORCH": "no"}, 0),
        (WHOLE_FILE, False, {"CI": "true"}, 1),
        (ALIKE, True, {"CI": "true", "TORCH": "no"}, 1),  # it is there after all
        (FOR_TORCH + OTHER, False, {"CI": "true", "TORCH": "no"}, 1),
        (OTHER, True, {"CI": "true"}, 1),
        (OTHER, True, {}, 0),
    ],
)
def test_ci_allows_one_skip_alone(
    tmp_path: Path, tests: str, torch: bool, environment: dict[str, str], code: int
) -> None:
    assert exit_code(tmp_path, tests, torch=torch, **environment) == code
