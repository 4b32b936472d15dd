"""Tables for people: drawn where the terminal is wide enough, cell by cell where not, plain in a pipe."""

import math
import os
import sys
import textwrap
from collections.abc import Iterable, Sequence

LONGEST_WORD = 18
"""A longer word (a formula, a path) may be broken to fit its column; shorter ones never are."""
_FRAME = 3
"""Characters that a column's frame and padding take; one more closes the table."""
_GAP = "  "


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on standard output; numbers stand right, and nothing is cut off.

    On a terminal cells break between words into lines; where a column would have to break within a word, rows
    are shown one under the other instead. In a pipe or file it is plain text, one row a line, for grep; where
    ``COLUMNS`` is set and a row is longer, rows are shown one under the other there too.
    """
    body = [list(row) for row in rows]
    numeric = [
        bool(body) and all(isinstance(row[i], int | float) for row in body) for i in range(len(columns))
    ]
    cells = [[shown(value) for value in row] for row in body]
    if not sys.stdout.isatty():
        lines = _plain_lines(columns, cells, numeric)
        asked = _columns_asked()
        if asked and max(map(len, lines)) > asked:
            _print_records(title, columns, body, asked)
        else:
            sys.stdout.write("\n".join([title, *lines]) + "\n")
        return
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False)
    least = [_least_width([name, *(row[i] for row in cells)]) for i, name in enumerate(columns)]
    if sum(least) + _FRAME * len(columns) + 1 > console.width:
        _print_records(title, columns, body, console.width)
        return
    from rich.table import Table

    plain = bool(os.environ.get("NO_COLOR"))
    table = Table(
        title=title,
        title_justify="left",
        title_style="" if plain else None,
        header_style="" if plain else "bold",
    )
    for name, width, right in zip(columns, least, numeric, strict=True):
        table.add_column(name, justify="right" if right else "left", overflow="fold", min_width=width)
    for row in cells:
        table.add_row(*row)
    console.print(table)


def shown(value: object) -> str:
    """A value as a table shows it; a dash for nothing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1 else f"{value:,.2f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def _least_width(texts: Iterable[str]) -> int:
    """Characters in which every word but the very long fits whole."""
    return max((min(len(word), LONGEST_WORD) for text in texts for word in text.split()), default=1)


def _columns_asked() -> int:
    """Width that the environment asks for by ``COLUMNS``; 0 where it asks for none."""
    said = os.environ.get("COLUMNS", "")
    return int(said) if said.isdecimal() else 0


def _plain_lines(
    columns: Sequence[str], cells: Sequence[Sequence[str]], numeric: Sequence[bool]
) -> list[str]:
    """Columns laid out with blanks; a line break in a cell becomes a blank."""
    lines = [list(columns), *([" ".join(text.split()) for text in row] for row in cells)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    return [
        _GAP.join(
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in lines
    ]


def _print_records(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], width: int) -> None:
    """The rows one under the other, a line for each cell that holds something."""
    sys.stdout.write(f"{textwrap.fill(title, width)}\n")
    for row in rows:
        sys.stdout.write("\n")
        for name, value in zip(columns, row, strict=True):
            if value != "":
                line = f"{name}: {shown(value)}"
                sys.stdout.write(
                    textwrap.fill(line, width, initial_indent="  ", subsequent_indent="    ") + "\n"
                )
