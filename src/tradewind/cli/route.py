"""``tradewind route``: how an order is best split over the books of several venues."""

from pathlib import Path
from typing import Annotated

import typer

from tradewind.cli.options import Json
from tradewind.cli.output import print_json, say
from tradewind.cli.tables import print_table


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(route)


def route(
    books: Annotated[Path, typer.Argument(help="YAML file with the venues' books, fees and latencies.")],
    side: Annotated[str, typer.Option("--side", help="buy or sell.")],
    quantity: Annotated[str, typer.Option("--quantity", help="Of the whole order.")],
    as_json: Json = False,
) -> None:
    """Split an order over venues by price, fees, depth, latency and fill history; sends nothing.

    Example: tradewind route books.yaml --side buy --quantity 2.5
    """
    import msgspec

    from tradewind.app.session.routing import route_over

    found = route_over(books, side, quantity)
    if as_json:
        print_json(msgspec.to_builtins(found))
        return
    print_table(
        f"To {found.side} {quantity}",
        ("venue", "quantity", "limit"),
        ((leg.venue, leg.quantity, leg.limit) for leg in found.legs),
    )
    say(f"Expected price with all costs: {found.price:g}; not routed: {found.unrouted}.")
