"""``tradewind report``: one page about any session, from its journal alone."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.options import Config, Home, Journal, Json, read_config
from tradewind.cli.output import print_json, say
from tradewind.cli.tables import print_table
from tradewind.cli.which_session import chosen_journal
from tradewind.core.errors import ConfigError

if TYPE_CHECKING:
    from tradewind.views.report.measures import SessionStatistics


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(report)


def report(
    name: Annotated[
        str, typer.Argument(help="Name of the session; none takes the newest in the home folder.")
    ] = "",
    journal: Journal = None,
    benchmark: Annotated[
        str,
        typer.Option(
            "--benchmark",
            help="Symbol to hold the session against.",
            show_default="its own instruments, bought and held at equal weight",
        ),
    ] = "",
    to: Annotated[
        Path | None,
        typer.Option("--to", help="The page to write.", show_default="reports/NAME.html in the home folder"),
    ] = None,
    metrics: Annotated[
        bool, typer.Option("--metrics", help="Write nothing: print what each figure means, in Markdown.")
    ] = False,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Write a session's report: returns, drawdowns, trades, prices with fills, costs, risk, breakers.

    One HTML page that needs no network, and its figures as JSON beside it.
    Example: tradewind report paper
    """
    import msgspec

    from tradewind.app.home import Home as HomeFolder
    from tradewind.app.session.reporting import session_report
    from tradewind.views.report.metrics_page import metrics_page
    from tradewind.views.report.page import write_report

    if metrics:
        typer.echo(metrics_page())
        return
    loaded = read_config(config, home)
    folder = HomeFolder(loaded.home)
    path = chosen_journal(folder, name, journal, quiet=as_json)
    page = folder.report(path.stem) if to is None else _page(to)
    asked = f" --benchmark {benchmark}" if benchmark else ""
    inputs = session_report(
        path, benchmark=benchmark, config=loaded, command=f"tradewind report {path.stem}{asked}"
    )
    page, data = write_report(inputs, page)
    statistics = inputs.sheet.statistics
    if as_json:
        written = {"journal": str(path), "report": str(page), "data": str(data)}
        print_json(written | {"statistics": msgspec.to_builtins(statistics)})
        return
    _print_figures(statistics)
    for note in inputs.notes:
        say(f"Note: {note}")
    say(f"Report: {page}")


def _page(to: Path) -> Path:
    if to.suffix.lower() not in (".html", ".htm"):
        message = f"The report cannot be written to {to}: it is an HTML page."
        raise ConfigError(message, "Give --to a name that ends in .html; the JSON goes beside it.")
    return to


def _print_figures(statistics: "SessionStatistics") -> None:
    from tradewind.views.report.figure_lines import headlines

    print_table(
        f"{statistics.session_id}, {statistics.start[:10]} to {statistics.end[:10]}, in "
        f"{statistics.base_currency}",
        ("figure", "value", "95 % interval"),
        ((line.label, line.value, line.interval) for line in headlines(statistics)),
    )
