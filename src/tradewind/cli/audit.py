"""``tradewind audit``: is the journal what was written?"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tradewind.cli.options import Config, Home, Json, read_config
from tradewind.cli.output import print_json, progress_bar

app = typer.Typer(name="audit", help="Check that a journal is what was written.", no_args_is_help=True)

File = Annotated[
    Path | None, typer.Argument(help="Journal file.", show_default="the newest in the home folder")
]


@app.command()
def verify(
    journal: File = None,
    anchors: Annotated[
        list[str] | None,
        typer.Option("--anchor", help="An anchor kept elsewhere; may be given several times."),
    ] = None,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Check that every record follows from the one before it; exit code 6 names the first that does not.

    This is the full check: chain, contents, indexes, snapshots, and the mark that says how many records there
    were. `tradewind health` looks at the mark and the last records only.

    Example: tradewind audit verify session.journal --anchor 1200:9f2c...
    """
    from tradewind.app.session.journals import journal_path, verify_journal
    from tradewind.core.timestamps import iso

    path = journal_path(read_config(config, home), journal)
    with progress_bar("Verifying", quiet=as_json) as update:
        report = verify_journal(path, anchors or (), update)
    if as_json:
        print_json({"ok": True, "journal": str(path)} | asdict(report))
        return
    typer.echo(f"{path} is whole: {report.records:,} records, each follows from the one before it.")
    if report.records:
        typer.echo(f"From {iso(report.first_ts)} to {iso(report.last_ts)}.")
    typer.echo(f"Root hash {report.root_hash}")
    typer.echo(f"The mark beside it says {report.marked:,} records, and both indexes agree.")
    if report.snapshots:
        typer.echo(f"{report.snapshots} snapshots are those that the chain names.")
    for note in report.notes:
        typer.echo(note)
    if report.anchors:
        typer.echo(f"It fits {report.anchors} anchors.")


@app.command()
def anchor(journal: File = None, config: Config = None, home: Home = None, as_json: Json = False) -> None:
    """Print the last record and its hash: kept elsewhere, it shows if a journal was written anew.

    Example: tradewind audit anchor >> anchors.txt
    """
    from tradewind.app.session.journals import anchor_journal, journal_path

    path = journal_path(read_config(config, home), journal)
    kept = anchor_journal(path)
    if as_json:
        print_json({"journal": str(path), "seq": kept.seq, "root_hash": kept.root_hash, "anchor": str(kept)})
    else:
        typer.echo(str(kept))
