"""``tradewind train``: fit the session's models and show what is kept."""

from dataclasses import asdict
from typing import Annotated

import typer

from tradewind.cli.options import Config, Home, Json, Seed, read_config
from tradewind.cli.output import print_json, progress_bar, say
from tradewind.cli.spans import words
from tradewind.cli.tables import print_table


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(train)


def train(
    models: Annotated[
        str | None, typer.Option("--models", help="Models, with commas.", show_default="of the configuration")
    ] = None,
    list_only: Annotated[
        bool, typer.Option("--list", help="Fit nothing: show the versions there are.")
    ] = False,
    config: Config = None,
    home: Home = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Fit the session's models on the history before it, and keep each as a version.

    Example: tradewind train --models lightgbm,logistic
    """
    from tradewind.app.home import Home as HomeFolder
    from tradewind.app.research.model_desk import train as fit
    from tradewind.app.research.model_desk import versions, with_session_models

    settings = with_session_models(read_config(config, home, seed), words(models))
    fitted: list[dict[str, str]] = []
    notes: list[str] = []
    seconds = 0.0
    if not list_only:
        with progress_bar("Fitting", quiet=as_json) as update:
            made = fit(settings, update)
        fitted = [{"model": model.name, "version": model.version} for model in made.models]
        notes = [*made.notes]
        seconds = made.seconds
    rows = versions(HomeFolder(settings.home))
    if as_json:
        kept = [asdict(row) for row in rows]
        print_json({"fitted": fitted, "notes": notes, "seconds": seconds, "versions": kept})
        return
    for note in notes:
        say(note)
    if not rows:
        typer.echo("No version is kept yet. Fit some with: tradewind train.")
        return
    new = {(one["model"], one["version"]) for one in fitted}
    columns = ("model", "version", "state", "learned until", "fit s", "goes by", "")
    print_table(
        f"{len(fitted)} models fitted in {seconds:.1f} s" if fitted else "Versions of models",
        columns,
        (
            (
                row.model,
                row.version,
                row.state,
                row.learned_until[:10] or "–",
                "–" if row.problem else row.train_seconds,
                ", ".join(f"{factor} {share:.0%}" for factor, share in row.goes_by.items()) or "–",
                "from this run" if (row.model, row.version) in new else "",
            )
            for row in rows
        ),
    )
    for row in rows:
        if row.problem:
            say(f"{row.model} {row.version}".rstrip() + f" cannot be opened: {row.problem}")
