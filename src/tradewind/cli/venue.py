"""``tradewind venue``: a broker's protocol on this machine over recorded prices, to rehearse bots against."""

from pathlib import Path
from typing import Annotated

import typer

from tradewind.cli.options import Config, Home, Port, Seed, read_config
from tradewind.cli.output import say
from tradewind.cli.spans import End, Start, span, words


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(venue)


def venue(
    protocol: Annotated[
        str, typer.Option("--protocol", help="Whose protocol to speak: alpaca or binance.")
    ] = "alpaca",
    symbols: Annotated[
        str, typer.Option("--symbols", help="What trades there, with commas: AAPL,MSFT or BTC/USD.")
    ] = "BTC/USD",
    start: Start = None,
    end: End = None,
    timeframe: Annotated[
        str, typer.Option("--timeframe", help="Length of the recorded bars: 1m, 5m, 1h, 1d ...")
    ] = "1d",
    speed: Annotated[
        str,
        typer.Option(
            "--speed",
            help="How much faster than they were the prices go by, as 60x; 0 moves them on request alone.",
        ),
    ] = "60x",
    cash: Annotated[float, typer.Option("--cash", help="Money at the start.")] = 100_000.0,
    port: Port = 8425,
    host: Annotated[str, typer.Option("--host", help="Address; only this machine's own.")] = "127.0.0.1",
    state: Annotated[
        Path | None,
        typer.Option(
            "--state", help="File of orders, fills and money.", show_default="venue/PROTOCOL.jsonl at home"
        ),
    ] = None,
    faults: Annotated[
        Path | None, typer.Option("--faults", help="YAML file of what goes wrong.", show_default=False)
    ] = None,
    seed: Seed = None,
    key: Annotated[str, typer.Option("--key", help="Key that clients send.")] = "rehearsal-key",
    secret: Annotated[
        str, typer.Option("--secret", help="Secret that clients sign or send.")
    ] = "rehearsal-secret",  # noqa: S107
    config: Config = None,
    home: Home = None,
) -> None:
    """Speak a broker's protocol over recorded prices, so that a bot can be rehearsed with its usual client.

    What was answered is on disk: started again with the same options, the venue goes on where it stood.

    Example: tradewind venue --protocol alpaca --symbols AAPL,MSFT --start 2012-01-03 --speed 3600x
    """
    from tradewind.api.serve import bind, is_loopback
    from tradewind.app.home import Home as HomeFolder
    from tradewind.app.market.workspace import open_workspace
    from tradewind.app.rehearsal.open import Rehearsed, open_rehearsal, serve_rehearsal
    from tradewind.core.errors import ConfigError

    if not is_loopback(host):
        message = f"A rehearsal is not served on {host}."
        raise ConfigError(message, "Serve it on 127.0.0.1.")
    loaded = read_config(config, home, seed)
    asked = Rehearsed(
        protocol=protocol,
        symbols=words(symbols),
        window=span(start, end, loaded.session.window),
        timeframe=timeframe,
        cash=cash,
        speed=speed_of(speed),
        faults=faults,
        seed=loaded.seed,
    )
    path = state if state is not None else HomeFolder(loaded.home).root / "venue" / f"{protocol}.jsonl"
    listening = bind(host, port)
    with listening:
        opened = open_rehearsal(open_workspace(loaded), asked, path)
        said = f"gone on with, {opened.resumed} inputs in" if opened.resumed else "new"
        shown = f"[{host}]" if ":" in host else host
        say(f"{protocol} on http://{shown}:{port}, state {path} ({said}). Rehearsal: no order is real.")
        say(f"Key {key}, secret {secret}. Ctrl-C ends.")
        serve_rehearsal(opened, listening, key, secret)


def speed_of(given: str) -> float:
    """``60x`` or ``60``; ConfigError where it is no number, negative or without end."""
    from tradewind.core.errors import ConfigError

    try:
        speed = float(given.strip().lower().removesuffix("x"))
    except ValueError:
        speed = -1.0
    if not 0.0 <= speed <= 1e9:
        message = f"{given!r} is no speed."
        raise ConfigError(message, "Give one as 60x, or 0 to move it on request alone.")
    return speed
