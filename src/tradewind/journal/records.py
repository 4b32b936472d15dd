"""Stored lines as records."""

import msgspec

from tradewind.core.errors import JournalBrokenError
from tradewind.core.events import Record, decode_event
from tradewind.journal.chain import Line


def record_of(line: Line) -> Record:
    """The stored line decoded; JournalBrokenError when its bytes are no event known here."""
    try:
        event = decode_event(line.body)
        version = line.version.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, TypeError, AttributeError) as error:
        message = f"Record {line.seq} of version {line.version!r} holds no event that is known here: {error}."
        next_step = "Run tradewind audit verify; if it holds, read it with the version that wrote it."
        raise JournalBrokenError(message, next_step, seq=line.seq) from error
    return Record(seq=line.seq, cause=line.cause, version=version, event=event, hash=line.hash)
