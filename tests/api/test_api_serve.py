import contextlib
import os
import socket
import ssl
import subprocess
import sys
import time

import httpx
import pytest
from loopback import make_certificate
from session_story import opening, story, write

from tradewind.api.serve import bind
from tradewind.core.errors import ConfigError, PortTakenError
from tradewind.journal.sqlite import SqliteJournal


def test_a_taken_port_is_one_clear_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"Port {port} on 127.0.0.1") as refused:
            bind("127.0.0.1", port)
        assert refused.value.next_step


def test_two_of_our_own_do_not_share_a_port() -> None:
    with bind("127.0.0.1", 0) as first, pytest.raises(PortTakenError):
        bind("127.0.0.1", first.getsockname()[1])


@pytest.mark.parametrize("port", [70_000, -1])
def test_a_port_that_is_none_is_one_clear_sentence(port: int) -> None:
    with pytest.raises(ConfigError, match=f"{port} is no port"):
        bind("127.0.0.1", port)


def test_a_host_that_is_none_is_one_clear_sentence() -> None:
    with pytest.raises(ConfigError, match="no address of this machine"):
        bind("nowhere.invalid", 0)


@pytest.mark.services
@pytest.mark.slow
def test_the_command_serves_all_addresses_over_tls_to_who_has_the_token(tmp_path) -> None:
    """The whole way: options, allowed hosts, certificate, token; a real process on loopback's address."""
    cert, key = make_certificate(tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    journal = tmp_path / "session.journal"
    with SqliteJournal(journal) as made:
        write(made, story(12, 3))
    options = f"serve --home {tmp_path} --journal {journal} --host 0.0.0.0 --port {port}"
    options += f" --allowed-host desk.lan --allowed-host desk --tls-cert {cert} --tls-key {key}"
    command = [sys.executable, "-c", "from tradewind.cli.main import main; main()", *options.split()]
    token = "a-Secret_token-of-25-chars"
    server = subprocess.Popen(command, env=os.environ | {"TRADEWIND_API_TOKEN": token})
    try:
        trusting = ssl.create_default_context(cafile=str(cert))
        with httpx.Client(base_url=f"https://127.0.0.1:{port}/api/v1", verify=trusting) as client:
            while True:
                with contextlib.suppress(httpx.ConnectError):
                    if client.get("/health/live").status_code:
                        break
                assert server.poll() is None
                time.sleep(0.1)
            bearer = {"Authorization": f"Bearer {token}"}
            for host, expected in [("desk.lan", 200), (f"desk:{port}", 200), ("evil.example", 421)]:
                got = client.get("/health/live", headers=bearer | {"Host": host})
                assert got.status_code == expected
            assert client.get("/health/live", headers=bearer).status_code == 200
            assert client.get("/health/live").status_code == 401
    finally:
        server.terminate()
        assert server.wait(20) is not None


@pytest.mark.parametrize(
    ("options", "token", "said"),
    [
        ("--host 0.0.0.0", "", "without a token"),
        ("--host 0.0.0.0", "x", "can be guessed"),
        ("--port 70000", "", "70000"),
        ("--tls-cert missing.pem", "", "certificate and its key"),
    ],
)
def test_the_command_refuses_in_one_sentence(tmp_path, options: str, token: str, said: str) -> None:
    with SqliteJournal(tmp_path / "session.journal") as journal:
        write(journal, opening())
    whole = f"serve --home {tmp_path} --journal {tmp_path}/session.journal {options}"
    command = [sys.executable, "-c", "from tradewind.cli.main import main; main()", *whole.split()]
    environment = os.environ | {"TRADEWIND_API_TOKEN": token, "COLUMNS": "200"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
