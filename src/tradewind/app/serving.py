"""The dashboard over a journal: what the API needs besides it."""

import os
from dataclasses import asdict
from pathlib import Path

from tradewind.app.config import TradewindConfig
from tradewind.app.health import check_health

TOKEN_VARIABLE = "TRADEWIND_API_TOKEN"  # noqa: S105 - the name of a variable, not a secret


def health_facts(config: TradewindConfig) -> dict[str, object]:
    """The deep check as plain data, with its overall ``status``."""
    health = check_health(config)
    return {"status": health.state, "checks": [asdict(check) for check in health.checks]}


def serve_journal(config: TradewindConfig, journal: Path, host: str, port: int) -> None:
    """Serve until interrupted; PortTakenError when the port is in use."""
    import importlib

    # The API stands above this room; it is reached by name, as a server reaches its application.
    api = importlib.import_module("tradewind.api.app")
    server = importlib.import_module("tradewind.api.serve")
    token = os.environ.get(TOKEN_VARIABLE, "")
    application = api.create_app(
        journal,
        health=lambda: health_facts(config),
        inbox_path=journal.with_suffix(".inbox"),
        token=token,
        hosts=() if host in ("127.0.0.1", "localhost", "::1") else (host,),
    )
    server.serve(application, host, port, token=token)
