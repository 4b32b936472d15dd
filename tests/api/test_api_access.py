"""Who is let in, and who is not: other sites, other names, other addresses, wrong tokens."""

import logging
import ssl

import httpx
import pytest
import websockets
from loopback import exchange, make_certificate, running, status

from tradewind.api.access import Access
from tradewind.api.failed_logins import FailedLogins
from tradewind.api.origins import check_hosts
from tradewind.api.serve import check_certificate, serve
from tradewind.api.tokens import check_token
from tradewind.core.errors import ConfigError

TOKEN = "a-Secret_token-of-25-chars"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
KILL = {"verb": "kill", "argument": "freeze"}
PATHS = ["/session", "/records", "/journal/verify", "/health", "/health/live", "/openapi.json", "/nothing"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},
        {"Origin": "http://localhost.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    ],
)
async def test_a_page_of_another_site_reads_nothing_and_commands_nothing(make_app, asking, headers) -> None:
    async with asking(make_app()) as client:
        for path in PATHS:
            assert (await client.get(path, headers=headers)).status_code == 403
        key = {"Idempotency-Key": "of-another-site"}
        assert (await client.post("/commands", json=KILL, headers=headers | key)).status_code == 403
        assert (await client.get("http://localhost/assets/x.js", headers=headers)).status_code == 403


async def test_our_own_page_and_a_link_to_it_are_let_in(make_app, asking, tmp_path) -> None:
    (tmp_path / "index.html").write_text("<p>page</p>")
    async with asking(make_app(static_dir=tmp_path)) as client:
        own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
        assert (await client.get("/session", headers=own)).status_code == 200
        assert (await client.get("/session", headers={"Sec-Fetch-Site": "none"})).status_code == 200
        link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        assert (await client.get("http://localhost/", headers=link)).status_code == 200
        framed = link | {"Sec-Fetch-Dest": "iframe"}
        assert (await client.get("http://localhost/", headers=framed)).status_code == 403


@pytest.mark.services
def test_hosts_and_paths_are_judged_as_they_are_routed(make_app) -> None:
    """A path in the ``Host`` made the URL, which was judged, differ from the path that was routed."""
    with running(make_app(token=TOKEN, hosts=("desk.lan",))) as address:
        for host, expected in [
            ("localhost", 401),
            ("LOCALHOST:8420", 401),
            ("desk.lan", 401),
            ("[::1]:80", 401),
            (address, 401),
            ("localhost/assets?", 421),
            ("localhost/#", 421),
            ("localhost:80:80", 421),
            ("[::1]evil.example", 421),
            ("user@localhost", 421),
            ("evil.example", 421),
            ("192.0.2.1", 421),
            ("", 421),
        ]:
            sent = f"GET /api/v1/session HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
            assert status(exchange(address, sent)) == expected, host
        for path in ("/%61pi/v1/session", "/api/v1/../v1/session", "/api/v1//session"):
            sent = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
            assert status(exchange(address, sent)) == 401, path


