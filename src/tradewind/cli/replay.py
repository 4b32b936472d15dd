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
    parity: Annotated[
        bool,
        typer.Option(
            "--parity", help="Run the day through the backtest instead, and say what differs and why."
        ),
    ] = False,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Run a session's recorded inputs through fresh code and compare every decision with the recorded one.

    Ends with code 6 and the first record that differs. With --parity the session's market goes through the
    backtest's feed and its simulated venue, with forecasts made anew: every decision, fill and cent that
    differs is told with its reason, and the code is 1 where something has none.

    Example: tradewind replay paper --parity
    """
    from tradewind.app.home import Home as HomeFolder
    from tradewind.app.session.parity import parity_of
    from tradewind.app.session.parity_report import parity_table, words
    from tradewind.app.session.prepare import session_as_started
    from tradewind.app.session.running import replay_journal

    loaded = read_config(config, home)
    path = HomeFolder(loaded.home).journal(name)
    with stage_bars(quiet=as_json) as on_stage:
        plan = session_as_started(loaded, name)
        if parity:
            shown = parity_of(plan, path, lambda done, total, note: on_stage("backtest", done, total, note))
        else:
            report = replay_journal(
                plan, path, lambda done, total, note: on_stage("replay", done, total, note)
            )
    if parity:
        if as_json:
            print_json(parity_table(shown))
        else:
            typer.echo(words(shown))
        raise typer.Exit(1 if shown.unexplained else 0)
    if as_json:
        print_json({"same": True, "inputs": report.inputs, "decisions": report.decisions})
        return
    typer.echo(
        f"{report.inputs:,} inputs gave all {report.decisions:,} recorded decisions again, byte for byte."
    )
