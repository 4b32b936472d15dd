"""A PostgreSQL server that all tests of this folder share, each with a database of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_site import PostgresSite, postgres_site

from benchmarks.private_postgres import programs


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresSite]:
    try:
        programs()
    except RuntimeError as error:
        pytest.skip(str(error))
    # Not below pytest's own folder, which no other user may enter: root runs the server as one.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    folder.chmod(0o755)
    try:
        with postgres_site(folder / "server") as site:
            yield site
    finally:
        shutil.rmtree(folder)
