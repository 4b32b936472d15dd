"""What is skipped where torch was left out, and when CI allows it: the only skip that it allows."""

import importlib.util
import os

import pytest

REASON = "torch is not installed: there is no small build of it for this Python"
ABSENT = importlib.util.find_spec("torch") is None

needs_torch = pytest.mark.skipif(ABSENT, reason=REASON)


def may_skip(report: pytest.TestReport | pytest.CollectReport) -> bool:
    """Whether torch is the reason, it is absent indeed, and TORCH=no says that this is meant."""
    told = report.longrepr
    reason = told[2] if isinstance(told, tuple | list) else ""
    return ABSENT and os.environ.get("TORCH") == "no" and reason == f"Skipped: {REASON}"
