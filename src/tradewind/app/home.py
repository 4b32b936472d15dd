"""Where things lie on disk: one folder for store, models, ledger, journals and reports."""

from dataclasses import dataclass
from pathlib import Path

from tradewind.core.errors import JournalError, StoreError

SUFFIX = ".journal"


@dataclass(frozen=True)
class Home:
    """The folder that the configuration names, and what lies in it."""

    root: Path

    @property
    def store(self) -> Path:
        """Tables: bars, quality, factors."""
        return self.root / "store"

    @property
    def models(self) -> Path:
        """Versions of models."""
        return self.root / "models"

    @property
    def ledger(self) -> Path:
        """The ledger of trials that no run can leave out."""
        return self.root / "trials.jsonl"

    @property
    def journals(self) -> Path:
        """Journals of sessions, one file each."""
        return self.root / "journals"

    @property
    def reports(self) -> Path:
        """Reports of runs."""
        return self.root / "reports"

    def journal(self, session_id: str) -> Path:
        """The journal of a session."""
        return self.journals / f"{session_id}{SUFFIX}"

    def newest_journal(self) -> Path:
        """The journal written last; JournalError when there is none."""
        found = sorted(self.journals.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime_ns)
        if not found:
            message = f"There is no journal in {self.journals}."
            raise JournalError(
                message, "Run `tradewind paper` or `tradewind demo` first, or name one with --journal."
            )
        return found[-1]

    def make(self) -> "Home":
        """Make the folders; StoreError when the disk refuses."""
        try:
            for folder in (self.store, self.models, self.journals, self.reports):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"The folder {self.root} cannot be made: {error.strerror or error}."
            raise StoreError(message, "Choose another with --home, or free some space.") from error
        return self
