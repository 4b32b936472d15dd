"""Binance's row; its paper account is the spot testnet.

Source: https://developers.binance.com/docs/binance-spot-api-docs/rest-api/trading-endpoints.
"""

from collections.abc import Mapping
from typing import Any

from tradewind.execution.brokers.registry import BROKERS, BrokerRequest
from tradewind.execution.brokers.through_ccxt.broker import CcxtBroker
from tradewind.execution.brokers.through_ccxt.venue import CcxtVenue


def _settings(request: BrokerRequest) -> Mapping[str, Any]:
    if not request.rest_url:
        return {}
    api = f"{request.rest_url}/api/v3"
    return {"urls": {"api": {"public": api, "private": api}}}


BINANCE = CcxtVenue(
    name="binance",
    ccxt_id="binance",
    capabilities="binance-spot",
    sends_name="newClientOrderId",
    asks_name="origClientOrderId",
    options={"fetchMarkets": {"types": ["spot"]}, "fetchCurrencies": False, "fetchMargins": False},
    settings=_settings,
)


@BROKERS.register("binance", needs=("ccxt",), extra="brokers")
def binance(request: BrokerRequest) -> CcxtBroker:
    """Spot orders at Binance."""
    return CcxtBroker(BINANCE, request)
