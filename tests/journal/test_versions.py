"""Records of older schemas, lifted step by step: made-up schemas, since there is only one yet."""

import msgspec
import pytest

from tradewind.core.errors import JournalBrokenError, JournalError
from tradewind.core.events import SCHEMA_VERSION, Timer, decode_event, encode_event
from tradewind.journal import versions
from tradewind.journal.audit import verify_file
from tradewind.journal.chain import Line
from tradewind.journal.kinds import kind_tags
from tradewind.journal.sqlite import SqliteJournal, SqliteJournalReader
from tradewind.journal.versions import decoder_for, lifted, record_of, schema_of

NEXT = SCHEMA_VERSION + 1


def named(fields: dict[str, object]) -> dict[str, object]:
    """From 2 to 3 the field ``label`` became ``name``."""
    return {("name" if key == "label" else key): value for key, value in fields.items()}


def in_nanoseconds(fields: dict[str, object]) -> dict[str, object]:
    """From 3 to 4 times became nanoseconds."""
    ts = fields["ts_event"]
    assert isinstance(ts, int)
    return fields | {"ts_event": ts * 1_000}


def test_each_step_is_taken_from_the_records_own_schema_on() -> None:
    steps = {2: named, 3: in_nanoseconds}
    of_2 = msgspec.msgpack.encode({"type": "timer", "ts_event": 7, "label": "cycle"})
    of_3 = msgspec.msgpack.encode({"type": "timer", "ts_event": 7, "name": "cycle"})
    of_4 = encode_event(Timer(ts_event=7_000, name="cycle"))
    for schema, body in ((2, of_2), (3, of_3), (4, of_4)):
        decode = lifted(schema, steps, 4, decode_event)
        assert decode(body) == Timer(ts_event=7_000, name="cycle")
    with pytest.raises(msgspec.ValidationError):
        lifted(3, steps, 4, decode_event)(of_2)


def test_schemas_without_a_step_and_later_ones_are_refused_with_what_to_do() -> None:
    for schema in (1, 2):
        with pytest.raises(JournalError, match=f"schema {schema} are no longer read") as caught:
            lifted(schema, {3: in_nanoseconds}, 4, decode_event, oldest=3)
        assert "Keep the version of Tradewind that wrote" in caught.value.next_step
    with pytest.raises(JournalError, match=f"schema {NEXT} are newer"):
        decoder_for(f"{NEXT}/9.0".encode())
    with pytest.raises(JournalError, match="schema 1 are no longer read"):
        decoder_for(b"1/0.1.0")
    assert schema_of(b"12/0.3.1") == 12
    for version in (b"", b"2", b"two/0.1.0", b"/0.1.0"):
        with pytest.raises(JournalError, match="is no version"):
            schema_of(version)


def test_a_record_that_cannot_be_lifted_is_named() -> None:
    line = Line(9, 0, b"2/0.1.0", b"\x81\xa4type\xa5timer", b"")
    with pytest.raises(JournalBrokenError, match="Record 9") as caught:
        record_of(line)
    assert caught.value.seq == 9


def test_an_older_journal_goes_on_in_a_newer_schema(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal begun today, read and continued by a version that counts time otherwise."""
    path = tmp_path / "a.journal"
    with SqliteJournal(path) as journal:
        journal.append(Timer(ts_event=7, name="cycle"))
    monkeypatch.setattr(versions, "SCHEMA_VERSION", NEXT)
    monkeypatch.setattr("tradewind.journal.checking.SCHEMA_VERSION", NEXT)
    monkeypatch.setitem(versions.UPCASTERS, SCHEMA_VERSION, in_nanoseconds)
    decoder_for.cache_clear()
    try:
        with SqliteJournal(path, version=f"{NEXT}/9.0") as journal:
            journal.append(Timer(ts_event=8_000, name="cycle"))
        with SqliteJournalReader(path) as reader:
            assert [record.event.ts_event for record in reader.read_kind(Timer)] == [7_000, 8_000]
            assert [record.version for record in reader.read()] == ["2/0.1.0", f"{NEXT}/9.0"]
        assert verify_file(path).records == 2
    finally:
        decoder_for.cache_clear()


def test_a_renamed_kind_is_found_under_its_former_name_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(versions.FORMER_KINDS, "timer", ("alarm",))
    assert kind_tags([Timer]) == ("timer", "alarm")
