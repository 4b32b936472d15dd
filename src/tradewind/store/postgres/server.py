"""Where a PostgreSQL server is and how it is spoken to; its faults in our words, never with the password."""

import atexit
import ipaddress
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from tradewind.core.addresses import split_address
from tradewind.core.errors import ConfigError, MissingKeyError, RegistryError, StoreError, TradewindError
from tradewind.core.redaction import redact_addresses

if TYPE_CHECKING:
    import psycopg
    import sqlalchemy as sa

PASSWORD = "TRADEWIND_POSTGRES_PASSWORD"  # noqa: S105 - the variable's name
_SCHEMES = ("postgres", "postgresql")
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,40}")
_TLS = ("require", "verify-ca", "verify-full")
_OPTIONS = frozenset({"host", "sslmode", "sslrootcert", "sslcert", "sslkey"})
_CONNECT_S, _SILENT_S = 10, 30


@dataclass(frozen=True)
class PostgresServer:
    """A server's address and the schema that all our tables are in; the password is not shown.

    Raises
    ------
    ConfigError
        The address is none of a PostgreSQL database, holds a password, or asks for a connection without TLS
        to another machine; or the schema is no plain name.
    """

    url: str
    schema: str = "tradewind"
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        shown = redact_addresses(self.url)
        parts = split_address(self.url)
        given = parse_qs(parts.query, keep_blank_values=True)
        if parts.scheme not in _SCHEMES or not parts.path.strip("/"):
            message = f"The address {shown!r} is none of a PostgreSQL database."
            raise ConfigError(message, EXAMPLE)
        if parts.password is not None or "password" in given:
            message = f"The address {shown!r} holds a password."
            raise ConfigError(message, f"Take it out and set {PASSWORD}.")
        if unknown := sorted(given.keys() - _OPTIONS):
            message = f"The address {shown!r} has the option {unknown[0]!r}, which is not taken."
            raise ConfigError(message, f"Known are: {', '.join(sorted(_OPTIONS))}.")
        if "sslmode" in given and not self._near() and given["sslmode"][0] not in _TLS:
            message = f"The address {shown!r} would be spoken to without TLS."
            raise ConfigError(message, f"Set sslmode to one of: {', '.join(_TLS)}.")
        if not _NAME.fullmatch(self.schema) or self.schema.startswith("pg_"):
            message = f"{self.schema!r} cannot be the name of a schema."
            raise ConfigError(message, "Use small letters, digits and _, such as tradewind.")

    @property
    def shown(self) -> str:
        """The address without what is secret in it, and the schema."""
        return f"{redact_addresses(self.url)} (schema {self.schema})"

    def connect_arguments(self) -> dict[str, Any]:
        """What the driver is called with. To another machine only with TLS and its certificate checked,
        unless the address says less.
        """
        parts = urlsplit(self.url)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if not self._near() and "sslmode" not in given:
            given |= {"sslmode": "verify-full"} | (
                {} if "sslrootcert" in given else {"sslrootcert": "system"}
            )
        return {
            "host": parts.hostname,
            "port": parts.port,
            "user": unquote(parts.username) if parts.username else None,
            "password": self.password,
            "dbname": unquote(parts.path.strip("/")),
            "options": f"-csearch_path={self.schema} -cclient_encoding=UTF8 -cTimeZone=UTC",
            "application_name": "tradewind",
            "connect_timeout": _CONNECT_S,
            "keepalives_idle": _SILENT_S,
            "keepalives_interval": _CONNECT_S,
            "keepalives_count": 3,
            **given,
        }

    def _near(self) -> bool:
        """Whether it is on this machine: loopback, or a socket in the file system."""
        parts = urlsplit(self.url)
        host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
        if not host or host.startswith("/") or host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False


EXAMPLE = "Write postgresql://HOST:5432/DATABASE, with the user's name and an @ before HOST."


