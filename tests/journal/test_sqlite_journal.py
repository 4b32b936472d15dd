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
from tampering import Columns, change, copy, edit

from tradewind.core.errors import JournalBrokenError, JournalError, JournalFullError, JournalLockedError
from tradewind.core.events import Command, Sealed, SessionEnded, Timer
from tradewind.core.market import Bar, Event
from tradewind.journal.audit import verify_file
from tradewind.journal.chain import verify
from tradewind.journal.memory import MemoryJournal
from tradewind.journal.sqlite import MOST_PENDING, SqliteJournal, SqliteJournalReader
from tradewind.journal.tail import TAIL_CHECKED, check_end

MakeEvent = Callable[[int], Event]


def test_what_is_written_comes_back(written: Path, make_event: MakeEvent) -> None:
    with SqliteJournalReader(written) as reader:
        records = list(reader.read())
        assert [r.event for r in records[:19]] == [make_event(i) for i in range(19)]
        assert [r.seq for r in records] == list(range(1, 21))
        assert [r.cause for r in records if r.cause] == [3, 7, 11, 15]
        assert {r.version for r in records} == {"2/0.1.0"}
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
        with SqliteJournal(path, version=f"2/{run}") as journal:
            for i in range(run * 500, run * 500 + 500):
                assert journal.append(make_event(i)) == i + 1
    assert verify_file(path).records == 2_000 > TAIL_CHECKED
    with SqliteJournalReader(path) as reader:
        assert {r.version for r in reader.read()} == {"2/0", "2/1", "2/2", "2/3"}


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
            if i in (4, 9):
                journal.commit()
    return path


def refused_at(original: Path, *edits: Callable[[Path], None]) -> int:
    """Edit a copy; the audit must name the record, and the next writer and any reader refuse it too.

    They may say another record: the mark is looked at before the rows.
    """
    with tempfile.TemporaryDirectory() as folder:
        changed = copy(original, Path(folder))
        for each in edits:
            each(changed)
        with pytest.raises(JournalBrokenError) as audit:
            verify_file(changed)
        with pytest.raises(JournalBrokenError):
            SqliteJournal(changed)
        with pytest.raises(JournalBrokenError), SqliteJournalReader(changed) as reader:
            list(reader.read())
        return audit.value.seq


def flipped(raw: bytes, bit: int) -> bytes:
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_flipped_bit_in_a_record_is_found(whole: Path, data: st.DataObject) -> None:
    seq = data.draw(st.integers(1, 12))
    column = data.draw(st.sampled_from(["cause", "body", "hash"]))
    bit = data.draw(st.integers(0, 10_000))

    def flip(columns: Columns, at: int) -> None:
        causes, bodies, hashes = columns
        if column == "cause":
            causes[at] ^= 1 << bit % 62
        elif column == "body":
            bodies[at] = flipped(bodies[at], bit % (len(bodies[at]) * 8))
        else:
            hashes[at] = flipped(hashes[at], bit % 256)

    assert refused_at(whole, lambda path: change(path, seq, flip)) == seq


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_flipped_bit_in_a_commit_is_found(whole: Path, data: st.DataObject) -> None:
    first, last = data.draw(st.sampled_from([(1, 5), (6, 10), (11, 12)]))
    column = data.draw(st.sampled_from(["version", "hash", "packed"]))
    with contextlib.closing(sqlite3.connect(whole)) as file:
        query = f"SELECT CAST({column} AS BLOB) FROM commits WHERE first = ?"
        (raw,) = file.execute(query, (first,)).fetchone()
    changed = flipped(raw, data.draw(st.integers(0, len(raw) * 8 - 1)))
    place = "CAST(? AS TEXT)" if column == "version" else "?"

    def flip(path: Path) -> None:
        edit(path, f"UPDATE commits SET {column} = {place} WHERE first = ?", changed, first)

    assert first <= refused_at(whole, flip) <= last + (column == "hash")


def statement(text: str, *values: object) -> Callable[[Path], None]:
    return lambda path: edit(path, text, *values)


