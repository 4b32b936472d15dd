"""Replay: the same journal gives the same decisions, byte for byte, or says where it does not."""

from collections.abc import Callable, Iterable

import msgspec

from tradewind.core.errors import ReplayDivergedError
from tradewind.core.events import Record, encode_event
from tradewind.core.market import Event
from tradewind.engine.reducer import Reducer


class ReplayReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay went through."""

    inputs: int
    decisions: int
    last_seq: int


def replay(
    records: Iterable[Record], reducer: Reducer, on_record: Callable[[Record], None] | None = None
) -> ReplayReport:
    """Run recorded inputs through ``reducer`` and compare its decisions with the recorded ones.

    ``on_record`` sees every record as it goes by (progress, rebuilding a venue).

    Raises
    ------
    ReplayDivergedError
        A decision is missing, surplus or different; ``seq`` names the first such record.
    """
    expected: list[Event] = []
    position = inputs = decisions = last_seq = 0
    for record in records:
        last_seq = record.seq
        if record.cause == 0:
            _require_all_used(expected, position, record.seq)
            expected, position = reducer.step(record.event), 0
            inputs += 1
        else:
            _require_same(expected, position, record)
            position += 1
            decisions += 1
        if on_record is not None:
            on_record(record)
    _require_all_used(expected, position, last_seq + 1)
    return ReplayReport(inputs=inputs, decisions=decisions, last_seq=last_seq)


def _require_same(expected: list[Event], position: int, record: Record) -> None:
    got = expected[position] if position < len(expected) else None
    if got is not None and encode_event(got) == encode_event(record.event):
        return
    message = f"Replay differs at record {record.seq}: {difference(record.event, got)}."
    raise ReplayDivergedError(
        message, "Was the journal written by another version or configuration?", seq=record.seq
    )


def _require_all_used(expected: list[Event], position: int, seq: int) -> None:
    if position < len(expected):
        message = f"Replay differs before record {seq}: it also gave a {_named(expected[position])}."
        raise ReplayDivergedError(
            message, "Was the journal written by another version or configuration?", seq=seq
        )


def difference(recorded: Event, got: Event | None) -> str:
    """What differs between two events, field by field, in words of bounded length."""
    if got is None:
        return f"recorded was a {_named(recorded)}, and replay decided nothing"
    if type(recorded) is not type(got):
        return f"recorded was a {_named(recorded)}, replay gave a {_named(got)}"
    fields = [
        f"{name} was {_short(before)}, replay gave {_short(after)}"
        for name in recorded.__struct_fields__
        if encode_value(before := getattr(recorded, name)) != encode_value(after := getattr(got, name))
    ]
    return f"in the {_named(recorded)}, {'; '.join(fields[:5])}"


def _named(event: Event) -> str:
    about = getattr(event, "instrument_id", "") or getattr(event, "decision_id", "")
    return f"{type(event).__name__}{f' of {about}' if about else ''}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


encode_value = msgspec.msgpack.encode
