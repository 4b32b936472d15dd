"""The full check of a file, and anchors against somebody who rewrites all of it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tradewind.core.errors import JournalBrokenError, JournalError
from tradewind.core.events import Timer
from tradewind.core.market import Event
from tradewind.journal.audit import Anchor, anchor, parse_anchor, verify_file
from tradewind.journal.chain import GENESIS, START, next_hash
from tradewind.journal.sqlite import SqliteJournal, SqliteJournalReader


def test_the_report_of_a_whole_journal(written: Path) -> None:
    heard: list[tuple[int, int]] = []
    report = verify_file(written, lambda done, total: heard.append((done, total)))
    with SqliteJournalReader(written) as reader:
        root = list(reader.read())[-1].hash.hex()
    assert (report.records, report.first_ts, report.last_ts, report.root_hash) == (20, 1_000, 5_000, root)
    assert heard == [(20, 20)]


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
        lines = list(reader.lines())
    file = sqlite3.connect(written)
    link = START.hash
    for line in lines:
        body = lines[0].body if line.seq == 5 else line.body
        link = next_hash(link, line.seq, line.cause, line.version + b"\x00", body)
        file.execute("UPDATE records SET body = ?, hash = ? WHERE seq = ?", (body, link, line.seq))
    file.execute("UPDATE head SET hash = ?", (link,))
    file.commit()
    file.close()
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
    body = b"\x81\xa4type\xa7unknown"
    link = next_hash(START.hash, 1, 0, b"2/7.0\x00", body)
    file = sqlite3.connect(path)
    file.execute("UPDATE records SET body = ?, hash = ?", (body, link))
    file.execute("UPDATE head SET hash = ?", (link,))
    file.commit()
    file.close()
    with pytest.raises(JournalBrokenError, match=r"2/7.0.*holds no event that is known here"):
        verify_file(path)
