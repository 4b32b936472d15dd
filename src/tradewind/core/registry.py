"""Plug-ins are one file: a registry imports every module of a folder, and configuration names what is in it.

A duplicate name is an error. A plug-in whose library is not installed registers all the same and says,
when it is asked for, which command installs it.
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from tradewind.core.errors import RegistryError

P = TypeVar("P")


@dataclass(frozen=True)
class Entry(Generic[P]):
    """A registered plug-in; ``needs`` are import names of libraries and ``extra`` the extra that has them."""

    name: str
    plugin: P
    module: str
    needs: tuple[str, ...] = ()
    extra: str = ""

    def missing(self) -> tuple[str, ...]:
        """Libraries that are not installed."""
        return tuple(library for library in self.needs if importlib.util.find_spec(library) is None)


class Registry(Generic[P]):
    """Plug-ins of one kind by name, found by importing all modules of ``package`` on first use."""

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self.package = package
        self._entries: dict[str, Entry[P]] = {}
        self._loaded = False

    def register(self, name: str, *, needs: tuple[str, ...] = (), extra: str = "") -> Callable[[P], P]:
        """Decorator that enters a plug-in under ``name``."""

        def enter(plugin: P) -> P:
            self.add(name, plugin, needs=needs, extra=extra)
            return plugin

        return enter

    def add(self, name: str, plugin: P, *, needs: tuple[str, ...] = (), extra: str = "") -> None:
        """Enter a plug-in; RegistryError when the name is taken."""
        module = getattr(plugin, "__module__", self.package)
        if name in self._entries:
            message = f"Two {self.kind}s are called {name!r}: in {self._entries[name].module} and {module}."
            raise RegistryError(message, "Rename one of them.")
        self._entries[name] = Entry(name, plugin, module, needs, extra)

    def get(self, name: str) -> P:
        """The plug-in; RegistryError when there is none of that name or its library is missing."""
        entry = self.entry(name)
        missing = entry.missing()
        if missing:
            verb = "is" if len(missing) == 1 else "are"
            message = f"The {self.kind} {name!r} needs {', '.join(missing)}, which {verb} not installed."
            package = f"'tradewind[{entry.extra}]'" if entry.extra else "tradewind"
            raise RegistryError(message, f"Install it with: pip install {package}.")
        return entry.plugin

    def entry(self, name: str) -> Entry[P]:
        """What is registered, its library installed or not; RegistryError when there is none of that name."""
        self._load()
        entry = self._entries.get(name)
        if entry is None:
            message = f"There is no {self.kind} called {name!r}."
            raise RegistryError(message, f"Known are: {', '.join(sorted(self._entries))}.")
        return entry

    def entries(self) -> Iterator[Entry[P]]:
        """All entries by name, those whose library is missing too."""
        self._load()
        return iter(sorted(self._entries.values(), key=lambda entry: entry.name))

    def names(self, *, available_only: bool = False) -> list[str]:
        """All names in order."""
        return [e.name for e in self.entries() if not (available_only and e.missing())]

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        package = importlib.import_module(self.package)
        for module in pkgutil.walk_packages(package.__path__, prefix=f"{self.package}."):
            importlib.import_module(module.name)
