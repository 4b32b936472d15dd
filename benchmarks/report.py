"""Results for people (a table) or for programs (one JSON object a line)."""

import json
from collections.abc import Sequence

from benchmarks.harness import Result
from benchmarks.machine import machine_line
from benchmarks.progress import say
from benchmarks.shown import shown


def print_results(results: Sequence[Result], *, as_json: bool) -> None:
    """Print results on standard output; the machine goes below the table, or beside the JSON lines."""
    if as_json:
        for result in results:
            print(json_line(result), flush=True)
        say(machine_line())
        return
    print(table(results))
    print(machine_line(), flush=True)


def json_line(result: Result) -> str:
    """``job, ours, unit, peer, peer_figure, ratio, note``; null where a peer gave no figure."""
    return json.dumps(
        {
            "job": result.job,
            "ours": result.ours,
            "unit": result.unit,
            "peer": result.peer,
            "peer_figure": result.peer_figure,
            "ratio": result.ratio,
            "note": result.note,
        }
    )


def table(results: Sequence[Result]) -> str:
    """A plain table, each note once below it."""
    head = ("job", "ours", "unit", "peer", "peer's", "ratio", "")
    notes: list[str] = []
    rows = [head]
    for result in results:
        mark = ""
        if result.note:
            if result.note not in notes:
                notes.append(result.note)
            mark = f"({notes.index(result.note) + 1})"
        ratio = "-" if result.ratio is None else f"{result.ratio:.2f}"
        figures = (shown(result.ours), result.unit, result.peer, shown(result.peer_figure), ratio, mark)
        rows.append((result.job, *figures))
    widths = [max(len(row[c]) for row in rows) for c in range(len(head))]
    right = {1, 4, 5}
    lines = [
        "  ".join(
            cell.rjust(w) if c in right else cell.ljust(w)
            for c, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join(
        [*(line.rstrip() for line in lines), *(f"({n}) {note}" for n, note in enumerate(notes, 1))]
    )
