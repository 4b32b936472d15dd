"""Options that several verbs share, each written once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tradewind.app.config import TradewindConfig

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
    typer.Option("--journal", help="Journal file.", show_default="the newest in the home folder"),
]
Symbols = Annotated[
    str | None,
    typer.Option(
        "--symbols", help="Comma-separated, as people write them: AAPL,BTC/USD,EURUSD.", show_default=False
    ),
]


def read_config(path: Path | None, home: Path | None = None, seed: int | None = None) -> "TradewindConfig":
    """The configuration with what the command line overrides."""
    from tradewind.app.config import load_config

    changes: dict[str, object] = {}
    if home is not None:
        changes["home"] = home
    if seed is not None:
        changes["seed"] = seed
    return load_config(path, **changes)
