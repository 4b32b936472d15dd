"""A home whose store is a PostgreSQL server does what one of files does, by the command line; and copies."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from postgres_site import WORD, PostgresSite, database_of
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))

from test_cli_repair import ROWS
from test_cli_repair import file as acme  # noqa: F401 - a fixture

from tradewind.cli.main import app
from tradewind.core.errors import ConfigError, StoreError, TradewindError
from tradewind.core.timestamps import parse_ns
from tradewind.store.postgres.server import PostgresServer

pytestmark = pytest.mark.services

Tell = Callable[..., Any]


@pytest.fixture
def server(postgres: PostgresSite, monkeypatch: pytest.MonkeyPatch) -> PostgresServer:
    monkeypatch.setenv("TRADEWIND_POSTGRES_PASSWORD", WORD)
    return postgres.fresh()


def teller(home: Path, server: PostgresServer | None) -> Tell:
    """Runs the command line in a home, with its store in files or on the server."""
    home.mkdir(parents=True, exist_ok=True)
    config = home / "config.yaml"
    config.write_text(f"home: {home}\n" + (f"postgres: {{url: '{server.url}'}}\n" if server else ""))

    def run(*words: str, code: int = 0, group: str = "data") -> Any:
        given = [group, *words, "--config", str(config), "--json"]
        result = CliRunner().invoke(app, given)
        if code and isinstance(result.exception, TradewindError):
            assert result.exception.exit_code == code
            return str(result.exception)
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    return run


@pytest.fixture
def both(tmp_path: Path, server: PostgresServer) -> Iterator[tuple[Tell, Tell]]:
    files, database = teller(tmp_path / "files", None), teller(tmp_path / "server", server)
    made = database("store", "--upgrade")
    assert made == {"before": "", "after": made["after"], "changed": True}
    assert not database("store", "--upgrade")["changed"]
    yield files, database
    left = {path.relative_to(tmp_path) for path in (tmp_path / "server").rglob("*.parquet")}
    assert all("providers" in path.parts for path in left), "only what was imported lies in files"


def test_a_home_on_a_server_says_what_one_of_files_says(
    both: tuple[Tell, Tell],
    acme: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    def same(*words: str, group: str = "data") -> Any:
        found = [one(*words, group=group) for one in both]
        assert found[0] == found[1], words
        return found[0]

    same("import", str(acme), "--calendar", "XNYS")
    assert same("backfill", "IBM", "--start", "2009-01-01", "--end", "2011-01-01")
    same("backfill", "IBM", "--start", "2008-01-01", "--end", "2011-01-01")
    broken = same("show", "ACME", "--rows", str(ROWS))
    cases = {case["rule"]: case for case in same("repair", "ACME")["cases"]}
    for one in both:
        one("repair", "ACME", "--accept", cases["price_unit"]["id"], "--by", "me")
    repaired = same("show", "ACME", "--rows", str(ROWS))
    assert (broken["repaired"], repaired["repaired"]) == (False, True)
    same("quality")
    same("gaps")
    for nth, kind in enumerate(("csv", "parquet")):
        paths = [tmp_path / f"{side}.{kind}" for side in ("a", "b")]
        for one, path in zip(both, paths, strict=True):
            one("export", "IBM", "--to", str(path))
        assert paths[0].read_bytes() == paths[1].read_bytes(), nth
    strategy = str(Path(__file__).parents[2] / "examples" / "sma_cross_ten_lines.py")
    run = ("--strategy", strategy, "--symbols", "IBM", "--start", "2009-06-01", "--end", "2010-12-01")
    results = [one(*run, group="backtest") for one in both]
    for result in results:
        assert result["fills"] > 0
        del result["journal"], result["seconds"]
    assert results[0] == results[1]
    assert both[1]("store")["kind"] == "postgres"
    assert both[1]("store")["tables"] == both[0]("store")["tables"]
    checks = [{c["name"]: c for c in one(group="health")["checks"]} for one in both]
    assert checks[0]["store"] == checks[1]["store"]


def test_a_store_is_copied_whole_goes_on_and_leaves_what_differs(
    both: tuple[Tell, Tell],
    acme: Path,  # noqa: F811
    tmp_path: Path,
    server: PostgresServer,
    postgres: PostgresSite,
) -> None:
    files, _ = both
    files("import", str(acme), "--calendar", "XNYS")
    files("backfill", "IBM", "--start", "2009-01-01", "--end", "2011-01-01")
    shared = teller(tmp_path / "files", server)
    done = shared("store", "--copy", "to-server")
    assert (done["copied"] > 5, done["same"], done["differing"]) == (True, 0, [])
    assert shared("show", "IBM") == files("show", "IBM")
    assert shared("store")["tables"] == files("store")["tables"]
    again = shared("store", "--copy", "to-server")
    assert (again["copied"], again["same"]) == (0, done["copied"])

    third = teller(tmp_path / "third", server)
    assert third("store", "--copy", "to-files")["copied"] == done["copied"]
    stored = {
        home: sorted(path.name.partition("-")[2] for path in (tmp_path / home / "store").rglob("*.parquet"))
        for home in ("files", "third")
    }
    assert stored["files"] == stored["third"], "there and back again, to the byte"

    database = database_of(server)
    one_bar = "SELECT partition_id, ts_event FROM tradewind.bars ORDER BY close DESC LIMIT 1"
    postgres.run(
        database, f"UPDATE tradewind.bars SET close = close + 1 WHERE (partition_id, ts_event) IN ({one_bar})"
    )
    (differs,) = shared("store", "--copy", "to-server", code=StoreError.exit_code)["differing"]
    assert differs.startswith("bars ")
    done = shared("store", "--copy", "to-server", "--replace")
    assert (done["copied"], done["differing"]) == (1, [])
    assert shared("show", "IBM") == files("show", "IBM")


def test_texts_forgotten_on_a_server_do_not_come_back_from_files(
    server: PostgresServer, tmp_path: Path
) -> None:
    from test_stored_texts import text  # what the tests of the text store are made of

    from tradewind.app.config import TradewindConfig
    from tradewind.app.market.store_desk import Direction, copy_store, upgrade_store
    from tradewind.app.postgres_config import PostgresConfig
    from tradewind.store.parquet import ParquetTables
    from tradewind.store.postgres.tables import PostgresTables
    from tradewind.store.texts import add_texts, forget_text, texts_as_of

    config = TradewindConfig(home=tmp_path, postgres=PostgresConfig(url=server.url))
    upgrade_store(config)
    files, tables = ParquetTables(tmp_path / "store"), PostgresTables(replace(server, password=WORD))
    items = [text(name=f"t{nth}") for nth in range(3)]
    add_texts(files, items)
    copy_store(config, Direction.TO_SERVER)
    now = parse_ns("2030-01-01")
    assert [one.item for one in texts_as_of(tables, now)] == [one.item for one in texts_as_of(files, now)]
    forget_text(tables, items[0].source, "t1", now)
    copy_store(config, Direction.TO_SERVER, replace=True)
    assert {one.item.id for one in texts_as_of(tables, now)} == {"t0", "t2"}
    copy_store(config, Direction.TO_FILES, replace=True)
    assert {one.item.id for one in texts_as_of(files, now)} == {"t0", "t2"}


def test_what_is_wrong_is_said_before_anything_is_done(tmp_path: Path, server: PostgresServer) -> None:
    away = teller(tmp_path / "away", replace(server, url="postgresql://tradewind@127.0.0.1:1/x"))
    for words in (("show", "IBM"), ("quality",), ("store",), ("store", "--upgrade")):
        assert "could not be reached" in away(*words, code=StoreError.exit_code)
    empty = teller(tmp_path / "empty", server)
    assert "has no tables of ours yet" in empty("quality", code=StoreError.exit_code)
    assert empty("store")["current"] is False
    files = teller(tmp_path / "files", None)
    assert "postgres.url is empty" in files("store", "--upgrade", code=ConfigError.exit_code)
    assert "is no direction" in empty("store", "--copy", "there", code=ConfigError.exit_code)
    assert "--replace is for --copy" in empty("store", "--replace", code=ConfigError.exit_code)
