"""``tradewind backtest``: the same session with factor rows and forecasts computed beforehand."""

from typing import TYPE_CHECKING

import typer

from tradewind.cli.options import Config, Home, Json, Seed, read_config
from tradewind.cli.output import say
from tradewind.cli.session_options import with_session_options
from tradewind.cli.sessions import NewName, prepare, tell_outcome
from tradewind.cli.stages import stage_bars
from tradewind.core.vocabulary import SessionMode

if TYPE_CHECKING:
    from tradewind.app.session.asked import Asked


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(with_session_options(backtest))


def backtest(
    asked: "Asked",
    name: NewName = None,
    config: Config = None,
    home: Home = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Run the configured session as a backtest: the same loop and venue, forecasts made in batch.

    Options change the configuration for this session; what cannot be is refused before anything is fitted.

    Example: tradewind backtest --symbols MSFT --end 2020-03-01 --models time_series_momentum
    """
    from tradewind.app.session.running import run_backtest

    loaded = read_config(config, home, seed)
    with stage_bars(quiet=as_json) as on_stage:

        def hear(done: int, total: int, note: str) -> None:
            on_stage("session", done, total, note)

        plan, kept = prepare(loaded, asked, name, SessionMode.BACKTEST, on_stage)
        ran = run_backtest(plan, hear, say)
    tell_outcome(plan, ran, kept, as_json=as_json)
