"""``tradewind factors``: what there is, what they say of an instrument, and whether they look ahead."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.options import Config, Home, Json, read_config
from tradewind.cli.output import print_json, progress_bar, say
from tradewind.cli.spans import End, Start, span, words
from tradewind.cli.tables import print_table
from tradewind.core.errors import LookAheadError

if TYPE_CHECKING:
    from tradewind.app.research.factor_desk import Computed

app = typer.Typer(name="factors", help="List, describe, compute and check factors.", no_args_is_help=True)

CHECK_FAILED = 1


@app.command("list")
def list_factors(
    group: Annotated[str, typer.Option("--group", help="One group.", show_default="all")] = "",
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List all factors, or those of one group.

    Example: tradewind factors list --group momentum
    """
    from tradewind.app.research.factor_desk import cards

    read_config(config, check_home=False)  # names the folders of plug-ins
    found = cards(group)
    if as_json:
        print_json([asdict(card) for card in found])
        return
    rows = ((card.name, card.group, card.first_valid, card.formula) for card in found)
    print_table(f"{len(found)} factors", ("name", "group", "first bar", "formula"), rows)
    say("Others of their families resolve as well: rsi_13, RSI_14, macd_10_20_5.")


@app.command()
def describe(
    name: Annotated[str, typer.Argument(help="A factor, with a lag where wanted: rsi_14.lag3.")],
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Describe one factor: formula, source, inputs, and how far back it looks.

    Example: tradewind factors describe rsi_14
    """
    from tradewind.app.research.factor_desk import card

    read_config(config, check_home=False)
    found = asdict(card(name))
    if as_json:
        print_json(found)
        return
    rows = ((key, ", ".join(value) if isinstance(value, tuple) else value) for key, value in found.items())
    print_table(name, ("what", "value"), rows)


@app.command()
def compute(
    symbol: Annotated[str, typer.Argument(help="As people write it: AAPL, BTC-USD, AAPL.XNAS.")],
    names: Annotated[list[str], typer.Argument(help="Factors, with commas or spaces between them.")],
    start: Start = None,
    end: End = None,
    rows: Annotated[
        int, typer.Option("--rows", min=1, max=1_000_000, help="How many of the last rows.")
    ] = 10,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Compute factors of an instrument and show the last rows, warmed up on the bars before --start.

    Bars that were imported are taken whole where no day is named.
    Example: tradewind factors compute AAPL rsi_14,atr_pct_14 --rows 5
    """
    from tradewind.app.market.history import EVER
    from tradewind.app.market.workspace import open_workspace
    from tradewind.app.research.factor_desk import compute_factors

    settings = read_config(config, home)
    workspace = open_workspace(settings)
    imported = not workspace.imported.isdisjoint(workspace.instruments.named([symbol]))
    window = span(start, end, EVER if imported else settings.research.window)
    found = compute_factors(workspace, symbol, words(names), window)
    table = _last_rows(found, rows)
    if as_json:
        print_json(
            {
                "instrument_id": found.instrument_id,
                "synthetic": found.synthetic,
                "absent": list(found.absent),
                "bars_before": found.begin,
                "bars_needed": found.needed,
                "rows": table,
            }
        )
        return
    columns = ("time", *found.cube.names)
    print_table(
        f"{found.instrument_id}{' (synthetic)' * found.synthetic}",
        columns,
        ([row[column] for column in columns] for row in table),
    )
    say(_warm_up(found, window.start))
    if found.absent:
        say(f"{found.instrument_id} lacks what {', '.join(found.absent)} need.")


@app.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Factors; none checks all.")] = None,
    symbols: Annotated[str, typer.Option("--symbols", help="Real bars to try them on.")] = "AAPL,MSFT",
    bars: Annotated[
        int, typer.Option("--bars", min=60, max=1_000_000, help="How many of the last bars.")
    ] = 700,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Try on real bars that factors never look ahead and give live what they give in batch.

    Exit code 8 when one looks ahead, 1 when another claim does not hold.

    Example: tradewind factors check rsi_14,macd_hist
    """
    from tradewind.app.market.workspace import open_workspace
    from tradewind.app.research.factor_desk import check as try_all

    settings = read_config(config, home)
    workspace = open_workspace(settings)
    with progress_bar("Checking", quiet=as_json) as update:
        found = try_all(workspace, words(names), words(symbols), settings.research.window, bars, update)
    if as_json:
        print_json(asdict(found))
    else:
        for broken in found.violations:
            typer.echo(f"{broken.factor}: {broken.check}: {broken.detail}")
        held = found.factors - len({broken.factor for broken in found.violations})
        tried = ", ".join(found.instrument_ids)
        typer.echo(f"{held} of {found.factors} factors hold on {found.bars} bars of {tried}.")
    if any(broken.check == "future" for broken in found.violations):
        raise typer.Exit(LookAheadError.exit_code)
    if found.violations:
        raise typer.Exit(CHECK_FAILED)


@app.command()
def catalogue(
    to: Annotated[
        Path | None, typer.Option("--to", help="File to write instead of printing.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the catalogue of all factors in Markdown.

    Example: tradewind factors catalogue --to factors.md
    """
    from tradewind.app.research.factor_desk import cards, catalogue_page
    from tradewind.core.errors import ConfigError
    from tradewind.store.export import write_file

    if as_json:
        print_json([asdict(card) for card in cards()])
        return
    page = catalogue_page()
    if to is None:
        typer.echo(page, nl=False)
        return
    if not to.parent.is_dir():
        message = f"{to} cannot be written: there is no folder {to.parent}."
        raise ConfigError(message, "Choose another file with --to.")
    write_file(to, page.encode())
    typer.echo(f"Wrote the catalogue to {to}.")


def _warm_up(found: "Computed", start: str) -> str:
    """How many bars before the first row were read, and what follows where there were too few."""
    read = f"{found.begin:,} bars before {start} were read to warm up"
    if found.begin >= found.needed:
        return f"{read}."
    return (
        f"{read}, {found.needed:,} are needed: earlier history is not there, so the first rows may lack "
        "values (–) or differ from those of a longer history."
    )


def _last_rows(found: "Computed", count: int) -> list[dict[str, object]]:
    from tradewind.core.timestamps import iso

    count = min(count, len(found.cube.ts_event) - found.begin)
    times = found.cube.ts_event[-count:].tolist()
    columns = {name: found.cube.column(name)[-count:, 0].tolist() for name in found.cube.names}
    return [
        {"time": iso(ts)} | {name: values[row] for name, values in columns.items()}
        for row, ts in enumerate(times)
    ]
