"""``tradewind replay``: the same journal must give the same decisions, byte for byte."""

from typing import Annotated

import typer

from tradewind.cli.options import Config, Home, Json, read_config
from tradewind.cli.output import print_json
from tradewind.cli.stages import stage_bars


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(replay)


def replay(
    name: Annotated[str, typer.Argument(help="Name of the session, such as paper or demo-1.")],
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Run a session's recorded inputs through fresh code and compare every decision with the recorded one.

    Ends with code 6 and the first record that differs. Example: tradewind replay paper
    """
    from tradewind.app.home import Home as HomeFolder
    from tradewind.app.session.prepare import session_as_started
    from tradewind.app.session.running import replay_journal

    loaded = read_config(config, home)
    path = HomeFolder(loaded.home).journal(name)
    with stage_bars(quiet=as_json) as on_stage:
        plan = session_as_started(loaded, name)
        report = replay_journal(plan, path, lambda done, total, note: on_stage("replay", done, total, note))
    if as_json:
        print_json({"same": True, "inputs": report.inputs, "decisions": report.decisions})
        return
    typer.echo(
        f"{report.inputs:,} inputs gave all {report.decisions:,} recorded decisions again, byte for byte."
    )
