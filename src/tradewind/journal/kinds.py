"""What records are found by: the *kind* of their event, and the *keys* that events carry.

A kind is an event's tag (``bar``, ``order_filled``): the first entry of its encoded map, so it is told
from the body without decoding it. A key is a ``client_order_id`` or ``decision_id`` of the event or of the
order in it. Both indexes are derived from the records alone.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import get_args

import msgspec

from tradewind.core.errors import JournalBrokenError, JournalError
from tradewind.core.events import AnyEvent
from tradewind.core.market import Event
from tradewind.core.orders import Order
from tradewind.journal.versions import FORMER_KINDS

Keys = Callable[[Event], Iterable[str]]

_TYPE = b"\xa4type"
_SHORT_MAP, _MAP_16 = range(0x80, 0x90), 0xDE
_SHORT_TEXT, _TEXT_8 = range(0xA0, 0xC0), 0xD9
_FIELDS = ("client_order_id", "decision_id")


def _keys_of(kind: type[msgspec.Struct]) -> Keys | None:
    """How the keys are read off an event of this type; None for a type that carries none."""
    fields = [name for name in _FIELDS if name in kind.__struct_fields__]
    orders = [field.name for field in msgspec.structs.fields(kind) if field.type is Order]

    def keys(event: Event) -> Iterable[str]:
        found = [getattr(event, name) for name in fields]
        for name in orders:
            order = getattr(event, name)
            found += [getattr(order, field) for field in _FIELDS]
        return filter(None, found)

    return keys if fields or orders else None


TAGS: dict[type[msgspec.Struct], str] = {kind: str(kind.__struct_config__.tag) for kind in get_args(AnyEvent)}
KEYS: dict[type[msgspec.Struct], Keys | None] = {kind: _keys_of(kind) for kind in TAGS}
KEYED = frozenset(kind for kind, keys in KEYS.items() if keys is not None)


def kind_tags(kinds: Sequence[type[msgspec.Struct]]) -> tuple[str, ...]:
    """The tags under which records of ``kinds`` are stored; JournalError when one is no journal event."""
    if not kinds:
        raise JournalError("No event type was named.", "Name at least one, such as OrderFilled.")
    tags: list[str] = []
    for kind in kinds:
        if kind not in TAGS:
            message = f"{kind.__name__} is not an event that a journal holds."
            raise JournalError(message, "Name the types of tradewind.core.events.AnyEvent.")
        tags += [TAGS[kind], *FORMER_KINDS.get(TAGS[kind], ())]
    return tuple(dict.fromkeys(tags))


def markers(tags: Iterable[str]) -> tuple[bytes, ...]:
    """The bytes after the map's head by which a body of one of these kinds begins."""
    return tuple(_TYPE + msgspec.msgpack.encode(tag) for tag in tags)


def has_marker(body: bytes, wanted: tuple[bytes, ...]) -> bool:
    """Whether the body is of one of the kinds whose :func:`markers` are given."""
    return body.startswith(wanted, 3 if body[0] == _MAP_16 else 1)


def kind_of(body: bytes, seq: int) -> str:
    """The tag of an encoded event.

    Raises
    ------
    JournalBrokenError
        The bytes do not begin as an event does; ``seq`` is its record.
    """
    at = 0
    if body and body[0] in _SHORT_MAP:
        at = 1
    elif body and body[0] == _MAP_16:
        at = 3
    if at and body[at : at + 5] == _TYPE and len(body) > at + 6:
        head = body[at + 5]
        if head in _SHORT_TEXT:
            return body[at + 6 : at + 6 + (head & 0x1F)].decode("utf-8", "replace")
        if head == _TEXT_8:
            return body[at + 7 : at + 7 + body[at + 6]].decode("utf-8", "replace")
    message = f"Record {seq} does not begin as an event does."
    raise JournalBrokenError(message, "Run tradewind audit verify on the journal.", seq=seq)
