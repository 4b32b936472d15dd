"""How the API gets at one journal: opening it, checking it, telling it from another in its place."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tradewind.api.follower import Identity, OpenReader
from tradewind.api.record_routes import CheckIndexes, Verified, Verify
from tradewind.core.journal_ports import SealedNames


@dataclass(frozen=True)
class JournalAccess:
    """Ways into a journal that may not be there yet.

    Attributes
    ----------
    open_reader
        Opens the journal; JournalError while there is none.
    verify
        Checks the whole journal.
    identity
        What tells the journal from another one put in its place; None while there is none.
    check_indexes
        Whether the journal's indexes name all that its records hold; asked before anything is looked up.
    names
        Who is behind a sealed name; None where there are no keys.
    """

    open_reader: OpenReader
    verify: Verify
    identity: Identity = lambda: True
    check_indexes: CheckIndexes = lambda: None
    names: SealedNames | None = None


def access_to(journal: Path) -> JournalAccess:
    """Ways into the journal that lies at the path."""
    from tradewind.journal.audit import verify_file
    from tradewind.journal.index_check import require_indexes
    from tradewind.journal.opening import open_names, open_reader

    def verify() -> Verified:
        report = verify_file(journal)
        return Verified(
            records=report.records,
            first_ts=report.first_ts,
            last_ts=report.last_ts,
            root_hash=report.root_hash,
        )

    return JournalAccess(
        open_reader=lambda: open_reader(journal),
        verify=verify,
        identity=lambda: _identity(journal),
        check_indexes=partial(require_indexes, journal),
        names=open_names(journal),
    )


def _identity(journal: Path) -> tuple[int, int] | None:
    """The file behind the name: another one under the same name differs."""
    try:
        found = journal.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
