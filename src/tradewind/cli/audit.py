"""``tradewind audit``: is the journal what was written, and whom does it name?"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tradewind.cli.options import Config, Home, Json, read_home
from tradewind.cli.output import print_json, progress_bar, say
from tradewind.cli.which_session import chosen_journal

app = typer.Typer(
    name="audit",
    help="Check that a journal is what was written; list and erase people.",
    no_args_is_help=True,
)

File = Annotated[
    Path | None,
    typer.Argument(help="A session's name, or a journal file.", show_default="the newest in the home folder"),
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

    Example: tradewind audit verify paper
    """
    from tradewind.app.session.journals import verify_journal
    from tradewind.core.timestamps import iso

    path = chosen_journal(read_home(config, home), journal, quiet=as_json)
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
    from tradewind.app.session.journals import anchor_journal

    path = chosen_journal(read_home(config, home), journal, quiet=as_json)
    kept = anchor_journal(path)
    if as_json:
        print_json({"journal": str(path), "seq": kept.seq, "root_hash": kept.root_hash, "anchor": str(kept)})
    else:
        typer.echo(str(kept))


@app.command()
def people(journal: File = None, config: Config = None, home: Home = None, as_json: Json = False) -> None:
    """List whom a session's records name: who gave commands, or let a refused model trade.

    Example: tradewind audit people paper
    """
    from tradewind.app.session.operators import people_of

    path = chosen_journal(read_home(config, home), journal, quiet=as_json)
    named = people_of(path)
    if as_json:
        print_json({"journal": str(path), "people": named})
        return
    for name in named:
        typer.echo(name)
    if not named:
        say(f"{path} names nobody.")


@app.command()
def erase(
    name: Annotated[str, typer.Argument(help="Who is to be erased, as `audit people` writes it.")],
    journal: Annotated[
        Path | None,
        typer.Option(
            "--journal", help="A session's name, or a journal file.", show_default="all of the home folder"
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Erase; without it only what would be is said.")] = False,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Destroy a person's key: nobody can read the name any more, and the journals still verify.

    It cannot be undone. Copies of the journals elsewhere have key rings of their own: erase there too.
    Example: tradewind audit erase ada --yes
    """
    from tradewind.app.session.journals import journal_path
    from tradewind.app.session.operators import erase_person, sessions_naming
    from tradewind.core.errors import ConfigError, JournalError

    folder = read_home(config, home)
    journals = [journal_path(folder, journal)] if journal is not None else folder.all_journals()
    named = sessions_naming(name, journals)
    if not named:
        where = str(journal) if journal is not None else f"the {len(journals)} journals of {folder.root}"
        message = f"Nobody called {name!r} is named in {where}."
        raise JournalError(message, "`tradewind audit people JOURNAL` lists who is.")
    listed = ", ".join(str(path) for path in named)
    if not yes:
        message = f"{name!r} would be erased from {listed}, for good."
        raise ConfigError(message, "Say --yes to do it.")
    erase_person(name, named)
    if as_json:
        print_json({"erased": name, "journals": [str(path) for path in named]})
        return
    typer.echo(f"{name!r} is erased from {listed}.")
    say("Copies of these sessions elsewhere have key rings of their own: erase there too.")
