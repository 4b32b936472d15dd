"""Plug-ins are one file: a registry imports every module of a folder, and configuration names what is in it.

Files from outside the package enter the same registries (:mod:`tradewind.core.plugins`); what they enter is
marked, for it is active only where the configuration names it. A duplicate name is an error, and the package
was there first. A plug-in whose library is not installed registers all the same and says, when it is asked
for, which command installs it.
"""

import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from tradewind.core.errors import RegistryError
from tradewind.core.plugins import HOLDERS, LOADING, failures_in_words, file_of, load_outside

P = TypeVar("P")


@dataclass(frozen=True)
class Entry(Generic[P]):
    """A registered plug-in.

    ``module`` is the one that entered it, ``outside`` whether that is none of the package's. ``needs`` are
    import names of libraries and ``extra`` the extra that has them; ``factors`` are those that it reads.
    """

    name: str
    plugin: P
    module: str
    needs: tuple[str, ...] = ()
    extra: str = ""
    factors: tuple[str, ...] = ()
    outside: bool = False

    def missing(self) -> tuple[str, ...]:
        """Libraries that are not installed."""
        return tuple(library for library in self.needs if importlib.util.find_spec(library) is None)

    @property
    def place(self) -> str:
        """Where it is written, for people: the file from outside, or the module of the package."""
        return file_of(self.module).path if self.outside else self.module


class Registry(Generic[P]):
    """Plug-ins of one kind by name, found by importing all modules of ``package`` on first use."""

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self.package = package
        self._entries: dict[str, Entry[P]] = {}
        self._loaded = False
        HOLDERS.add(self)

    def register(
        self, name: str, *, needs: tuple[str, ...] = (), extra: str = "", factors: tuple[str, ...] = ()
    ) -> Callable[[P], P]:
        """Decorator that enters a plug-in under ``name``."""

        def enter(plugin: P) -> P:
            self.add(name, plugin, needs=needs, extra=extra, factors=factors)
            return plugin

        return enter

    def add(
        self,
        name: str,
        plugin: P,
        *,
        needs: tuple[str, ...] = (),
        extra: str = "",
        factors: tuple[str, ...] = (),
    ) -> None:
        """Enter a plug-in; RegistryError when the name is taken."""
        module = _running_module() or getattr(plugin, "__module__", self.package)
        top = self.package.partition(".")[0]
        outside = module != top and not module.startswith(f"{top}.")
        if outside:
            self._load_package()  # so that a name of the package is never taken from it
        entry = Entry(name, plugin, module, needs, extra, factors, outside)
        if name in self._entries:
            message = (
                f"Two {self.kind}s are called {name!r}: in {self._entries[name].place} and {entry.place}."
            )
            raise RegistryError(message, "Rename one of them.")
        self._entries[name] = entry

    def drop(self, module: str) -> None:
        """Take out what a module from outside, or one inside it, has entered."""
        gone = [e.name for e in self._entries.values() if f"{e.module}.".startswith(f"{module}.")]
        for name in gone:
            del self._entries[name]

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
        """The plug-in with what is known about it; RegistryError when there is none of that name."""
        self._load()
        entry = self._entries.get(name)
        if entry is None:
            message = f"There is no {self.kind} called {name!r}."
            raise RegistryError(message, self._known())
        return entry

    def entries(self) -> Iterator[Entry[P]]:
        """All entries by name, those whose library is missing too."""
        self._load()
        return iter(sorted(self._entries.values(), key=lambda entry: entry.name))

    def names(self, *, available_only: bool = False) -> list[str]:
        """All names in order."""
        return [e.name for e in self.entries() if not (available_only and e.missing())]

    def active(self, named: Iterable[str] = ()) -> list[str]:
        """Names of the package's own, and of those from outside that are in ``named``, in order."""
        wanted = set(named)
        return [entry.name for entry in self.entries() if not entry.outside or entry.name in wanted]

    def _known(self) -> str:
        return f"Known are: {', '.join(sorted(self._entries))}.{failures_in_words()}"

    def _load(self) -> None:
        if not self._loaded:
            self._load_package()
        load_outside()

    def _load_package(self) -> None:
        with LOADING:
            if self._loaded:
                return
            package = importlib.import_module(self.package)
            for module in pkgutil.walk_packages(package.__path__, prefix=f"{self.package}."):
                importlib.import_module(module.name)
            self._loaded = True


def _running_module() -> str:
    """Name of the module whose top is being run: the file that enters a plug-in; empty where none is."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_name != "<module>":
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", "")) if frame is not None else ""