def test_commits_deleted_inserted_or_swapped_are_found(whole: Path) -> None:
    delete = statement("DELETE FROM commits WHERE first = 6")
    assert refused_at(whole, delete) == 6
    close_up = statement("UPDATE commits SET first = 6, last = 7 WHERE first = 11")
    assert refused_at(whole, delete, close_up) == 6
    assert refused_at(whole, statement("DELETE FROM commits WHERE first = 1")) == 1
    double = statement(
        "INSERT INTO commits SELECT 13, 17, version, hash, packed FROM commits WHERE first = 6"
    )
    assert refused_at(whole, double) == 13
    swap = [
        statement("UPDATE commits SET first = -1 WHERE first = 1"),
        statement("UPDATE commits SET first = 1, last = 5 WHERE first = 6"),
        statement("UPDATE commits SET first = 6, last = 10 WHERE first = -1"),
    ]
    assert refused_at(whole, *swap) == 1
    assert refused_at(whole, statement("UPDATE commits SET last = 4 WHERE first = 1")) == 1
    assert refused_at(whole, statement("UPDATE commits SET packed = x'90' WHERE first = 6")) == 6


def test_records_moved_within_a_commit_are_found(whole: Path) -> None:
    def swap(columns: Columns, at: int) -> None:
        for column in columns:
            column[at], column[at + 1] = column[at + 1], column[at]

    def drop(columns: Columns, at: int) -> None:
        for column in columns:
            del column[at]

    assert refused_at(whole, lambda path: change(path, 7, swap)) == 7
    assert refused_at(whole, lambda path: change(path, 7, drop)) == 6


def test_a_tail_that_was_cut_off_is_said_by_the_mark(whole: Path) -> None:
    for cut, lost in ((10, 11), (5, 6), (0, 1)):
        edits = statement("DELETE FROM commits WHERE last > ?", cut)
        assert refused_at(whole, edits) == lost
    with pytest.raises(JournalBrokenError, match=r"mark says 12 records, but .* ends at 10: 2 are lost"):
        refused_at_opening(whole, statement("DELETE FROM commits WHERE first = 11"))


