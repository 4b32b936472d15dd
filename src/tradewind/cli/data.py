"""``tradewind data``: load market data, look at it, judge it, take it along."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.data_backfill import backfill
from tradewind.cli.data_calendar import calendar
from tradewind.cli.data_gaps import gaps
from tradewind.cli.data_import import import_files
from tradewind.cli.data_instruments import instruments
from tradewind.cli.data_reference import reference
from tradewind.cli.data_repair import repair
from tradewind.cli.data_series import series
from tradewind.cli.data_store import store
from tradewind.cli.data_texts import texts
from tradewind.cli.data_universe import universe
from tradewind.cli.options import Config, Home, Json, Seconds, read_config, read_workspace
from tradewind.cli.output import print_json, progress_bar, say
from tradewind.cli.spans import End, Start, span, words
from tradewind.cli.tables import print_table
from tradewind.core.errors import ConfigError, DataError

if TYPE_CHECKING:
    from tradewind.app.config import DateWindow, TradewindConfig
    from tradewind.app.market.market_data import Stored
    from tradewind.core.market import Event

app = typer.Typer(name="data", help="Load market data, look at it, judge it.", no_args_is_help=True)

app.command("import")(import_files)
app.command("repair")(repair)
app.command("backfill")(backfill)
app.command("gaps")(gaps)
app.command("calendar")(calendar)
app.command("instruments")(instruments)
app.command("reference")(reference)
app.command("universe")(universe)
app.command("series")(series)
app.command("texts")(texts)
app.command("store")(store)

Symbol = Annotated[
    str, typer.Argument(help="As people write it: AAPL, BTC-USD, EURUSD, or with its venue AAPL.XNAS.")
]
Length = Annotated[str, typer.Option("--timeframe", help="Length of a bar: 1m, 5m, 1h, 1d ...")]
Source = Annotated[
    str | None, typer.Option("--source", help="Which source, where several are stored.", show_default=False)
]
Adjusted = Annotated[bool, typer.Option("--adjusted", help="Adjusted for splits and dividends.")]


@app.command()
def load(
    symbols: Annotated[
        list[str] | None, typer.Argument(help="Symbols; none takes those of the configuration.")
    ] = None,
    start: Start = None,
    end: End = None,
    timeframe: Length = "1d",
    provider: Annotated[
        str | None, typer.Option("--provider", help="Source.", show_default="of the configuration")
    ] = None,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Load history into the store, judged and repaired; loading the same again changes nothing.

    Example: tradewind data load MSFT,BTCUSD --start 2020-01-01 --end 2021-01-01
    """
    from tradewind.app.market.market_data import load_each
    from tradewind.app.market.workspace import open_workspace

    settings = read_config(config, home)
    if provider is not None:
        settings = settings.model_copy(update={"provider": provider})
    wanted = words(symbols) or [*settings.research.symbols, *settings.session.symbols]
    window = span(start, end, _whole(settings))
    with progress_bar("Loading", quiet=as_json) as update:
        loaded, failed = load_each(open_workspace(settings), wanted, window, timeframe, update)
    if as_json:
        print_json({"loaded": [asdict(one) for one in loaded], "failed": [asdict(one) for one in failed]})
    elif loaded:
        print_table(
            f"Loaded into {settings.postgres.url or settings.home}",
            ("instrument", "source", "bars", "first", "last", "score", "findings", "repairs", "actions"),
            (
                (
                    one.instrument_id + " (synthetic)" * one.synthetic,
                    one.source,
                    one.bars,
                    one.first[:10],
                    one.last[:10],
                    one.score,
                    sum(one.findings.values()),
                    sum(one.repairs.values()),
                    "unknown" if one.actions is None else one.actions,
                )
                for one in loaded
            ),
        )
        for one in loaded:
            said = f"found {_counts(one.findings)}; repaired {_counts(one.repairs)}."
            typer.echo(f"{one.instrument_id}: {said}")
    for missing in failed:
        say(f"Error: {missing.instrument_id}: {missing.error}")
    if failed:
        raise typer.Exit(DataError.exit_code)


app.command(
    "fetch",
    hidden=True,
    help="The same as data load.\n\nExample: tradewind data fetch IBM --start 2005-01-01 --end 2006-01-01",
)(load)


