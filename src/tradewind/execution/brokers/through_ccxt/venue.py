"""One venue as a row: how ccxt calls it, how orders are named there, what it can do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tradewind.execution.brokers.registry import BrokerRequest


@dataclass(frozen=True, kw_only=True)
class CcxtVenue:
    """A spot venue.

    ``capabilities`` names the row of the capability table; ``sends_name`` and ``asks_name`` are the
    parameters of a client order id in a new order and in a question; ``stop_parameter`` is that of a stop's
    price. ``settings`` makes ccxt's own settings (addresses, options) of what was asked for.
    """

    name: str
    ccxt_id: str
    capabilities: str
    sends_name: str = "clientOrderId"
    asks_name: str = "clientOrderId"
    stop_parameter: str = "stopPrice"
    has_paper: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)
    settings: Callable[[BrokerRequest], Mapping[str, Any]] = lambda _: {}
