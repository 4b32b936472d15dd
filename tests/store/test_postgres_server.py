"""The PostgreSQL store under what goes wrong: kills, strangers, old and new programs, no entry, no room."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from postgres_site import OWNER, WORD, PostgresSite, database_of, postgres_site

from tradewind.core.errors import ConfigError, MissingKeyError, StoreError
from tradewind.core.timestamps import parse_ns
from tradewind.store.merge import merge_rows
from tradewind.store.postgres.layout import server_metadata
from tradewind.store.postgres.server import PostgresServer, engine_of
from tradewind.store.postgres.tables import PostgresTables
from tradewind.store.postgres.upgrade import revision, upgrade

pytestmark = pytest.mark.services

PART = {"instrument_id": "ACME.XNAS", "timeframe": "1d", "source": "x", "basis": "raw"}


def bars(first: int, count: int, price: float) -> pa.Table:
    names = ("open", "high", "low", "close", "volume")
    times = np.arange(first, first + count, dtype=np.int64) * 60 * 10**9
    return pa.table({"ts_event": times} | dict.fromkeys(names, np.full(count, price)))


@pytest.fixture
def server(postgres: PostgresSite) -> PostgresServer:
    made = postgres.fresh()
    upgrade(made)
    return made


def test_an_upgraded_database_is_what_the_program_describes(server: PostgresServer) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def ours(thing: object, name: str | None, kind: str, *_: object) -> bool:
        years = kind == "table" and str(name).startswith("bars_")
        return not years and name not in ("bars_by_time", "alembic_version")

    with engine_of(server).connect() as connection:
        options = {"include_object": ours, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, server_metadata()) == []


def test_a_database_without_tables_or_of_a_newer_program_is_refused(postgres: PostgresSite) -> None:
    server = postgres.fresh()
    tables = PostgresTables(server)
    with pytest.raises(StoreError, match="has no tables of ours yet") as error:
        tables.has("bars", PART)
    assert "tradewind data store --upgrade" in str(error.value)
    assert revision(server).at == ""
    before, after = upgrade(server)
    assert (before.current, after.current) == (False, True)
    assert not tables.has("bars", PART)
    other = replace(server, schema="theirs")
    upgrade(other)
    postgres.run(database_of(server), "UPDATE theirs.alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="upgraded by a newer Tradewind, to 9999"):
        PostgresTables(other).has("bars", PART)
    with pytest.raises(StoreError, match="upgraded by a newer Tradewind"):
        upgrade(other)


def test_upgrades_at_once_and_one_that_fails_leave_a_whole_database(postgres: PostgresSite) -> None:
    server = postgres.fresh()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: upgrade(server), range(4)))
    assert sorted(before.at for before, _ in found) == ["", "0002", "0002", "0002"]
    stranger = replace(server, schema="stranger")
    database = database_of(server)
    postgres.run(database, "CREATE SCHEMA stranger", "CREATE TABLE stranger.texts (theirs int)")
    with pytest.raises(StoreError, match='relation "texts" already exists'):
        upgrade(stranger)
    held = postgres.run(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'stranger'")
    assert held == [("texts",)], "nothing of ours stays beside what is a stranger's"


def test_bars_lie_in_partitions_by_year_with_a_brin_index(
    server: PostgresServer, postgres: PostgresSite
) -> None:
    tables, day = PostgresTables(server), 86_400 * 10**9
    times = [parse_ns("2021-12-31") + day - 1, parse_ns("2022-01-01"), parse_ns("1931-05-05")]
    rows = bars(0, 3, 1.0).set_column(0, "ts_event", pa.array(times))
    rows = rows.set_column(4, "close", pa.array([1.0, 2.0, 3.0]))
    tables.upsert("bars", PART, rows, ["ts_event"])
    database = database_of(server)
    query = "SELECT tableoid::regclass::text, close FROM tradewind.bars ORDER BY ts_event"
    found = postgres.run(database, "SET search_path TO tradewind", query)
    assert found == [("bars_1931", 3.0), ("bars_2021", 1.0), ("bars_2022", 2.0)]
    kinds = (
        "SELECT am.amname FROM pg_class c JOIN pg_am am ON am.oid = c.relam WHERE c.relname LIKE 'bars_2022%'"
    )
    assert {"brin", "btree"} <= {str(row[0]) for row in postgres.run(database, kinds)}
    named = "SELECT instrument_id, closed_at::text FROM tradewind.bars_by_name WHERE close = 2"
    assert postgres.run(database, "SET TimeZone TO 'UTC'", named) == [("ACME.XNAS", "2022-01-01 00:00:00+00")]


def test_a_hypertable_is_made_where_the_extension_is(postgres: PostgresSite) -> None:
    """Against stand-ins of TimescaleDB's functions: the extension itself is not installed here."""
    server = postgres.fresh()
    database = database_of(server)
    postgres.run(
        database,
        "INSERT INTO pg_extension SELECT 424242, 'timescaledb', 10, 2200, true, '2.17', NULL, NULL",
        "CREATE TABLE asked (said text)",
        "CREATE FUNCTION by_range(name text, span bigint) RETURNS text LANGUAGE sql"
        " AS $$ SELECT name || ' ' || span $$",
        "CREATE FUNCTION create_hypertable(relation regclass, dimension text) RETURNS void LANGUAGE sql"
        " AS $$ INSERT INTO public.asked VALUES (relation::text || ' ' || dimension) $$",
    )
    with engine_of(server).connect() as connection:
        connection.exec_driver_sql(f"ALTER ROLE {OWNER} IN DATABASE {database} SET search_path TO public")
        connection.commit()
    found = replace(server, schema="public")
    upgrade(found)
    assert postgres.run(database, "SELECT said FROM asked") == [("bars ts_event 31622400000000000",)]
    tables = PostgresTables(found)
    tables.upsert("bars", PART, bars(0, 10, 1.0), ["ts_event"])
    assert len(tables.read("bars", PART)) == 10
    kind = "SELECT relkind::text FROM pg_class WHERE relname = 'bars'"
    assert postgres.run(database, kind) == [("r",)]


