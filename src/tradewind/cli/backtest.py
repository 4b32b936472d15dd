"""``tradewind backtest``: the same session with factor rows and forecasts computed beforehand."""

import typer

from tradewind.cli.options import (
    Cash,
    Config,
    Home,
    Json,
    Models,
    Parameters,
    Quick,
    Seed,
    SessionTimeframe,
    StrategyUse,
    Symbols,
    read_config,
)
from tradewind.cli.output import say
from tradewind.cli.sessions import NewName, Override, prepare, tell_outcome
from tradewind.cli.spans import End, Start, words_or_none
from tradewind.cli.stages import stage_bars
from tradewind.core.vocabulary import SessionMode


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(backtest)


def backtest(
    symbols: Symbols = None,
    start: Start = None,
    end: End = None,
    strategy: StrategyUse = None,
    parameters: Parameters = None,
    models: Models = None,
    timeframe: SessionTimeframe = None,
    cash: Cash = None,
    quick: Quick = False,
    name: NewName = None,
    override: Override = False,
    config: Config = None,
    home: Home = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Run the configured session as a backtest: the same loop and venue, forecasts made in batch.

    Options change the configuration for this session; what cannot be is refused before anything is fitted.

    Example: tradewind backtest --symbols MSFT --end 2020-03-01 --models time_series_momentum
    """
    from tradewind.app.session.asked import Asked
    from tradewind.app.session.running import run_backtest

    asked = Asked(
        symbols=words_or_none(symbols),
        models=words_or_none(models),
        start=start,
        end=end,
        strategy=strategy,
        parameters=parameters or (),
        timeframe=timeframe,
        cash=cash,
        quick=quick,
        override=override,
    )
    loaded = read_config(config, home, seed)
    with stage_bars(quiet=as_json) as on_stage:

        def hear(done: int, total: int, note: str) -> None:
            on_stage("session", done, total, note)

        plan, kept = prepare(loaded, asked, name, SessionMode.BACKTEST, on_stage)
        ran = run_backtest(plan, hear, say)
    tell_outcome(plan, ran, kept, as_json=as_json)
