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
    recorded = encode_event(record.event)
    if position < len(expected) and encode_event(expected[position]) == recorded:
        return
    got = repr(expected[position]) if position < len(expected) else "nothing"
    message = f"Replay differs at record {record.seq}: recorded was {record.event!r}, replay gave {got}."
    raise ReplayDivergedError(
        message, "Was the journal written by another version or configuration?", seq=record.seq
    )


def _require_all_used(expected: list[Event], position: int, seq: int) -> None:
    if position < len(expected):
        message = f"Replay differs before record {seq}: it also gave {expected[position]!r}."
        raise ReplayDivergedError(
            message, "Was the journal written by another version or configuration?", seq=seq
        )
