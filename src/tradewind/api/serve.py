"""Runs the API on an address until it is told to stop."""

import socket

from fastapi import FastAPI

from tradewind.api.gate import LOOPBACK_NAMES
from tradewind.core.errors import ConfigError, PortTakenError


def serve(app: FastAPI, host: str = "127.0.0.1", port: int = 8420, *, token: str = "") -> None:
    """Serve until interrupted.

    Raises
    ------
    PortTakenError
        Something else serves on that port.
    ConfigError
        The address is not on this machine's loopback and there is no token.
    """
    import uvicorn

    if host not in LOOPBACK_NAMES and not token:
        message = f"Serving on {host} without a token would let the network in."
        raise ConfigError(message, "Configure a token, or serve on 127.0.0.1.")
    listening = bind(host, port)
    with listening:
        config = uvicorn.Config(
            app, log_level="warning", ws="websockets-sansio", timeout_graceful_shutdown=2, server_header=False
        )
        uvicorn.Server(config).run(sockets=[listening])


def bind(host: str, port: int) -> socket.socket:
    """A socket that holds the address; 0 takes any free port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        # Two listeners may share an address that nobody listens on yet; listening settles it now.
        listening.listen(128)
    except OSError as error:
        listening.close()
        message = f"Port {port} on {host} cannot be served on: {error.strerror or error}."
        raise PortTakenError(message, "Stop what uses it, or choose another with --port.") from error
    return listening
