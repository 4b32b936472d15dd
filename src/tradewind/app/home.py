"""Where things lie on disk: one folder for store, models, ledger, journals and reports, private."""

import contextlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from tradewind.core.errors import ConfigError, JournalError, StoreError
from tradewind.core.settings import shortened
from tradewind.journal.mark import mark_path

SUFFIX = ".journal"
PRIVATE = 0o700
DEFAULT_HOME = Path(".tradewind")
"""Taken where none is named: in the working folder."""
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}")


def session_name(text: str) -> str:
    """``text`` where it may name a session, and so a file; ConfigError where it may not."""
    if not _NAME.fullmatch(text):
        message = f"{shortened(text)} cannot be the name of a session."
        raise ConfigError(message, "Use up to 64 letters, digits, _ . and -, and no dot in front.")
    return text


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
        """The journal of a session; ConfigError where that is no name for one."""
        return self.journals / f"{session_name(session_id)}{SUFFIX}"

    def report(self, session_id: str) -> Path:
        """The report of a session; ConfigError where that is no name for one."""
        return self.reports / f"{session_name(session_id)}.html"

    def all_journals(self) -> list[Path]:
        """The journals of all sessions, by name; also one of which only its key ring or its mark is left."""
        rings = {path.with_suffix(SUFFIX) for path in self.journals.glob("*.keys")}
        return sorted(self.journals_begun() | rings)

    def newest_journal(self) -> Path:
        """The journal written last; JournalError when there is none."""
        self.check()
        found = self.journals_newest_first()
        if not found:
            message = f"There is no journal in {self.journals}."
            raise JournalError(
                message, "Run `tradewind paper` or `tradewind demo` first, or name one with --journal."
            )
        return found[0]

    def journals_newest_first(self) -> list[Path]:
        """Journals that were begun, the one written last first."""
        return sorted(self.journals_begun(), key=_written_last, reverse=True)

    def journals_begun(self) -> set[Path]:
        """Journals of which there is the file or the mark that says how much it held."""
        there = set(self.journals.glob(f"*{SUFFIX}"))
        return there | {path.with_suffix("") for path in self.journals.glob(f"*{SUFFIX}.mark")}

    def make(self) -> "Home":
        """Make the folders, open to their owner alone; StoreError when the disk refuses.

        A home that was there before keeps its own mode; what is ours inside does not.
        """
        try:
            if not self.root.is_dir():
                self.root.parent.mkdir(parents=True, exist_ok=True)
                self.root.mkdir(mode=PRIVATE)
            for folder in (self.store, self.models, self.journals, self.reports):
                folder.mkdir(mode=PRIVATE, exist_ok=True)
                if os.name == "posix" and folder.stat().st_mode & 0o077:
                    folder.chmod(PRIVATE)
        except (OSError, ValueError) as error:
            message = f"The folder {self.root} cannot be made: {getattr(error, 'strerror', None) or error}."
            raise StoreError(message, "Choose another with --home, or free some space.") from error
        return self

    def check(self) -> "Home":
        """Refuse what can be no home; StoreError where there is something else, or it may not be read."""
        try:
            seen = self.root.is_dir() or not self.root.exists()
            why = "is not a folder"
            if seen and self.root.is_dir() and not os.access(self.root, os.R_OK | os.X_OK):
                seen, why = False, "may not be read"
        except (OSError, ValueError) as error:
            seen, why = False, f"cannot be looked at: {getattr(error, 'strerror', None) or error}"
        if not seen:
            message = f"The home {self.root} {why}."
            raise StoreError(message, "Choose another with --home.")
        return self


def _written_last(journal: Path) -> int:
    """When its newest commit was made, by its mark: the file itself may be behind its log for long."""
    times = [0]
    for path in (journal, mark_path(journal)):
        with contextlib.suppress(FileNotFoundError):
            times.append(path.lstat().st_mtime_ns)
    return max(times)
