"""Commands reach the owner's journal exactly once, whatever dies in between."""

import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tradewind.core.errors import JournalError
from tradewind.core.events import Command
from tradewind.journal.inbox import Inbox
from tradewind.journal.sqlite import SqliteJournal

Keep = Callable[[Any], Any]


def command(i: int) -> Command:
    return Command(ts_event=i, verb="set", argument="max_position", value=i / 3)


def test_commands_come_in_order_until_they_are_acknowledged(tmp_path: Path, keep: Keep) -> None:
    putter, owner = keep(Inbox(tmp_path / "inbox")), keep(Inbox(tmp_path / "inbox"))
    assert owner.take() == []
    entries = [putter.put(command(i)) for i in range(3)]
    assert owner.take() == [(entries[i], command(i)) for i in range(3)] == owner.take()
    assert putter.seq_of(entries[0]) is None
    owner.acknowledge(entries[0], 17)
    owner.acknowledge(entries[0], 17)
    assert putter.seq_of(entries[0]) == 17
    assert [entry for entry, _ in owner.take()] == entries[1:]
    assert stat.S_IMODE((tmp_path / "inbox").stat().st_mode) == 0o600


def test_the_same_command_put_twice_is_one_entry(tmp_path: Path, keep: Keep) -> None:
    inbox = keep(Inbox(tmp_path / "inbox"))
    assert inbox.put(command(1)) == inbox.put(command(1))
    inbox.acknowledge(1, 5)
    assert inbox.put(command(1)) == 1
    assert inbox.take() == []
    assert inbox.put(command(2)) != 1


@pytest.mark.parametrize("dies", ["before append", "before commit", "before acknowledge", "between two"])
def test_an_owner_that_dies_anywhere_runs_each_command_once(tmp_path: Path, keep: Keep, dies: str) -> None:
    path = tmp_path / "a.journal"
    inbox = keep(Inbox(tmp_path / "inbox"))
    inbox.put(command(1))
    inbox.put(command(2))
    journal = SqliteJournal(path)
    taken = inbox.take()
    if dies != "before append":
        seqs = [journal.append(event) for _, event in taken]
        if dies != "before commit":
            journal.commit()
        if dies == "between two":
            inbox.acknowledge(taken[0][0], seqs[0])
    journal.abandon()
    inbox.close()

    inbox, journal = keep(Inbox(tmp_path / "inbox")), SqliteJournal(path)
    with journal.reader() as reader:
        settled = inbox.settle(reader.read_kind(Command))
        assert settled == {"before acknowledge": 2, "between two": 1}.get(dies, 0)
        for entry, event in inbox.take():
            seq = journal.append(event)
            journal.commit()
            inbox.acknowledge(entry, seq)
        assert [r.event for r in reader.read()] == [command(1), command(2)]
        assert inbox.settle(reader.read()) == 0
    assert inbox.take() == []
    assert [inbox.seq_of(entry) for entry, _ in taken] == [1, 2]
    journal.close()


def test_wrong_acknowledgements_are_refused(tmp_path: Path, keep: Keep) -> None:
    inbox = keep(Inbox(tmp_path / "inbox"))
    entry = inbox.put(command(1))
    with pytest.raises(JournalError, match="cannot be record 0"):
        inbox.acknowledge(entry, 0)
    with pytest.raises(JournalError, match="Command 9 is not in the inbox"):
        inbox.acknowledge(9, 1)
    inbox.acknowledge(entry, 4)
    with pytest.raises(JournalError, match="acknowledged as another record than 5"):
        inbox.acknowledge(entry, 5)
    with pytest.raises(JournalError, match="Command 9"):
        inbox.seq_of(9)


def test_an_entry_that_is_damaged_is_named(tmp_path: Path, keep: Keep) -> None:
    inbox = keep(Inbox(tmp_path / "inbox"))
    inbox._file.execute("INSERT INTO commands (body) VALUES (x'80')")
    with pytest.raises(JournalError, match="Command 1 in the inbox"):
        inbox.take()


def test_many_threads_may_put_while_the_owner_takes(tmp_path: Path, keep: Keep) -> None:
    def put(first: int) -> None:
        inbox = keep(Inbox(tmp_path / "inbox"))
        for i in range(first, first + 20):
            inbox.put(command(i))
        inbox.close()

    threads = [threading.Thread(target=put, args=(100 * k,)) for k in range(4)]
    owner = keep(Inbox(tmp_path / "inbox"))
    for thread in threads:
        thread.start()
    seen: list[int] = []
    while len(seen) < 80:
        for entry, event in owner.take():
            seen.append(event.ts_event)
            owner.acknowledge(entry, len(seen))
    for thread in threads:
        thread.join()
    assert sorted(seen) == [100 * k + i for k in range(4) for i in range(20)]