async def test_the_address_that_was_called_is_our_own_name() -> None:
    async def inner(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def told(host: str, called: str) -> int:
        sent = []

        async def send(message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/", "server": (called, 80), "query_string": b""}
        scope |= {"headers": [(b"host", host.encode())], "client": ("192.0.2.9", 5)}
        await Access(inner, "", ())(scope, None, send)
        return sent[0]["status"]

    assert await told("192.0.2.1:8420", "192.0.2.1") == 204
    assert await told("192.0.2.1", "::ffff:192.0.2.1") == 204
    assert await told("[fe80::1]", "fe80::1%eth0") == 204
    assert await told("192.0.2.2", "192.0.2.1") == 421
    assert await told("desk.lan", "desk.lan") == 421


async def test_with_a_token_no_address_is_trusted(make_app, asking) -> None:
    for address in ("127.0.0.1", "::1", "192.0.2.7"):
        async with asking(make_app(token=TOKEN), address=address) as client:
            for path in PATHS:
                assert (await client.get(path)).status_code == 401
            assert (await client.get("/session", headers=BEARER)).status_code == 200
            assert (
                await client.get("/session", headers=BEARER | {"X-Forwarded-For": "127.0.0.1"})
            ).status_code == 200


async def test_without_a_token_nobody_comes_through_a_proxy(make_app, asking) -> None:
    async with asking(make_app()) as client:
        for name in ("X-Forwarded-For", "Forwarded", "Via"):
            assert (await client.get("/session", headers={name: "192.0.2.7"})).status_code == 403


@pytest.mark.services
async def test_the_stream_takes_the_token_as_a_subprotocol(make_app) -> None:
    with running(make_app(token=TOKEN)) as address:
        url = f"ws://{address}/api/v1/stream"
        for offered in (None, ["bearer.wrong-and-long-enough"], [TOKEN]):
            with pytest.raises(websockets.InvalidStatus) as refused:
                async with websockets.connect(url, subprotocols=offered):
                    pass
            assert refused.value.response.status_code == 401
        async with websockets.connect(url, subprotocols=[f"bearer.{TOKEN}"]) as socket:
            assert socket.subprotocol == f"bearer.{TOKEN}"


@pytest.mark.parametrize(
    "token", ["x", "x" * 40, "fifteen-charact", "ab" * 20, "with space and more", "ä" * 9]
)
def test_a_token_that_can_be_guessed_is_refused(make_app, token: str) -> None:
    with pytest.raises(ConfigError) as refused:
        make_app(token=token)
    assert "token_urlsafe" in refused.value.next_step
    assert token not in str(refused.value)


def test_good_tokens_are_taken() -> None:
    check_token("")
    check_token("0123456789abcdef")
    check_token(TOKEN)


async def test_wrong_tokens_are_held_up_and_logged_without_them(make_app, asking, caplog) -> None:
    async with asking(make_app(token=TOKEN), address="192.0.2.7") as client:
        codes = []
        with caplog.at_level(logging.WARNING):
            for number in range(30):
                wrong = {"Authorization": f"Bearer guess-number-{number}-long"}
                codes.append((await client.get("/session", headers=wrong)).status_code)
        assert codes == [401] * 10 + [429] * 20
        held = await client.get("/session", headers=BEARER)  # a right guess tells nothing either
        assert held.status_code == 429
        assert int(held.headers["retry-after"]) > 0
        said = [line.getMessage() for line in caplog.records if "wrong token" in line.getMessage()]
        assert len(said) == 10
        assert all("192.0.2.7" in line for line in said)
        assert "guess" not in caplog.text
        assert "held up" in said[-1]


async def test_calls_without_a_token_are_no_guesses(make_app, asking) -> None:
    async with asking(make_app(token=TOKEN)) as client:
        assert {(await client.get("/session")).status_code for _ in range(30)} == {401}
        assert (await client.get("/session", headers=BEARER)).status_code == 200


def test_failed_logins_by_hand() -> None:
    now = [0.0]
    failed = FailedLogins(lambda: now[0], each=3, each_every_s=5.0, all_together=6, all_every_s=2.0)
    failed.right("192.0.2.50")
    for _ in range(3):
        assert failed.wait_s("192.0.2.1") == 0
        failed.wrong("192.0.2.1")
    assert failed.wait_s("192.0.2.1") == 5
    assert failed.wait_s("192.0.2.2") == 0  # another one
    now[0] = 3.0
    assert failed.wait_s("192.0.2.1") == 2
    now[0] = 5.0
    assert failed.wait_s("192.0.2.1") == 0
    for number in range(6):  # each from an address of its own, together too many
        failed.wrong(f"198.51.100.{number}")
    assert failed.wait_s("203.0.113.1") > 0
    assert failed.wait_s("192.0.2.50") == 0  # who was right before is not held up by others
    for number in range(3):
        failed.wrong(f"2001:db8::{number}")
    assert failed.wait_s("2001:db8::ffff:1") >= 5  # one who has a whole network of them


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "desk.lan"])
def test_off_loopback_takes_a_token(make_app, host: str) -> None:
    with pytest.raises(ConfigError, match=r"without a token") as refused:
        serve(make_app(), host, 0)
    assert "TRADEWIND_API_TOKEN" in refused.value.next_step


@pytest.mark.parametrize("name", ["http://desk.lan", "desk.lan:80", "a b", ""])
def test_hosts_that_are_none_are_refused(make_app, name: str) -> None:
    with pytest.raises(ConfigError, match="no name of a host"):
        make_app(hosts=(name,))
    check_hosts(("desk.lan", "::1", "192.0.2.1"))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.mark.services
async def test_over_tls(make_app, certificate) -> None:
    cert, key = certificate
    with running(make_app(token=TOKEN), certificate=cert, key=key) as address:
        trusting = ssl.create_default_context(cafile=str(cert))
        async with httpx.AsyncClient(verify=trusting) as client:
            got = await client.get(f"https://{address}/api/v1/health/live", headers=BEARER)
            assert got.status_code == 200
        url = f"wss://{address}/api/v1/stream"
        async with websockets.connect(
            url, ssl=trusting, subprotocols=[f"bearer.{TOKEN}"], origin=f"https://{address}"
        ) as socket:
            assert await socket.recv()
        assert b"HTTP/1.1 200" not in exchange(address, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")


def test_a_certificate_that_cannot_be_used_is_one_sentence(certificate, tmp_path) -> None:
    cert, key = certificate
    check_certificate(None, None)
    check_certificate(cert, key)
    (tmp_path / "none.pem").write_text("nothing")
    for pair in [(cert, None), (None, key), (cert, cert), (tmp_path / "missing.pem", key)]:
        with pytest.raises(ConfigError) as refused:
            check_certificate(*pair)
        assert refused.value.next_step
    with pytest.raises(ConfigError, match=r"none\.pem"):
        check_certificate(tmp_path / "none.pem", key)
