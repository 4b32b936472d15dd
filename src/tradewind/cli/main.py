"""``tradewind``: the root of all verbs, and the one place where an error becomes an exit code."""

import sys
from typing import Annotated

import typer

from tradewind import __version__
from tradewind.cli import (
    audit,
    backtest,
    config,
    data,
    demo,
    explain,
    factors,
    health,
    orders,
    paper,
    replay,
    risk,
    serve,
    train,
    validate,
    warm,
)
from tradewind.cli.output import say_error
from tradewind.core.errors import TradewindError

app = typer.Typer(
    name="tradewind",
    help="From raw market data to orders that are sized, checked, executed, recorded and explained.",
    epilog="Start with: tradewind demo. Nothing here is investment advice.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

for _verb in (demo, train, validate, backtest, paper, replay, orders, explain, risk, health, serve, warm):
    _verb.register(app)
for _group in (data, factors, audit, config):
    app.add_typer(_group.app)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tradewind {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options that stand before any verb."""


def main() -> None:
    """Run the command line. Exit code 0 is success; each kind of error has its own (see core/errors)."""
    try:
        app(standalone_mode=True)
    except TradewindError as error:
        say_error(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(141)
