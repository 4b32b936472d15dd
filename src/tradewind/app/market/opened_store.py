"""Where what was loaded is kept: the one place that opens the configured store."""

from tradewind.app.config import TradewindConfig
from tradewind.app.home import Home
from tradewind.store.parquet import ParquetTables
from tradewind.store.tables import Tables


def bars_home(config: TradewindConfig) -> Home:
    """Where a configuration's bars lie."""
    return Home(config.bars if config.bars is not None else config.home)


def bars_store(config: TradewindConfig) -> Tables:
    """The tables of bars, series, reference facts and what was judged of them."""
    return ParquetTables(bars_home(config).store)


def home_store(config: TradewindConfig) -> Tables:
    """The tables of the home itself, which texts are kept in."""
    return ParquetTables(Home(config.home).store)
