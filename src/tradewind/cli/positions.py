"""``tradewind positions``: what is held, and what protects it should the process die."""

from typing import Annotated

import typer

from tradewind.cli.options import Config, Home, Journal, Json, read_home
from tradewind.cli.output import print_json, say
from tradewind.cli.tables import print_table
from tradewind.cli.which_session import chosen_journal


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(positions)


def positions(
    symbol: Annotated[
        str, typer.Option("--symbol", help="Positions in one symbol.", show_default="all")
    ] = "",
    journal: Journal = None,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show the open positions of a session and the stops that stay should the process die.

    Example: tradewind positions --symbol MSFT
    """
    import msgspec

    from tradewind.app.session.journals import open_journal
    from tradewind.app.session.positions import positions_of

    path = chosen_journal(read_home(config, home), journal, quiet=as_json)
    with open_journal(path, say, by_index=True) as reader:
        found = positions_of(reader, symbol)
    if as_json:
        print_json({"journal": str(path)} | msgspec.to_builtins(found))
        return
    print_table(
        "Open positions, the unprotected first",
        ("instrument", "strategy", "quantity", "price", "protected", "by"),
        (
            (
                row.instrument_id,
                row.strategy,
                row.quantity,
                row.mark_price,
                row.protected_quantity,
                row.protection,
            )
            for row in found.positions
        ),
    )
    say(f"{found.session_id}: {found.summary}")
    if found.note:
        say(found.note)