@app.command()
def show(
    symbol: Symbol,
    rows: Annotated[
        int, typer.Option("--rows", min=0, max=1_000_000, help="How many of the last bars.")
    ] = 10,
    timeframe: Length = "1d",
    source: Source = None,
    adjusted: Adjusted = False,
    line: Annotated[
        bool, typer.Option("--line", help="Closes at every expected time instead, holes bridged and marked.")
    ] = False,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show what is stored of a symbol: span, score, findings, repairs and the last bars.

    Example: tradewind data show MSFT --rows 5
    """
    from tradewind.app.market.market_data import stored
    from tradewind.app.market.price_line import Point, price_line

    workspace = read_workspace(config, home)
    found = stored(workspace, symbol, timeframe, source=source, adjusted=adjusted)
    (instrument,) = workspace.instruments.named([found.bars.instrument_id]).values()
    points = price_line(found.bars, instrument.calendar, rows) if line else []
    bars = [] if line else _last_bars(found, rows)
    if as_json:
        shown = {"line": [point._asdict() for point in points]} if line else {"last_bars": bars}
        print_json(_facts(found) | shown)
        return
    facts = _facts(found)
    print_table(
        f"{facts['instrument_id']} {timeframe} from {facts['source']}",
        ("what", "value"),
        [(name, _counts(value) if isinstance(value, Mapping) else value) for name, value in facts.items()],
    )
    if line:
        print_table(f"Last {len(points)} closes, for the eye", Point._fields, points)
        return
    columns = ("time", "open", "high", "low", "close", "volume")
    print_table(f"Last {len(bars)} bars", columns, ([bar[name] for name in columns] for bar in bars))


@app.command()
def quality(
    symbol: Annotated[str, typer.Argument(help="One symbol; none shows all that is stored.")] = "",
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show the quality scores of all stored series, the worst first: 100 is nothing found.

    Example: tradewind data quality
    """
    from tradewind.app.market.market_data import quality as judge

    found = judge(read_workspace(config, home), symbol)
    if as_json:
        print_json([asdict(one) for one in found])
    elif not found:
        typer.echo("Nothing is stored yet. Load some with: tradewind data load AAPL.")
    else:
        print_table(
            "Quality of stored series, 0 to 100",
            ("instrument", "timeframe", "source", "days", "score", "weakest side", "findings"),
            (
                (
                    one.instrument_id,
                    one.timeframe,
                    one.source,
                    one.days,
                    one.score,
                    _weakest(one.sides),
                    _counts(one.findings),
                )
                for one in found
            ),
        )


@app.command()
def providers(config: Config = None, as_json: Json = False) -> None:
    """List the sources of data: what each gives, the keys that it takes, the libraries that it lacks.

    Example: tradewind data providers
    """
    from tradewind.app.market.market_data import providers as known

    read_config(config, check_home=False)  # names the folders of plug-ins
    found = known()
    if as_json:
        print_json([asdict(one) for one in found])
        return
    rows = (
        (
            one.name,
            f"needs {', '.join(one.missing)}" if one.missing else "ready",
            ", ".join(one.gives),
            ", ".join(one.keys) or "none",
            one.what,
        )
        for one in found
    )
    print_table("Sources of data", ("name", "state", "gives", "keys", "what"), rows)


@app.command()
def export(
    symbol: Symbol,
    target: Annotated[
        Path | None, typer.Argument(help="File to write: .csv, .parquet or .h5.", show_default=False)
    ] = None,
    to: Annotated[Path | None, typer.Option("--to", help="The same, by name.", show_default=False)] = None,
    timeframe: Length = "1d",
    source: Source = None,
    adjusted: Adjusted = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that exists.")] = False,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Write stored bars to a CSV, Parquet or HDF5 file, whole or not at all.

    Example: tradewind data export MSFT msft.parquet
    """
    from tradewind.app.market.market_data import export as write
    from tradewind.app.market.market_data import stored

    file = _one_target(target, to)
    found = stored(read_workspace(config, home), symbol, timeframe, source=source, adjusted=adjusted)
    count = write(found.bars, file, overwrite=overwrite)
    if as_json:
        print_json(
            {
                "file": str(file),
                "rows": count,
                "instrument_id": found.bars.instrument_id,
                "adjusted": adjusted,
            }
        )
    else:
        typer.echo(f"Wrote {count:,} bars of {found.bars.instrument_id} to {file}.")


@app.command()
def stream(
    symbols: Annotated[list[str], typer.Argument(help="Pairs, as people write them: BTCUSDT, ETH-USDT.")],
    seconds: Seconds = 30.0,
    timeframe: Length = "1m",
    name: Annotated[str, typer.Option("--stream", help="Which stream.")] = "binance",
    url: Annotated[
        str, typer.Option("--url", help="Another address of the stream.", show_default=False)
    ] = "",
    rest_url: Annotated[
        str,
        typer.Option("--rest-url", help="Another address to fetch missing bars from.", show_default=False),
    ] = "",
    trade_bars: Annotated[
        str,
        typer.Option(
            "--trade-bars",
            help="Bars of single trades: time:60, tick:N, volume:UNITS, dollar:VALUE, tick-imbalance:N.",
            show_default=False,
        ),
    ] = "",
    publish: Annotated[
        str, typer.Option("--publish", help="Let others hear it: redis, or an address.", show_default=False)
    ] = "",
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Listen to live bars and quotes for a while and print them as they come.

    Example: tradewind data stream BTCUSDT,ETHUSDT --seconds 10
    """
    import msgspec

    from tradewind.app.market.live_data import follow

    def tell(event: "Event") -> None:
        if not as_json:
            typer.echo(_event_words(event))

    seen = follow(
        read_config(config, home),
        words(symbols),
        timeframe,
        seconds,
        tell,
        name=name,
        url=url,
        rest_url=rest_url,
        trade_bars=trade_bars,
        publish=publish,
    )
    if as_json:
        print_json(msgspec.to_builtins(seen))
    else:
        made = f", {sum(seen.trade_bars.values())} bars of trades" if trade_bars else ""
        say(f"{sum(seen.bars.values())} bars{made} and {sum(seen.quotes.values())} quotes in {seconds:g} s.")


def _one_target(target: Path | None, to: Path | None) -> Path:
    """The one file that is named; ConfigError for none, or for two."""
    named = [file for file in (target, to) if file is not None]
    if len(named) != 1:
        said = "no file" if not named else f"two files, {named[0]} and {named[1]}"
        message = f"data export names {said}."
        raise ConfigError(message, "Name one: tradewind data export MSFT msft.parquet.")
    return named[0]


def _whole(settings: "TradewindConfig") -> "DateWindow":
    """From the start of research to the end of the session."""
    from tradewind.app.config import DateWindow

    return DateWindow(start=settings.research.window.start, end=settings.session.window.end)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"


def _event_words(event: "Event") -> str:
    import msgspec

    from tradewind.core.timestamps import iso

    fields = msgspec.to_builtins(event)
    kind, when = fields.pop("type"), iso(fields.pop("ts_event"))
    return f"{when} {kind} {' '.join(f'{name}={value}' for name, value in fields.items())}"


def _weakest(sides: Mapping[str, float]) -> str:
    side = min(sides, key=lambda name: sides[name])
    return f"{side} {sides[side]:.2f}" if sides[side] < 100.0 else "none"


def _facts(found: "Stored") -> dict[str, object]:
    from tradewind.core.timestamps import iso

    bars = found.bars
    return {
        "instrument_id": bars.instrument_id,
        "timeframe": bars.timeframe,
        "source": bars.source,
        "synthetic": bars.synthetic,
        "adjusted": bars.adjusted,
        "repaired": bars.repaired,
        "bars": len(bars),
        "first": iso(int(bars.ts_event[0])) if len(bars) else None,
        "last": iso(int(bars.ts_event[-1])) if len(bars) else None,
        "score": found.score,
        "sides": {name: round(value, 2) for name, value in found.sides.items()},
        "findings": dict(found.findings),
        "repairs": dict(found.repairs),
        "actions": found.actions,
    }


def _last_bars(found: "Stored", count: int) -> list[dict[str, object]]:
    from tradewind.core.panel import BAR_COLUMNS
    from tradewind.core.timestamps import iso

    bars = found.bars
    return [
        {"time": iso(int(bars.ts_event[row]))}
        | {name: float(getattr(bars, name)[row]) for name in BAR_COLUMNS}
        for row in range(max(len(bars) - count, 0), len(bars))
    ]
