"""What all tests share: real market data where there is some, and made-up bars that say they are made up."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from torch_absent import may_skip
from tradewind.core.panel import BarColumns
from tradewind.core.timestamps import NS_PER_DAY, parse_ns


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of larger real data, named by TRADEWIND_TEST_DATA."""
    folder = os.environ.get("TRADEWIND_TEST_DATA")
    if not folder:
        pytest.skip("TRADEWIND_TEST_DATA does not name a folder of market data")
    path = Path(folder)
    if not path.is_dir():
        pytest.fail(f"TRADEWIND_TEST_DATA names {folder}, which is not a folder")
    return path


@pytest.fixture(scope="session")
def make_bars() -> Callable[..., BarColumns]:
    """Seeded random-walk daily bars, marked synthetic."""

    def make(instrument_id: str = "AAPL", length: int = 300, seed: int = 7, **changes: object) -> BarColumns:
        rng = np.random.default_rng(seed)
        close = 100.0 * np.exp(np.cumsum(rng.normal(0.0003, 0.015, length)))
        open_ = np.concatenate([[100.0], close[:-1]]) * np.exp(rng.normal(0, 0.003, length))
        spread = np.abs(rng.normal(0, 0.006, (2, length)))
        fields: dict[str, object] = {
            "instrument_id": instrument_id,
            "timeframe": "1d",
            "ts_event": parse_ns("2020-01-01T21:00:00+00:00")
            + NS_PER_DAY * np.arange(length, dtype=np.int64),
            "open": open_,
            "high": np.maximum(open_, close) * (1 + spread[0]),
            "low": np.minimum(open_, close) * (1 - spread[1]),
            "close": close,
            "volume": rng.lognormal(13, 0.4, length),
            "source": "synthetic",
            "synthetic": True,
        }
        return BarColumns(**(fields | changes))  # type: ignore[arg-type]

    return make


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test is a failure: what it needs is installed there, but for torch with TORCH=no."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or os.environ.get("CI") != "true":
        return
    skipped = [report for report in reporter.stats.get("skipped", []) if not may_skip(report)]
    if skipped and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"{len(skipped)} tests were skipped, which CI does not allow.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
