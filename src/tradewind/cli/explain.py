"""``tradewind explain``: why an order exists, or why there is none."""

from typing import Annotated

import typer

from tradewind.cli.options import Config, Home, Journal, Json, read_home
from tradewind.cli.output import print_json, say
from tradewind.cli.which_session import chosen_journal


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(explain)


def explain(
    order: Annotated[str, typer.Argument(help="Order to explain; none takes the closest refusal.")] = "",
    symbol: Annotated[
        str, typer.Option("--symbol", help="Closest refusal of one symbol.", show_default="all")
    ] = "",
    journal: Journal = None,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Tell in words and numbers why an order exists; without one, which refusal came closest to an order.

    `tradewind orders` lists orders. Example: tradewind explain --symbol MSFT
    """
    from tradewind.app.session.explaining import explain as tell
    from tradewind.app.session.journals import open_journal, session_id_of

    path = chosen_journal(read_home(config, home), journal, quiet=as_json)
    with open_journal(path, say, by_index=True) as reader:
        story = tell(reader, order, symbol)
        session_id = session_id_of(reader)
    if as_json:
        print_json({"journal": str(path), "session_id": session_id} | story.to_dict())
    else:
        typer.echo(story.to_text(), nl=False)
