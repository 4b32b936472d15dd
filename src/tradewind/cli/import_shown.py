"""What an import understood and stored, as tables for people and as one object for programs."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from tradewind.cli.tables import print_table

if TYPE_CHECKING:
    from tradewind.app.market.importing import Imported, ImportedFile
    from tradewind.core.instruments import Instrument

_LISTED_ROWS = 20
_NAMED = 4
_DELIMITERS = {"": "types", ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blank"}


def facts(found: "Imported", *, dry_run: bool) -> dict[str, object]:
    """Everything, for programs."""
    return {
        "dry_run": dry_run,
        "files": [
            asdict(file.understood) | {"instruments": file.instruments, "import_notes": file.notes}
            for file in found.files
        ],
        "failed": [asdict(one) for one in found.failed],
        "left_out": [{"file": file, "why": why} for file, why in found.left_out],
        "made": [_about(one) for one in found.made],
        "stored": [asdict(one) for one in found.stored],
        "unchanged": list(found.unchanged),
    }


def show(found: "Imported", *, dry_run: bool) -> None:
    """What was understood of each file, the instruments that are new, and what is stored."""
    if found.files:
        _show_files(found.files)
    if found.made:
        columns = ("instrument", "class", "currency", "calendar", "tick")
        rows = [tuple(_about(one).values()) for one in found.made]
        print_table("New instruments, as they are taken to be", columns, rows)
    if found.stored:
        _show_stored(found)
    for file, why in found.left_out:
        typer.echo(f"Left out: {file}: {why}.")
    if dry_run:
        typer.echo("This was a dry run: nothing is stored.")


def _show_files(files: Iterable["ImportedFile"]) -> None:
    rows = []
    notes: dict[str, list[str]] = {}
    for file in files:
        seen = file.understood
        rows.append(
            (
                seen.file,
                seen.shape,
                _some(file.instruments),
                seen.timeframe,
                seen.rows,
                len(seen.refused),
                seen.first,
                seen.last,
                _dates(seen.date_order, seen.zone),
                f"stamped by {seen.stamped}" if seen.stamped != "date" else "dated",
                _DELIMITERS.get(seen.delimiter, repr(seen.delimiter)),
                seen.basis,
                _some(seen.columns_ignored) or "none",
            )
        )
        said = [*seen.notes, *file.notes]
        if seen.date_order_settled_by.startswith(("1", "2", "3", "4", "5", "6", "7", "8", "9")):
            said.append(f"{seen.date_order} dates: {seen.date_order_settled_by}")
        for note in said:
            notes.setdefault(note, []).append(seen.file)
    columns = (
        *("file", "shape", "instruments", "bars of", "rows", "refused", "first close", "last close"),
        *("dates", "times", "columns by", "prices", "columns not used"),
    )
    print_table("Understood", columns, rows)
    for note, of in notes.items():
        where = of[0] if len(of) == 1 else f"{len(of)} files, {_some(tuple(of))}"
        typer.echo(f"Note: {note}." if len(rows) == 1 else f"Note ({where}): {note}.")
    for file in files:
        for row in file.understood.refused[:_LISTED_ROWS]:
            typer.echo(f"Refused: {file.understood.file} line {row.line}: {row.reason}.")
        more = len(file.understood.refused) - _LISTED_ROWS
        if more > 0:
            typer.echo(f"Refused: {file.understood.file}: {more:,} more rows; --json lists them all.")


def _show_stored(found: "Imported") -> None:
    same = set(found.unchanged)
    columns = ("instrument", "source", "bars", "first", "last", "score", "findings", "repairs", "actions", "")
    print_table(
        "Stored",
        columns,
        [
            (
                one.instrument_id,
                one.source,
                one.bars,
                one.first[:10],
                one.last[:10],
                one.score,
                sum(one.findings.values()),
                sum(one.repairs.values()),
                "unknown" if one.actions is None else one.actions,
                "unchanged" if one.instrument_id in same else "",
            )
            for one in found.stored
        ],
    )


def _about(one: "Instrument") -> dict[str, str]:
    return {
        "instrument_id": one.id,
        "asset_class": one.asset_class.value,
        "currency": one.quote_currency,
        "calendar": one.calendar,
        "tick": one.tick_size,
    }


def _dates(order: str, zone: str) -> str:
    return ", ".join(word for word in (order, zone) if word) or "counted from 1970"


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _NAMED:,} more" if len(listed) > _NAMED else ""
    return ", ".join(listed[:_NAMED]) + more
