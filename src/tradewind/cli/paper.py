"""``tradewind paper``: a paper session on a recorded or a live feed, resumed where it was left."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.options import Config, Home, Json, Pace, Seed, read_config
from tradewind.cli.output import say
from tradewind.cli.session_options import with_session_options
from tradewind.cli.sessions import SessionName, is_live, live_words, prepare, tell_outcome
from tradewind.cli.stages import stage_bars
from tradewind.core.vocabulary import SessionMode

if TYPE_CHECKING:
    from tradewind.app.session.asked import Asked


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(with_session_options(paper))


def paper(
    asked: "Asked",
    name: SessionName = "paper",
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
    config: Config = None,
    home: Home = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Trade the configured session on paper: one loop, live factors, model host, simulated venue, journal.

    A session of that name that was interrupted goes on where its journal ends, and says which options it
    ignores. With --live (or session.feed: live in the configuration) the stream named in session.live drives
    it until Ctrl-C, SIGTERM or a stop.

    Example: tradewind paper --symbols MSFT --end 2020-03-01 --models time_series_momentum
    """
    from tradewind.app.session.live import run_live_paper
    from tradewind.app.session.operators import os_user
    from tradewind.app.session.running import run_paper

    asked = replace(asked, live=live, url=url, rest_url=rest_url)
    loaded = read_config(config, home, seed)
    with stage_bars(quiet=as_json) as on_stage:

        def hear(done: int, total: int, note: str) -> None:
            on_stage("session", done, total, note)

        plan, kept = prepare(loaded, asked, name, SessionMode.PAPER, on_stage)
        if is_live(plan):
            say(live_words(plan))
            ran = run_live_paper(plan, operator=os_user(), tell=say)
        else:
            ran = run_paper(plan, hear, pace, os_user(), say)
    tell_outcome(plan, ran, kept, as_json=as_json)
