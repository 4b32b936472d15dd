"""A journal copied with what belongs to it: the copy verifies, goes on, and what was lost is said."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tampering import Columns, change, copy, edit

from tradewind.core.errors import JournalBrokenError, JournalError
from tradewind.core.events import Command, SnapshotTaken
from tradewind.core.market import Event
from tradewind.journal.audit import verify_file
from tradewind.journal.export import export_journal
from tradewind.journal.files import files_of, keys_path
from tradewind.journal.mark import mark_path
from tradewind.journal.opening import open_inbox, open_reader, open_writer
from tradewind.journal.sealed import KeyRing


@pytest.fixture
def session(tmp_path: Path, make_event: Callable[[int], Event]) -> Path:
    """A closed journal of 121 records in twelve commits with a snapshot, and everything beside it."""
    path = tmp_path / "here" / "spring.journal"
    with open_writer(path) as journal:
        for i in range(120):
            journal.append(make_event(i))
            if i == 59:
                journal.save_snapshot(60, b"state")
            if i % 10 == 9:
                journal.commit()
    inbox = open_inbox(path)
    inbox.put(Command(ts_event=1, verb="stop"))
    inbox.close()
    ring = KeyRing(keys_path(path))
    ring.seal("Ada", "ada")
    ring.close()
    return path


def test_the_copy_is_whole_and_can_go_on(
    session: Path, tmp_path: Path, make_event: Callable[[int], Event]
) -> None:
    heard: list[tuple[int, int]] = []
    done = export_journal(session, tmp_path / "there", on_progress=lambda *p: heard.append(p))
    assert (done.records, done.notes, heard[-1]) == (121, (), (121, 121))
    assert done.root_hash == verify_file(session).root_hash == verify_file(done.journal).root_hash
    assert {file.name for file in done.files} == {path.name for path in done.journal.parent.iterdir()} - {
        "spring.journal-wal",
        "spring.journal-shm",
    }
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in done.files)
    with open_reader(session) as old, open_reader(done.journal) as new:
        assert list(old.read()) == list(new.read())
        assert new.latest_snapshot() == (61, b"state")
    ring, inbox = KeyRing(keys_path(done.journal)), open_inbox(done.journal)
    assert ring.subjects() == ["ada"]
    assert [command.verb for _, command in inbox.take()] == ["stop"]
    ring.close()
    inbox.close()
    with open_writer(done.journal) as journal:
        assert journal.append(make_event(0)) == 122
    assert verify_file(done.journal).records == 122
    with pytest.raises(JournalError, match="already") as caught:
        export_journal(session, done.journal.parent)
    assert "overwrites nothing" in caught.value.next_step


def test_it_copies_what_is_committed_while_the_owner_writes(
    tmp_path: Path, make_event: Callable[[int], Event]
) -> None:
    path = tmp_path / "a.journal"
    with open_writer(path) as journal:
        for i in range(50):
            journal.append(make_event(i))
        journal.commit()
        journal.append(make_event(50))
        assert path.with_name("a.journal-wal").stat().st_size > 0
        assert export_journal(path, tmp_path / "copy").records == 50


def test_lost_records_are_copied_around_only_where_that_is_known(session: Path, tmp_path: Path) -> None:
    path = copy(session, tmp_path / "lost")
    edit(path, "DELETE FROM commits WHERE first > 102")
    with pytest.raises(JournalBrokenError, match="10 are lost"):
        export_journal(path, tmp_path / "refused")
    assert not (tmp_path / "refused" / path.name).exists()
    done = export_journal(path, tmp_path / "accepted", accept_loss=True)
    assert (done.records, verify_file(done.journal).records) == (111, 111)
    assert done.notes == ("10 records that the mark speaks of are lost: those after 111.",)


def test_a_journal_without_its_mark_gets_a_new_one_in_the_copy(session: Path, tmp_path: Path) -> None:
    path = copy(session, tmp_path / "alone")
    mark_path(path).unlink()
    done = export_journal(path, tmp_path / "copy", accept_loss=True)
    assert done.records == verify_file(done.journal).marked == 121
    assert "mark was missing" in done.notes[0]


def test_the_copy_ends_before_a_broken_record_and_leaves_a_forged_snapshot_out(
    session: Path, tmp_path: Path
) -> None:
    path = copy(session, tmp_path / "broken")
    edit(path, "UPDATE snapshots SET state = CAST('forge' AS BLOB)")
    done = export_journal(path, tmp_path / "first")
    assert done.records == 121
    assert "Left out: The snapshot of record 61 was changed" in done.notes[0]
    with open_reader(done.journal) as reader:
        assert reader.latest_snapshot() is None
        assert next(reader.read_kind(SnapshotTaken)).seq == 61

    def spoil(columns: Columns, at: int) -> None:
        columns[1][at] = columns[1][0]

    change(path, 95, spoil)
    with pytest.raises(JournalBrokenError, match="Record 95"):
        export_journal(path, tmp_path / "second")
    done = export_journal(path, tmp_path / "third", accept_loss=True)
    assert done.records == 91
    assert any("ends with record 91: Record 95 was changed" in note for note in done.notes)


def test_the_files_that_belong_together_are_named(session: Path) -> None:
    found = {file.path.name: file for file in files_of(session)}
    assert {name for name, file in found.items() if file.needed} == {
        "spring.journal",
        "spring.journal.mark",
    }
    with open_writer(session) as journal:
        journal.append(Command(ts_event=1, verb="stop"))
        journal.commit()
        found = {file.path.name: file for file in files_of(session)}
        assert found["spring.journal-wal"].needed
        assert (found["spring.journal-wal"].size_bytes or 0) > 0
