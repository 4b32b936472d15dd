"""Finding records of some event types by the first bytes of their bodies, without decoding all of them.

An event is encoded as a map whose first entry is ``type``. A match of its bytes anywhere in a body is only a
hint (a text field may hold them too), so whoever uses these markers checks the decoded event as well.
"""

from collections.abc import Sequence
from typing import get_args

import msgspec

from tradewind.core.errors import JournalError
from tradewind.core.events import AnyEvent

_KINDS: frozenset[type[msgspec.Struct]] = frozenset(get_args(AnyEvent))


def kind_markers(kinds: Sequence[type[msgspec.Struct]]) -> tuple[bytes, ...]:
    """The bytes by which records of ``kinds`` are known; JournalError when one is no journal event."""
    if not kinds:
        raise JournalError("No event type was named.", "Name at least one, such as OrderFilled.")
    for kind in kinds:
        if kind not in _KINDS:
            message = f"{kind.__name__} is not an event that a journal holds."
            raise JournalError(message, "Name the types of tradewind.core.events.AnyEvent.")
    return tuple(_marker(kind) for kind in kinds)


def _marker(kind: type[msgspec.Struct]) -> bytes:
    encode = msgspec.msgpack.encode
    return encode("type") + encode(kind.__struct_config__.tag)
