"""The story and the loopback server of the neighbouring rooms."""

import sys
from pathlib import Path

for room in ("views", "api"):
    sys.path.insert(0, str(Path(__file__).parents[1] / room))
