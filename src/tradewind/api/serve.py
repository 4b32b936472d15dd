"""Runs the API on an address until it is told to stop."""

import ipaddress
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI

from tradewind.api.tokens import MAKE_ONE
from tradewind.core.errors import ConfigError, PortTakenError

if TYPE_CHECKING:
    import uvicorn

_MOST_STREAM_MESSAGE_BYTES = 4_096
_LAST_RESORT = 600
"""Calls at once; the bounds of connections, streams and pools leave room below it."""


def serve(
    app: FastAPI,
    host: str = "127.0.0.1",
    port: int = 8420,
    *,
    token: str = "",
    certificate: Path | None = None,
    key: Path | None = None,
) -> None:
    """Serve until interrupted; over TLS where a certificate and its key are given.

    Raises
    ------
    PortTakenError
        Something else serves on that port.
    ConfigError
        The address is not on this machine's loopback and there is no token, the address is none, or the
        certificate cannot be used.
    """
    import uvicorn

    if not is_loopback(host) and not token:
        message = f"Serving on {host} without a token would let the network in."
        raise ConfigError(message, f"Set TRADEWIND_API_TOKEN, or serve on 127.0.0.1. {MAKE_ONE}")
    check_certificate(certificate, key)
    listening = bind(host, port)
    with listening:
        uvicorn.Server(settings(app, certificate, key)).run(sockets=[listening])


def settings(app: FastAPI, certificate: Path | None = None, key: Path | None = None) -> "uvicorn.Config":
    """How uvicorn runs the app.

    Its h11 is slower than httptools, and cuts off a head that is too large. Nobody's word on who calls
    (``X-Forwarded-For``) is taken.
    """
    import uvicorn

    from tradewind.api.connections import BoundedHttp
    from tradewind.api.request_limits import MOST_HEAD_BYTES

    return uvicorn.Config(
        app,
        log_level="warning",
        http=BoundedHttp,
        ws="websockets-sansio",
        ws_max_size=_MOST_STREAM_MESSAGE_BYTES,
        h11_max_incomplete_event_size=MOST_HEAD_BYTES,
        limit_concurrency=_LAST_RESORT,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=2,
        proxy_headers=False,
        server_header=False,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )


def check_certificate(certificate: Path | None, key: Path | None) -> None:
    """ConfigError unless both are there and belong together, or none is given."""
    if certificate is None and key is None:
        return
    if certificate is None or key is None:
        raise ConfigError("TLS takes a certificate and its key.", "Give --tls-cert and --tls-key together.")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        message = f"The certificate {certificate} with the key {key} cannot be used: {error}."
        raise ConfigError(message, "Give a PEM certificate and the key it was made with.") from error


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def bind(host: str, port: int) -> socket.socket:
    """A socket that holds the address; 0 takes any free port."""
    if not 0 <= port <= 65_535:
        message = f"{port} is no port."
        raise ConfigError(message, "Choose one from 0 to 65535 with --port.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        # Two listeners may share an address that nobody listens on yet; listening settles it now.
        listening.listen(128)
    except (socket.gaierror, UnicodeError) as error:
        listening.close()
        message = f"{host!r} is no address of this machine."
        raise ConfigError(message, "Choose one with --host, such as 127.0.0.1 or 0.0.0.0.") from error
    except OSError as error:
        listening.close()
        message = f"Port {port} on {host} cannot be served on: {error.strerror or error}."
        raise PortTakenError(message, "Stop what uses it, or choose another with --port.") from error
    return listening


def _no_password() -> str:
    message = "the key asks for a password"
    raise ValueError(message)