WRITER = """
import sys
sys.path[:0] = sys.argv[1:3]
from test_postgres_server import PART, bars
from postgres_site import WORD
from tradewind.store.postgres.server import PostgresServer
from tradewind.store.postgres.tables import PostgresTables
tables = PostgresTables(PostgresServer(sys.argv[3], "tradewind", WORD))
for number in range(2, 10_000):
    tables.upsert("bars", PART, bars(0, 3_000 + number, float(number)), ["ts_event"], replace=True)
    print(number, flush=True)
"""


@pytest.mark.parametrize("pause_s", [0.0, 0.013, 0.031])
def test_a_writer_that_is_killed_leaves_the_old_rows_or_the_new(
    server: PostgresServer, pause_s: float
) -> None:
    tables, here = PostgresTables(server), str(Path(__file__).parent)
    tables.upsert("bars", PART, bars(0, 3_000, 1.0), ["ts_event"])
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, here, here, server.url], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    said = [int(writer.stdout.readline()) for _ in range(3)]
    time.sleep(pause_s)
    os.kill(writer.pid, signal.SIGKILL)
    said += [int(line) for line in writer.stdout.read().split()]
    writer.stdout.close()
    writer.wait()
    rows = tables.read("bars", PART)
    (number,) = set(rows.column("close").to_pylist())
    assert number in (said[-1], said[-1] + 1), "what it said it had written is there"
    assert len(rows) == 3_000 + int(number)
    assert tables.damaged("bars") == []
    tables.upsert("bars", PART, bars(0, 5, 0.5), ["ts_event"])  # nobody holds the partition any more


def test_a_server_that_is_killed_in_the_middle_of_a_write_undoes_it(postgres: PostgresSite) -> None:
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    folder.chmod(0o755)
    try:
        with postgres_site(folder / "server") as site:
            server = site.fresh()
            upgrade(server)
            tables = PostgresTables(server)
            tables.upsert("bars", PART, bars(0, 100, 1.0), ["ts_event"])

            def killing(old: pa.Table | None, new: pa.Table, key: list[str]) -> pa.Table:
                site.kill()
                return merge_rows(old, new, key)

            with pytest.raises(StoreError, match="could not be reached, or was lost"):
                tables.upsert("bars", PART, bars(50, 100, 2.0), ["ts_event"], merge=killing)
            with pytest.raises(StoreError, match="could not be reached, or was lost"):
                tables.read("bars", PART)
            site.start()
            assert set(tables.read("bars", PART).column("close").to_pylist()) == {1.0}
            assert tables.upsert("bars", PART, bars(50, 100, 2.0), ["ts_event"]).rows == 150
    finally:
        shutil.rmtree(folder)


def test_no_entry_is_said_without_the_password(server: PostgresServer) -> None:
    wrong = replace(server, password="wrong-word-never-shown")
    for one in (wrong, replace(server, password=None)):
        with pytest.raises(MissingKeyError, match="does not take user and password") as error:
            PostgresTables(one).has("bars", PART)
        assert "TRADEWIND_POSTGRES_PASSWORD" in str(error.value)
        assert "never-shown" not in str(error.value) + repr(one)
    with pytest.raises(StoreError, match="does not exist"):
        PostgresTables(replace(server, url=server.url + "_not")).has("bars", PART)


