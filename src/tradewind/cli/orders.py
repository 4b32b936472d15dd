"""``tradewind orders``: orders and fills, from a journal alone."""

from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.options import Config, Home, Journal, Json, read_home
from tradewind.cli.output import print_json, say
from tradewind.cli.tables import print_table
from tradewind.cli.which_session import chosen_journal

if TYPE_CHECKING:
    from tradewind.app.session.orders import OrdersShown


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(orders)


def orders(
    symbol: Annotated[str, typer.Option("--symbol", help="Orders of one symbol.", show_default="all")] = "",
    fills: Annotated[bool, typer.Option("--fills", help="Show each fill instead of each order.")] = False,
    refused: Annotated[
        bool, typer.Option("--refused", help="Show orders that a limit stood against.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="How many of the newest.")] = 50,
    journal: Journal = None,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show the orders and fills of a session, newest first, from its journal alone.

    Example: tradewind orders --symbol MSFT --fills
    """
    import msgspec

    from tradewind.app.session.journals import open_journal
    from tradewind.app.session.orders import orders_of

    path = chosen_journal(read_home(config, home), journal, quiet=as_json)
    with open_journal(path, say, by_index=True) as reader:
        found = orders_of(reader, symbol, limit)
    if as_json:
        print_json({"journal": str(path)} | msgspec.to_builtins(found))
        return
    if refused:
        _print_refused(found)
    elif fills:
        _print_fills(found)
    else:
        _print_orders(found)
    say(
        f"{found.session_id}: {found.sent} orders sent, {found.filled} fills, {found.refused} orders refused."
    )


def _print_orders(found: "OrdersShown") -> None:
    print_table(
        "Orders, newest first",
        ("time", "order", "instrument", "side", "quantity", "type", "state", "filled", "average", "reason"),
        (
            (
                row.requested,
                row.client_order_id,
                row.instrument_id,
                row.side,
                row.quantity,
                row.order_type,
                row.state,
                row.filled,
                row.average_price,
                row.reason,
            )
            for row in found.orders
        ),
    )


def _print_fills(found: "OrdersShown") -> None:
    from tradewind.views.fill_times import FILL_TIMES

    print_table(
        "Fills of the newest orders",
        ("time", "order", "instrument", "side", "quantity", "price", "commission", "slippage bps"),
        (
            (
                fill.ts,
                row.client_order_id,
                row.instrument_id,
                row.side,
                fill.quantity,
                fill.price,
                fill.commission,
                fill.slippage_bps,
            )
            for row in found.orders
            for fill in row.fills
        ),
    )
    say(FILL_TIMES)
    for row in found.orders:
        if row.fill_count > len(row.fills):
            say(f"Of {row.client_order_id} the last {len(row.fills)} of {row.fill_count} fills are shown.")


def _print_refused(found: "OrdersShown") -> None:
    print_table(
        "Orders that a limit stood against, newest first",
        ("time", "order", "instrument", "side", "quantity", "limit", "reason"),
        (
            (row.ts, row.client_order_id, row.instrument_id, row.side, row.quantity, row.rule, row.reason)
            for row in found.refusals
        ),
    )
