"""``tradewind data import``: files of bars that people have, into the store."""

from pathlib import Path
from typing import Annotated

import typer

from tradewind.cli.options import Config, Home, Json, read_config
from tradewind.cli.output import print_json, progress_bar, say
from tradewind.core.errors import DataError
from tradewind.core.instruments import AssetClass


def import_files(
    path: Annotated[Path, typer.Argument(help="A file, or a folder of files.", show_default=False)],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what is understood and store nothing.")
    ] = False,
    symbol: Annotated[
        str, typer.Option("--symbol", help="Of a file that does not name its instrument.", show_default=False)
    ] = "",
    zone: Annotated[
        str,
        typer.Option(
            "--zone", help="Where clocks without an offset stand: America/New_York.", show_default=False
        ),
    ] = "",
    day_first: Annotated[bool, typer.Option("--day-first", help="01/02/2020 is 1 February.")] = False,
    month_first: Annotated[bool, typer.Option("--month-first", help="01/02/2020 is 2 January.")] = False,
    date_format: Annotated[
        str,
        typer.Option(
            "--date-format", help="Such as %d/%m/%Y, or excel for its numbers of days.", show_default=False
        ),
    ] = "",
    decimal: Annotated[str, typer.Option("--decimal", help="Decimal sign: . or ,", show_default=False)] = "",
    delimiter: Annotated[
        str, typer.Option("--delimiter", help="What stands between columns.", show_default=False)
    ] = "",
    encoding: Annotated[str, typer.Option("--encoding", help="Such as cp1252.", show_default=False)] = "",
    timeframe: Annotated[
        str, typer.Option("--timeframe", help="Length of a bar, else told from the rows.", show_default=False)
    ] = "",
    stamped: Annotated[
        str,
        typer.Option(
            "--stamped", help="What a time within a day is of its bar: open or close.", show_default=False
        ),
    ] = "",
    basis: Annotated[
        str,
        typer.Option("--basis", help="Prices are traded, split_adjusted or adjusted.", show_default=False),
    ] = "",
    shape: Annotated[str, typer.Option("--shape", help="Read as this shape.", show_default=False)] = "",
    field: Annotated[
        str, typer.Option("--field", help="What a wide table holds: close or adjusted_close.")
    ] = "close",
    venue: Annotated[
        str,
        typer.Option("--venue", help="Where the instruments are traded.", show_default="as known, else OWN"),
    ] = "",
    currency: Annotated[
        str, typer.Option("--currency", help="What they are paid in.", show_default=False)
    ] = "",
    asset_class: Annotated[
        AssetClass | None, typer.Option("--asset-class", help="What they are.", show_default="by the symbol")
    ] = None,
    calendar: Annotated[
        str,
        typer.Option("--calendar", help="When they are traded: XNYS, XETR, 24/5, 24/7.", show_default=False),
    ] = "",
    tick: Annotated[
        str,
        typer.Option("--tick", help="Smallest step of their price.", show_default="usual, or as in the file"),
    ] = "",
    source: Annotated[str, typer.Option("--source", help="Name under which the bars are stored.")] = "files",
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Leave rows out that are no bars, and list them.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Drop what was imported of the same series before.")
    ] = False,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Import bars from files of your own: CSV, Parquet or Feather, of one instrument or many.

    The shape is recognised: Yahoo, Stooq, TradingView, MetaTrader, Binance and others. What a file does not
    say (day or month first, a zone) is asked for. Importing the same again changes nothing.
    Example: tradewind data import prices/ --dry-run
    """
    from tradewind.app.compute.closing import closing
    from tradewind.app.compute.mappers import mapper_from
    from tradewind.app.market.import_names import Naming
    from tradewind.app.market.importing import import_path, options_of
    from tradewind.app.market.workspace import open_workspace
    from tradewind.cli.import_shown import facts, show

    options = options_of(
        symbol=symbol,
        zone=zone,
        day_first=day_first,
        month_first=month_first,
        date_format=date_format,
        decimal=decimal,
        delimiter="\t" if delimiter == "\\t" else delimiter,
        encoding=encoding,
        timeframe=timeframe,
        stamped=stamped,
        basis=basis,
        shape=shape,
        field=field,
        skip_bad_rows=skip_bad_rows,
    )
    naming = Naming(venue.upper(), currency.upper(), asset_class, calendar, tick)
    settings = read_config(config, home)
    workspace = open_workspace(settings)
    with (
        closing(mapper_from(settings.compute)) as mapper,
        progress_bar("Importing", quiet=as_json) as update,
    ):
        found = import_path(
            workspace,
            path,
            options,
            naming,
            source=source,
            replace_all=replace,
            dry_run=dry_run,
            on_progress=update,
            mapper=mapper,
        )
    if as_json:
        print_json(facts(found, dry_run=dry_run))
    else:
        show(found, dry_run=dry_run)
    for missing in found.failed:
        say(f"Error: {missing.error}")
    if found.failed:
        raise typer.Exit(DataError.exit_code)