def test_a_user_who_may_only_read_reads(server: PostgresServer, postgres: PostgresSite) -> None:
    tables, database = PostgresTables(server), database_of(server)
    tables.upsert("bars", PART, bars(0, 10, 1.0), ["ts_event"])
    reader = f"reader_of_{database}"
    postgres.run(
        database,
        f"CREATE ROLE {reader} LOGIN PASSWORD '{WORD}'",
        f"GRANT USAGE ON SCHEMA tradewind TO {reader}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA tradewind TO {reader}",
    )
    theirs = PostgresTables(replace(server, url=server.url.replace(f"{OWNER}@", f"{reader}@")))
    assert len(theirs.read("bars", PART)) == 10
    with pytest.raises(StoreError, match="does not let this user"):
        theirs.upsert("bars", PART, bars(5, 10, 2.0), ["ts_event"])
    with pytest.raises(StoreError, match="does not let this user"):
        theirs.drop("bars", PART)
    assert tables.damaged("bars") == []


def test_another_hand_in_the_tables_is_noticed(server: PostgresServer, postgres: PostgresSite) -> None:
    tables = PostgresTables(server)
    tables.upsert("bars", PART, bars(0, 10, 1.0), ["ts_event"])
    postgres.run(database_of(server), "DELETE FROM tradewind.bars WHERE ts_event = 0")
    (said,) = tables.damaged("bars")
    assert said.endswith("9 rows in place of 10")
    assert "instrument_id ACME.XNAS" in said


def test_values_that_the_server_cannot_hold_are_refused_whole(server: PostgresServer) -> None:
    tables, part = PostgresTables(server), {"instrument_id": "X", "timeframe": "1d", "source": "s"}
    for calendar in ("a\0b", "fine"):
        rows = pa.table({"nth": [0, 1], "calendar": ["24/7", calendar]})
        if calendar == "fine":
            assert tables.upsert("series_calendars", part, rows, ["nth"]).rows == 2
            continue
        with pytest.raises(StoreError, match="cannot hold such a value"):
            tables.upsert("series_calendars", part, rows, ["nth"])
        assert not tables.has("series_calendars", part)
    with pytest.raises(StoreError, match="cannot hold such a value"):
        tables.has("series_calendars", {**part, "source": "a\0b"})
    with pytest.raises(StoreError, match="has no table 'colours'"):
        tables.upsert("colours", part, rows, ["nth"])
    with pytest.raises(StoreError, match="differ in name or type"):
        tables.upsert("bars", PART, bars(0, 5, 1.0).drop(["low"]), ["ts_event"])
    assert not tables.has("bars", PART)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "none of a PostgreSQL"),
        ("mysql://localhost/x", "none of a PostgreSQL"),
        ("postgresql://localhost", "none of a PostgreSQL"),
        ("postgresql://localhost:port/x", "cannot be read"),
        ("postgresql://[::1/x", "cannot be read"),
        ("postgresql://me:never-shown@localhost/x", "holds a password"),
        ("postgresql://localhost/x?password=never-shown", "holds a password"),
        ("postgresql://localhost/x?options=-cfsync=off", "option 'options'"),
        ("postgresql://prices.example/x?sslmode=disable", "without TLS"),
        ("postgresql://prices.example/x?sslmode=prefer", "without TLS"),
    ],
)
def test_addresses_that_are_not_safe_or_none(url: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        PostgresServer(url)
    assert "never-shown" not in str(error.value)


def test_another_machine_is_spoken_to_with_tls_and_its_certificate_checked() -> None:
    given = PostgresServer("postgresql://me@prices.example/x", password="w").connect_arguments()
    assert (given["sslmode"], given["sslrootcert"], given["user"]) == ("verify-full", "system", "me")
    own = PostgresServer("postgresql://prices.example/x?sslrootcert=/etc/own.pem").connect_arguments()
    assert (own["sslmode"], own["sslrootcert"]) == ("verify-full", "/etc/own.pem")
    for near in ("postgresql://127.0.0.1/x", "postgresql://[::1]/x", "postgresql:///x?host=/run/postgresql"):
        assert "sslmode" not in PostgresServer(near).connect_arguments()
    for schema in ("Big", "pg_toast", "a b", ""):
        with pytest.raises(ConfigError, match="name of a schema"):
            PostgresServer("postgresql://127.0.0.1/x", schema)
