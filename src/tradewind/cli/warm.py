"""``tradewind warm``: compile all kernels before they are needed."""

from dataclasses import asdict

import typer

from tradewind.cli.options import Json
from tradewind.cli.output import print_json, progress_bar


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(warm)


def warm(as_json: Json = False) -> None:
    """Compile all kernels, so that the first real run does not wait for it; quick when that is done.

    Example: tradewind warm
    """
    from tradewind.app.warming import warm as warm_all

    with progress_bar("Compiling", quiet=as_json) as update:
        warmed = warm_all(update)
    if as_json:
        print_json(asdict(warmed))
    else:
        typer.echo(f"All kernels are compiled ({warmed.factors} factors tried) in {warmed.seconds:.1f} s.")
