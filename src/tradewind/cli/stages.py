"""Progress of work in several stages: a bar each on a terminal, a line each elsewhere, nothing when quiet."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TITLES = {
    "history": "1 Loading and judging real history",
    "factors": "2 Factors",
    "validation": "3 Training and validating, walk-forward",
    "training": "4 Fitting for the session",
    "session": "5 Session",
    "journal": "6 Journal",
}

OnStage = Callable[[str, int, int, str], None]


@contextmanager
def stage_bars(*, quiet: bool) -> Iterator[OnStage]:
    """``on_stage(stage, done, total, note)`` in the way that fits where standard error goes."""
    if quiet:
        yield lambda stage, done, total, note: None
    elif sys.stderr.isatty():
        yield from _bars()
    else:
        yield _lines()


def _lines() -> OnStage:
    begun: set[str] = set()

    def hear(stage: str, done: int, total: int, note: str) -> None:
        ended = done >= total
        if stage not in begun or ended:
            sys.stderr.write(f"{TITLES.get(stage, stage)}: {done} of {total} {note}\n".replace(" \n", "\n"))
        begun.add(stage)

    return hear


def _bars() -> Iterator[OnStage]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description:<42}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
    )
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True)) as progress:

        def hear(stage: str, done: int, total: int, note: str) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(TITLES.get(stage, stage), total=total, note="")
            progress.update(tasks[stage], completed=done, total=total, note=note)

        yield hear
