"""``tradewind data backfill``: years of history, piece by piece, going on where it was broken off."""

from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.options import Config, Home, Json, read_config
from tradewind.cli.output import print_json, progress_bar, say
from tradewind.cli.spans import End, Start, span, words
from tradewind.cli.tables import print_table
from tradewind.core.errors import DataError

if TYPE_CHECKING:
    from tradewind.app.market.backfilling import Filled, Work


def backfill(
    symbols: Annotated[
        list[str] | None, typer.Argument(help="Symbols; none takes those of the configuration.")
    ] = None,
    start: Start = None,
    end: End = None,
    timeframe: Annotated[str, typer.Option("--timeframe", help="Length of a bar: 1m, 1h, 1d ...")] = "1d",
    provider: Annotated[
        str | None, typer.Option("--provider", help="Source.", show_default="of the configuration")
    ] = None,
    newest_first: Annotated[bool, typer.Option("--newest-first", help="The latest years first.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what is missing; ask nobody.")] = False,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Fetch what is missing of a history, piece by piece; broken off anywhere, the next run goes on.

    What is stored, and what the source has already said that it has not, is not asked for again.

    Example: tradewind data backfill IBM --start 2004-01-01 --end 2012-01-01
    """
    from tradewind.app.config import DateWindow
    from tradewind.app.market.backfilling import backfill as fill
    from tradewind.app.market.backfilling import plan_backfill
    from tradewind.app.market.workspace import open_workspace

    settings = read_config(config, home)
    if provider is not None:
        settings = settings.model_copy(update={"provider": provider})
    whole = DateWindow(start=settings.research.window.start, end=settings.session.window.end)
    wanted = words(symbols) or list(dict.fromkeys([*settings.research.symbols, *settings.session.symbols]))
    workspace = open_workspace(settings)
    works = plan_backfill(workspace, wanted, span(start, end, whole), timeframe, newest_first=newest_first)
    if dry_run:
        _print_plan(works, as_json=as_json)
        return
    with progress_bar("Backfilling", quiet=as_json) as update:
        filled = fill(workspace, works, update)
    _print_filled(filled, works, as_json=as_json)
    if any(one.error for one in filled):
        raise typer.Exit(DataError.exit_code)


def _print_plan(works: "list[Work]", *, as_json: bool) -> None:
    from tradewind.core.timestamps import iso

    rows = [
        {
            "instrument_id": work.instrument.id,
            "timeframe": work.timeframe,
            "missing_bars": work.missing,
            "pieces": [
                {
                    "start": iso(piece.span.start_ns),
                    "end": iso(piece.span.end_ns),
                    "missing_bars": piece.missing,
                }
                for piece in work.pieces
            ],
        }
        for work in works
    ]
    if as_json:
        print_json({"plan": rows})
        return
    shown = [
        (
            work.instrument.id,
            work.missing,
            len(work.pieces),
            iso(min(p.span.start_ns for p in work.pieces))[:10] if work.pieces else "-",
            iso(max(p.span.end_ns for p in work.pieces))[:10] if work.pieces else "-",
        )
        for work in works
    ]
    print_table("Still to be fetched", ("instrument", "bars missing", "pieces", "from", "to"), shown)
    typer.echo("Nothing was asked for: leave out --dry-run to fetch it.")


def _print_filled(filled: "list[Filled]", works: "list[Work]", *, as_json: bool) -> None:
    from dataclasses import asdict

    untouched = [work for work in works[len(filled) :] if work.pieces]
    if as_json:
        left = [{"instrument_id": work.instrument.id, "pieces": len(work.pieces)} for work in untouched]
        print_json({"filled": [asdict(one) for one in filled], "not_tried": left})
    else:
        columns = ("instrument", "bars", "pieces fetched", "of them empty", "pieces left")
        rows = [(one.instrument_id, one.bars, one.fetched, one.empty, one.left) for one in filled]
        print_table("Backfilled", columns, rows)
    for one in filled:
        if one.error:
            say(f"Error: {one.instrument_id}: {one.error}")
    if any(one.broke_off for one in filled):
        say(f"{len(untouched)} more instruments were not tried. The same command goes on from here.")
