"""The journal against the world: processes killed at any moment, and a disk that is really full."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tradewind.core.errors import JournalFullError
from tradewind.core.events import SnapshotTaken, Timer
from tradewind.core.market import Event
from tradewind.journal.audit import verify_file
from tradewind.journal.sqlite import SqliteJournal, SqliteJournalReader

WRITER = """
import sys
from pathlib import Path
from tradewind.core.events import Timer
from tradewind.journal.sqlite import SqliteJournal
journal = SqliteJournal(Path(sys.argv[1]))
while True:
    size = 1 + journal.next_seq % 37
    first = journal.next_seq
    for i in range(size):
        journal.append(Timer(ts_event=first, name=f"{i}/{size}"), cause=0 if i == 0 else first)
    journal.save_snapshot(first, b"x" * 50_000)
    journal.commit()
    print(journal.next_seq - 1, flush=True)
"""


def groups_are_whole(path: Path) -> int:
    """Every group has all its records; returns the last sequence."""
    expected, size = 0, 0
    with SqliteJournalReader(path) as reader:
        for record in reader.read():
            if isinstance(record.event, SnapshotTaken):
                assert expected == 0
                continue
            assert isinstance(record.event, Timer)
            at, of = map(int, record.event.name.split("/"))
            assert (at, of) == (expected, size or of)
            expected, size = (0, 0) if at == of - 1 else (at + 1, of)
        assert expected == 0
        snapshot = reader.latest_snapshot()
        assert snapshot is None or snapshot[0] == reader.last_seq()
        return reader.last_seq()


def test_kill_at_random_moments_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    rng = random.Random(20)
    told = 0
    for _ in range(8):
        child = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
        with child:
            assert child.stdout is not None
            told = int(child.stdout.readline())
            time.sleep(rng.uniform(0.0, 0.15))
            os.kill(child.pid, signal.SIGKILL)
            lines = child.stdout.read().split(b"\n")
            # What follows the last newline may be half a number.
            told = int(lines[-2]) if len(lines) > 1 else told
        reached = groups_are_whole(path)
        assert reached >= told
        assert verify_file(path).records == reached
    with SqliteJournal(path) as journal:
        assert journal.next_seq == reached + 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 1 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    ballast = folder / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return ballast


def write_until_full(journal: SqliteJournal, make_event: Callable[[int], Event], durable: list[int]) -> None:
    while True:
        for i in range(100):
            journal.append(make_event(i))
        journal.commit()
        durable.append(journal.next_seq - 1)


def test_a_disk_that_fills_while_writing(small_disk: Path, make_event: Callable[[int], Event]) -> None:
    path = small_disk / "a.journal"
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 300_000)
    journal = SqliteJournal(path)
    durable: list[int] = []
    with pytest.raises(JournalFullError, match="No room on the disk") as caught:
        write_until_full(journal, make_event, durable)
    assert durable[-1] > 500
    assert "Free some space" in caught.value.next_step
    with pytest.raises(JournalFullError):
        journal.close()

    fill(small_disk)
    with SqliteJournal(path) as still_full:
        assert still_full.next_seq == durable[-1] + 1
        for i in range(500):
            still_full.append(make_event(i))
        with pytest.raises(JournalFullError):
            still_full.commit()
        still_full.abandon()

    ballast.unlink()
    assert verify_file(path).records == durable[-1]
    with SqliteJournal(path) as again:
        assert again.append(make_event(0)) == durable[-1] + 1
    assert verify_file(path).records == durable[-1] + 1


def test_a_disk_that_is_full_at_open(small_disk: Path, make_event: Callable[[int], Event]) -> None:
    path = small_disk / "a.journal"
    with SqliteJournal(path) as journal:
        journal.append(make_event(0))
    ballast = fill(small_disk)
    for asked in (path, small_disk / "another.journal"):
        with pytest.raises(JournalFullError, match="No room on the disk"):
            SqliteJournal(asked)
    ballast.unlink()
    for asked, records in ((path, 2), (small_disk / "another.journal", 1)):
        with SqliteJournal(asked) as journal:
            journal.append(make_event(1))
        assert verify_file(asked).records == records


def test_a_commit_that_met_a_full_disk_succeeds_once_there_is_room(
    small_disk: Path, make_event: Callable[[int], Event]
) -> None:
    path = small_disk / "a.journal"
    ballast = small_disk / "ballast"
    with SqliteJournal(path) as journal:
        journal.append(make_event(0))
        journal.commit()
        fill(small_disk)
        for i in range(400):
            journal.append(make_event(i))
        with pytest.raises(JournalFullError):
            journal.commit()
        ballast.unlink()
        journal.commit()
    assert verify_file(path).records == 401


MAKER = """
import sys
from pathlib import Path
from tradewind.core.events import Timer
from tradewind.journal.opening import open_writer
folder = Path(sys.argv[1])
print("begins", flush=True)
for number in range(100_000):
    with open_writer(folder / str(number) / "a.journal") as journal:
        journal.append(Timer(ts_event=number, name="cycle"))
"""


def test_a_kill_while_a_journal_is_made_leaves_it_whole_or_to_be_made(tmp_path: Path) -> None:
    rng = random.Random(5)
    for turn in range(12):
        folder = tmp_path / str(turn)
        child = subprocess.Popen([sys.executable, "-c", MAKER, str(folder)], stdout=subprocess.PIPE)
        with child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(rng.uniform(0.0, 0.08))
            os.kill(child.pid, signal.SIGKILL)
        made = sorted(folder.glob("*"), key=lambda path: int(path.name))
        for last in (False, True):
            for place in made[-1:] if last else made[:-1]:
                path = place / "a.journal"
                with SqliteJournal(path) as journal:
                    assert journal.next_seq in ((1, 2) if last else (2,))
                    journal.append(Timer(ts_event=0, name="cycle"))
                verify_file(path)
                assert not list(place.glob("*.new*"))
