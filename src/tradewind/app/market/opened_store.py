"""Where what was loaded is kept: the one place that opens the configured store."""

import os
from collections.abc import Mapping
from functools import partial

from tradewind.app.config import TradewindConfig
from tradewind.app.home import Home
from tradewind.app.located import located
from tradewind.core.errors import ConfigError
from tradewind.store.parquet import ParquetTables
from tradewind.store.postgres.server import EXAMPLE, PASSWORD, PostgresServer, require_library
from tradewind.store.postgres.tables import PostgresTables
from tradewind.store.tables import Tables


def bars_home(config: TradewindConfig) -> Home:
    """Where a configuration's bars lie."""
    return Home(config.bars if config.bars is not None else config.home)


def bars_store(config: TradewindConfig) -> Tables:
    """The tables of bars, series, reference facts and what was judged of them."""
    return _server_store(config) or ParquetTables(bars_home(config).store)


def home_store(config: TradewindConfig) -> Tables:
    """The tables of the home itself, which texts are kept in."""
    return _server_store(config) or ParquetTables(Home(config.home).store)


def postgres_server(config: TradewindConfig, environment: Mapping[str, str] = os.environ) -> PostgresServer:
    """The server of the configuration; ConfigError where there is none."""
    given = config.postgres
    if not given.url:
        message = "postgres.url is empty, so there is no server."
        raise ConfigError(message, EXAMPLE, location=("postgres", "url"))
    return PostgresServer(given.url, given.namespace, environment.get(PASSWORD))


def check_postgres(config: TradewindConfig) -> None:
    """Refuse an address that is not safe, and one that no library is there for.

    Raises
    ------
    ConfigError, RegistryError
        Names the setting.
    """
    given = config.postgres
    if given.url:
        located(("postgres", "url"), partial(PostgresServer, given.url))
        located(("postgres", "url"), require_library)
    located(("postgres", "namespace"), partial(PostgresServer, _ANY, given.namespace))


_ANY = "postgresql://127.0.0.1/any"


def _server_store(config: TradewindConfig) -> Tables | None:
    return PostgresTables(postgres_server(config)) if config.postgres.url else None
