"""The pure chain and the journal in memory, against a second implementation of the formula."""

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import JournalBrokenError, JournalError
from tradewind.core.events import Command, Sealed, SnapshotTaken, Timer, encode_event
from tradewind.core.market import Bar, Event
from tradewind.journal.chain import START, Line, Link, verify, version_stamp
from tradewind.journal.memory import MemoryJournal


def independent_hash(previous: bytes, line: Line) -> bytes:
    """The documented formula, word by word."""
    digest = hashlib.sha256()
    digest.update(previous)
    digest.update(line.seq.to_bytes(8, "big"))
    digest.update(line.cause.to_bytes(8, "big"))
    digest.update(line.version)
    digest.update(bytes([0]))
    digest.update(line.body)
    return digest.digest()


def lines_of(count: int) -> list[Line]:
    journal = MemoryJournal()
    for i in range(count):
        journal.append(Timer(ts_event=i, name=f"n{i}"), cause=i // 2)
    journal.commit()
    return list(journal.lines())


def broken_at(lines: list[Line], head: Link | None = None) -> int:
    with pytest.raises(JournalBrokenError) as caught:
        verify(lines, head=head)
    return caught.value.seq


def test_every_hash_follows_the_formula(make_event: Callable[[int], Event]) -> None:
    journal = MemoryJournal(version="2/9.9")
    for i in range(40):
        assert journal.append(make_event(i), cause=max(i - 3, 0)) == i + 1
    journal.commit()
    previous = hashlib.sha256(b"tradewind journal, format 2").digest()
    for i, line in enumerate(journal.lines()):
        assert line.body == encode_event(make_event(i))
        assert line.version == b"2/9.9"
        previous = independent_hash(previous, line)
        assert line.hash == previous
    assert verify(journal.lines(), head=journal.head()) == Link(40, previous)


@given(st.data(), st.integers(2, 12))
def test_any_flipped_bit_is_found(data: st.DataObject, count: int) -> None:
    lines = lines_of(count)
    head = Link(count, lines[-1].hash)
    at = data.draw(st.integers(0, count - 1))
    field = data.draw(st.sampled_from(["seq", "cause", "version", "body", "hash"]))
    value = getattr(lines[at], field)
    raw = bytearray(value if isinstance(value, bytes) else value.to_bytes(8, "big", signed=True))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    flipped = bytes(raw) if isinstance(value, bytes) else int.from_bytes(raw, "big", signed=True)
    lines[at] = lines[at]._replace(**{field: flipped})
    assert broken_at(lines, head) == at + 1


@given(st.data(), st.integers(3, 12))
def test_deleting_inserting_and_swapping_are_found(data: st.DataObject, count: int) -> None:
    lines = lines_of(count)
    head = Link(count, lines[-1].hash)
    at = data.draw(st.integers(0, count - 2))
    kind = data.draw(st.sampled_from(["delete", "insert", "swap", "swap renumbered", "delete renumbered"]))
    if kind == "delete":
        del lines[at]
    elif kind == "insert":
        lines.insert(at, lines[at])
        assert broken_at(lines, head) == at + 2
        return
    elif kind == "swap":
        lines[at], lines[at + 1] = lines[at + 1], lines[at]
    elif kind == "swap renumbered":
        first, second = lines[at], lines[at + 1]
        lines[at], lines[at + 1] = second._replace(seq=first.seq), first._replace(seq=second.seq)
    else:
        lines = lines[:at] + [line._replace(seq=line.seq - 1) for line in lines[at + 1 :]]
    assert broken_at(lines, head) == at + 1


@given(st.integers(1, 12), st.integers(0, 11))
def test_a_tail_cut_off_is_found_by_the_head(count: int, kept: int) -> None:
    lines = lines_of(count)
    kept = min(kept, count - 1)
    verify(lines[:kept])
    assert broken_at(lines[:kept], Link(count, lines[-1].hash)) == kept + 1
    last = lines[kept - 1].hash if kept else START.hash
    assert broken_at(lines, Link(kept, last)) == kept + 1


def test_the_border_of_version_and_body_cannot_be_moved() -> None:
    journal = MemoryJournal()
    journal.append(Command(ts_event=0, verb="set", argument="a\x00b"))
    journal.commit()
    (line,) = journal.lines()
    left, right = line.body.split(b"\x00", 1)
    moved = line._replace(version=line.version + b"\x00" + left, body=right)
    assert independent_hash(START.hash, moved) == line.hash
    assert broken_at([moved]) == 1


def test_the_message_says_what_differs() -> None:
    lines = lines_of(5)
    for change, said in (
        ({"body": lines[0].body}, "its cause, version or body"),
        ({"cause": 0}, "its cause, version or body"),
        ({"hash": bytes(32)}, "its stored hash"),
        ({"hash": None}, "stored hash"),
        ({"cause": -1}, "no record can have"),
        ({"body": "text"}, "no record can have"),
    ):
        changed = [*lines[:2], lines[2]._replace(**change), *lines[3:]]
        with pytest.raises(JournalBrokenError, match=r"Record 3 was changed") as caught:
            verify(changed)
        assert said in caught.value.message
        assert caught.value.next_step
    with pytest.raises(JournalBrokenError, match="Record 2 is missing: 3 comes"):
        verify([lines[0], *lines[2:]])


@pytest.mark.parametrize("version", ["", "1\x00/2"])
def test_a_version_that_would_blur_the_hash_is_refused(version: str) -> None:
    with pytest.raises(JournalError, match="cannot be the version"):
        version_stamp(version)


def test_memory_journal_reads_what_is_committed(make_event: Callable[[int], Event]) -> None:
    journal = MemoryJournal()
    assert (journal.next_seq, journal.last_seq(), journal.head()) == (1, 0, START)
    for i in range(10):
        journal.append(make_event(i))
    assert list(journal.read()) == []
    journal.commit()
    journal.append(make_event(10))
    assert [r.event for r in journal.read()] == [make_event(i) for i in range(10)]
    assert [r.seq for r in journal.read(3, 6)] == [3, 4, 5]
    assert [type(r.event) for r in journal.read_kind(Timer, start=5)] == [Timer]
    with pytest.raises(JournalError, match="cannot be caused by record 12"):
        journal.append(make_event(11), cause=12)
    journal.close()
    assert journal.last_seq() == 11
    with pytest.raises(JournalError, match="closed"):
        journal.append(make_event(11))


def test_bytes_that_look_like_another_types_marker_are_not_taken_for_it() -> None:
    journal = MemoryJournal()
    journal.append(Command(ts_event=0, verb="stop"))
    lookalike = Sealed(key_id="k", nonce=b"", ciphertext=b"\xa4type\xa3bar")
    journal.append(Command(ts_event=0, verb="stop", operator=lookalike))
    journal.append(Bar(ts_event=0, instrument_id="X", open=1.0, high=1.0, low=1.0, close=1.0))
    journal.commit()
    assert [r.seq for r in journal.read_kind(Bar)] == [3]
    with pytest.raises(JournalError, match="Line is not an event"):
        list(journal.read_kind(Line))  # type: ignore[arg-type]
    with pytest.raises(JournalError, match="No event type"):
        list(journal.read_kind())


def test_memory_snapshots_keep_the_newest_three() -> None:
    journal = MemoryJournal()
    assert journal.latest_snapshot() is None
    for i in range(6):
        journal.append(Timer(ts_event=i, name="t"))
        assert journal.save_snapshot(i, b"%d" % i) == 2 * i + 2
        journal.commit()
    assert journal.latest_snapshot() == (12, b"5")
    record = next(journal.read_kind(SnapshotTaken, newest_first=True))
    assert record.event == SnapshotTaken(
        ts_event=5, of_seq=11, sha256=hashlib.sha256(b"5").hexdigest(), size=1
    )
    journal.save_snapshot(9, b"7")
    assert journal.latest_snapshot() == (12, b"5")
    journal.commit()
    assert journal.latest_snapshot() == (13, b"7")
    journal._snapshots[13] = b"8"
    with pytest.raises(JournalBrokenError, match="snapshot of record 13 was changed"):
        journal.latest_snapshot()
