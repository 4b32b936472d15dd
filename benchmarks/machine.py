"""One line that says on what a figure was measured."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import joblib


def machine_line() -> str:
    """Date, processor, cores that this process may use, load, memory, system and Python."""
    cores = joblib.cpu_count()
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"
    return ", ".join(
        [
            f"{datetime.now(UTC):%Y-%m-%d}",
            _processor(),
            f"{cores} cores",
            load,
            f"{platform.system()} {platform.machine()}",
            f"Python {platform.python_version()}",
        ]
    )


def _processor() -> str:
    table = Path("/proc/cpuinfo")
    if table.is_file():
        for line in table.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"
