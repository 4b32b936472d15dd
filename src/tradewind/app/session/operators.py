"""People in a session's records: who gave a command or an override, sealed so that they can be erased."""

import getpass
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from tradewind.core.errors import JournalError
from tradewind.core.events import AnyEvent, OverrideRecorded, Sealed
from tradewind.journal.files import keys_path
from tradewind.journal.opening import open_keys
from tradewind.journal.sealed import subjects_of


def os_user() -> str:
    """Who runs this process, as the operating system calls them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container may run as a number that nobody has
        return f"user {os.getuid()}" if hasattr(os, "getuid") else "user unknown"


def seal_operator(journal: Path, name: str) -> Sealed:
    """The name under the person's own key, of the key ring beside ``journal``."""
    with closing(open_keys(journal)) as keys:
        return keys.seal(name, name)


def signed(events: Iterable[AnyEvent], journal: Path, operator: str) -> Iterator[AnyEvent]:
    """The events with ``operator`` sealed into each override that says nobody yet; empty for nobody."""
    for event in events:
        if operator and isinstance(event, OverrideRecorded) and event.operator is None:
            yield msgspec.structs.replace(event, operator=seal_operator(journal, operator))
        else:
            yield event


def people_of(journal: Path) -> list[str]:
    """Everybody who is named in the session's records and not erased; nobody where it has no key ring.

    Raises
    ------
    JournalError
        There is no such session.
    """
    if not keys_path(journal).is_file():
        if not journal.is_file():
            message = f"There is no journal {journal}."
            raise JournalError(message, "Run a session first, or name another journal.")
        return []
    return subjects_of(keys_path(journal))


def sessions_naming(name: str, journals: Sequence[Path]) -> list[Path]:
    """Those of the sessions that name the person."""
    return [journal for journal in journals if name in people_of(journal)]


def erase_person(name: str, journals: Sequence[Path]) -> None:
    """Destroy the person's key in each of these sessions."""
    for journal in journals:
        with closing(open_keys(journal)) as keys:
            keys.erase(name)
