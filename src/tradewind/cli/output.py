"""How commands speak: results to standard output, progress and errors to standard error, JSON on request."""

import json
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from tradewind.core.errors import TradewindError
from tradewind.core.redaction import redact_message

_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters but for tabs and ends of lines, and overrides of the direction of writing."""


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


def say(text: str) -> None:
    """A plain line for people on standard error, so that standard output stays the result alone."""
    sys.stderr.write(harmless(text) + "\n")


def harmless(text: str) -> str:
    """``text`` with ``?`` for what commands a terminal: errors repeat what a stranger's server said."""
    return _COMMANDS.sub("?", text)


def say_error(error: TradewindError, *, as_json: bool) -> None:
    """What went wrong and what to do, in one sentence each; with ``as_json`` also as the one object."""
    sys.stderr.write(f"Error: {harmless(redact_message(str(error)))}\n")
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
