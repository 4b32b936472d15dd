"""Many files imported by workers: the same as one after the other, and a bad one stops none of them."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from tradewind.app.compute.closing import closing
from tradewind.app.compute.mappers import mapper_from
from tradewind.app.config import load_config
from tradewind.app.market.import_names import Naming
from tradewind.app.market.import_work import WORTH_WORKERS
from tradewind.app.market.importing import Imported, import_path, options_of
from tradewind.app.market.workspace import open_workspace
from tradewind.data import judging


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More files than workers are started for: random walks, one of them in two parts, one no table."""
    place = tmp_path_factory.mktemp("files")
    for nth in range(WORTH_WORKERS + 10):
        rng = np.random.default_rng(nth)
        days = np.arange("2020-01-01", "2020-09-01", dtype="datetime64[D]")
        days = days[np.is_busday(days)]
        close = 50.0 * np.exp(np.cumsum(rng.normal(0, 0.01, len(days))))
        rows = [
            f"{day},{c:.2f},{c * 1.01:.2f},{c * 0.99:.2f},{c:.2f},1000\n"
            for day, c in zip(days, close, strict=True)
        ]
        name = place / f"S{nth:02d}.csv"
        name.write_text("Date,Open,High,Low,Close,Volume\n" + "".join(rows))
    (place / "S03.csv").write_text("Date,Open,High,Low,Close,Volume\n2020-01-02,1,2,0.5,x,3\n")
    return place


def imported(folder: Path, home: Path, compute: str) -> tuple[Imported, dict[str, str], list[int]]:
    judging.forget()
    workspace = open_workspace(load_config(None, home=home))
    told: list[int] = []
    with closing(mapper_from(compute)) as mapper:
        found = import_path(
            workspace, folder, options_of(), Naming(), mapper=mapper,
            on_progress=lambda done, total, what: told.append(done),
        )  # fmt: skip
    files = {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }
    return found, files, told


def test_workers_leave_the_very_same_home(folder: Path, tmp_path: Path) -> None:
    alone, files, told = imported(folder, tmp_path / "alone", "serial")
    together, same_files, told_too = imported(folder, tmp_path / "together", "local:2")
    assert together == alone
    assert same_files == files
    assert told == told_too == sorted(told)
    assert len(alone.stored) == WORTH_WORKERS + 9
    assert [Path(one.file).name for one in alone.failed] == ["S03.csv"]
    assert "line 2" in alone.failed[0].error
    again, unchanged, _ = imported(folder, tmp_path / "together", "local:2")
    assert unchanged == files
    assert len(again.unchanged) == WORTH_WORKERS + 9
