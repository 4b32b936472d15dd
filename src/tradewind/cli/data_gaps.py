"""``tradewind data gaps``: bars that are due by the calendar and not stored."""

from typing import Annotated

import typer

from tradewind.cli.options import Config, Home, Json, read_workspace
from tradewind.cli.output import print_json
from tradewind.cli.spans import words
from tradewind.cli.tables import print_table

_SHOWN = 40


def gaps(
    symbols: Annotated[
        list[str] | None, typer.Argument(help="Symbols; none shows all that is stored.")
    ] = None,
    timeframe: Annotated[
        str, typer.Option("--timeframe", help="Only bars of that length.", show_default=False)
    ] = "",
    source: Annotated[
        str, typer.Option("--source", help="Only series of that source.", show_default=False)
    ] = "",
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show the holes of stored series, between their first and last bars, and what is known of why.

    Example: tradewind data gaps
    """
    from tradewind.app.market.missing_bars import NEVER_ASKED, find_holes
    from tradewind.core.timestamps import iso

    found = find_holes(read_workspace(config, home), words(symbols), timeframe, source)
    if as_json:
        print_json(
            [
                {
                    "instrument_id": one.instrument_id,
                    "timeframe": one.timeframe,
                    "source": one.source,
                    "calendar": one.calendar,
                    "first": iso(one.first_ns),
                    "last": iso(one.last_ns),
                    "stored": one.stored,
                    "due": one.due,
                    "missing": one.missing,
                    "holes": [
                        {"first": iso(h.first_ns), "last": iso(h.last_ns), "bars": h.bars, "why": h.why}
                        for h in one.holes
                    ],
                }
                for one in found
            ]
        )
        return
    if not found:
        typer.echo("Nothing is stored of that. Load some with: tradewind data load AAPL.")
        return
    columns = ("instrument", "timeframe", "source", "calendar", "first", "last", "due", "missing", "holes")
    print_table(
        "Stored series against their calendars",
        columns,
        (
            (
                one.instrument_id,
                one.timeframe,
                one.source,
                one.calendar,
                iso(one.first_ns)[:10],
                iso(one.last_ns)[:10],
                one.due,
                one.missing,
                len(one.holes),
            )
            for one in found
        ),
    )
    holes = sorted(((h, one) for one in found for h in one.holes), key=lambda pair: -pair[0].bars)
    if holes:
        rows = [
            (one.instrument_id, one.timeframe, iso(h.first_ns)[:16], iso(h.last_ns)[:16], h.bars, h.why)
            for h, one in holes[:_SHOWN]
        ]
        print_table("Longest holes", ("instrument", "timeframe", "first", "last", "bars", "why"), rows)
    if len(holes) > _SHOWN:
        typer.echo(f"{len(holes) - _SHOWN} more holes: see --json.")
    if any(h.why == NEVER_ASKED for h, _ in holes):
        typer.echo("What was never asked for is fetched with: tradewind data backfill SYMBOL --start ...")
