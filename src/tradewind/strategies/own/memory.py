"""What a strategy of one's own remembers, as bytes that a snapshot holds: plain values, told apart by type.

Nothing is pickled: a journal that came from elsewhere must not run code.
"""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np

from tradewind.core.errors import ConfigError

_PLAIN = (bool, int, float, str, bytes, type(None))
_PACK: dict[type, tuple[str, Callable[[Any], object]]] = {
    tuple: ("tuple", lambda value: [_packed(one) for one in value]),
    set: ("set", lambda value: sorted((_packed(one) for one in value), key=msgspec.msgpack.encode)),
    frozenset: ("frozenset", lambda value: sorted(map(_packed, value), key=msgspec.msgpack.encode)),
    dict: ("dict", lambda value: [[_packed(key), _packed(one)] for key, one in value.items()]),
    deque: ("deque", lambda value: [value.maxlen, [_packed(one) for one in value]]),
    Decimal: ("decimal", str),
    datetime: ("datetime", lambda value: value.isoformat()),
    np.ndarray: ("array", lambda value: [value.dtype.str, list(value.shape), value.tobytes()]),
}
_UNPACK: dict[str, Callable[[Any], object]] = {
    "tuple": lambda value: tuple(map(_unpacked, value)),
    "set": lambda value: set(map(_unpacked, value)),
    "frozenset": lambda value: frozenset(map(_unpacked, value)),
    "dict": lambda value: {_unpacked(key): _unpacked(one) for key, one in value},
    "deque": lambda value: deque(map(_unpacked, value[1]), maxlen=value[0]),
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "array": lambda value: np.frombuffer(value[2], dtype=value[0]).reshape(value[1]).copy(),
    "scalar": lambda value: np.frombuffer(value[1], dtype=value[0])[0],
    "int": int,
}
_INT64 = 1 << 63


def packed(attributes: Mapping[str, object], owner: str) -> bytes:
    """Attributes as bytes; equal ones give equal bytes.

    Raises
    ------
    ConfigError
        One holds what cannot be kept (a frame, a file, an object of a class of one's own).
    """
    kept = {}
    for name in sorted(attributes):
        try:
            kept[name] = _packed(attributes[name])
        except TypeError as error:
            message = f"{owner} remembers {name!r}, and a session cannot keep it: {error}."
            step = "Use numbers, text, lists, dicts, sets, deques or NumPy arrays of numbers."
            raise ConfigError(message, step) from error
    return msgspec.msgpack.encode(kept)


def unpacked(data: bytes) -> dict[str, Any]:
    """The attributes back, each of the type that it had."""
    return {name: _unpacked(value) for name, value in msgspec.msgpack.decode(data).items()}


def _packed(value: object) -> object:
    kind = type(value)
    if kind is int and not -_INT64 <= value < _INT64:  # type: ignore[operator]
        return {"int": str(value)}
    if kind in _PLAIN:
        return value
    if kind is list:
        return [_packed(one) for one in value]  # type: ignore[attr-defined]
    if isinstance(value, np.generic) and value.dtype != object:
        return {"scalar": [value.dtype.str, value.tobytes()]}
    if isinstance(value, np.ndarray) and value.dtype.hasobject:
        message = "an array of objects"
        raise TypeError(message)
    if kind in _PACK:
        tag, pack = _PACK[kind]
        return {tag: pack(value)}
    message = f"it is a {kind.__name__}"
    raise TypeError(message)


def _unpacked(value: Any) -> object:
    if isinstance(value, list):
        return [_unpacked(one) for one in value]
    if isinstance(value, dict):
        ((tag, inner),) = value.items()
        return _UNPACK[tag](inner)
    return value
