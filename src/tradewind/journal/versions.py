"""Each record is decoded by its own version: older schemas are lifted one step at a time to today's.

A record's version is ``schema/code``. Its schema says what its fields mean. When :data:`SCHEMA_VERSION` is
raised, the step from the one before is added to :data:`UPCASTERS`: a small function from the decoded map of
the old schema to that of the next. Nothing stored is ever rewritten, so the chain keeps holding.

Schema 1 ended with journal format 1 and cannot be lifted: it did not say which venue, account or strategy.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

import msgspec

from tradewind.core.errors import JournalBrokenError, JournalError
from tradewind.core.events import SCHEMA_VERSION, AnyEvent, Record, decode_event
from tradewind.journal.chain import Line

Upcaster = Callable[[dict[str, object]], dict[str, object]]
Decode = Callable[[bytes], AnyEvent]

FIRST_SCHEMA = 2
"""The oldest that can be read."""

UPCASTERS: dict[int, Upcaster] = {}
"""Schema number to the step that makes it the next: 2 gives 3, and so on up to the current one."""

FORMER_KINDS: dict[str, tuple[str, ...]] = {}
"""A kind that was renamed, by its tag of today, to the tags under which older records hold it."""

DECODE_FAULTS = (msgspec.DecodeError, UnicodeDecodeError, TypeError, AttributeError, KeyError)


def record_of(line: Line) -> Record:
    """The stored line decoded; JournalBrokenError when its bytes are no event known here."""
    try:
        event = decoder_for(line.version)(line.body)
        version = line.version.decode()
    except DECODE_FAULTS as error:
        message = f"Record {line.seq} of version {line.version!r} holds no event that is known here: {error}."
        next_step = "Run tradewind audit verify; if it holds, read it with the version that wrote it."
        raise JournalBrokenError(message, next_step, seq=line.seq) from error
    return Record(seq=line.seq, cause=line.cause, version=version, event=event, hash=line.hash)


@lru_cache(maxsize=64)
def decoder_for(version: bytes) -> Decode:
    """The decoder of records of this version.

    Raises
    ------
    JournalError
        The schema is newer than this code, or ended before it.
    """
    return lifted(schema_of(version), UPCASTERS, SCHEMA_VERSION, decode_event, FIRST_SCHEMA)


def schema_of(version: bytes) -> int:
    """The schema number in a record's version; JournalError when there is none."""
    number, slash, _ = version.partition(b"/")
    if not slash or not number.isdigit():
        message = f"{version!r} is no version of a record."
        raise JournalError(message, "It is schema/code, such as 2/0.1.0: check the journal.")
    return int(number)


def lifted(
    schema: int, steps: Mapping[int, Upcaster], current: int, decode: Decode, oldest: int = 1
) -> Decode:
    """A decoder of bodies of ``schema``: ``decode`` where it is current, else through each step."""
    if schema == current:
        return decode
    if schema > current:
        message = f"Records of schema {schema} are newer than this version, which knows up to {current}."
        raise JournalError(message, "Use the version of Tradewind that wrote the journal, or a later one.")
    missing = [number for number in range(schema, current) if number not in steps]
    if schema < oldest or missing:
        message = f"Records of schema {schema} are no longer read: schema {oldest} is the oldest."
        raise JournalError(message, "Keep the version of Tradewind that wrote the journal to read it.")
    path = [steps[number] for number in range(schema, current)]

    def decode_lifted(body: bytes) -> AnyEvent:
        fields = msgspec.msgpack.decode(body, type=dict[str, object])
        for step in path:
            fields = step(fields)
        return decode(msgspec.msgpack.encode(fields))

    return decode_lifted
