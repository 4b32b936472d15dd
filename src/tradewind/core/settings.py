"""Settings of any room: one base that refuses unknown keys, and the one way from a file's keys to them.

A bound of a setting is part of its type (``Share``, ``Limit`` ...), so it is checked wherever keys are read.
"""

import math
from collections.abc import Mapping
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from tradewind.core.errors import ConfigError
from tradewind.core.redaction import redact_value

S = TypeVar("S", bound=msgspec.Struct)
Location = tuple[str | int, ...]
"""Keys from the top of the configuration to a value."""

NS_PER_YEAR = 366 * 86_400_000_000_000

Share = Annotated[float, msgspec.Meta(gt=0.0, le=1.0)]
"""A part of something, never none of it: a loss as a fraction of what it is measured from."""
Part = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
"""A part of something, which may be none or all of it."""
Inside = Annotated[float, msgspec.Meta(gt=0.0, lt=1.0)]
"""A part of something, neither none nor all of it."""
Limit = Annotated[float, msgspec.Meta(ge=0.0, le=1_000.0)]
"""An exposure as a fraction of equity; the largest stands for no limit at all."""
Amount = Annotated[float, msgspec.Meta(ge=0.0, le=1e10)]
"""Whole units of a currency; more does not fit the ledger's 64 bits."""
Age = Annotated[int, msgspec.Meta(ge=0, le=10 * NS_PER_YEAR)]
"""Nanoseconds."""
AmountE8 = Annotated[int, msgspec.Meta(ge=0, le=10**18)]
"""An amount in 1e-8."""
Moment = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
"""Nanoseconds since 1970 UTC."""
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Some = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
"""A count that cannot be none."""
Bars = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
"""A window in bars."""
Rounds = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
"""Trees, epochs, rows of a batch."""
Depth = Annotated[int, msgspec.Meta(ge=1, le=64)]
Bins = Annotated[int, msgspec.Meta(ge=2, le=65_535)]
Width = Annotated[int, msgspec.Meta(ge=1, le=4_096)]
"""Cells of a layer."""
Lookback = Annotated[int, msgspec.Meta(ge=1, le=1_000)]
Factor = Annotated[float, msgspec.Meta(gt=0.0, le=1_000.0)]
"""A positive multiplier."""
Length = Annotated[float, msgspec.Meta(ge=0.0, le=10_000.0)]
"""A strength or a half-life, which may be none."""
Figure = Annotated[float, msgspec.Meta(ge=-1_000.0, le=1_000.0)]
"""A level of an indicator."""
Fall = Annotated[float, msgspec.Meta(ge=-1.0, lt=0.0)]
"""A change downwards as a fraction."""
Reading = Annotated[float, msgspec.Meta(ge=0.0, le=1e12)]
"""What a gauge of the machine may show: seconds, bytes, shares."""
Percent = Annotated[float, msgspec.Meta(ge=0.0, le=100.0)]
PerYear = Annotated[float, msgspec.Meta(ge=1.0, le=600_000.0)]
"""Bars in a year, up to one a minute around the clock."""
Bps = Annotated[float, msgspec.Meta(ge=0.0, le=10_000.0)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything that a section of the configuration becomes."""


def read_settings(kind: type[S], given: Mapping[Any, object], base: S | None, at: Location) -> S:
    """``base`` (None: the defaults of ``kind``) with the keys that are given; what they do not name stays.

    Raises
    ------
    ConfigError
        What is given is no table, or it has a key that the settings lack, a value of the wrong type or out
        of its bounds, NaN or an infinity. Its ``location`` is the key's.
    """
    types = {field.name: field for field in msgspec.structs.fields(kind)}
    given = table(given, at)
    values: dict[str, object] = {}
    for key, value in given.items():
        here = (*at, key)
        field = types.get(key)
        if field is None:
            raise _unknown(key, list(types), at, here)
        inner = getattr(base, key) if base is not None else _default(field)
        section = _section_of(field.type)
        if section is not None and isinstance(value, Mapping):
            values[key] = read_settings(section, value, inner, here)
        elif isinstance(inner, dict) and isinstance(value, Mapping):
            values[key] = inner | read_value(field.type, value, here)
        else:
            values[key] = read_value(field.type, value, here)
    try:
        return msgspec.structs.replace(base, **values) if base is not None else kind(**values)
    except ConfigError as error:
        named = next((key for key in values if str(key) in error.message), None)
        error.location = error.location or (at if named is None else (*at, named))
        raise
    except TypeError as error:
        message = f"{dotted(at)} is not complete: {error}."
        raise ConfigError(message, f"Its keys are: {', '.join(types)}.", location=at) from error


def table(given: object, at: Location) -> Mapping[Any, object]:
    """``given`` where it holds values by key, and an empty one for None; ConfigError for anything else."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        message = f"{dotted(at)} is {shortened(given)}, which is no table."
        raise ConfigError(message, "Give values by key: {'key': value}.", location=at)
    return given


def read_value(kind: Any, value: object, at: Location) -> Any:
    """``value`` as the type says; ConfigError where it is another type, out of bounds or not finite."""
    if not _is_finite(value):
        message = f"{dotted(at)} is {value!r}."
        raise ConfigError(message, "Give a finite number.", location=at)
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, OverflowError) as error:
        what, _, path = str(error).partition(" - at `$")
        inside = f", at {path.rstrip('`')}" if path else ""
        message = f"{dotted(at)} is {shortened(value)}: {what}{inside}."
        raise ConfigError(message, _wanted(kind), location=at) from error


def _wanted(kind: Any) -> str:
    """What to do about a wrong value."""
    words = get_args(kind) if get_origin(kind) is Literal else ()
    if isinstance(kind, type) and issubclass(kind, Enum):
        words = tuple(one.value for one in kind)
    return f"Use one of {', '.join(map(str, words))}." if words else "Correct the value."


def dotted(at: Location) -> str:
    """``decision.sizing.kelly`` of a location."""
    return ".".join(map(str, at)) or "the configuration"


def shortened(value: object, most: int = 80) -> str:
    """A value as an error shows it: not more than fits a line, and no key or password."""
    text = repr(redact_value(value))
    return text if len(text) <= most else f"{text[:most]}…"


def _unknown(key: object, known: list[str], at: Location, here: Location) -> ConfigError:
    message = f"{dotted(at)} has no setting {shortened(key)}."
    names = f"Known are: {', '.join(known)}." if known else "It has none."
    return ConfigError(message, names, location=here)


def _section_of(kind: Any) -> type[msgspec.Struct] | None:
    """The settings that a field is, also where it may be None; else None."""
    kinds = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    named = [one for one in kinds if one is not type(None)]
    one = named[0]
    return one if len(named) == 1 and isinstance(one, type) and issubclass(one, msgspec.Struct) else None


def _default(field: Any) -> Any:
    if field.default is not msgspec.NODEFAULT:
        return field.default
    return None if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def _is_finite(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Mapping):
        return all(map(_is_finite, value.values()))
    return all(map(_is_finite, value)) if isinstance(value, list | tuple) else True
