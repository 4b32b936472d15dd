"""Files of bars, one or a folder of them."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tradewind.core.errors import BarFileError
from tradewind.data.importing.contents import contents_of
from tradewind.data.importing.options import ImportOptions
from tradewind.data.importing.reading import SOURCE, CalendarOf, read_table
from tradewind.data.importing.text_table import text_table
from tradewind.data.importing.typed_table import typed_table
from tradewind.data.importing.understood import ReadFile

Progress = Callable[[int, int, str], None]
"""Hears ``(files done, files in all, file just done)``."""

ENDINGS = (
    ".csv",
    ".txt",
    ".tsv",
    ".prn",
    ".dat",
    ".parquet",
    ".pq",
    ".feather",
    ".arrow",
    ".ipc",
    ".zip",
    ".gz",
)


@dataclass(frozen=True)
class FoundFiles:
    """What a path holds: files to read in the order of their names, and those left out with the reason."""

    files: tuple[Path, ...]
    left_out: tuple[tuple[Path, str], ...] = ()


def find_files(path: Path) -> FoundFiles:
    """The file itself, or all files below a folder that end as tables do.

    Links to files are read; links to folders are not entered, since they may lead in circles.

    Raises
    ------
    BarFileError
        There is nothing there, a folder cannot be listed, or holds no table.
    """
    if not path.is_dir():
        return FoundFiles((path,))

    def refuse(error: OSError) -> None:
        message = f"The folder {error.filename} cannot be read: {error.strerror}."
        raise BarFileError(message, "Check its permissions.", file=str(error.filename)) from error

    files: list[Path] = []
    left_out: list[tuple[Path, str]] = []
    for folder, below, names in os.walk(path, onerror=refuse):
        left_out += [
            (Path(folder, name), "a link to a folder") for name in below if Path(folder, name).is_symlink()
        ]
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            if name.startswith("."):
                continue
            if name.lower().endswith(ENDINGS):
                files.append(Path(folder, name))
            else:
                left_out.append((Path(folder, name), "its name does not end as a table's"))
    if not files:
        message = f"The folder {path} holds no table."
        raise BarFileError(message, f"Tables end in {', '.join(ENDINGS)}.", file=str(path))
    return FoundFiles(tuple(files), tuple(left_out))


def read_file(
    path: Path,
    options: ImportOptions | None = None,
    calendar_of: CalendarOf | None = None,
    *,
    source: str = SOURCE,
) -> ReadFile:
    """The series of one file, oldest first, stamped by their closes.

    ``calendar_of`` names the calendar of each symbol; days and weeks cannot be stamped without.

    Raises
    ------
    UnsettledFileError
        The file can be read in several ways; ``option`` says which option settles it.
    BarFileError
        It cannot be read, or a row of it is no bar; the message names the line.
    """
    options = options or ImportOptions()
    contents = contents_of(path, options.max_bytes)
    if contents.kind == "text":
        table = text_table(contents, options)
    else:
        table = typed_table(contents, options.max_bytes)
    return read_table(table, options, calendar_of, source)


def read_files(
    paths: Sequence[Path],
    options: ImportOptions | None = None,
    calendar_of: CalendarOf | None = None,
    *,
    source: str = SOURCE,
    on_progress: Progress | None = None,
) -> Iterator[ReadFile | BarFileError]:
    """One file after the other: what was read, or why it could not be; a bad one does not stop the rest."""
    for done, path in enumerate(paths, start=1):
        try:
            yield read_file(path, options, calendar_of, source=source)
        except BarFileError as error:
            yield error
        if on_progress is not None:
            on_progress(done, len(paths), str(path))
