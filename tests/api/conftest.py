"""A journal that tells a story, the API over it, and a real server on loopback."""

import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "views"))

from loopback import running
from session_story import story, write

from tradewind.api.app import create_app
from tradewind.core.journal_ports import OwnedJournal
from tradewind.journal.opening import open_writer


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[OwnedJournal]:
    with open_writer(tmp_path / "session.journal") as made:
        write(made, story(50, 11, ended=False))
        yield made


@pytest.fixture
def make_app(journal: OwnedJournal, tmp_path: Path) -> Callable[..., object]:
    def make(**changes):
        settings = {
            "health": lambda: {"status": "ok", "checks": {"disk": "ok"}},
            "takes_commands": True,
            "poll_s": 0.02,
        }
        return create_app(journal.path, **(settings | changes))

    return make


@pytest.fixture
def asking() -> Callable[..., contextlib.AbstractAsyncContextManager[httpx.AsyncClient]]:
    """A client of an app that runs in this process, once the app has read its journal."""

    @contextlib.asynccontextmanager
    async def ask(
        app, address: str = "127.0.0.1", host: str = "localhost"
    ) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app, client=(address, 50_000), raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url=f"http://{host}/api/v1") as client,
        ):
            await app.state.follower.caught_up.wait()
            yield client

    return ask


@pytest.fixture
def serving() -> Callable[..., contextlib.AbstractContextManager[str]]:
    return running
