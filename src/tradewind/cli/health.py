"""``tradewind health``: is this machine fit to trade on?"""

from dataclasses import asdict

import typer

from tradewind.cli.options import Config, Home, Json, read_config
from tradewind.cli.output import print_json, progress_bar
from tradewind.cli.tables import print_table

UNHEALTHY = 1


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(health)


def health(config: Config = None, home: Home = None, as_json: Json = False) -> None:
    """Check disk, memory, clock, store, journal, models and libraries; exit code 1 on any error.

    Example: tradewind health --json
    """
    from tradewind.app.health import ERROR, check_health

    with progress_bar("Checking", quiet=as_json) as update:
        found = check_health(read_config(config, home, check_home=False), update)
    if as_json:
        print_json({"state": found.state, "checks": [asdict(check) for check in found.checks]})
    else:
        rows = ((check.name, check.state, check.text) for check in found.checks)
        print_table(f"Health: {found.state}", ("check", "state", "what was found"), rows)
    if found.state == ERROR:
        raise typer.Exit(UNHEALTHY)
