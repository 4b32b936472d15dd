"""``tradewind validate --check-leaks``: whether the pipeline uses the future and finds what is planted."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from tradewind.cli.output import print_json, progress_bar
from tradewind.cli.tables import print_table

if TYPE_CHECKING:
    from tradewind.app.config import TradewindConfig

_SHOWN = ("ic", "shuffled_ic", "linear_ic", "noise_ic")


def check(settings: "TradewindConfig", *, quick: bool, as_json: bool) -> None:
    """Check every configured model; exit code 1 where something was found."""
    from tradewind.app.research.pipeline_check import check_pipelines

    with progress_bar("Checking for leaks", quiet=as_json) as update:
        checks = check_pipelines(settings, quick=quick, on_progress=update)
    if as_json:
        print_json([asdict(one) for one in checks])
    else:
        print_table(
            "Does the pipeline use the future? Information coefficients out of sample",
            ("model", "real labels", "shuffled", "planted 0.10", "noise", "found"),
            (
                (
                    one.model,
                    *(
                        _coefficient(one.figures.get(name))
                        for name in ("ic", "shuffled_ic", "linear_ic", "noise_ic")
                    ),
                    f"{len(one.findings)} findings" if one.findings else "nothing",
                )
                for one in checks
            ),
        )
        for one in checks:
            for finding in one.findings:
                typer.echo(f"{one.model}: {finding}.")
    if any(one.findings for one in checks):
        raise typer.Exit(1)


def _coefficient(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3f}"
