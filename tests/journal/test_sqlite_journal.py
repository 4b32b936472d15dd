"""The journal's file: what is written comes back, what is changed is found, one process owns it."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradewind.core.errors import JournalBrokenError, JournalError, JournalFullError, JournalLockedError
from tradewind.core.events import Command, Sealed, SessionEnded, Timer
from tradewind.core.market import Bar, Event
from tradewind.journal.audit import verify_file
from tradewind.journal.chain import verify
from tradewind.journal.memory import MemoryJournal
from tradewind.journal.sqlite import MOST_PENDING, TAIL_CHECKED, SqliteJournal, SqliteJournalReader

MakeEvent = Callable[[int], Event]


def edit(path: Path, statement: str, *values: object) -> None:
    file = sqlite3.connect(path)
    with file:
        file.execute(statement, values)
    file.close()


def test_what_is_written_comes_back(written: Path, make_event: MakeEvent) -> None:
    with SqliteJournalReader(written) as reader:
        records = list(reader.read())
        assert [r.event for r in records[:19]] == [make_event(i) for i in range(19)]
        assert [r.seq for r in records] == list(range(1, 21))
        assert [r.cause for r in records if r.cause] == [3, 7, 11, 15]
        assert {r.version for r in records} == {"1/0.1.0"}
        assert reader.last_seq() == 20
        assert [r.seq for r in reader.read(18)] == [18, 19, 20]
        assert [r.seq for r in reader.read(3, 5)] == [3, 4]
        kinds = [r.event for r in records if isinstance(r.event, Command | Timer)]
        assert [r.event for r in reader.read_kind(Command, Timer)] == kinds
        assert [r.seq for r in reader.read_kind(SessionEnded)] == [20]
        assert verify(reader.lines(), head=reader.head()).seq == 20


def test_bytes_that_look_like_another_type_are_not_taken_for_it(tmp_path: Path) -> None:
    lookalike = Sealed(key_id="k", nonce=b"", ciphertext=b"\xa4type\xa3bar")
    with SqliteJournal(tmp_path / "a.journal") as journal:
        journal.append(Command(ts_event=0, verb="stop", operator=lookalike))
        journal.append(Bar(ts_event=0, instrument_id="X", open=1.0, high=1.0, low=1.0, close=1.0))
        journal.commit()
        with journal.reader() as reader:
            assert [r.seq for r in reader.read_kind(Bar)] == [2]


def test_it_is_the_same_chain_as_in_memory(written: Path, make_event: MakeEvent) -> None:
    memory = MemoryJournal()
    for i in range(19):
        memory.append(make_event(i), cause=i if i % 4 == 3 else 0)
    memory.append(SessionEnded(ts_event=5_000, reason="feed at its end"))
    memory.commit()
    with SqliteJournalReader(written) as reader:
        assert list(reader.lines()) == list(memory.lines())


def test_only_what_is_committed_is_seen_and_kept(tmp_path: Path, make_event: MakeEvent) -> None:
    path = tmp_path / "made" / "here" / "a.journal"
    journal = SqliteJournal(path)
    reader = journal.reader()
    assert journal.append(make_event(0)) == 1
    assert (journal.next_seq, reader.last_seq()) == (2, 0)
    journal.commit()
    journal.commit()
    assert journal.append(make_event(1)) == 2
    assert [r.seq for r in reader.read()] == [1]
    journal.abandon()
    with SqliteJournal(path) as again:
        assert again.next_seq == 2
    with pytest.raises(JournalError, match="cannot be caused"), SqliteJournal(path) as failing:
        failing.append(make_event(1), cause=failing.append(make_event(1)) + 1)
    assert reader.last_seq() == 1
    with pytest.raises(JournalError, match="takes no more records: it is closed"):
        journal.append(make_event(2))
    with pytest.raises(JournalError, match="is closed"):
        journal.commit()
    journal.close()
    reader.close()


def test_a_chain_grows_over_many_openings(tmp_path: Path, make_event: MakeEvent) -> None:
    path = tmp_path / "a.journal"
    for run in range(4):
        with SqliteJournal(path, version=f"1/{run}") as journal:
            for i in range(run * 500, run * 500 + 500):
                assert journal.append(make_event(i)) == i + 1
    assert verify_file(path).records == 2_000 > TAIL_CHECKED
    with SqliteJournalReader(path) as reader:
        assert {r.version for r in reader.read()} == {"1/0", "1/1", "1/2", "1/3"}


def test_causes_come_before_effects_and_memory_is_bounded(
    tmp_path: Path, make_event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tradewind.journal.sqlite.MOST_PENDING", 3)
    assert MOST_PENDING == 1_000_000
    with SqliteJournal(tmp_path / "a.journal") as journal:
        for cause in (1, -1):
            with pytest.raises(JournalError, match=f"cannot be caused by record {cause}"):
                journal.append(make_event(0), cause=cause)
        for i in range(3):
            journal.append(make_event(i))
        with pytest.raises(JournalError, match="3 records wait"):
            journal.append(make_event(3))
        journal.commit()
        assert journal.append(make_event(3)) == 4


# Tampering -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, make_event: MakeEvent) -> Path:
    path = tmp_path_factory.mktemp("whole") / "whole.journal"
    with SqliteJournal(path) as journal:
        for i in range(12):
            journal.append(make_event(i))
    return path


def refused_at(original: Path, *edits: tuple[str, tuple[object, ...]]) -> int:
    """Edit a copy; both the audit and the next writer must refuse it at the same record."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.journal"
        shutil.copy(original, copy)
        for statement, values in edits:
            edit(copy, statement, *values)
        with pytest.raises(JournalBrokenError) as audit:
            verify_file(copy)
        with pytest.raises(JournalBrokenError) as opening:
            SqliteJournal(copy)
        assert audit.value.seq == opening.value.seq
        return audit.value.seq


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_flipped_bit_in_a_row_is_found(whole: Path, data: st.DataObject) -> None:
    seq = data.draw(st.integers(1, 12))
    column = data.draw(st.sampled_from(["cause", "version", "body", "hash"]))
    file = sqlite3.connect(whole)
    (value,) = file.execute(
        f"SELECT {column if column == 'cause' else f'CAST({column} AS BLOB)'} FROM records WHERE seq = ?",
        (seq,),
    ).fetchone()
    file.close()
    if column == "cause":
        changed: object = value ^ (1 << data.draw(st.integers(0, 62)))
    else:
        raw = bytearray(value)
        bit = data.draw(st.integers(0, len(raw) * 8 - 1))
        raw[bit // 8] ^= 1 << bit % 8
        changed = bytes(raw)
    place = "CAST(? AS TEXT)" if column == "version" else "?"
    assert refused_at(whole, (f"UPDATE records SET {column} = {place} WHERE seq = ?", (changed, seq))) == seq


@pytest.mark.parametrize("seq", [1, 2, 7, 11])
def test_rows_deleted_inserted_or_swapped_are_found(whole: Path, seq: int) -> None:
    delete = ("DELETE FROM records WHERE seq = ?", (seq,))
    assert refused_at(whole, delete) == seq
    close_up = ("UPDATE records SET seq = seq - 1 WHERE seq > ?", (seq,))
    assert refused_at(whole, delete, close_up) == seq
    make_room = ("UPDATE records SET seq = -seq - 1 WHERE seq > ?", (seq,))
    turn = ("UPDATE records SET seq = -seq WHERE seq < 0", ())
    double = (
        "INSERT INTO records SELECT seq + 1, cause, version, body, hash FROM records WHERE seq = ?",
        (seq,),
    )
    assert refused_at(whole, make_room, turn, double) == seq + 1
    swap = [
        ("UPDATE records SET seq = -1 WHERE seq = ?", (seq,)),
        ("UPDATE records SET seq = ? WHERE seq = ?", (seq, seq + 1)),
        ("UPDATE records SET seq = ? WHERE seq = -1", (seq + 1,)),
    ]
    assert refused_at(whole, *swap) == seq


def test_a_tail_or_head_that_was_changed_is_found(whole: Path) -> None:
    assert refused_at(whole, ("DELETE FROM records WHERE seq > 9", ())) == 10
    assert refused_at(whole, ("DELETE FROM records", ())) == 1
    assert refused_at(whole, ("UPDATE head SET seq = 11", ())) == 12
    assert refused_at(whole, ("UPDATE head SET hash = zeroblob(32)", ())) == 12
    assert refused_at(whole, ("DELETE FROM head", ())) == 1
    added = "INSERT INTO records SELECT 13, cause, version, body, hash FROM records WHERE seq = 12"
    assert refused_at(whole, (added, ())) == 13


def test_a_row_hidden_below_the_first_is_found(whole: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(whole, tmp_path / "copy.journal"))
    edit(copy, "INSERT INTO records SELECT -4, cause, version, body, hash FROM records WHERE seq = 4")
    with pytest.raises(JournalBrokenError, match="Record -4 comes where record 1 should be"):
        verify_file(copy)


def test_damage_before_the_tail_is_the_audits_to_find(tmp_path: Path, make_event: MakeEvent) -> None:
    path = tmp_path / "a.journal"
    with SqliteJournal(path) as journal:
        for i in range(TAIL_CHECKED + 50):
            journal.append(make_event(i))
    edit(path, "UPDATE records SET body = x'80' WHERE seq = 20")
    with SqliteJournal(path) as journal:
        assert journal.next_seq == TAIL_CHECKED + 51
    with pytest.raises(JournalBrokenError) as caught:
        verify_file(path)
    assert caught.value.seq == 20
    edit(path, "DELETE FROM records WHERE seq = 50")
    with pytest.raises(JournalBrokenError, match="Record 50 is missing"):
        SqliteJournal(path)


# Files that are something else ---------------------------------------------------------------


def test_files_that_are_no_journal_are_refused_in_one_sentence(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database " * 100)
    other = tmp_path / "other.sqlite"
    edit(other, "CREATE TABLE prices (day TEXT)")
    before = other.read_bytes()
    for path, said in ((text, "is not a journal"), (other, "not a journal"), (tmp_path, "cannot be opened")):
        with pytest.raises(JournalError, match=said) as caught:
            SqliteJournal(path)
        assert caught.value.next_step
    for path in (text, other):
        with pytest.raises(JournalError, match="not a journal"):
            SqliteJournalReader(path)
    assert other.read_bytes() == before
    with pytest.raises(JournalError, match="There is no journal at"):
        SqliteJournalReader(tmp_path / "absent")
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match="cannot be opened"):
        SqliteJournal(tmp_path / "file" / "below")


def test_a_journal_of_a_later_format_is_refused(written: Path) -> None:
    edit(written, "PRAGMA user_version = 2")
    for opener in (SqliteJournal, SqliteJournalReader):
        with pytest.raises(JournalError, match="journal format 2"):
            opener(written)


@pytest.mark.parametrize("kept_pages", [1, 3, 6])
def test_a_file_cut_short_is_refused(tmp_path: Path, make_event: MakeEvent, kept_pages: int) -> None:
    path = tmp_path / "a.journal"
    with SqliteJournal(path) as journal:
        for i in range(400):
            journal.append(make_event(i))
    os.truncate(path, 8192 * kept_pages)
    with pytest.raises(JournalError, match=r"journal|damaged"):
        verify_file(path)
    with pytest.raises(JournalError):
        SqliteJournal(path)


def test_random_damage_never_gives_a_traceback_of_sqlite(tmp_path: Path, make_event: MakeEvent) -> None:
    path = tmp_path / "a.journal"
    with SqliteJournal(path) as journal:
        for i in range(300):
            journal.append(make_event(i))
    original = path.read_bytes()
    for page in range(len(original) // 8192):
        damaged = bytearray(original)
        damaged[page * 8192 : page * 8192 + 300] = b"\xa5" * 300
        path.write_bytes(damaged)
        # Whatever else it raised would fail the test; a page that holds no row may be damaged unseen.
        with contextlib.suppress(JournalError):
            verify_file(path)


# Owners and readers --------------------------------------------------------------------------

OWNER = """
import sys
from pathlib import Path
from tradewind.journal.sqlite import SqliteJournal
journal = SqliteJournal(Path(sys.argv[1]))
print("owns", flush=True)
sys.stdin.readline()
"""


def test_a_second_owner_is_told_who_the_first_is(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    child = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"owns\n"
        with pytest.raises(JournalLockedError, match=f"owned by process {child.pid}"):
            SqliteJournal(path)
        child.kill()
    SqliteJournal(path).close()


def test_two_writers_of_one_process_are_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    with SqliteJournal(path), pytest.raises(JournalLockedError, match=f"process {os.getpid()}"):
        SqliteJournal(path)
    SqliteJournal(path).close()


def test_a_forked_worker_does_not_keep_the_journal_owned(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    journal = SqliteJournal(path)
    ready, wait = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.write(ready[1], b"x")
        os.read(wait[0], 1)
        os._exit(0)
    try:
        os.read(ready[0], 1)
        with pytest.raises(JournalLockedError):
            SqliteJournal(path)
        journal.close()
        SqliteJournal(path).close()
    finally:
        os.write(wait[1], b"x")
        os.waitpid(child, 0)
        for end in (*ready, *wait):
            os.close(end)


def test_a_reader_follows_while_another_thread_writes(tmp_path: Path, make_event: MakeEvent) -> None:
    path = tmp_path / "a.journal"
    journal = SqliteJournal(path)
    stop = threading.Event()
    seen: list[int] = []

    def follow() -> None:
        with SqliteJournalReader(path) as reader:
            seen.extend(record.seq for record in reader.follow(0.002, stop))

    watcher = threading.Thread(target=follow)
    watcher.start()
    with SqliteJournalReader(path) as reader:
        for group in range(60):
            for i in range(10):
                journal.append(make_event(group * 10 + i))
            journal.commit()
            assert reader.last_seq() % 10 == 0
            assert reader.last_seq() == sum(1 for _ in reader.read())
    stop.set()
    watcher.join(10)
    journal.close()
    assert seen == list(range(1, 601))


def test_a_reader_may_sit_in_a_read_only_folder(written: Path) -> None:
    nobody = 65534
    script = (
        "import os, sys; from pathlib import Path; import tradewind.journal.audit as a;"
        "os.setuid(int(sys.argv[2])) if os.getuid() == 0 else None;"
        "assert not os.access(Path(sys.argv[1]).parent, os.W_OK);"
        "print(a.verify_file(Path(sys.argv[1])).records)"
    )
    shown = Path(tempfile.mkdtemp(prefix="archive"))
    try:
        copy = Path(shutil.copy(written, shown / "a.journal"))
        copy.chmod(0o444)
        shown.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", script, str(copy), str(nobody)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout, done.stderr) == ("20\n", "")
    finally:
        shown.chmod(0o755)
        shutil.rmtree(shown)


# Snapshots -----------------------------------------------------------------------------------


def test_snapshots_are_kept_with_the_commit_and_corrupt_ones_passed_over(
    tmp_path: Path, make_event: MakeEvent
) -> None:
    path = tmp_path / "a.journal"
    journal = SqliteJournal(path)
    reader = journal.reader()
    assert reader.latest_snapshot() is None
    for i in range(5):
        journal.save_snapshot(journal.append(make_event(i)), b"state %d" % (i + 1))
        if i < 4:
            journal.commit()
    assert reader.latest_snapshot() == (4, b"state 4")
    with pytest.raises(JournalError, match="cannot be of record 6: the last is 5"):
        journal.save_snapshot(6, b"")
    journal.close()
    assert reader.find_snapshot().found == (5, b"state 5")
    file = sqlite3.connect(path)
    assert [seq for (seq,) in file.execute("SELECT seq FROM snapshots ORDER BY seq")] == [3, 4, 5]
    file.close()
    edit(path, "UPDATE snapshots SET state = x'00' WHERE seq = 5")
    edit(path, "UPDATE snapshots SET seq = 6 WHERE seq = 4")
    search = reader.find_snapshot()
    assert (search.found, search.corrupt) == ((3, b"state 3"), (6, 5))
    edit(path, "UPDATE snapshots SET sha256 = x'00'")
    assert reader.latest_snapshot() is None
    reader.close()
    assert verify_file(path).records == 5


def test_a_snapshot_alone_is_a_commit(tmp_path: Path, make_event: MakeEvent) -> None:
    with SqliteJournal(tmp_path / "a.journal") as journal:
        seq = journal.append(make_event(0))
        journal.commit()
        journal.save_snapshot(seq, b"s")
        journal.commit()
        with journal.reader() as reader:
            assert reader.latest_snapshot() == (1, b"s")


# Faults of the disk --------------------------------------------------------------------------


def test_a_full_disk_keeps_what_was_committed_and_the_commit_can_be_tried_again(
    tmp_path: Path, make_event: MakeEvent
) -> None:
    path = tmp_path / "a.journal"
    journal = SqliteJournal(path)
    for i in range(50):
        journal.append(make_event(i))
    journal.commit()
    pages = journal._file.execute("PRAGMA page_count").fetchone()[0]
    journal._file.execute(f"PRAGMA max_page_count = {pages}")
    for i in range(50, 2_000):
        journal.append(make_event(i))
    for _ in range(2):
        with pytest.raises(JournalFullError, match="everything committed before is kept"):
            journal.commit()
        with journal.reader() as reader:
            assert verify(reader.lines(), head=reader.head()).seq == 50
    journal._file.execute("PRAGMA max_page_count = 1000000")
    journal.commit()
    journal.close()
    assert verify_file(path).records == 2_000


def test_after_another_failure_of_the_disk_it_must_be_opened_again(
    tmp_path: Path, make_event: MakeEvent
) -> None:
    path = tmp_path / "a.journal"
    journal = SqliteJournal(path)
    journal.append(make_event(0))
    journal.commit()
    real = journal._file

    class FailingFile:
        in_transaction = True

        def execute(self, statement: str, *values: object) -> object:
            if statement == "COMMIT":
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
                raise error
            return real.execute(statement, *values)

        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

    journal._file = FailingFile()  # type: ignore[assignment]
    journal.append(make_event(1))
    with pytest.raises(JournalError, match="near record 2: disk I/O error"):
        journal.commit()
    with pytest.raises(JournalError, match="takes no more records: a commit failed"):
        journal.append(make_event(2))
    journal.close()
    with SqliteJournal(path) as again:
        assert again.next_seq == 2


def test_a_bar_survives_with_its_last_bit(tmp_path: Path) -> None:
    bar = Bar(ts_event=2**62, instrument_id="^GSPC", open=0.1 + 0.2, high=1e308, low=5e-324, close=-0.0)
    with SqliteJournal(tmp_path / "a.journal") as journal:
        journal.append(bar)
        journal.commit()
        with journal.reader() as reader:
            (record,) = reader.read()
    assert repr(record.event) == repr(bar)
