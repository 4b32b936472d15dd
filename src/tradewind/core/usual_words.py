"""Words that are a field's default, made one object, so that equal records have equal bytes.

msgspec leaves a default out of a record when the value *is* the default, not when it only equals it: the
account ``main`` out of a snapshot is another string than the one in the class and would be written out. A
session that was recovered would so write other bytes than one that was not.
"""

from typing import TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)
Words = tuple[tuple[str, str], ...]


def usual_words(kind: type[msgspec.Struct]) -> Words:
    """``(field, default)`` of all fields whose default is a word; the empty word is one object anyway."""
    return tuple(
        (field.name, field.default)
        for field in msgspec.structs.fields(kind)
        if type(field.default) is str and field.default
    )


def with_usual_words(value: T, words: Words) -> T:
    """The same value with each word that equals its default replaced by the default itself."""
    for name, usual in words:
        word = getattr(value, name)
        if word is not usual and word == usual:
            value = msgspec.structs.replace(value, **{name: usual})
    return value
