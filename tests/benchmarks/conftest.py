"""The benchmarks lie beside the package, at the repository's root, and are not installed with it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
