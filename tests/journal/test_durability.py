"""What was committed is there or its loss is said: files lost, copied apart, or with a bit flipped.

The files are those of a process that was really killed: most records lie in the ``-wal`` then.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tampering import copy

from tradewind.core.errors import JournalBrokenError, JournalError
from tradewind.core.market import Event
from tradewind.journal.audit import verify_file
from tradewind.journal.mark import mark_path, read_mark
from tradewind.journal.sqlite import SqliteJournal, SqliteJournalReader
from tradewind.journal.tail import check_end

WRITER = """
import sys, time
from pathlib import Path
from tradewind.core.events import Timer
from tradewind.journal.sqlite import SqliteJournal
journal = SqliteJournal(Path(sys.argv[1]))
for commit in range(40):
    for i in range(25):
        journal.append(Timer(ts_event=commit * 25 + i, name="cycle"))
    if commit % 16 == 15:
        journal.save_snapshot(commit, b"state" * 1_000)
    journal.commit()
print(journal.next_seq - 1, flush=True)
time.sleep(60)
"""
COMMITTED = 40 * 25 + 2
SUFFIXES = ("", "-wal", ".mark")


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that a writer left behind who was killed after its last commit was acknowledged."""
    path = tmp_path_factory.mktemp("killed") / "a.journal"
    child = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
    with child:
        assert child.stdout is not None
        assert int(child.stdout.readline()) == COMMITTED
        os.kill(child.pid, signal.SIGKILL)
    assert path.with_name("a.journal-wal").stat().st_size > 3 * path.stat().st_size
    return path


