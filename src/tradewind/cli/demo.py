"""``tradewind demo``: from real history to an explained paper portfolio, in about a minute."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.options import Config, Home, Json, Pace, Port, Seed, Symbols, read_config
from tradewind.cli.output import print_json, say
from tradewind.cli.stages import stage_bars
from tradewind.cli.tables import print_table

if TYPE_CHECKING:
    from tradewind.app.demo.run import DemoRun


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(demo)


def demo(
    config: Config = None,
    home: Home = None,
    seed: Seed = None,
    symbols: Symbols = None,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve the dashboard at the end, on a terminal.")
    ] = True,
    port: Port = 8420,
    pace: Pace = 0.0,
    as_json: Json = False,
) -> None:
    """Load real history, train and judge models, trade on paper, verify, explain, report.

    Needs no key, no server and no network. Example: tradewind demo --no-serve --json
    """
    from tradewind.app.demo.run import run_demo
    from tradewind.app.demo.summary import summary, write_demo_report
    from tradewind.app.home import Home as HomeFolder

    loaded = read_config(config, home, seed)
    if symbols:
        chosen = tuple(part.strip() for part in symbols.split(",") if part.strip())
        session = loaded.session.model_copy(update={"symbols": chosen})
        loaded = loaded.model_copy(update={"session": session})
    with stage_bars(quiet=as_json) as on_stage:
        run = run_demo(loaded, on_stage, pace)
    report = HomeFolder(run.config.home).report(run.plan.session_id)
    page, _ = write_demo_report(run, report, "tradewind demo")
    if as_json:
        print_json({**summary(run), "report": str(page)})
        return
    _tell(run)
    say(f"Report: {page}")
    if serve and sys.stdout.isatty():
        from tradewind.cli.serving import serve_journal

        say(f"Dashboard: http://127.0.0.1:{port}  (Ctrl-C ends)")
        serve_journal(run.config, run.ran.journal, "127.0.0.1", port)


def _tell(run: "DemoRun") -> None:
    """The outcome in plain words and tables."""
    from tradewind.app.demo.summary import model_summary, quality_rows, session_summary

    print_table(
        "Real history, judged and repaired",
        ("instrument", "source", "bars", "from", "to", "score", "found", "repaired, and why"),
        [
            (
                row.instrument_id,
                row.source,
                row.bars,
                row.first,
                row.last,
                row.score,
                ", ".join(row.findings) or "nothing",
                ", ".join(row.repairs) or "nothing",
            )
            for row in quality_rows(run)
        ],
    )
    rows = [model_summary(judged) for judged in run.judged]
    print_table(
        "Out of sample, walk-forward, after costs",
        ("model", "accuracy", "base rate", "IC", "Sharpe", "95% interval", "verdict", "first reason"),
        [
            (
                row["name"],
                f"{row['accuracy']:.1%}",
                f"{row['base_rate']:.1%}",
                f"{row['ic']:+.3f}",
                f"{row['sharpe']:+.2f}",
                "{:+.2f} to {:+.2f}".format(*row["sharpe_ci"]),  # type: ignore[misc]
                row["verdict"],
                next(iter(row["reasons"]), ""),  # type: ignore[call-overload]
            )
            for row in rows
        ],
    )
    said = session_summary(run.ran.journal)
    window = run.config.session.window
    typer.echo(
        f"\nPaper session {window.start} to {window.end} on {', '.join(run.plan.instruments)}: "
        f"{said['orders']} orders, {said['fills']} fills, equity {said['equity_start']:,.2f} to "
        f"{said['equity_end']:,.2f} {run.config.session.base_currency}, "
        f"largest drawdown {100 * float(str(said['max_drawdown'])):.2f} %."
    )
    typer.echo(f"Breakers that tripped: {said['breakers'] or 'none'}.")
    typer.echo(f"Journal {run.ran.journal}: {run.verified.records:,} records, hash chain verified.\n")
    typer.echo(run.explanation.to_text())
    for note in run.notes:
        say(f"Note: {note}")
    say(f"{run.seconds:.1f} s, at most {run.peak_mb:,.0f} MB over all processes.")
