"""How commands speak: results to standard output, progress and errors to standard error, JSON on request."""

import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from tradewind.core.errors import TradewindError
from tradewind.core.redaction import redact_message

WIDE = 10_000
"""Columns of a table that goes to a file or a pipe: as many as its rows need."""
NARROWEST_COLUMN = 11
"""Under so many characters a column no table is drawn on a terminal."""


def print_json(data: object) -> None:
    """One JSON value on standard output; what JSON cannot say (NaN, infinities) becomes null."""
    json.dump(plain(data), sys.stdout, indent=2 if sys.stdout.isatty() else None, default=str)
    sys.stdout.write("\n")


def plain(data: object) -> object:
    """``data`` of mappings, sequences and scalars that JSON knows."""
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, Mapping):
        return {str(key): plain(value) for key, value in data.items()}
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        return [plain(value) for value in data]
    return data


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table for people; numbers stand right, and nothing is cut off: cells break into lines."""
    from rich.console import Console
    from rich.table import Table

    body = [list(row) for row in rows]
    table = Table(title=title, title_justify="left", header_style="bold")
    for i, column in enumerate(columns):
        numeric = bool(body) and all(isinstance(row[i], int | float) for row in body)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in body:
        table.add_row(*(shown(value) for value in row))
    # Away from a terminal there is no width to keep to: one row a line, for grep.
    console = Console(width=None if sys.stdout.isatty() else WIDE)
    if table.columns and console.width < NARROWEST_COLUMN * len(table.columns):
        _print_records(title, columns, body)
    else:
        console.print(table)


def _print_records(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """The rows one under the other, a line for each cell: where columns would be too narrow to read."""
    sys.stdout.write(f"{title}\n")
    for row in rows:
        lines = (f"{name}: {shown(value)}" for name, value in zip(columns, row, strict=True) if value != "")
        sys.stdout.write("\n" + "\n".join(f"  {line}" for line in lines) + "\n")


def shown(value: object) -> str:
    """A value as a table shows it; a dash for nothing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1 else f"{value:,.2f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def say(text: str) -> None:
    """A plain line for people on standard error, so that standard output stays the result alone."""
    sys.stderr.write(text + "\n")


def say_error(error: TradewindError, *, as_json: bool) -> None:
    """What went wrong and what to do, in one sentence each; with ``as_json`` also as the one object."""
    sys.stderr.write(f"Error: {redact_message(str(error))}\n")
    if as_json:
        print_error(type(error).__name__, error.message, error.next_step, error.exit_code)


def print_error(kind: str, message: str, next_step: str, exit_code: int) -> None:
    """The one object that a failed command prints with ``--json``."""
    said = {
        "kind": kind,
        "message": redact_message(message),
        "next_step": redact_message(next_step),
        "exit_code": exit_code,
    }
    print_json({"error": said})


@contextmanager
def progress_bar(text: str, *, quiet: bool) -> Iterator[Any]:
    """``update(done, total, note)`` draws a bar on a terminal and a line a stage elsewhere."""
    if quiet:
        yield lambda done, total, note="": None
        return
    if not sys.stderr.isatty():
        yield _tenths(text)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=False) as progress:
        task = progress.add_task(text, total=None)

        def update(done: int, total: int, note: str = "") -> None:
            progress.update(task, completed=done, total=total, description=f"{text} {note}".strip())

        yield update


def _tenths(text: str) -> Callable[[int, int, str], None]:
    """A line for each tenth of the work: for logs."""
    told = 0

    def update(done: int, total: int, note: str = "") -> None:
        nonlocal told
        tenth = 10 * done // max(total, 1)
        if tenth > told:
            told = tenth
            say(f"{text}: {done} of {total} {note}".rstrip())

    return update
