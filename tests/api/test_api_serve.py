import socket

import pytest

from tradewind.api.serve import bind, serve
from tradewind.core.errors import ConfigError, PortTakenError


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


def test_the_network_is_not_let_in_without_a_token(make_app) -> None:
    with pytest.raises(ConfigError, match="without a token"):
        serve(make_app(), "0.0.0.0", 0)
