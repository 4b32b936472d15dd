"""A real HTTP server on loopback that answers as it is told: late, never, half, or well."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

Reply = tuple[int, Mapping[str, str], bytes]


@dataclass(frozen=True)
class Asked:
    """One request; names of headers in lower case."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass
class Site:
    """Where it listens, what it was asked, and how many of its next answers are cut or held back.

    ``cut`` answers break off in the middle of their body; ``held`` ones never come before the site closes.
    """

    answer: Callable[[Asked], Reply]
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    cut: int = 0
    held: int = 0
    closing: threading.Event = field(default_factory=threading.Event)


@contextmanager
def open_site(answer: Callable[[Asked], Reply]) -> Iterator[Site]:
    site = Site(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(unquote(parts.path), dict(parse_qsl(parts.query)), headers)
            site.asked.append(asked)
            if site.held:
                site.held -= 1
                site.closing.wait(30.0)
                self.close_connection = True
                return
            status, said, body = site.answer(asked)
            self.send_response(status)
            for name, value in said.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            if site.cut:
                site.cut -= 1
                body = body[: len(body) // 2]
            self.wfile.write(body)
            self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        site.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


class StandingClock:
    """Time stands still until somebody sleeps."""

    def __init__(self, now_ns: int) -> None:
        self.now = now_ns
        self.slept: list[float] = []

    def now_ns(self) -> int:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += int(seconds * 1e9)
