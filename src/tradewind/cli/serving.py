"""Starting the API from the command line: the one place where a face starts another."""

import os
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


def serve_journal(config: "TradewindConfig", journal: Path, host: str, port: int) -> None:
    """Serve until interrupted; PortTakenError when the port is in use."""
    from tradewind.api.app import create_app
    from tradewind.api.serve import serve

    token = os.environ.get(TOKEN_VARIABLE, "")
    application = create_app(
        journal,
        health=lambda: health_facts(config),
        inbox_path=journal.with_suffix(".inbox"),
        token=token,
        hosts=() if host in ("127.0.0.1", "localhost", "::1") else (host,),
    )
    serve(application, host, port, token=token)
