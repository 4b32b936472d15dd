"""``tradewind serve``: the API and the dashboard over a journal."""

from pathlib import Path
from typing import Annotated

import typer

from tradewind.cli.options import Config, Home, Journal, Port, read_config
from tradewind.cli.output import say
from tradewind.cli.which_session import chosen_journal


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(serve)


def serve(
    config: Config = None,
    home: Home = None,
    journal: Journal = None,
    host: Annotated[str, typer.Option(help="Address; off loopback needs TRADEWIND_API_TOKEN.")] = "127.0.0.1",
    port: Port = 8420,
    allowed_host: Annotated[
        list[str] | None, typer.Option(help="Name by which others call this machine; may be repeated.")
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate (PEM): serve over TLS.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Key of the certificate (PEM).")] = None,
) -> None:
    """Serve the API and the dashboard over a journal, live while a session writes it.

    Example: tradewind serve --port 9000
    Example: tradewind serve --host 0.0.0.0 --allowed-host desk.lan --tls-cert desk.pem --tls-key desk.key
    """
    from tradewind.api.serve import is_loopback
    from tradewind.app.home import Home as HomeFolder
    from tradewind.app.session.journals import open_journal
    from tradewind.cli.serving import serve_journal

    loaded = read_config(config, home)
    path = chosen_journal(HomeFolder(loaded.home), journal, quiet=True)  # it is named below
    with open_journal(path, say, by_index=True):
        pass  # What is not there, or is no journal, is refused before anything listens.
    scheme = "http" if tls_cert is None else "https"
    shown = f"[{host}]" if ":" in host else host
    say(f"Serving {path} on {scheme}://{shown}:{port}  (Ctrl-C ends)")
    if tls_cert is None and not is_loopback(host):
        say("Note: without --tls-cert and --tls-key the token crosses the network in clear text.")
    serve_journal(loaded, path, host, port, hosts=allowed_host or (), certificate=tls_cert, key=tls_key)
