"""``tradewind backtest``: the same session with factor rows and forecasts computed beforehand."""

import typer

from tradewind.cli.options import Config, Home, Json, Seed, read_config
from tradewind.cli.output import print_json
from tradewind.cli.sessions import (
    Override,
    SessionName,
    end_words,
    prepare,
    say_ignored,
    say_notes,
    with_override,
)
from tradewind.cli.stages import stage_bars
from tradewind.core.vocabulary import SessionMode


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(backtest)


def backtest(
    config: Config = None,
    home: Home = None,
    seed: Seed = None,
    name: SessionName = "backtest",
    override: Override = False,
    as_json: Json = False,
) -> None:
    """Run the configured session as a backtest: the same loop and venue, forecasts made in batch.

    Example: tradewind backtest --name spring-test --override-gate --json
    """
    from tradewind.app.demo.summary import session_summary
    from tradewind.app.session.running import run_backtest

    loaded = with_override(read_config(config, home, seed), override)
    with stage_bars(quiet=as_json) as on_stage:
        plan, kept = prepare(loaded, name, SessionMode.BACKTEST, on_stage)
        ran = run_backtest(plan, lambda done, total, note: on_stage("session", done, total, note))
    said = {
        **session_summary(ran.journal),
        "journal": str(ran.journal),
        "records": ran.records,
        "ignored": kept,
        "notes": plan.notes,
    }
    if as_json:
        print_json({**said, "seconds": round(ran.seconds, 2)})
        return
    typer.echo(end_words(said, ran))
    say_ignored(kept)
    say_notes(plan)
