"""``tradewind journal``: the files of a session that belong together, and a copy of them that can go on."""

from pathlib import Path
from typing import Annotated

import typer

from tradewind.cli.options import Config, Home, Json, read_home
from tradewind.cli.output import plain, print_json, progress_bar, say
from tradewind.cli.tables import print_table
from tradewind.cli.which_session import chosen_journal

app = typer.Typer(
    name="journal", help="Name, check and copy a session's files that belong together.", no_args_is_help=True
)

Name = Annotated[
    str | None,
    typer.Argument(help="Session's name or journal file.", show_default="the newest in the home folder"),
]


@app.command()
def files(name: Name = None, config: Config = None, home: Home = None, as_json: Json = False) -> None:
    """List what belongs to a journal, and whether its end is what was written; exit code 6 when it is not.

    Example: tradewind journal files paper
    """
    from tradewind.app.session.journals import check_journal_end, journal_files

    path = chosen_journal(read_home(config, home), name, quiet=as_json)
    listed = [file for file in journal_files(path) if file.needed or file.size_bytes is not None]
    if not as_json:
        rows = [(file.path.name, file.holds, _state(file.size_bytes)) for file in listed]
        print_table(str(path.parent), ("file", "holds", "bytes"), rows)
    end = check_journal_end(path)
    if as_json:
        shown = [
            {"file": str(f.path), "holds": f.holds, "needed": f.needed, "bytes": f.size_bytes} for f in listed
        ]
        print_json({"journal": str(path), "files": shown, "records": end.records, "root_hash": end.root_hash})
        return
    say(f"They belong together: {end.records:,} records, as the mark says.")


@app.command()
def export(
    name: Annotated[str, typer.Argument(help="Session's name or journal file.")],
    target: Annotated[Path, typer.Argument(help="Folder that gets the copy; made where there is none.")],
    accept_loss: Annotated[
        bool,
        typer.Option("--accept-loss", help="Take what still holds where records, or the mark, are lost."),
    ] = False,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Copy a journal and what belongs to it, checked record by record; the copy can be resumed.

    It may run while the session writes: the copy holds what was committed when it began.

    Example: tradewind journal export paper backup
    """
    from tradewind.app.session.journals import copy_journal, find_journal

    path = find_journal(read_home(config, home), name)
    with progress_bar("Copying", quiet=as_json) as update:
        done = copy_journal(path, target, accept_loss=accept_loss, on_progress=update)
    if as_json:
        shown = {"journal": str(done.journal), "records": done.records, "root_hash": done.root_hash}
        print_json(plain(shown | {"files": [str(file) for file in done.files], "notes": list(done.notes)}))
        return
    typer.echo(f"{done.journal} holds {done.records:,} records, each follows from the one before it.")
    typer.echo(f"Root hash {done.root_hash}")
    for note in done.notes:
        typer.echo(note)


def _state(size_bytes: int | None) -> str:
    return "missing" if size_bytes is None else f"{size_bytes:,}"
