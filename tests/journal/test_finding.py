"""Records found by kind and key, on disk and in memory alike, and how little is read for it."""

import random
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest

from tradewind.core.events import Command, SessionEnded, Timer
from tradewind.core.journal_ports import JournalReader
from tradewind.core.market import Bar, Event
from tradewind.core.orders import OrderAccepted, OrderCanceled
from tradewind.journal import rows
from tradewind.journal.memory import MemoryJournal
from tradewind.journal.sqlite import SqliteJournal, SqliteJournalReader

KINDS = (Bar, Timer, Command, OrderAccepted, OrderCanceled, SessionEnded)


@pytest.fixture(params=["disk", "memory"])
def filled(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    make_event: Callable[[int], Event],
    order_story: Callable[[int], list[Event]],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[JournalReader, list[Event]]]:
    """A reader of a journal of commits of any size, some split into several rows, and all its events."""
    monkeypatch.setattr("tradewind.journal.sqlite.MOST_RECORDS", 40)
    rng = random.Random(3)
    told = list(chain(order_story(20), map(make_event, range(400))))
    rng.shuffle(told)
    journal = SqliteJournal(tmp_path / "a.journal") if request.param == "disk" else MemoryJournal()
    for event in told:
        journal.append(event)
        if rng.random() < 0.03:
            journal.commit()
    journal.close()
    reader = journal if isinstance(journal, MemoryJournal) else journal.reader()
    yield reader, told
    if isinstance(reader, SqliteJournalReader):
        reader.close()


def test_by_kind_it_is_what_a_search_of_all_gives(filled: tuple[JournalReader, list[Event]]) -> None:
    reader, told = filled
    rng = random.Random(4)
    for _ in range(60):
        kinds = tuple(rng.sample(KINDS, rng.randint(1, 3)))
        start, stop = rng.randint(-5, 450), rng.choice([None, rng.randint(-5, 450)])
        newest_first = rng.random() < 0.5
        wanted = [
            seq
            for seq, event in enumerate(told, start=1)
            if isinstance(event, kinds) and start <= seq and (stop is None or seq < stop)
        ]
        found = reader.read_kind(*kinds, start=start, stop=stop, newest_first=newest_first)
        records = list(found)
        assert [r.seq for r in records] == (wanted[::-1] if newest_first else wanted)
        assert all(record.event == told[record.seq - 1] for record in records)


def test_a_range_in_either_direction(filled: tuple[JournalReader, list[Event]]) -> None:
    reader, told = filled
    for start, stop in ((1, None), (-3, 4), (40, 41), (41, 42), (120, 260), (430, 900), (50, 50), (60, 10)):
        end = len(told) + 1 if stop is None else min(stop, len(told) + 1)
        wanted = list(range(max(start, 1), end))
        assert [r.seq for r in reader.read(start, stop)] == wanted
        assert [r.seq for r in reader.read(start, stop, newest_first=True)] == wanted[::-1]


def test_by_key_it_is_what_a_search_of_all_gives(filled: tuple[JournalReader, list[Event]]) -> None:
    reader, told = filled
    for number in range(20):
        key = f"o-{number}"
        wanted = [s for s, e in enumerate(told, start=1) if getattr(e, "client_order_id", "") == key]
        assert len(wanted) == 2
        assert [r.seq for r in reader.read_key(key)] == wanted
        assert [r.seq for r in reader.read_key(key, newest_first=True)] == wanted[::-1]
        (accepted,) = reader.read_key(key, OrderAccepted)
        assert isinstance(accepted.event, OrderAccepted)
        assert [r.seq for r in reader.read_key(key, start=wanted[0] + 1)] == wanted[1:]
        assert list(reader.read_key(key, Timer)) == []
    assert list(reader.read_key("o-20")) == []
    assert list(reader.read_key("")) == []


def test_only_the_commits_concerned_are_unpacked(
    tmp_path: Path,
    make_event: Callable[[int], Event],
    order_story: Callable[[int], list[Event]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "a.journal"
    with SqliteJournal(path) as journal:
        for i in range(3_000):
            journal.append(make_event(i))
            if i == 1_500:
                for event in order_story(1):
                    journal.append(event)
            if i % 10 == 9:
                journal.commit()
    unpacked: list[int] = []
    real = rows.unpack

    def counted(row: rows.Row) -> rows.Unpacked:
        unpacked.append(row.first)
        return real(row)

    with SqliteJournalReader(path) as reader:
        monkeypatch.setattr(rows, "unpack", counted)
        for ask in (
            lambda: list(reader.read_kind(OrderCanceled)),
            lambda: list(reader.read_key("o-0")),
            lambda: list(reader.read(777, 778)),
            lambda: next(reader.read(newest_first=True)),
            lambda: next(reader.read_kind(Bar, Timer, newest_first=True)),
        ):
            unpacked.clear()
            assert ask()
            assert len(unpacked) == 1
        unpacked.clear()
        assert list(reader.read_key("none-such")) == list(reader.read_kind(SessionEnded)) == unpacked == []