def require_library() -> None:
    """RegistryError that names the command to install, where a library is missing."""
    try:
        import alembic  # noqa: F401
        import psycopg  # noqa: F401
        import sqlalchemy  # noqa: F401
    except ModuleNotFoundError as error:
        message = f"The PostgreSQL store needs the library {error.name}, which is not installed."
        raise RegistryError(message, "Install it: pip install 'tradewind[postgres]'.") from error


def engine_of(server: PostgresServer) -> "sa.Engine":
    """The process's pool of connections to a server; each is tried before it is used again."""
    return _engine(server, os.getpid())


@cache
def _engine(server: PostgresServer, pid: int) -> "sa.Engine":  # a child of a fork must open its own
    require_library()
    import psycopg
    import sqlalchemy as sa

    def connect() -> "psycopg.Connection[Any]":
        return psycopg.connect(**server.connect_arguments())

    made = sa.create_engine("postgresql+psycopg://", creator=connect, pool_pre_ping=True, pool_size=4)
    atexit.register(_dispose, made, pid)
    return made


def _dispose(engine: "sa.Engine", pid: int) -> None:
    engine.dispose(close=os.getpid() == pid)


@contextmanager
def plain_errors(server: PostgresServer) -> Iterator[None]:
    """The driver's errors as ours, for the block."""
    require_library()
    import psycopg
    import sqlalchemy as sa

    try:
        yield
    except (psycopg.Error, sa.exc.SQLAlchemyError) as error:
        told = getattr(error, "orig", None) or error
        raise typed_error(told if isinstance(told, Exception) else error, server) from error


@contextmanager
def transaction(server: PostgresServer, *, reading: bool = False) -> Iterator["psycopg.Cursor[Any]"]:
    """A cursor in a transaction: whole at the end of the block, or undone.

    ``reading`` sees one state of the database throughout and writes nothing.
    """
    with plain_errors(server):
        link = engine_of(server).raw_connection()
        try:
            driver: Any = link.driver_connection
            with driver.cursor() as cursor:
                if reading:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                yield cursor
            link.commit()
        except BaseException:
            link.invalidate()  # what it was in the middle of is undone by the server
            raise
        finally:
            link.close()


def typed_error(error: Exception, server: PostgresServer) -> TradewindError:
    """A driver's error in our words: MissingKeyError for who may not in, StoreError for all else."""
    from psycopg import errors

    said = " ".join(str(error).split())
    if server.password:
        said = said.replace(server.password, "***")
    where = server.shown
    if isinstance(error, errors.InvalidPassword | errors.InvalidAuthorizationSpecification) or any(
        word in said for word in ("password authentication failed", "no password supplied")
    ):
        message = f"The PostgreSQL server at {where} does not take user and password: {said}"
        return MissingKeyError(message, f"Set {PASSWORD}, and the user's name in the address.")
    if isinstance(error, errors.InsufficientPrivilege | errors.ReadOnlySqlTransaction):
        message = f"The PostgreSQL server at {where} does not let this user: {said}"
        return StoreError(message, f"Grant the user CREATE and USAGE on the schema {server.schema}.")
    if isinstance(error, errors.UndefinedTable | errors.UndefinedColumn | errors.InvalidSchemaName):
        message = f"The database at {where} lacks a table of ours: {said}"
        return StoreError(message, "Bring it up to date: tradewind data store --upgrade.")
    if isinstance(error, errors.DataError):
        message = f"The PostgreSQL server at {where} cannot hold such a value: {said}"
        return StoreError(message, "Look at the row; texts must hold no zero character.")
    # Classes 08 and 57 of its error codes: a connection that failed, an operator or a crash that ended it.
    code = getattr(error, "sqlstate", None) or ""
    if code[:2] in ("08", "57") or ("connection" in said.lower() and not code):
        message = f"The PostgreSQL server at {where} could not be reached, or was lost: {said}"
        return StoreError(
            message, "Is it running, and may this machine speak to it? A write is whole or undone."
        )
    message = f"The PostgreSQL server at {where} could not do it: {said}"
    return StoreError(message, "Nothing of it was kept. Look at the server's log, and at its disk.")
