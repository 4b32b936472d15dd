"""A real server under calls that nobody well-meaning sends: each is refused, none is a 500, it goes on."""

import asyncio
import base64
import json
import os
import socket
import struct
import time

import httpx
import pytest
from loopback import exchange, running, status
from session_story import story, write

from tradewind.api.app import create_app
from tradewind.api.connections import MOST_OF_ONE, BoundedHttp
from tradewind.api.request_limits import MOST_BODY_BYTES, MOST_HEAD_BYTES, RequestLimits
from tradewind.api.stream import MOST_STREAMS_OF_ONE
from tradewind.journal.sqlite import SqliteJournal

pytestmark = [pytest.mark.services, pytest.mark.slow]

TOKEN = "a-Secret_token-of-25-chars"
JSON = b"Content-Type: application/json\r\nIdempotency-Key: attack-key\r\n"
KILL = b'{"verb":"kill","argument":"freeze"}'


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attacked")
    page = folder / "page"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text("<p>page</p>")
    (page / "assets" / "app.js").write_text("1")
    (folder / "secret.txt").write_text("not for you")
    with SqliteJournal(folder / "session.journal") as journal:
        write(journal, story(12, 3, ended=False))
    return create_app(folder / "session.journal", page, health=lambda: {"status": "ok"}, takes_commands=True)


@pytest.fixture(scope="module")
def server(app):
    with running(app) as where:
        while not app.state.follower.caught_up.is_set():
            time.sleep(0.01)
        yield where


@pytest.fixture
def address(server, caplog):
    """The running server, which must answer as ever and have raised nothing when the test is done."""
    yield server
    assert httpx.get(f"http://{server}/api/v1/session").status_code == 200
    loud = [line.getMessage() for line in caplog.records if line.exc_info or line.levelname == "ERROR"]
    assert loud == []


