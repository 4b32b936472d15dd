"""Starting the API from the command line: the one place where a face starts another."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradewind.app.config import TradewindConfig

TOKEN_VARIABLE = "TRADEWIND_API_TOKEN"  # noqa: S105 - the name of a variable, not a secret


def health_facts(config: "TradewindConfig") -> dict[str, object]:
    """The deep check as plain data, with its overall ``status``."""
    from tradewind.app.health import check_health

    health = check_health(config)
    return {"status": health.state, "checks": [asdict(check) for check in health.checks]}


def serve_journal(
    config: "TradewindConfig",
    journal: Path,
    host: str,
    port: int,
    *,
    hosts: Sequence[str] = (),
    certificate: Path | None = None,
    key: Path | None = None,
) -> None:
    """Serve until interrupted; PortTakenError when the port is in use.

    ``hosts`` are the names by which others call this machine, besides ``host`` and its addresses.
    """
    from tradewind.api.app import create_app
    from tradewind.api.serve import serve

    token = os.environ.get(TOKEN_VARIABLE, "")
    application = create_app(
        journal,
        health=lambda: health_facts(config),
        home=config.home,
        takes_commands=True,
        token=token,
        hosts=(host, *hosts),
    )
    serve(application, host, port, token=token, certificate=certificate, key=key)
