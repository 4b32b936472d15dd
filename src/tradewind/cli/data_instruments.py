"""``tradewind data instruments``: what is known, and what a source says, into the configuration if wanted."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.options import Config, Home, Json, read_config
from tradewind.cli.output import print_json, say
from tradewind.cli.spans import words
from tradewind.cli.tables import print_table
from tradewind.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.app.config import TradewindConfig
    from tradewind.app.market.instrument_entries import Said
    from tradewind.app.market.instrument_listing import Listed
    from tradewind.core.instruments import Instrument

_NAMED = 20
"""Rows left out that are named to people; there may be thousands."""

_COLUMNS = ("symbol", "asset_class", "venue", "quote_currency", "tick_size", "lot_size", "calendar")


def instruments(
    symbols: Annotated[
        list[str] | None, typer.Argument(help="Only these; with --from, those to ask for.")
    ] = None,
    source: Annotated[
        str, typer.Option("--from", help="Ask a source that describes its own.", show_default=False)
    ] = "",
    everything: Annotated[bool, typer.Option("--all", help="With --from: all that it lists.")] = False,
    kind: Annotated[
        str, typer.Option("--class", help="All of a class: stock, crypto or fx.", show_default=False)
    ] = "",
    quote: Annotated[
        str, typer.Option("--quote", help="All that are paid in this currency.", show_default=False)
    ] = "",
    write: Annotated[
        Path | None,
        typer.Option(
            "--write",
            help="Add them to this configuration, or to a file of instruments (.json).",
            show_default=False,
        ),
    ] = None,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List the instruments that are known, or what a source says of its own: grids, least value, fees.

    --all asks for everything that a source lists, in one request; --class and --quote choose among it
    (--from binance --quote USDT). With --write they are added to the section ``instruments:`` of a file; what
    stands in it stays as it is.

    Example: tradewind data instruments --json
    """
    from tradewind.app.market.workspace import open_workspace

    settings = read_config(config, home)
    chosen = everything or bool(kind or quote)
    if source:
        if chosen and symbols:
            message = f"Symbols are named ({', '.join(symbols)[:80]}), and all are asked for."
            raise ConfigError(message, "Leave out the symbols, or --all, --class and --quote.")
        listed = (
            _listed(settings, source, kind, quote) if chosen else _named(settings, source, words(symbols))
        )
        _tell(listed, write, as_json=as_json)
        return
    if write is not None or chosen:
        message = "--write, --all, --class and --quote want the source that describes them."
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


def _named(settings: "TradewindConfig", source: str, symbols: list[str]) -> "Listed":
    from tradewind.app.market.instrument_entries import said_by
    from tradewind.app.market.instrument_listing import Listed

    return Listed(tuple(said_by(settings, source, symbols)), (), 0, 0)


def _listed(settings: "TradewindConfig", source: str, kind: str, quote: str) -> "Listed":
    from tradewind.app.market.instrument_listing import listed_by

    say(f"Asking {source} for all that it lists.")
    found = listed_by(settings, source, kind, quote)
    say(
        f"{len(found.said):,} described, {found.not_chosen:,} not chosen, {found.not_traded:,} not traded "
        f"there now, {len(found.left_out):,} left out."
    )
    for one in found.left_out[:_NAMED]:
        say(f"Left out: {one.symbol}: {one.why}")
    if len(found.left_out) > _NAMED:
        say(f"... and {len(found.left_out) - _NAMED:,} more, all named with --json.")
    return found


def _tell(found: "Listed", write: Path | None, *, as_json: bool) -> None:
    from tradewind.app.market.instrument_listing import write_said

    new = write_said(write, found.said) if write is not None else []
    if as_json:
        print_json(
            {
                "instruments": [
                    {"instrument_id": one.instrument.id, "entry": one.entry, "assumed": one.assumed}
                    for one in found.said
                ],
                "left_out": [{"symbol": one.symbol, "why": one.why} for one in found.left_out],
                "not_traded": found.not_traded,
                "not_chosen": found.not_chosen,
                "file": None if write is None else str(write),
                "written": new,
            }
        )
        return
    _print_said(found.said)
    if write is not None:
        typer.echo(f"{len(new)} of {len(found.said)} are new in {write}.")


def _print_said(found: "Sequence[Said]") -> None:
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
