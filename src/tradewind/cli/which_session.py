"""Which journal a verb reads: the one that is named, else the newest, and then its session is said."""

from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.cli.output import say

if TYPE_CHECKING:
    from tradewind.app.home import Home


def chosen_journal(
    home: "Home", name: str | Path | None, journal: Path | None = None, *, quiet: bool
) -> Path:
    """The journal of the session ``name``, or of the option ``--journal``; the newest where none is named.

    Which is the newest changes with every session that is begun, so its name is said, but for programs
    (``quiet``): they get it with the answer.

    Raises
    ------
    ConfigError
        Both are named.
    JournalError
        None is named, and there is none.
    """
    from tradewind.app.session.journals import find_journal
    from tradewind.core.errors import ConfigError

    if name and journal is not None:
        message = f"Two journals are named: {name}, and {journal} by --journal."
        raise ConfigError(message, "Name one of them.")
    said = str(name or journal or "")
    path = find_journal(home, said)
    if not said and not quiet:
        others = len(home.journals_begun()) - 1
        among = f", the newest of {others + 1}" if others else ""
        say(f"Session {path.stem}{among} in {home.journals}.")
    return path
