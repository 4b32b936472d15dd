"""``tradewind config``: check, show and describe the configuration."""

from typing import Annotated

import typer

from tradewind.cli.options import Config, Json, read_config
from tradewind.cli.output import print_json, say

app = typer.Typer(name="config", help="Check, show and describe the configuration.", no_args_is_help=True)


@app.command()
def check(config: Config = None, as_json: Json = False) -> None:
    """Read the configuration whole, and look up every name in it; what is wrong is named with its line.

    Example: tradewind config check --config my.yaml
    """
    from tradewind.app.config_check import check_config
    from tradewind.core.plugins import failures

    loaded = read_config(config, check_home=False)
    check_config(loaded)
    warnings = [f"The plug-in {failure} - it is left out." for failure in failures()]
    if as_json:
        print_json({"ok": True, "config": str(config or ""), "warnings": warnings})
        return
    for warning in warnings:
        say(f"Warning: {warning}")
    typer.echo(f"{config or 'The default configuration'} is in order.")


@app.command()
def show(config: Config = None, as_json: Json = False) -> None:
    """Print the configuration in force: defaults, file, environment."""
    import yaml

    values = read_config(config, check_home=False).model_dump(mode="json")
    if as_json:
        print_json(values)
    else:
        typer.echo(yaml.safe_dump(values, sort_keys=False), nl=False)


@app.command()
def schema(indent: Annotated[int, typer.Option(min=0, max=8, help="Spaces an indent.")] = 2) -> None:
    """Print the JSON schema of the configuration."""
    import json

    from tradewind.app.config import TradewindConfig

    typer.echo(json.dumps(TradewindConfig.model_json_schema(), indent=indent))