def refused_at_opening(original: Path, change_it: Callable[[Path], None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        changed = copy(original, Path(folder))
        change_it(changed)
        check_end(changed)


def test_a_row_hidden_below_the_first_is_found(whole: Path, tmp_path: Path) -> None:
    changed = copy(whole, tmp_path)
    edit(changed, "INSERT INTO commits SELECT -4, 0, version, hash, packed FROM commits WHERE first = 6")
    with pytest.raises(JournalBrokenError, match="Record -4 comes where record 1 should be"):
        verify_file(changed)


def test_damage_before_the_tail_is_the_audits_to_find_and_no_reader_takes_it(
    tmp_path: Path, make_event: MakeEvent
) -> None:
    path = tmp_path / "a.journal"
    with SqliteJournal(path) as journal:
        for i in range(TAIL_CHECKED + 50):
            journal.append(make_event(i))
            if i % 10 == 9:
                journal.commit()

    def spoil(columns: Columns, at: int) -> None:
        columns[1][at] = b"\x80"

    change(path, 20, spoil)
    with SqliteJournal(path) as journal:
        assert journal.next_seq == TAIL_CHECKED + 51
    assert check_end(path).records == TAIL_CHECKED + 50
    with pytest.raises(JournalBrokenError) as caught:
        verify_file(path)
    assert caught.value.seq == 20
    with SqliteJournalReader(path) as reader:
        assert len(list(reader.read(stop=11))) == 10
        assert len(list(reader.read(start=21))) == TAIL_CHECKED + 30
        for read in (lambda: reader.read(11, 12), lambda: reader.read_kind(Bar, newest_first=True)):
            with pytest.raises(JournalBrokenError) as caught:
                list(read())
            assert caught.value.seq == 20
    edit(path, "DELETE FROM commits WHERE first = 101")
    with pytest.raises(JournalBrokenError, match="Record 101 is missing"):
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
    edit(written, "PRAGMA user_version = 3")
    for opener in (SqliteJournal, SqliteJournalReader):
        with pytest.raises(JournalError, match="journal format 3"):
            opener(written)


def test_a_journal_of_the_first_format_is_refused_in_one_sentence_that_says_what_to_do(
    tmp_path: Path,
) -> None:
    """The tables as version 0.1 made them."""
    path = tmp_path / "old.journal"
    file = sqlite3.connect(path)
    file.executescript(
        """
        CREATE TABLE records (
            seq INTEGER PRIMARY KEY, cause INTEGER NOT NULL, version TEXT NOT NULL,
            body BLOB NOT NULL, hash BLOB NOT NULL
        ) STRICT;
        CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER, hash BLOB) STRICT;
        PRAGMA application_id = 0x54574A31;
        PRAGMA user_version = 1;
        """
    )
    file.close()
    before = path.read_bytes()
    for opener in (SqliteJournal, SqliteJournalReader, verify_file, check_end):
        with pytest.raises(JournalError, match=r"format 1, which ended with Tradewind 0\.1") as caught:
            opener(path)
        assert "Keep the version 0.1 that wrote it" in caught.value.next_step
    assert path.read_bytes() == before


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
        # All that this loads is loaded before: nobody may be unable to read the interpreter's own files.
        "a.verify_file(Path(sys.argv[1]));"
        "os.setuid(int(sys.argv[2])) if os.getuid() == 0 else None;"
        "assert not os.access(Path(sys.argv[1]).parent, os.W_OK);"
        "print(a.verify_file(Path(sys.argv[1])).records)"
    )
    shown = Path(tempfile.mkdtemp(prefix="archive"))
    try:
        archived = copy(written, shown)
        for file in shown.iterdir():
            file.chmod(0o444)
        shown.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", script, str(archived), str(nobody)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout, done.stderr) == ("20\n", "")
    finally:
        shown.chmod(0o755)
        shutil.rmtree(shown)


# Snapshots -----------------------------------------------------------------------------------


def test_snapshots_are_kept_with_the_record_that_vouches_for_them(
    tmp_path: Path, make_event: MakeEvent
) -> None:
    path = tmp_path / "a.journal"
    journal = SqliteJournal(path)
    reader = journal.reader()
    assert reader.latest_snapshot() is None
    for i in range(5):
        journal.append(make_event(i))
        assert journal.save_snapshot(i, b"state %d" % i) == 2 * i + 2
        if i < 4:
            journal.commit()
    assert reader.latest_snapshot() == (8, b"state 3")
    journal.close()
    assert reader.latest_snapshot() == (10, b"state 4")
    assert reader.snapshots() == [10, 8, 6]
    assert verify_file(path).snapshots == 3
    reader.close()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ("UPDATE snapshots SET state = CAST('statf 4' AS BLOB) WHERE seq = 10", "its hash is"),
        ("UPDATE snapshots SET state = CAST('state 4!' AS BLOB) WHERE seq = 10", "record 10 is of another"),
        ("UPDATE snapshots SET seq = 11 WHERE seq = 10", "record 11 says nothing of it"),
        ("UPDATE snapshots SET seq = 9 WHERE seq = 10", "record 9 says nothing of it"),
    ],
)
def test_a_forged_snapshot_is_refused_by_name(
    tmp_path: Path, make_event: MakeEvent, changed: str, said: str
) -> None:
    path = tmp_path / "a.journal"
    with SqliteJournal(path) as journal:
        for i in range(5):
            journal.append(make_event(i))
            journal.save_snapshot(i, b"state %d" % i)
    edit(path, changed)
    with SqliteJournalReader(path) as reader, pytest.raises(JournalBrokenError, match=said):
        reader.latest_snapshot()
    with pytest.raises(JournalBrokenError, match=rf"was changed after it was taken: .*{said}"):
        verify_file(path)


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