@pytest.fixture(scope="module")
def true_hashes(killed: Path, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The hashes of all records, read from an untouched copy."""
    with SqliteJournalReader(copy(killed, tmp_path_factory.mktemp("true"))) as reader:
        return [record.hash for record in reader.read()]


def said_by(path: Path) -> list[str]:
    """Which of the three that open a journal say that something is wrong with it."""
    said = []

    def read_all(path: Path) -> None:
        with SqliteJournalReader(path) as reader:
            assert sum(1 for _ in reader.read()) == reader.last_seq()

    for name, opener in (("read", read_all), ("end", check_end), ("verify", verify_file)):
        try:
            opener(path)
        except JournalError as error:
            said.append(name if error.next_step else "nothing to do next")
    try:
        SqliteJournal(path).close()
    except JournalError:
        said.append("write")
    return said


def test_after_a_kill_everything_acknowledged_is_there(
    killed: Path, true_hashes: list[bytes], tmp_path: Path
) -> None:
    path = copy(killed, tmp_path)
    assert len(true_hashes) == COMMITTED
    assert said_by(path) == []
    assert verify_file(path).marked == COMMITTED


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_flipped_bit_loses_a_record_in_silence(
    killed: Path, true_hashes: list[bytes], tmp_path: Path, suffix: str
) -> None:
    """Either everything is there as it was written, or verify says so; a shorter log is said by all."""
    rng = random.Random(suffix)
    refused = 0
    for number in range(110):
        path = copy(killed, tmp_path / str(number))
        damaged = path.with_name(path.name + suffix)
        data = bytearray(damaged.read_bytes())
        bit = rng.randrange(len(data) * 8)
        data[bit // 8] ^= 1 << bit % 8
        damaged.write_bytes(data)
        where = f"bit {bit} of {damaged.name}"
        try:
            report = verify_file(path)
        except JournalError:
            refused += 1
        else:
            assert report.records == COMMITTED, where
        try:
            with SqliteJournalReader(path) as reader:
                assert reader.last_seq() == COMMITTED, where
                assert [record.hash for record in reader.read()] == true_hashes, where
        except JournalError:
            pass
        try:
            with SqliteJournal(path) as journal:
                assert journal.next_seq == COMMITTED + 1, where
        except JournalError:
            pass
        shutil.rmtree(path.parent)
    assert (refused > 60) == (suffix == "-wal")


def test_a_log_that_is_lost_is_said_by_all_who_open(killed: Path, tmp_path: Path) -> None:
    path = copy(killed, tmp_path)
    path.with_name("a.journal-wal").unlink()
    assert said_by(path) == ["read", "end", "verify", "write"]
    with pytest.raises(
        JournalBrokenError, match=r"mark says 1,002 records, but .* ends at 0: 1,002 are lost"
    ):
        verify_file(path)


def test_a_journal_file_copied_alone_is_said_by_all_who_open(killed: Path, tmp_path: Path) -> None:
    shutil.copy(killed, tmp_path)
    assert said_by(tmp_path / "a.journal") == ["read", "end", "verify", "write"]
    with pytest.raises(JournalBrokenError, match=r"mark a\.journal\.mark beside .* is missing"):
        SqliteJournal(tmp_path / "a.journal")


def test_a_journal_that_is_gone_but_for_its_mark_is_not_begun_anew(killed: Path, tmp_path: Path) -> None:
    for content in (None, b""):
        path = copy(killed, tmp_path)
        path.with_name("a.journal-wal").unlink()
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        assert said_by(path) == ["read", "end", "verify", "write"]


def test_a_refused_opening_leaves_what_the_log_still_holds(killed: Path, tmp_path: Path) -> None:
    path = copy(killed, tmp_path)
    log = path.with_name("a.journal-wal")
    data = bytearray(log.read_bytes())
    data[len(data) // 2] ^= 1
    log.write_bytes(data)
    with pytest.raises(JournalBrokenError, match="are lost"):
        SqliteJournal(path)
    assert log.read_bytes() == data


def test_a_mark_of_another_journal_is_said(
    killed: Path, tmp_path: Path, make_event: Callable[[int], Event]
) -> None:
    other = tmp_path / "other" / "a.journal"
    with SqliteJournal(other) as journal:
        for i in range(10):
            journal.append(make_event(i))
    path = copy(killed, tmp_path / "copy")
    shutil.copy(mark_path(other), mark_path(path))
    assert said_by(path) == ["read", "end", "verify", "write"]
    with pytest.raises(JournalBrokenError, match=r"Record 10 of .* belongs to another journal"):
        SqliteJournal(path)


def test_the_mark_is_never_ahead_and_at_most_a_commit_behind(
    tmp_path: Path, make_event: Callable[[int], Event]
) -> None:
    path = tmp_path / "a.journal"
    with SqliteJournal(path) as journal, journal.reader() as reader:
        for i in range(30):
            journal.append(make_event(i))
            before = read_mark(path)
            assert before is not None
            assert before.link == reader.head()
            journal.commit()
            after = read_mark(path)
            assert after is not None
            assert after.link == reader.head() == journal.head
    # Killed between commit and mark: one copy is of the commit before.
    data = bytearray(mark_path(path).read_bytes())
    newest = read_mark(path)
    assert newest is not None
    data[newest.slot * 4096 : newest.slot * 4096 + 60] = bytes(60)
    mark_path(path).write_bytes(data)
    assert verify_file(path).marked == 29
    assert verify_file(path).notes
    with SqliteJournal(path) as journal:
        assert journal.next_seq == 31
    report = verify_file(path)
    assert (report.marked, report.notes) == (30, ())


def test_the_mark_damaged_in_both_copies_is_said(tmp_path: Path, make_event: Callable[[int], Event]) -> None:
    path = tmp_path / "a.journal"
    with SqliteJournal(path) as journal:
        journal.append(make_event(0))
    mark_path(path).write_bytes(b"\x00" * 8192)
    assert said_by(path) == ["read", "end", "verify", "write"]


def test_a_commit_whose_mark_could_not_be_written_says_so_and_is_not_written_twice(
    tmp_path: Path, make_event: Callable[[int], Event]
) -> None:
    path = tmp_path / "a.journal"
    journal = SqliteJournal(path)
    journal.append(make_event(0))
    real, journal._mark.write = journal._mark.write, failing  # type: ignore[method-assign]
    with pytest.raises(JournalError, match=r"No space left|No room"):
        journal.commit()
    journal._mark.write = real  # type: ignore[method-assign]
    journal.commit()
    journal.close()
    assert verify_file(path).records == 1


def failing(link: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX's")
def test_nobody_else_may_read_the_files_whatever_the_umask(
    tmp_path: Path, make_event: Callable[[int], Event]
) -> None:
    old = os.umask(0)
    try:
        path = tmp_path / "session" / "a.journal"
        with SqliteJournal(path) as journal:
            journal.append(make_event(0))
            journal.commit()
            files = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
        assert path.parent.stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(old)
    assert files == dict.fromkeys(files, 0o600)
    assert {"a.journal", "a.journal-wal", "a.journal.mark", "a.journal.lock"} <= set(files)
