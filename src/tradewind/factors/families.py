"""Families of factors: one declaration, and every legal parameter resolves, in any letter case.

``rsi_{n}`` is declared for some lengths, which are what lists show; ``rsi_13`` and ``RSI_13`` are made from
the same declaration when they are asked for. A whole number is free; a word is one of those declared, or any
factor where that is what goes across instruments (``rank_{base}``).
"""

import re
import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from itertools import pairwise
from typing import Any

from tradewind.core.errors import RegistryError
from tradewind.core.plugins import failures_in_words
from tradewind.core.registry import Entry, Registry
from tradewind.factors.spec import FactorSpec, Params

MOST = 5_000
"""Largest whole number of a parameter: so many bars are more than a session ever warms up with."""
_NUMBER = r"(0|[1-9][0-9]*)"
_NEAR = 5


@dataclass(frozen=True)
class Family:
    """A declaration over parameters; ``bounds`` are the least and the most where not 2 (or 1) to 5,000."""

    template: str
    declared: tuple[Params, ...]
    inputs: tuple[str, ...]
    bounds: Mapping[str, tuple[int, int]]
    across: bool
    make: Callable[[Params], FactorSpec]

    @cached_property
    def free(self) -> tuple[str, ...]:
        """Parameters that are whole numbers in the name."""
        return tuple(f for f in self._fields if all(isinstance(row[f], int) for row in self.declared))

    @cached_property
    def open(self) -> tuple[str, ...]:
        """Parameters that are the name of any factor."""
        return tuple(f for f in self._fields if self.across and f"{{{f}}}" in self.inputs)

    @cached_property
    def settles(self) -> bool:
        """Whether a name says all parameters: those that it leaves out are the same for every member."""
        rows = self.declared
        return bool(self.free or self.open) and all(
            name in self._fields or all(row[name] == rows[0][name] for row in rows) for name in rows[0]
        )

    def read(self, name: str) -> dict[str, Any] | None:
        """The parameters that a name (in small letters) stands for; None where it is none of the family."""
        found = self._pattern.fullmatch(name)
        if found is None:
            return None
        values: dict[str, Any] = dict(self.declared[0])
        for field, text in zip(self._fields, found.groups(), strict=True):
            values[field] = int(text) if field in self.free else text
        return values

    def refuse(self, name: str, values: Params) -> None:
        """RegistryError for a number out of bounds, or for a first one that is not under the second."""
        for field in self.free:
            least, most = self.range_of(field)
            if not least <= values[field] <= most:
                message = f"The factor {name!r} has {field} = {values[field]}."
                raise RegistryError(message, f"{self.template} takes {field} from {least} to {most:,}.")
        for first, second in self.rising:
            if values[first] >= values[second]:
                message = (
                    f"The factor {name!r} has {first} = {values[first]} and {second} = {values[second]}."
                )
                raise RegistryError(message, f"{self.template} takes a {first} under its {second}.")

    def range_of(self, field: str) -> tuple[int, int]:
        """Least and most of a whole number."""
        usual = min(2, *(row[field] for row in self.declared))
        return self.bounds.get(field, (usual, MOST))

    def takes(self) -> str:
        """Its parameters in words."""
        ranges = ("{} from {} to {:,}".format(field, *self.range_of(field)) for field in self.free)
        rising = (f"{first} under {second}" for first, second in self.rising)
        return ", ".join((*ranges, *rising, *(f"any factor for {field}" for field in self.open)))

    @cached_property
    def _fields(self) -> tuple[str, ...]:
        return tuple(field for _, field, _, _ in string.Formatter().parse(self.template) if field)

    @cached_property
    def rising(self) -> tuple[tuple[str, str], ...]:
        """Numbers that follow each other in the name and rise in every member declared: fast, slow."""
        return tuple((a, b) for a, b in pairwise(self.free) if all(row[a] < row[b] for row in self.declared))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = []
        for text, field, _, _ in string.Formatter().parse(self.template):
            parts.append(re.escape(text))
            if field in self.free:
                parts.append(_NUMBER)
            elif field in self.open:
                parts.append("(.+)")
            elif field:
                words = {str(row[field]) for row in self.declared}
                parts.append(f"({'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})")
        return re.compile("".join(parts))


class FactorRegistry(Registry[FactorSpec]):
    """Factors by name, and by what a name means: any letter case, any legal parameter of a family."""

    def __init__(self, kind: str, package: str) -> None:
        super().__init__(kind, package)
        self._families: list[tuple[Family, Entry[FactorSpec]]] = []
        self._resolved: dict[str, Entry[FactorSpec]] = {}

    def add_family(self, family: Family, member: str) -> None:
        """Enter a family; ``member`` is one of it that was entered by name."""
        if family.settles:
            self._families.append((family, self._entries[member]))

    def families(self) -> list[Family]:
        """All families that are offered, by their templates."""
        self._load()
        offered = (family for family, _ in self._families if not family.template.startswith("_"))
        return sorted(offered, key=lambda family: family.template)

    def drop(self, module: str) -> None:
        """Take out what a module from outside has entered."""
        super().drop(module)
        self._resolved.clear()
        self._families = [
            (family, entry)
            for family, entry in self._families
            if not f"{entry.module}.".startswith(f"{module}.")
        ]

    def entry(self, name: str) -> Entry[FactorSpec]:
        """The factor that a name means.

        Raises
        ------
        RegistryError
            There is none, or a parameter in the name is out of its bounds.
        """
        self._load()
        for key in (name, name.lower()):
            found = self._entries.get(key) or self._resolved.get(key)
            if found is not None:
                return found
        found = self._member(name)
        if found is None:
            message = f"There is no factor called {name!r}."
            raise RegistryError(message, f"{self._hint(name.lower())}{failures_in_words()}")
        self._resolved[name.lower()] = found
        return found

    def _member(self, name: str) -> Entry[FactorSpec] | None:
        for family, entry in self._families:
            values = family.read(name.lower())
            if values is not None:
                family.refuse(name, values)
                spec = family.make(values)
                return replace(entry, name=spec.name, plugin=spec)
        return None

    def _hint(self, name: str) -> str:
        """The families that begin as the name does, else the names that are spelt nearly so."""
        begun = [family for family, _ in self._families if name.startswith(_head(family.template) or "\0")]
        if begun:
            family = max(begun, key=lambda family: len(_head(family.template)))
            return f"{family.template} takes {family.takes()}, as in {family.make(family.declared[0]).name}."
        near = get_close_matches(name, self._public(), n=_NEAR, cutoff=0.5)
        known = f"Close are {', '.join(sorted(near))}; all" if near else "All"
        return f"{known} are listed by: tradewind factors list."

    def _public(self) -> Iterable[str]:
        return [name for name, entry in self._entries.items() if entry.plugin.public]


def _head(template: str) -> str:
    """What stands before the first parameter."""
    return template.partition("{")[0]
