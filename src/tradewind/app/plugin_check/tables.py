"""Tables of the package's own plug-ins, written into pages between two marks, so that no page falls behind.

A page says ``<!-- plug-ins: rules -->`` above a table and ``<!-- end of plug-ins -->`` under it.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from tradewind.app.plugin_check.listing import said
from tradewind.app.session.active import REGISTRIES
from tradewind.core.errors import RegistryError
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, NS_PER_S

_MARKED = re.compile(r"(<!-- plug-ins: (\w+) -->\n)(.*?)(<!-- end of plug-ins -->)", re.DOTALL)


def with_tables(page: str) -> str:
    """The page with each marked table as the registry has it; RegistryError for a kind that there is not."""
    return _MARKED.sub(lambda found: f"{found[1]}{table(found[2])}{found[4]}", page)


def kinds_in(page: str) -> list[str]:
    """The kinds whose tables the page has."""
    return [found[2] for found in _MARKED.finditer(page)]


def table(kind: str) -> str:
    """The package's own plug-ins of a kind in Markdown, with their default settings where they have some."""
    if kind not in REGISTRIES:
        message = f"There is no kind of plug-ins called {kind!r}."
        raise RegistryError(message, f"Known are: {', '.join(REGISTRIES)}.")
    own = [entry for entry in REGISTRIES[kind].entries() if not entry.outside]
    defaults = {entry.name: getattr(entry.plugin, "defaults", None) for entry in own}
    with_defaults = any(isinstance(value, msgspec.Struct) for value in defaults.values())
    head = "| name | default | what it does |\n| --- | --- | --- |\n" if with_defaults else ""
    usual = {e.name: f" {settings_words(defaults[e.name])} |" if with_defaults else "" for e in own}
    rows = [f"| `{e.name}` |{usual[e.name]} {_cell(said(e))} |\n" for e in own]
    return (head or "| name | what it does |\n| --- | --- |\n") + "".join(rows)


def settings_words(settings: Any) -> str:
    """Default settings in a few words; a dash for none."""
    fields = getattr(settings, "__struct_fields__", ())
    words = [_said(name, getattr(settings, name)) for name in fields]
    return "; ".join(word for word in words if word) or "–"


def _said(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(_said(str(key), part) for key, part in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return ""  # nothing by default
    if name.endswith("_ns"):
        return f"{name.removesuffix('_ns').replace('_', ' ')} {_span(int(value))}"
    if isinstance(value, bool):
        return f"{name} {'yes' if value else 'no'}"
    number = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{name} {number}"


def _span(ns: int) -> str:
    for length, word in ((NS_PER_DAY, "day"), (NS_PER_HOUR, "hour"), (60 * NS_PER_S, "minute")):
        if ns and ns % length == 0:
            return f"{ns // length} {word}{'s' * (ns != length)}"
    return f"{ns / NS_PER_S:g} seconds"


def _cell(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")
