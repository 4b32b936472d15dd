"""The full check of a file, and anchors against somebody who rewrites all of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tampering import GENESIS, edit, rewrite

from tradewind.core.errors import JournalBrokenError, JournalError
from tradewind.core.events import Timer
from tradewind.core.market import Event
from tradewind.journal.audit import Anchor, anchor, parse_anchor, verify_file
from tradewind.journal.sqlite import SqliteJournal, SqliteJournalReader


def test_the_report_of_a_whole_journal(written: Path) -> None:
    heard: list[tuple[int, int]] = []
    report = verify_file(written, lambda done, total: heard.append((done, total)))
    with SqliteJournalReader(written) as reader:
        root = list(reader.read())[-1].hash.hex()
    assert (report.records, report.first_ts, report.last_ts, report.root_hash) == (20, 1_000, 5_000, root)
    assert heard == [(20, 20)]
    assert (report.marked, report.snapshots, report.notes) == (20, 0, ())


def test_an_empty_journal_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    SqliteJournal(path).close()
    assert verify_file(path).root_hash == GENESIS.hex()
    assert verify_file(path, anchors=[anchor(path)]).records == 0


def test_a_journal_is_verified_while_it_is_written(
    tmp_path: Path, make_event: Callable[[int], Event]
) -> None:
    path = tmp_path / "a.journal"
    with SqliteJournal(path) as journal:
        for i in range(15_000):
            journal.append(make_event(i))
        journal.commit()
        heard: list[tuple[int, int]] = []

        def write_on(done: int, total: int) -> None:
            heard.append((done, total))
            journal.append(Timer(ts_event=0, name="late"))
            journal.commit()

        assert verify_file(path, write_on).records == 15_000
        assert heard == [(10_000, 15_000), (15_000, 15_000)]
        assert verify_file(path).records == 15_002


def test_a_rewritten_journal_is_found_by_an_anchor_alone(
    written: Path, make_event: Callable[[int], Event]
) -> None:
    kept = anchor(written)
    assert parse_anchor(str(kept)) == kept
    with SqliteJournal(written) as journal:
        journal.append(make_event(40))
    assert verify_file(written, anchors=[kept, anchor(written)]).anchors == 2
    with SqliteJournalReader(written) as reader:
        body = next(reader.lines()).body
    rewrite(written, {5: body})
    assert verify_file(written).records == 21
    with pytest.raises(
        JournalBrokenError, match=r"Record 20 has hash .* the journal was written anew"
    ) as caught:
        verify_file(written, anchors=[kept])
    assert caught.value.seq == 20


def test_an_anchor_beyond_the_end_means_that_the_end_is_gone(written: Path) -> None:
    with pytest.raises(JournalBrokenError, match="of record 30, but the journal ends at 20"):
        verify_file(written, anchors=[Anchor(30, "0" * 64)])
    with pytest.raises(JournalError, match="is not an anchor"):
        parse_anchor("12:abc")


def test_a_record_that_holds_but_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    with SqliteJournal(path, version="2/7.0") as journal:
        journal.append(Timer(ts_event=1, name="cycle"))
    rewrite(path, {1: b"\x81\xa4type\xa7unknown"})
    with pytest.raises(JournalBrokenError, match=r"2/7.0.*holds no event that is known here"):
        verify_file(path)


def test_indexes_that_do_not_agree_with_the_records_are_found(
    written: Path, tmp_path: Path, order_story: Callable[[int], list[Event]]
) -> None:
    with SqliteJournal(written) as journal:
        for event in order_story(3):
            journal.append(event)
    verify_file(written)
    for change, undone in (
        ("DELETE FROM kinds WHERE kind = 'timer' AND first = 1", "INSERT INTO kinds VALUES ('timer', 1)"),
        ("INSERT INTO kinds VALUES ('bar', 3)", "DELETE FROM kinds WHERE first = 3"),
        ("INSERT INTO kinds VALUES ('bar', 999)", "DELETE FROM kinds WHERE first = 999"),
        ("UPDATE keys SET key = 'o-8' WHERE key = 'o-1'", "UPDATE keys SET key = 'o-1' WHERE key = 'o-8'"),
        ("UPDATE keys SET first = 1 WHERE key = 'o-1'", "UPDATE keys SET first = 21 WHERE key = 'o-1'"),
    ):
        edit(written, change)
        with pytest.raises(JournalBrokenError, match=r"The index of (kinds|keys) .* does not agree"):
            verify_file(written)
        edit(written, undone)
        verify_file(written)