def call(line: str, *headers: str, host: str = "localhost", body: bytes = b"") -> bytes:
    head = "\r\n".join([f"{line} HTTP/1.1", f"Host: {host}", "Connection: close", *headers])
    return head.encode("latin-1") + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nbad header line\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_no_http_is_a_problem(address: str, sent: bytes) -> None:
    answer = exchange(address, sent, wait_s=1.0)
    assert status(answer) in (0, 400, 413, 421, 501)
    if answer:
        assert b"application/problem+json" in answer
        assert b"nosniff" in answer


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("GET /%ff%fe", 404),
        ("GET /api/v1/session/%00", 404),
        ("GET /api/v1/orders/%ff%00/explain", 404),
        ("GET /api/v1/orders/" + "a" * 5_000 + "/explain", 422),
        ("GET /api/v1/decisions?symbol=%ff%00&limit=%F0%9F%98%80", 422),
        ("GET /api/v1/records?start=99999999999999999999999", 422),
        ("GET /api/v1/commands/" + "9" * 400, 422),
        ("GET /api/v1/session/", 404),  # no redirect, which would be made from the Host
        ("GET http://evil.example/api/v1/session", 404),
        ("GET //evil.example/api/v1/session", 404),
        ("OPTIONS *", 404),
        ("TRACE /api/v1/session", 405),
        ("BREW /api/v1/session", 405),
        ("DELETE /api/v1/commands", 405),
        ("CONNECT localhost:80", 404),
        ("GET /assets/app.js", 200),
        ("GET /assets/../../secret.txt", 404),
        ("GET /assets/..%2f..%2fsecret.txt", 404),
        ("GET /assets/%2e%2e/%2e%2e/secret.txt", 404),
        ("GET /assets/..\\..\\secret.txt", 404),
        ("GET /assets//etc/passwd", 404),
        ("GET /assets/%00", 404),
        ("GET /assets/" + "a" * 5_000, 404),
        ("GET /assets/" + "a/" * 2_000, 404),
        ("GET /assets/", 404),
        ("POST /assets/app.js", 405),
    ],
)
def test_odd_paths_and_methods(address: str, line: str, expected: int) -> None:
    answer = exchange(address, call(line))
    assert status(answer) == expected
    assert b"not for you" not in answer
    assert b"root:" not in answer


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[" * 60_000,
        b'{"verb":' * 7_000,
        b'{"verb": ' + b"9" * 5_000 + b"}",
        b'{"verb": NaN, "argument": 1e999}',
        b"\xff\xfe\x00",
        b'{"verb":"kill","argument":"\\ud800"}',
        b'{"verb":"kill","argument":"freeze","\\ud800":1}',
        b'{"verb":"rearm","argument":"\\u0000\\r\\nX: y"}',
        b"{" + b",".join(b'"k%d":1' % number for number in range(5_000)) + b"}",
    ],
)
def test_odd_bodies(address: str, body: bytes) -> None:
    head = call("POST /api/v1/commands", "Content-Type: application/json", "Idempotency-Key: attack-key")
    answer = exchange(address, head[:-2] + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert status(answer) in (400, 409, 422)
    told = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert told["detail"]
    assert len(answer) < 4_000


def test_a_large_body_is_refused_by_its_length_before_it_is_sent(address: str) -> None:
    head = b"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\n" + JSON
    assert status(exchange(address, head + b"Content-Length: 100000000\r\n\r\n")) == 413
    assert status(exchange(address, head + b"Content-Length: %d\r\n\r\n" % (MOST_BODY_BYTES + 1))) == 413


@pytest.mark.parametrize("chunked", [False, True])
def test_a_hundred_megabytes_are_cut_off_early(address: str, chunked: bool) -> None:
    """The server takes little of them: what it has read when it hangs up, and what the sockets hold."""
    head = b"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\n" + JSON
    told = b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"Content-Length: 100000000\r\n\r\n"
    piece = b"x" * 50_000
    if chunked:
        piece = b"%x\r\n%s\r\n" % (len(piece), piece)
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        line.sendall(head + told)
        assert sent_before_cut_off(line, piece, 2_000) < 20_000_000


@pytest.mark.parametrize("in_lines", [False, True])
def test_a_hundred_megabytes_of_header_are_cut_off_early(address: str, in_lines: bool) -> None:
    host, _, port = address.rpartition(":")
    piece = (b"X: " + b"y" * 60 + b"\r\n") * 1_000 if in_lines else b"y" * 65_000
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
        assert sent_before_cut_off(line, piece, 1_600) < 20_000_000


def sent_before_cut_off(line: socket.socket, piece: bytes, times: int) -> int:
    """Bytes that were taken before the server hung up; all of them where it did not."""
    for number in range(times):
        try:
            line.sendall(piece)
        except ConnectionError:
            return number * len(piece)
    return times * len(piece)


@pytest.mark.parametrize("upgrade", ["", "Upgrade: websocket\r\n"])
def test_a_head_over_the_limit_is_cut_off_though_it_comes_in_one_piece(address: str, upgrade: str) -> None:
    for head in (f"X: {'y' * 200_000}\r\n", "".join(f"X{number}: y\r\n" for number in range(5_000))):
        answer = exchange(address, f"GET / HTTP/1.1\r\nHost: localhost\r\n{upgrade}{head}\r\n".encode())
        assert status(answer) == 400
    many = "".join(f"X{number}: y\r\n" for number in range(200))
    assert status(exchange(address, call("GET /", many[:-2]))) == 431
    fits = f"X: {'y' * (MOST_HEAD_BYTES - 200)}"
    assert status(exchange(address, call("GET /", fits))) == 200


def test_the_token_is_asked_for_before_the_body_is_read(make_app) -> None:
    with running(make_app(token=TOKEN)) as address:
        head = b"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\n" + JSON
        for length in (b"35", b"100000000"):
            assert status(exchange(address, head + b"Content-Length: " + length + b"\r\n\r\n")) == 401
        bearer = b"Authorization: Bearer " + TOKEN.encode() + b"\r\n"
        assert status(exchange(address, head + bearer + b"Content-Length: 100000000\r\n\r\n")) == 413


def test_a_body_that_does_not_come_is_waited_for_a_while(make_app, monkeypatch) -> None:
    monkeypatch.setattr(RequestLimits, "within_s", 0.2)
    with running(make_app()) as address:
        head = b"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\n" + JSON
        assert status(exchange(address, head + b"Content-Length: 35\r\n\r\n{")) == 408


def test_a_head_that_does_not_come_is_waited_for_a_while(make_app, monkeypatch) -> None:
    monkeypatch.setattr(BoundedHttp, "head_within_s", 0.3)
    with running(make_app()) as address:
        host, _, port = address.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=5) as silent:
            assert silent.recv(1) == b""
        with socket.create_connection((host, int(port)), timeout=5) as slow:
            bytes_sent = 0
            while bytes_sent < 200 and sent_before_cut_off(slow, b"G", 1):
                bytes_sent += 1  # One byte now and then keeps nothing open.
                time.sleep(0.02)
            assert bytes_sent < 200


def test_hundreds_of_silent_connections_keep_nobody_out(address: str) -> None:
    host, _, port = address.rpartition(":")
    silent = [socket.create_connection((host, int(port)), timeout=5) for _ in range(300)]
    try:
        for number, one in enumerate(silent):
            if number % 3 == 0:
                one.sendall(b"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\n")
            if number % 3 == 1:
                one.sendall(b"GET /api/v1/session HTTP/1.1\r\nHost: localhost\r\n\r\n")
        given = call("POST /api/v1/commands", "Content-Type: application/json", "Idempotency-Key: in-time-1")
        body = b"Content-Length: %d\r\n\r\n" % len(KILL) + KILL
        assert status(exchange(address, given[:-2] + body)) == 202
        assert all(has_ended(one) for one in silent[: 300 - MOST_OF_ONE])
    finally:
        for one in silent:
            one.close()


