"""The sessions of a home, newest first, each in one line; a damaged one with the reason."""

from pathlib import Path

from tradewind.app.home import Home
from tradewind.core.errors import JournalError
from tradewind.journal.opening import open_reader
from tradewind.views.session.summary import SessionSummary, summarize

MOST_LISTED = 100


def list_sessions(home: Home, served: Path | None = None) -> tuple[list[SessionSummary], int]:
    """The journals written last, and how many older ones are left out.

    ``served`` is marked as such; where it is there, it is among them wherever it lies.
    """
    paths = home.journals_newest_first()
    own = None if served is None else served.resolve()
    if own is not None and own.exists() and own not in [path.resolve() for path in paths]:
        paths.insert(0, own)
    shown = paths[:MOST_LISTED]
    if own is not None and own in [path.resolve() for path in paths[MOST_LISTED:]]:
        shown[-1] = own
    return [_summary(path, served=path.resolve() == own) for path in shown], len(paths) - len(shown)


def other_journal(home: Home, name: str) -> Path:
    """The journal of that name in the home; JournalError where there is none."""
    found = {path.stem: path for path in home.journals_begun()}.get(name)
    if found is None:
        message = f"There is no journal called {name[:64]!r}."
        raise JournalError(message, "GET /api/v1/sessions lists those that there are.")
    return found


def _summary(path: Path, *, served: bool) -> SessionSummary:
    try:
        with open_reader(path) as reader:
            return summarize(reader, path.stem, served=served)
    except JournalError as error:
        return SessionSummary(name=path.stem, served=served, problem=str(error))
