"""``tradewind tca``: what a session's orders cost against what was decided, from its journal alone."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.options import Config, Home, Journal, Json, read_config
from tradewind.cli.output import print_json, say
from tradewind.cli.tables import print_table
from tradewind.cli.which_session import chosen_journal
from tradewind.core.errors import ConfigError

if TYPE_CHECKING:
    from tradewind.views.tca.rows import CostGroup, TransactionCosts

_BY = ("symbol", "venue", "algorithm", "strategy", "hour")


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(tca)


def tca(
    name: Annotated[
        str, typer.Argument(help="Name of the session; none takes the newest in the home folder.")
    ] = "",
    journal: Journal = None,
    symbol: Annotated[str, typer.Option("--symbol", help="Orders of one symbol.", show_default="all")] = "",
    by: Annotated[
        str, typer.Option("--by", help=f"What the table sums by: {', '.join(_BY)}, or order.")
    ] = "symbol",
    after: Annotated[
        str, typer.Option("--after", help="Mark-outs at so many prices after each fill.")
    ] = "1,5,20",
    to: Annotated[
        Path | None,
        typer.Option("--to", help="The page to write.", show_default="reports/NAME-tca.html in the home"),
    ] = None,
    calibrate: Annotated[
        str, typer.Option("--calibrate", help="Keep the costs under this name, for session.calibration.")
    ] = "",
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Analyse a session's transaction costs: implementation shortfall, its parts, benchmarks, mark-outs.

    Writes one HTML page with plots, and the figures as JSON beside it.
    Example: tradewind tca paper --by venue
    """
    import msgspec

    from tradewind.app.home import Home as HomeFolder
    from tradewind.app.session.journals import open_journal
    from tradewind.app.session.transaction_costs import calibrate_costs, transaction_costs
    from tradewind.views.tca.page import write_costs

    if by not in (*_BY, "order"):
        message = f"Costs cannot be summed by {by!r}."
        raise ConfigError(message, f"Give --by one of {', '.join((*_BY, 'order'))}.")
    folder = HomeFolder(read_config(config, home).home)
    path = chosen_journal(folder, name, journal, quiet=as_json)
    page = folder.reports / f"{path.stem}-tca.html" if to is None else _page(to)
    with open_journal(path, say, by_index=True) as reader:
        costs = transaction_costs(reader, symbol, _counts(after))
        kept = calibrate_costs(reader, costs, calibrate, folder.root) if calibrate else None
    page, data = write_costs(costs, page)
    if as_json:
        written: dict[str, object] = {"journal": str(path), "page": str(page), "data": str(data)}
        if kept is not None:
            written["calibration"] = msgspec.to_builtins(kept)
        print_json(written | msgspec.to_builtins(costs))
        return
    _print_costs(costs, by)
    for note in costs.notes:
        say(f"Note: {note}")
    if costs.left_out:
        say(f"{len(costs.left_out)} orders are not counted; the page says why.")
    if kept is not None:
        say(f"{kept.words()} The session's own figures expected {kept.expected_bps:.2f} bps of them, ")
        say(
            f"and they cost {kept.costs.realized_bps:.2f}. Use it with session: {{calibration: {kept.name}}}."
        )
    say(f"Page: {page}")


def _counts(after: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in after.split(","))
    except ValueError:
        message = f"--after is {after!r}, which are no whole numbers."
        raise ConfigError(message, "Give them with commas between, such as --after 1,5,20.") from None


def _page(to: Path) -> Path:
    if to.suffix.lower() not in (".html", ".htm"):
        message = f"The page cannot be written to {to}: it is an HTML page."
        raise ConfigError(message, "Give --to a name that ends in .html; the JSON goes beside it.")
    return to


def _print_costs(costs: "TransactionCosts", by: str) -> None:
    from tradewind.core.money import cash_to_decimal
    from tradewind.views.amounts import shown_figure, shown_money

    def money(cash_e8: int) -> str:
        return shown_money(cash_to_decimal(cash_e8))

    title = f"{costs.session_id}: implementation shortfall in {costs.base_currency}"
    if by == "order":
        print_table(
            title,
            ("order", "instrument", "side", "state", "filled", "decision", "average", "shortfall", "bps"),
            (
                (
                    row.client_order_id,
                    row.instrument_id,
                    row.side,
                    row.state,
                    f"{row.filled:g}",
                    f"{row.decision_price:g}",
                    f"{row.average_price:g}",
                    money(row.shortfall_e8),
                    shown_figure(row.shortfall_bps),
                )
                for row in costs.orders
            ),
        )
        return
    groups: list[CostGroup] = [group for group in costs.groups if group.by == by]
    parts = ("delay", "timing", "spread", "impact", "fees", "opportunity")
    print_table(
        title,
        (by, "orders", "filled", "shortfall", "bps", *parts),
        (
            (
                group.name,
                group.orders,
                group.filled_orders,
                money(group.shortfall_e8),
                shown_figure(group.shortfall_bps),
                *(money(getattr(group.parts, f"{part}_e8")) for part in parts),
            )
            for group in [*groups, costs.total]
        ),
    )
