"""Which factors the filters of a configuration read, beyond those that sessions always compute."""

from tradewind.app.config import TradewindConfig
from tradewind.app.session.strategies import strategies_of
from tradewind.app.session.wiring import settings_from
from tradewind.ensemble.filter_registry import factors_of
from tradewind.strategies.settings import StrategySettings


def factors_read(config: TradewindConfig) -> tuple[str, ...]:
    """Factors of all strategies' filters, each once."""
    read: dict[str, None] = {}
    for one in strategies_of(config):
        if one.use:
            continue  # a strategy of somebody's own runs no filters
        settings = settings_from(StrategySettings, one.decision, f"the decision of {one.name}")
        read |= dict.fromkeys(factors_of(settings.filters))
    return tuple(read)
