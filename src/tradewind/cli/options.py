"""Options that several verbs share, each written once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tradewind.app.config import TradewindConfig
    from tradewind.app.home import Home as HomeFolder
    from tradewind.app.market.workspace import Workspace

Json = Annotated[bool, typer.Option("--json", help="Print one machine-readable object instead of text.")]
Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", envvar="TRADEWIND_CONFIG", help="YAML configuration.", show_default=False),
]
Home = Annotated[
    Path | None,
    typer.Option("--home", help="Folder of store, models and journals.", show_default=".tradewind"),
]
Seed = Annotated[
    int | None, typer.Option("--seed", help="Seed of everything random.", show_default="of the configuration")
]
Journal = Annotated[
    Path | None,
    typer.Option(
        "--journal", help="A session's name, or a journal file.", show_default="the newest in the home folder"
    ),
]
Symbols = Annotated[
    str | None,
    typer.Option(
        "--symbols", help="Comma-separated, as people write them: AAPL,BTC/USD,EURUSD.", show_default=False
    ),
]


Models = Annotated[
    str | None, typer.Option("--models", help="Models, with commas.", show_default="of the configuration")
]
Cash = Annotated[
    float | None, typer.Option("--cash", help="Money at the start.", show_default="of the configuration")
]
Quick = Annotated[bool, typer.Option("--quick", help="Fewer trees and epochs; what is capped is said.")]
StrategyUse = Annotated[
    str | None,
    typer.Option(
        "--strategy",
        help="A strategy of your own: FILE.py, FILE.py:CLASS, or a table of signals (.csv, .parquet).",
        show_default=False,
    ),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--param",
        metavar="NAME=VALUE",
        help="A parameter of that strategy; may be given several times.",
        show_default=False,
    ),
]
SessionTimeframe = Annotated[
    str | None,
    typer.Option("--timeframe", help="Length of a bar: 5m, 1h, 1d ...", show_default="of the configuration"),
]
Pace = Annotated[
    float,
    typer.Option(
        "--pace",
        min=0,
        max=3_600,
        help="Seconds to wait after each cycle, to watch it live.",
    ),
]
Port = Annotated[int, typer.Option("--port", min=1, max=65_535, help="Port to serve on.")]
Seconds = Annotated[float, typer.Option("--seconds", min=0, max=86_400, help="How long to listen.")]


def read_config(
    path: Path | None, home: Path | None = None, seed: int | None = None, *, check_home: bool = True
) -> "TradewindConfig":
    """The configuration with what the command line overrides; its home is a folder, or is not there yet."""
    from tradewind.app.config import load_config
    from tradewind.app.home import Home as HomeFolder

    changes: dict[str, object] = {}
    if home is not None:
        changes["home"] = home
    if seed is not None:
        changes["seed"] = seed
    loaded = load_config(path, **changes)
    if check_home:
        HomeFolder(loaded.home).check()
    return loaded


def read_workspace(path: Path | None, home: Path | None = None) -> "Workspace":
    """Where the configuration's data lies, and what it knows by name."""
    from tradewind.app.market.workspace import open_workspace

    return open_workspace(read_config(path, home))


def read_home(path: Path | None, home: Path | None = None) -> "HomeFolder":
    """The configuration's home folder."""
    from tradewind.app.home import Home as HomeFolder

    return HomeFolder(read_config(path, home).home)
