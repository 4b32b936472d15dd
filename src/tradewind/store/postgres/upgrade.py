"""How far a database is, and the steps that bring it up to date (Alembic, forward only)."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tradewind.core.errors import StoreError
from tradewind.store.postgres.layout import server_metadata
from tradewind.store.postgres.server import PostgresServer, engine_of, plain_errors

if TYPE_CHECKING:
    import sqlalchemy as sa
    from alembic.script import ScriptDirectory

_STEPS = "tradewind.store.postgres.migrations"
_VERSIONS = "tradewind.store.postgres.migrations.versions"
_checked: set[PostgresServer] = set()


@dataclass(frozen=True)
class Revision:
    """Where a database stands: ``at`` is empty where it has no tables of ours, ``newest`` what this program
    knows; ``known`` is False for a revision of a newer program.
    """

    at: str
    newest: str
    known: bool

    @property
    def current(self) -> bool:
        """Whether this program can work with it."""
        return self.at == self.newest


def revision(server: PostgresServer) -> Revision:
    """Where the database stands; nothing in it is changed."""
    with plain_errors(server), engine_of(server).connect() as connection:
        return _revision(connection, server)


def require_current(server: PostgresServer) -> None:
    """StoreError unless the database has the tables of this program; asked once a process."""
    if server in _checked:
        return
    found = revision(server)
    if not found.current:
        raise _not_current(found, server)
    _checked.add(server)


def upgrade(server: PostgresServer) -> tuple[Revision, Revision]:
    """Bring the database up to date, in one transaction: where it stood, and where it stands now.

    Two that do so at once wait for each other, and the second finds nothing to do.

    Raises
    ------
    StoreError
        A newer program has been there, the user may not make tables, or the server is away: then the database
        is as it was.
    """
    import sqlalchemy as sa

    with plain_errors(server), engine_of(server).begin() as connection:
        lock = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        connection.execute(lock, {"name": f"{server.schema}.upgrade"})
        before = _revision(connection, server)
        if not before.known:
            raise _not_current(before, server)
        if not before.current:
            made = sa.text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
            if connection.execute(made, {"name": server.schema}).first() is None:
                connection.execute(sa.schema.CreateSchema(server.schema))
            _run(connection)
        return before, _revision(connection, server)


def _run(connection: "sa.Connection") -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    steps = _script()

    def upward(at: Any, _: Any) -> Any:
        return steps._upgrade_revs("head", at)

    with EnvironmentContext(Config(), steps, fn=upward, destination_rev="head") as environment:
        environment.configure(connection=connection, target_metadata=server_metadata())
        environment.run_migrations()


def _revision(connection: "sa.Connection", server: PostgresServer) -> Revision:
    import sqlalchemy as sa

    steps = _script()
    newest = steps.get_current_head() or ""
    table = sa.text("SELECT to_regclass(:name)")
    if connection.execute(table, {"name": f"{server.schema}.alembic_version"}).scalar() is None:
        return Revision("", newest, known=True)
    at = str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() or "")
    known = not at or at in {step.revision for step in steps.walk_revisions()}
    return Revision(at, newest, known)


@cache
def _script() -> "ScriptDirectory":
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(files(_STEPS)), version_locations=[str(files(_VERSIONS))])


def _not_current(found: Revision, server: PostgresServer) -> StoreError:
    if not found.known:
        message = f"The database at {server.shown} was upgraded by a newer Tradewind, to {found.at}."
        return StoreError(message, f"Upgrade Tradewind; this one knows it up to {found.newest}.")
    has = (
        f"is at revision {found.at}, and {found.newest} is needed"
        if found.at
        else "has no tables of ours yet"
    )
    return StoreError(f"The database at {server.shown} {has}.", "Run: tradewind data store --upgrade.")
