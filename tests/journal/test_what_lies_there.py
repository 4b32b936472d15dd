"""What else may lie where a journal's files ought to be, or in them: each is named and nothing waits."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tampering import edit

from tradewind.core.errors import JournalBrokenError, JournalError
from tradewind.core.events import Command, Timer
from tradewind.core.market import Event
from tradewind.core.orders import OrderAccepted
from tradewind.journal import sqlite_reader
from tradewind.journal.audit import verify_file
from tradewind.journal.export import export_journal
from tradewind.journal.files import inbox_path, keys_path
from tradewind.journal.inbox import Inbox
from tradewind.journal.index_check import require_indexes
from tradewind.journal.sealed import KeyRing
from tradewind.journal.sqlite import SqliteJournal, SqliteJournalReader
from tradewind.journal.tail import check_end

Keep = Callable[[Inbox | KeyRing], Inbox | KeyRing]


def pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def circle(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(path)


@pytest.mark.parametrize("put", [pipe, folder, circle])
def test_what_is_no_mark_is_named_and_not_waited_for(written: Path, put: Callable[[Path], None]) -> None:
    put(written.with_name("session.journal.mark"))
    for opener in (SqliteJournal, SqliteJournalReader, verify_file, check_end):
        with pytest.raises(JournalError, match=r"session\.journal\.mark (is no plain file|cannot be read)"):
            opener(written)


@pytest.mark.parametrize("put", [pipe, folder])
def test_what_is_no_inbox_or_key_ring_is_named_and_not_waited_for(
    written: Path, tmp_path: Path, put: Callable[[Path], None]
) -> None:
    for place, opener in ((inbox_path(written), Inbox), (keys_path(written), KeyRing)):
        put(place)
        with pytest.raises(JournalError, match=f"{place.name} is no plain file"):
            opener(place)
        with pytest.raises(JournalError, match=f"{place.name} is no plain file"):
            export_journal(written, tmp_path / place.suffix)
        shutil.rmtree(place) if place.is_dir() else place.unlink()


def test_what_is_no_inbox_is_named_by_the_export_that_would_copy_it(written: Path, tmp_path: Path) -> None:
    inbox_path(written).write_bytes(b"no database" * 1_000)
    with pytest.raises(JournalError, match=r"session\.inbox is not a journal"):
        export_journal(written, tmp_path / "copy")
    inbox_path(written).unlink()
    assert export_journal(written, tmp_path / "copy").records == 20


@pytest.mark.parametrize("put", [pipe, folder])
def test_what_is_no_note_of_the_owner_is_named(written: Path, put: Callable[[Path], None]) -> None:
    owner = written.with_name("session.journal.owner")
    put(owner)
    with pytest.raises(JournalError, match=r"session\.journal\.owner"):
        SqliteJournal(written)
    shutil.rmtree(owner) if owner.is_dir() else owner.unlink()
    SqliteJournal(written).close()


def test_a_commit_that_claims_the_last_record_there_can_be_is_named(written: Path) -> None:
    edit(written, "UPDATE commits SET last = ? WHERE first = (SELECT max(first) FROM commits)", 2**63 - 1)
    for opener in (verify_file, check_end, SqliteJournal):
        with pytest.raises(JournalBrokenError, match=r"commit of records \d+ to 9223372036854775807"):
            opener(written)


def test_a_commit_that_an_index_names_and_is_gone_is_said_by_who_searches(
    tmp_path: Path, order_story: Callable[[int], list[Event]]
) -> None:
    path = tmp_path / "a.journal"
    with SqliteJournal(path) as journal:
        for event in order_story(40):
            journal.append(event)
            journal.commit()
    edit(path, "DELETE FROM commits WHERE first = 3")
    with SqliteJournalReader(path) as reader:
        for newest_first in (False, True):
            with pytest.raises(JournalBrokenError, match="begins with record 3; it is missing"):
                list(reader.read_kind(OrderAccepted, newest_first=newest_first))
        with pytest.raises(JournalBrokenError, match="begins with record 3; it is missing"):
            list(reader.read_key("o-1"))


def test_an_index_that_would_hide_a_command_from_a_recovery_stops_the_owner(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    with SqliteJournal(path) as journal:
        for i in range(5):
            journal.append(Timer(ts_event=i, name="cycle"))
            journal.append(Command(ts_event=i, verb="kill", argument="freeze"))
            journal.commit()
    edit(path, "DELETE FROM kinds WHERE kind = 'command' AND first = 5")
    for opener in (SqliteJournal, check_end):
        with pytest.raises(JournalBrokenError, match="does not name record 6, a command"):
            opener(path)
    again = export_journal(path, tmp_path / "copy").journal
    SqliteJournal(again).close()


def test_a_key_that_was_cut_short_is_named(tmp_path: Path, keep: Keep) -> None:
    ring = keep(KeyRing(tmp_path / "a.keys"))
    sealed = ring.seal("ada", "ada")
    edit(tmp_path / "a.keys", "UPDATE keys SET key = x'00'")
    with pytest.raises(JournalBrokenError, match=f"The key {sealed.key_id} .* is damaged: it has 1 bytes"):
        ring.seal("ada", "ada")
    with pytest.raises(JournalBrokenError, match="does not fit its key"):
        ring.unseal(sealed)


def test_a_command_that_is_taken_while_it_is_copied_is_not_lost_to_the_copy(
    tmp_path: Path, keep: Keep
) -> None:
    path = tmp_path / "a.journal"
    command = Command(ts_event=1, verb="kill", argument="freeze")
    with SqliteJournal(path) as journal:
        journal.append(Timer(ts_event=1, name="cycle"))
        journal.commit()
        inbox = keep(Inbox(inbox_path(path)))
        entry = inbox.put(command)

        def meanwhile(done: int, total: int) -> None:
            seq = journal.append(command)
            journal.commit()
            inbox.acknowledge(entry, seq)

        copied = export_journal(path, tmp_path / "copy", on_progress=meanwhile).journal
    with SqliteJournalReader(copied) as reader:
        recorded = [record.event for record in reader.read_kind(Command)]
    waiting = [event for _, event in keep(Inbox(inbox_path(copied))).take()]
    assert recorded + waiting == [command]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        (
            ["CREATE TRIGGER t AFTER INSERT ON commits BEGIN DELETE FROM commits WHERE first = 1; END"],
            "trigger 't'",
        ),
        (
            ["ALTER TABLE commits RENAME TO others", "CREATE VIEW commits AS SELECT * FROM others"],
            "view 'commits'",
        ),
    ],
)
def test_what_acts_by_itself_in_a_journal_is_refused_before_anything_is_written(
    written: Path, changes: list[str], what: str
) -> None:
    for change in changes:
        edit(written, change)
    before = written.read_bytes()
    for opener in (SqliteJournal, SqliteJournalReader, verify_file, check_end):
        with pytest.raises(JournalBrokenError, match=f"holds the {what}"):
            opener(written)
    assert written.read_bytes() == before


@pytest.mark.parametrize("name", [b"comm\xcbts", b"k\xffnds"])
def test_a_name_in_the_file_that_is_no_text_is_damage(
    tmp_path: Path, make_event: Callable[[int], Event], name: bytes
) -> None:
    path = tmp_path / "a.journal"
    with SqliteJournal(path) as journal:
        journal.append(make_event(1))
        journal.commit()
    copy = export_journal(path, tmp_path / "copy").journal
    whole = name.replace(b"\xcb", b"i").replace(b"\xff", b"i")
    data = copy.read_bytes()
    assert whole in data
    copy.write_bytes(data.replace(whole, name))
    with pytest.raises(JournalBrokenError):
        verify_file(copy)


def test_an_entry_of_an_index_that_is_none_is_damage(
    tmp_path: Path, make_event: Callable[[int], Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flipped bit in a row's head makes a text of a number, which no statement could put there."""
    path = tmp_path / "a.journal"
    with SqliteJournal(path) as journal:
        journal.append(make_event(1))
        journal.commit()
    for entry in (("bar", "1"), (b"bar", 1), (None, 1)):
        monkeypatch.setattr(sqlite_reader, "read_index", lambda *_, entry=entry: iter([[entry]]))
        for use in (require_indexes, verify_file):
            with pytest.raises(JournalBrokenError, match="index of kinds"):
                use(path)
