"""``tradewind paper``: a paper session on a recorded or a live feed, resumed where it was left."""

from typing import Annotated

import typer

from tradewind.cli.options import Config, Home, Json, Pace, Seed, read_config
from tradewind.cli.output import print_json, say
from tradewind.cli.sessions import (
    Override,
    SessionName,
    end_words,
    live_words,
    prepare,
    say_ignored,
    say_notes,
    with_live,
    with_override,
)
from tradewind.cli.stages import stage_bars
from tradewind.core.vocabulary import FeedKind, SessionMode


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(paper)


def paper(
    config: Config = None,
    home: Home = None,
    seed: Seed = None,
    name: SessionName = "paper",
    override: Override = False,
    pace: Pace = 0.0,
    live: Annotated[
        bool, typer.Option("--live", help="Trade a live feed from now on, until it is stopped.")
    ] = False,
    url: Annotated[
        str, typer.Option("--url", help="Another address of the live stream.", show_default=False)
    ] = "",
    rest_url: Annotated[
        str, typer.Option("--rest-url", help="Another address of its history.", show_default=False)
    ] = "",
    as_json: Json = False,
) -> None:
    """Trade the configured session on paper: one loop, live factors, model host, simulated venue, journal.

    A session of that name that was interrupted goes on where its journal ends. With --live (or session.feed:
    live in the configuration) the stream named in session.live drives it until Ctrl-C, SIGTERM or a stop.
    Example: tradewind paper --name spring --override-gate
    """
    from tradewind.app.demo.summary import session_summary
    from tradewind.app.session.live import run_live_paper
    from tradewind.app.session.operators import os_user
    from tradewind.app.session.running import run_paper

    loaded = with_live(with_override(read_config(config, home, seed), override), live, url, rest_url)
    with stage_bars(quiet=as_json) as on_stage:
        plan, kept = prepare(loaded, name, SessionMode.PAPER, on_stage)
        if plan.config.session.feed is FeedKind.LIVE:
            say(live_words(plan))
            ran = run_live_paper(plan, operator=os_user())
        else:
            ran = run_paper(
                plan, lambda done, total, note: on_stage("session", done, total, note), pace, os_user()
            )
    said = {
        **session_summary(ran.journal),
        "journal": str(ran.journal),
        "records": ran.records,
        "ignored": kept,
        "notes": plan.notes,
    }
    if as_json:
        print_json({**said, "resumed_from": ran.resumed_from, "seconds": round(ran.seconds, 2)})
        return
    typer.echo(end_words(said, ran))
    say_ignored(kept)
    say_notes(plan)
