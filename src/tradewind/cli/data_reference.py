"""``tradewind data reference``: facts about instruments, each since when it held and was known."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.options import Config, Home, Json, read_workspace
from tradewind.cli.output import print_json
from tradewind.cli.spans import words
from tradewind.cli.tables import print_table

if TYPE_CHECKING:
    from tradewind.app.market.reference import Described


def reference(
    file: Annotated[
        Path | None, typer.Argument(help="CSV file of facts to add; none shows them.", show_default=False)
    ] = None,
    symbols: Annotated[
        str, typer.Option("--symbols", help="Only of these, with commas.", show_default=False)
    ] = "",
    as_of: Annotated[
        str, typer.Option("--as-of", help="What was known then, as 2015-03-02.", show_default="now")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read the file and add nothing.")] = False,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Add facts of a file (listings, ends, mergers, names, sectors, indices), or show what was known.

    Facts are only ever added; the same file twice changes nothing. See docs/universes.md for its columns.

    Example: tradewind data reference --as-of 2020-01-01
    """
    from tradewind.app.market.reference import described, import_facts
    from tradewind.core.clock import WallClock
    from tradewind.core.timestamps import iso, parse_ns

    workspace = read_workspace(config, home)
    if file is not None:
        count, new = import_facts(workspace, file, dry_run=dry_run)
        if as_json:
            print_json({"file": str(file), "facts": count, "new": new, "dry_run": dry_run})
        else:
            would = "would be" if dry_run else "were"
            typer.echo(f"{file}: {count} facts, of which {new} {would} new.")
        return
    moment = parse_ns(as_of) if as_of else WallClock().now_ns()
    found = described(workspace, words(symbols), moment)
    if as_json:
        print_json([_as_data(one, iso) for one in found])
        return
    if not found:
        typer.echo("No facts are stored. Add some with: tradewind data reference FILE.csv")
        return
    columns = ("instrument", "listed", "delisted", "symbol", "sector", "market value", "indices", "facts")
    rows = []
    for one in found:
        known = one.known
        rows.append(
            (
                one.instrument_id,
                "" if known.listed_ns is None else iso(known.listed_ns)[:10],
                "" if known.delisted_ns is None else iso(known.delisted_ns)[:10],
                known.symbol,
                known.sector,
                known.market_class,
                ", ".join(known.indices),
                len(one.facts),
            )
        )
    print_table(f"Known at {iso(moment)[:16]}", columns, rows)


def _as_data(one: "Described", iso: Callable[[int], str]) -> dict[str, object]:
    known = one.known
    return {
        "instrument_id": one.instrument_id,
        "known": {
            "listed": None if known.listed_ns is None else iso(known.listed_ns),
            "delisted": None if known.delisted_ns is None else iso(known.delisted_ns),
            "symbol": known.symbol,
            "sector": known.sector,
            "market_class": known.market_class,
            "indices": list(known.indices),
        },
        "facts": [
            {
                "kind": fact.kind.value,
                "value": fact.value,
                "effective": iso(fact.effective_ns),
                "known": iso(fact.known_ns),
                "source": fact.source,
            }
            for fact in one.facts
        ],
    }
