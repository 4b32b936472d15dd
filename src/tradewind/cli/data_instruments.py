"""``tradewind data instruments``: what is known, and what a source says, into the configuration if wanted."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.options import Config, Home, Json, read_config
from tradewind.cli.output import print_json
from tradewind.cli.spans import words
from tradewind.cli.tables import print_table
from tradewind.core.errors import ConfigError

if TYPE_CHECKING:
    from tradewind.app.market.instrument_entries import Said
    from tradewind.core.instruments import Instrument

_COLUMNS = ("symbol", "asset_class", "venue", "quote_currency", "tick_size", "lot_size", "calendar")


def instruments(
    symbols: Annotated[
        list[str] | None, typer.Argument(help="Only these; with --from, those to ask for.")
    ] = None,
    source: Annotated[
        str, typer.Option("--from", help="Ask a source that describes its own.", show_default=False)
    ] = "",
    write: Annotated[
        Path | None,
        typer.Option("--write", help="Add them to this configuration file.", show_default=False),
    ] = None,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List the instruments that are known, or what a source says of its own: grids, least value, fees.

    With --write they are added to the section ``instruments:`` of a file; what stands in it stays as it is.

    Example: tradewind data instruments --json
    """
    from tradewind.app.market.instrument_entries import said_by, write_entries
    from tradewind.app.market.workspace import open_workspace

    settings = read_config(config, home)
    if source:
        found = said_by(settings, source, words(symbols))
        new = write_entries(write, found) if write is not None else []
        _print_said(found, write, new, as_json=as_json)
        return
    if write is not None:
        message = "--write wants the source that describes them."
        raise ConfigError(message, "Say which: --from binance.")
    names = open_workspace(settings).instruments
    _print_known(list((names.named(words(symbols)) if symbols else names.known).values()), as_json=as_json)


def _print_known(found: "list[Instrument]", *, as_json: bool) -> None:
    import msgspec

    if as_json:
        print_json(
            [
                {"instrument_id": one.id}
                | {name: msgspec.to_builtins(getattr(one, name)) for name in one.__struct_fields__}
                for one in found
            ]
        )
        return
    rows = ([one.id, *(str(getattr(one, name)) for name in _COLUMNS)] for one in found)
    print_table("Instruments", ("instrument", *_COLUMNS), rows)


def _print_said(found: "list[Said]", write: Path | None, new: list[str], *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "instruments": [
                    {"instrument_id": one.instrument.id, "entry": one.entry, "assumed": one.assumed}
                    for one in found
                ],
                "file": None if write is None else str(write),
                "written": new,
            }
        )
        return
    columns = ("instrument", "tick", "lot", "least value", "quantities", "fees", "assumed")
    rows = [
        (
            one.instrument.id,
            one.instrument.tick_size,
            one.instrument.lot_size,
            one.instrument.minimum_notional,
            " to ".join((one.instrument.minimum_quantity, one.instrument.maximum_quantity)).strip(),
            ", ".join(f"{name} {value}" for name, value in one.entry.get("fees", {}).items()),
            "; ".join(one.assumed),
        )
        for one in found
    ]
    print_table("As their venue says", columns, rows)
    if write is not None:
        typer.echo(f"{len(new)} of {len(found)} are new in {write}.")
