"""``tradewind serve``: the API and the dashboard over a journal."""

from typing import Annotated

import typer

from tradewind.cli.options import Config, Home, Journal, Port, read_config
from tradewind.cli.output import say


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(serve)


def serve(
    config: Config = None,
    home: Home = None,
    journal: Journal = None,
    host: Annotated[str, typer.Option(help="Address; off loopback needs TRADEWIND_API_TOKEN.")] = "127.0.0.1",
    port: Port = 8420,
) -> None:
    """Serve the API and the dashboard over a journal, live while a session writes it.

    Example: tradewind serve --port 9000
    """
    from tradewind.app.journals import journal_path, open_journal
    from tradewind.cli.serving import serve_journal

    loaded = read_config(config, home)
    path = journal_path(loaded, journal)
    with open_journal(path):
        pass  # What is not there, or is no journal, is refused before anything listens.
    say(f"Serving {path} on http://{host}:{port}  (Ctrl-C ends)")
    serve_journal(loaded, path, host, port)
