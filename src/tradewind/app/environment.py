"""Variables of the environment that begin with ``TRADEWIND_``: settings, and the few that are none.

``TRADEWIND_SESSION__CASH=50000`` is the setting ``session.cash``. A value is read as it would be in the file,
lists and mappings in brackets; an empty one counts as not set.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tradewind.app.yaml_lines import read_word
from tradewind.core.errors import ConfigError
from tradewind.core.settings import Location

PREFIX = "TRADEWIND_"
OTHERS = {
    "TRADEWIND_CONFIG": "the YAML file, as --config",
    "TRADEWIND_API_TOKEN": "the token that the API asks for",
    "TRADEWIND_POSTGRES_PASSWORD": "the password of postgres.url",
    "TRADEWIND_REDIS_PASSWORD": "the password of redis.url",
    "TRADEWIND_TEST_DATA": "the folder of larger data for the tests",
}
"""Variables that are no settings; a secret is one, for it must not stand in a file."""

KEYS = ("api_key", "api_secret")
"""What a source of data may want besides its name: ``TRADEWIND_ALPACA_API_KEY`` is a key, not a setting."""

Given = dict[str, tuple[Location, Any]]
"""The keys and the value of each variable that is set."""


class Option(NamedTuple):
    """A setting by the word of the command line: the option's name, the way of keys, the value."""

    name: str
    at: Location
    value: Any


def from_environment(fields: Mapping[str, FieldInfo], variables: Mapping[str, str] | None = None) -> Given:
    """Settings of the environment by variable; ConfigError for a variable that is none."""
    given: Given = {}
    for name, text in sorted((os.environ if variables is None else variables).items()):
        if not name.upper().startswith(PREFIX) or name.upper() in OTHERS or is_key(name):
            continue
        at = tuple(name[len(PREFIX) :].lower().split("__"))
        if at[0] not in fields or "" in at:
            raise _unknown(name, fields)
        if text:
            given[name] = at, read_word(text, name)
    return given


def is_key(name: str) -> bool:
    """Whether a variable has the form of a source's key; whose it is, the configuration's check asks."""
    said = name.upper()
    ends = tuple(f"_{key.upper()}" for key in KEYS)
    return said.startswith(PREFIX) and said[len(PREFIX) :].endswith(ends)


def merged(values: Mapping[str, Any], given: Iterable[tuple[Location, Any]]) -> dict[str, Any]:
    """``values`` with what was ``given``, key by key, in its order."""
    result: Any = values
    for at, value in given:
        result = _with(result, at, value)
    return dict(result)


def _with(values: Any, at: Location, value: Any) -> Any:
    """``values`` with one more, at a way of keys; a number is a place in a list."""
    key, rest = at[0], at[1:]
    if isinstance(values, Sequence) and not isinstance(values, str) and isinstance(key, int):
        changed = _with(values[key], rest, value) if rest else value
        return [*values[:key], changed, *values[key + 1 :]]
    old = values.get(key) if isinstance(values, Mapping) else None
    if rest:
        value = _with({} if old is None else old, rest, value)
    elif isinstance(old, Mapping) and isinstance(value, Mapping):
        value = {**old, **value}
    return {**(values if isinstance(values, Mapping) else {}), key: value}


def _unknown(name: str, fields: Mapping[str, FieldInfo]) -> ConfigError:
    names = [*OTHERS, *_names(fields)]
    said = name.upper()
    same_end = [one for one in names if one.endswith(f"__{said.removeprefix(PREFIX)}")]
    near = same_end or get_close_matches(said, names, n=1) or get_close_matches(said, names, n=1, cutoff=0.5)
    message = f"The environment has {name}, which is no setting."
    sections = ", ".join([*OTHERS, *(PREFIX + section.upper() for section in fields)])
    known = f"Did you mean {near[0]}?" if near else f"Known are: {sections}."
    return ConfigError(message, f"Unset it, or correct it. {known}")


def _names(fields: Mapping[str, FieldInfo], before: str = PREFIX) -> Iterator[str]:
    """Every variable that is a setting, sections and the keys in them."""
    for name, field in fields.items():
        yield before + name.upper()
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _names(kind.model_fields, f"{before}{name.upper()}__")
