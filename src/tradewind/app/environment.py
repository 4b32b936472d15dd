"""Variables of the environment that begin with ``TRADEWIND_``: settings, and the few that are none.

``TRADEWIND_SESSION__CASH=50000`` is the setting ``session.cash``. A value is read as it would be in the file,
lists and mappings in brackets; an empty one counts as not set.
"""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from tradewind.app.yaml_lines import read_word
from tradewind.core.errors import ConfigError
from tradewind.core.settings import Location

PREFIX = "TRADEWIND_"
OTHERS = {
    "TRADEWIND_CONFIG": "the YAML file, as --config",
    "TRADEWIND_API_TOKEN": "the token that the API asks for",
    "TRADEWIND_TEST_DATA": "the folder of larger data for the tests",
}
"""Variables that are no settings; a secret is one, for it must not stand in a file."""

Given = dict[str, tuple[Location, Any]]
"""The keys and the value of each variable that is set."""


class Option(NamedTuple):
    """A setting by the word of the command line: the option's name, the way of keys, the value."""

    name: str
    at: Location
    value: Any


def from_environment(sections: Collection[str], variables: Mapping[str, str] | None = None) -> Given:
    """Settings of the environment by variable; ConfigError for a variable that is none."""
    given: Given = {}
    for name, text in sorted((os.environ if variables is None else variables).items()):
        if not name.upper().startswith(PREFIX) or name.upper() in OTHERS:
            continue
        at = tuple(name[len(PREFIX) :].lower().split("__"))
        if at[0] not in sections or "" in at:
            raise _unknown(name, sections)
        if text:
            given[name] = at, read_word(text, name)
    return given


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


def _unknown(name: str, sections: Collection[str]) -> ConfigError:
    names = [*OTHERS, *(PREFIX + section.upper() for section in sections)]
    near = get_close_matches(name.upper(), names, n=1)
    message = f"The environment has {name}, which is no setting."
    known = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(names)}."
    return ConfigError(message, f"Unset it, or correct it. {known}")