def has_ended(line: socket.socket) -> bool:
    try:
        while line.recv(65_536):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def test_bodies_that_do_not_come_keep_no_command_out(address: str) -> None:
    host, _, port = address.rpartition(":")
    head = b"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\n" + JSON + b"Content-Length: 35\r\n\r\n"
    stuck = [socket.create_connection((host, int(port)), timeout=5) for _ in range(150)]
    try:
        for one in stuck:
            one.sendall(head)
        assert status(exchange(address, head.replace(b"attack-key", b"another-1") + KILL, wait_s=3)) == 202
    finally:
        for one in stuck:
            one.close()


def upgrade(path: str = "/api/v1/stream", *headers: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def frame(opcode: int, data: bytes, *, fin: bool = True, masked: bool = True, length: int = -1) -> bytes:
    told = len(data) if length < 0 else length
    head = bytes([(0x80 if fin else 0) | opcode])
    size = bytes([told]) if told < 126 else bytes([127]) + struct.pack("!Q", told)
    if not masked:
        return head + size + data
    return head + bytes([size[0] | 0x80]) + size[1:] + b"\0\0\0\0" + data


@pytest.mark.parametrize(
    "sent",
    [
        frame(1, b"\xff\xfe"),
        frame(1, b"x" * 10_000),
        frame(2, b"", length=2**62),
        frame(1, b"unmasked", masked=False),
        frame(11, b"unknown"),
        frame(0, b"goes on from nothing"),
        frame(9, b"x" * 200),
        frame(8, b"\x00"),
        frame(8, struct.pack("!H", 999)),
        b"\xff" * 50,
        *(frame(1, b"x" * 1_000, fin=False) + frame(0, b"x" * 1_000, fin=False) * 20 for _ in range(1)),
    ],
)
def test_bad_frames_end_the_stream_alone(address: str, sent: bytes) -> None:
    assert ended_after(address, sent)


def test_talk_on_the_stream_is_not_kept(address: str) -> None:
    assert ended_after(address, frame(1, b"talk") * 2_000 + frame(8, struct.pack("!H", 1000)))


def ended_after(address: str, sent: bytes) -> bool:
    """Whether the server ends a stream on which this was sent."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall(upgrade())
        assert status(line.recv(65_536)) == 101
        sent_before_cut_off(line, sent, 1)
        return has_ended(line)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (upgrade("/api/v1/nothing"), 403),
        (upgrade("/assets/x"), 403),
        (upgrade("/api/v1/stream", "Origin: http://evil.example"), 403),
        (upgrade("/api/v1/stream", "Origin: null"), 403),
        (upgrade("/api/v1/stream", "Sec-Fetch-Site: cross-site"), 403),
        (upgrade("/api/v1/stream?since=%ff&session=%00"), 101),
        (upgrade().replace(b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Version: 99"), 400),
        (upgrade().replace(b"Sec-WebSocket-Key: ", b"Sec-WebSocket-Key: !"), 400),
        (upgrade().replace(b"Host: localhost", b"Host: evil.example"), 421),
        (upgrade().replace(b"GET ", b"POST "), 405),
    ],
)
def test_odd_handshakes(address: str, sent: bytes, expected: int) -> None:
    assert status(exchange(address, sent, wait_s=1.5)) == expected


def test_one_caller_has_so_many_streams_and_others_become_free(address: str) -> None:
    host, _, port = address.rpartition(":")
    lines = []
    try:
        for number in range(MOST_STREAMS_OF_ONE + 4):
            line = socket.create_connection((host, int(port)), timeout=5)
            lines.append(line)
            line.sendall(upgrade())
            got = status(line.recv(65_536))
            assert got == (101 if number < MOST_STREAMS_OF_ONE else 503)
    finally:
        for line in lines:
            line.close()
    deadline = time.monotonic() + 10
    while status(exchange(address, upgrade(), wait_s=0.5)) != 101:
        assert time.monotonic() < deadline


async def test_others_are_answered_while_it_is_attacked(address: str) -> None:
    answered = asyncio.Event()

    async def attack(sent: bytes) -> set[int]:
        """What is answered to the same attack again and again, until others were answered often enough."""
        told = {status(await asyncio.to_thread(exchange, address, sent, wait_s=10.0))}
        while not answered.is_set():
            told.add(status(await asyncio.to_thread(exchange, address, sent, wait_s=10.0)))
        return told

    large = b"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\n" + JSON
    large += b"Transfer-Encoding: chunked\r\n\r\n" + b"fff0\r\n" + b"x" * 0xFFF0 + b"\r\n"
    large += b"fff0\r\n" + b"x" * 0xFFF0 + b"\r\n"
    head = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 1_000_000
    async with httpx.AsyncClient(base_url=f"http://{address}/api/v1", timeout=10) as client:
        attacks = [asyncio.create_task(attack(sent)) for sent in [large, head] * 10]
        try:
            for _ in range(5):
                assert (await client.get("/health/live")).status_code == 200
        finally:
            answered.set()
        assert set().union(*[await one for one in attacks]) == {400, 413}
