"""``tradewind validate``: walk models forward and say whether they may trade."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.check import check
from tradewind.cli.options import Cash, Config, Home, Json, Models, Seed, Symbols, read_config
from tradewind.cli.output import print_json, progress_bar, say
from tradewind.cli.spans import End, Start, words_or_none
from tradewind.cli.tables import print_table

if TYPE_CHECKING:
    from tradewind.app.research.validating import Interval, RunJudgement, Validation


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(validate)


def validate(
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Fitted once a year, fewer trees and epochs; what is capped is said."),
    ] = False,
    models: Models = None,
    symbols: Symbols = None,
    start: Start = None,
    end: End = None,
    cash: Cash = None,
    check_leaks: Annotated[
        bool,
        typer.Option(
            "--check-leaks",
            help="Judge the pipeline: shuffled labels, scrambled future, known-answer markets.",
        ),
    ] = False,
    config: Config = None,
    home: Home = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Walk every model forward out of sample, net of costs, and hold it against the promotion gate.

    Every run is a try in the ledger that the gate counts. Exit code 0 whatever the verdicts are; with
    --check-leaks nothing is tried, and the exit code is 1 where something was found.

    Example: tradewind validate --quick --models lightgbm,logistic
    """
    from tradewind.app.research.validating import run_validation, with_research

    settings = with_research(
        read_config(config, home, seed), words_or_none(models), words_or_none(symbols), start, end, cash
    )
    if check_leaks:
        check(settings, quick=quick, as_json=as_json)
        return
    with progress_bar("Walking forward", quiet=as_json) as update:
        found = run_validation(settings, quick=quick, on_progress=update)
    if as_json:
        print_json(asdict(found))
    else:
        _print(found)


def _print(found: "Validation") -> None:
    sure = f"{found.confidence:.0%}"
    print_table(
        f"Out of sample: {', '.join(found.instrument_ids)}, {found.start} to {found.end}, net of costs",
        (
            "model",
            "accuracy / base rate",
            f"IC ({sure})",
            f"Sharpe ({sure})",
            "CAGR",
            "worst fall",
            "verdict",
        ),
        (
            (
                one.model,
                f"{one.accuracy[0]:.1%} / {one.base_rate:.1%}",
                _with_ends(one.ic, 3),
                _with_ends(one.sharpe, 2),
                f"{one.cagr:+.1%}",
                f"{one.max_drawdown:.1%}",
                one.verdict,
            )
            for one in found.models
        ),
    )
    for one in found.models:
        typer.echo(f"{one.model} is {one.verdict}:")
        for reason in one.reasons:
            typer.echo(f"  {reason}")
    typer.echo(_together(found.run))
    for note in found.notes:
        say(note)
    say(f"It took {found.seconds:.1f} s.")


def _together(run: "RunJudgement") -> str:
    stand = ", ".join(run.discoveries) or "none"
    said = (
        f"Together, over {run.periods} shared periods, the models count as {run.effective_models}: "
        f"{stand} stands at a false-discovery rate of {run.rate:.0%}; that the best beats staying flat has "
        f"p {run.spa_p:.3f} (Hansen), {run.reality_check_p:.3f} (White)"
    )
    if run.overfitting is not None:
        said += f"; the best is overfitted with probability {run.overfitting:.0%}"
    return f"{said}."


def _with_ends(figure: "Interval", places: int) -> str:
    value, low, high = figure
    return f"{value:+.{places}f} ({low:+.{places}f} to {high:+.{places}f})"
