"""Files written into people's own folders: whole, and nothing is left of writers that died."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tradewind.core.errors import StoreError
from tradewind.store.export import write_file


def a_dead_process() -> int:
    """The number of a process that has ended."""
    done = subprocess.Popen([sys.executable, "-c", "pass"])
    done.wait()
    return done.pid


def leave(folder: Path, number: int, name: str, *, old: bool) -> Path:
    left = folder / f".{number}-{name}.tmp"
    left.write_bytes(b"half of it")
    if old:
        os.utime(left, (1_000_000_000, 1_000_000_000))
    return left


def test_what_a_writer_that_was_killed_left_is_taken_away_by_the_next_one(tmp_path: Path) -> None:
    left = leave(tmp_path, a_dead_process(), "bars [x].csv", old=True)
    write_file(tmp_path / "bars [x].csv", b"all of it")
    assert not left.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["bars [x].csv"]
    assert (tmp_path / "bars [x].csv").read_bytes() == b"all of it"


def test_nothing_of_somebody_who_may_still_write_is_touched(tmp_path: Path) -> None:
    stays = [
        leave(tmp_path, os.getppid(), "bars.csv", old=True),  # it runs
        leave(tmp_path, a_dead_process(), "bars.csv", old=False),  # another machine's, perhaps
        leave(tmp_path, a_dead_process(), "other.csv", old=True),  # another file's
    ]
    (tmp_path / ".mine-bars.csv.tmp").write_bytes(b"a person's")
    write_file(tmp_path / "bars.csv", b"all of it")
    assert all(path.exists() for path in stays)
    assert (tmp_path / ".mine-bars.csv.tmp").exists()


def test_a_folder_that_refuses_is_named_and_keeps_what_it_had(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    with pytest.raises(StoreError, match="file"):
        write_file(tmp_path / "file" / "bars.csv", b"x")
    assert (tmp_path / "file").read_bytes() == b"in the way"
