"""The API on a real port, in a thread of this process."""

import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tradewind.api.serve import bind, settings


@contextlib.contextmanager
def running(app, port: int = 0, **changes) -> Iterator[str]:
    """Serve ``app`` on loopback as ``serve`` does, in a thread, on a free port unless one is named."""
    listening = bind("127.0.0.1", port)
    config = settings(app, **changes)
    config.timeout_graceful_shutdown = 1
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            pytest.fail("the server ended before it had started")
        time.sleep(0.01)
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()


def exchange(address: str, *parts: bytes, wait_s: float = 5.0) -> bytes:
    """Send raw bytes until the server cuts off, then read until it has nothing more to say."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=wait_s) as line:
        with contextlib.suppress(ConnectionError):
            for part in parts:
                line.sendall(part)
        heard = bytearray()
        with contextlib.suppress(TimeoutError, ConnectionError):
            while more := line.recv(65_536):
                heard += more
        return bytes(heard)


def status(answer: bytes) -> int:
    """The status of the first answer, 0 for none."""
    first = answer.split(b"\r\n", 1)[0].split()
    return int(first[1]) if len(first) > 1 else 0


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that vouches for itself, and its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, secret.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = made.add_extension(address, critical=False).sign(secret, hashes.SHA256())
    cert.write_bytes(signed.public_bytes(Encoding.PEM))
    key.write_bytes(secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return cert, key
