"""``tradewind plugins``: what there is and from where, and whether a file of one's own keeps its contract."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tradewind.cli.options import Config, Json, read_config
from tradewind.cli.output import print_json, say
from tradewind.cli.tables import print_table

app = typer.Typer(name="plugins", help="List plug-ins, and check a file of your own.", no_args_is_help=True)

BROKEN = 1


@app.command("list")
def list_plugins(
    kind: Annotated[str, typer.Option("--kind", help="One kind, such as rules.", show_default="all")] = "",
    outside: Annotated[
        bool, typer.Option("--outside", help="Only those that come from outside the package.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List all plug-ins, and the files that cannot be imported.

    Example: tradewind plugins list --outside --config my.yaml
    """
    from tradewind.app.plugin_check.listing import failed, rows

    found = rows(read_config(config, check_home=False), kind, outside=outside)
    broken = failed()
    if as_json:
        print_json({"plugins": [asdict(row) for row in found], "failed": broken})
        return
    columns = ("kind", "name", "active", "what it is", "from")
    lines = ((row.kind, row.name, row.active, row.what, row.place) for row in found)
    print_table(f"{len(found)} plug-ins", columns, lines)
    for failure in broken:
        say(f"Warning: {failure}")


@app.command()
def tables(
    pages: Annotated[list[Path], typer.Argument(help="Pages in Markdown.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Write the tables of the package's own plug-ins anew into pages that mark where they stand.

    Example: tradewind plugins tables docs/risk.md
    """
    from tradewind.app.plugin_check.tables import with_tables
    from tradewind.core.errors import ConfigError

    for page in pages:
        try:
            page.write_text(with_tables(page.read_text("utf-8")), "utf-8")
        except (OSError, UnicodeDecodeError) as error:
            message = f"{page} cannot be read and written: {getattr(error, 'strerror', None) or error}."
            raise ConfigError(message, "Name pages of text.") from error
        if not as_json:
            typer.echo(f"Wrote the tables of {page}.")
    if as_json:
        print_json({"written": [str(page) for page in pages]})


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A Python file.", show_default=False)],
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Ask what a file enters many questions, twice, backwards and in a fresh process; say what does not hold.

    Exit code 1 when something does not. Example: tradewind plugins check my_plugins/small_orders.py
    """
    from tradewind.app.plugin_check.checking import check_file

    found = check_file(file, read_config(config, check_home=False).plugins)
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        for one in found:
            for finding in one.findings:
                typer.echo(f"{one.kind} {one.name}: {finding}.")
        held = sum(not one.findings for one in found)
        typer.echo(f"{held} of {len(found)} plug-ins of {file} hold.")
    if not found or any(one.findings for one in found):
        raise typer.Exit(BROKEN)
